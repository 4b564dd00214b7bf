//! What is set aside comes back, and what is one data source is told by its id.

use super::block::{Block, BlockBuilder};
use super::dictionaries::Dictionaries;
use super::disk::Disk;
use super::gather::in_order_of;
use super::share_of;
use crate::catalog::error::CatalogError;
use crate::catalog::ids::Ids;
use arrow::array::{Int64Array, StringArray, UInt64Array};
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

fn texts(ids: &[&str]) -> Ids {
    Ids::of(&(Arc::new(StringArray::from(ids.to_vec())) as _)).unwrap()
}

/// Rows by their ids; every other one has a name and a set of the block's own.
fn block(ids: &Ids, place: (u32, u32), shares: usize) -> Block {
    let mut builder = BlockBuilder::default();
    for row in 0..ids.len() {
        let (name, set) = match row % 2 {
            0 => (row as u32, 1 + row as u32),
            _ => (
                builder.own_name(&format!("name {row}")),
                builder.own_set(&[row as u32, 1000]),
            ),
        };
        let share = share_of(ids.hash(row), shares);
        builder.push(share, (ids, row), name, [set, 0]);
    }
    builder.finish(place, shares)
}

/// Everything that can be seen of a share's rows.
fn seen(block: &Block, share: usize) -> Vec<(u64, String, Vec<u32>, u32)> {
    let own =
        |number: u32| (number & super::block::OWN != 0).then_some(number & !super::block::OWN);
    let rows = block.rows_of(share).map(|row| {
        let (name, set) = (block.rows.names[row], block.rows.columns[row]);
        (
            block.ids.hash(row),
            own(name).map_or(name.to_string(), |own| {
                block.own.names.get(own as usize).to_owned()
            }),
            own(set).map_or(vec![set], |own| block.own.sets.get(own).to_vec()),
            block.rows.tables[row],
        )
    });
    rows.collect()
}

fn all_kinds() -> [Ids; 3] {
    let text: Vec<String> = (0..300).map(|n| format!("source {}", n % 70)).collect();
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    [
        texts(&text),
        Ids::Signed(Int64Array::from_iter_values((0..300).map(|n| n % 70 - 9))),
        Ids::Unsigned(UInt64Array::from_iter_values((0..300).map(|n| n % 70))),
    ]
}

#[test]
fn what_is_set_aside_comes_back() {
    for (ids, shares) in all_kinds().iter().zip([1, 4, 64]) {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::new(folder.path());
        let blocks = [0, 1].map(|number| block(ids, (3, number), shares));
        disk.write(&blocks, shares).unwrap();
        disk.write(&blocks[..1], shares).unwrap();
        for share in 0..shares {
            let read = disk.read(share).unwrap();
            let kept = [&blocks[0], &blocks[1], &blocks[0]];
            let kept = kept.iter().filter(|block| !block.rows_of(share).is_empty());
            let kept: Vec<_> = kept.map(|b| (b.place, seen(b, share))).collect();
            let read: Vec<_> = read.iter().map(|b| (b.place, seen(b, 0))).collect();
            assert_eq!(read, kept);
        }
    }
}

#[test]
fn what_does_not_come_back_is_an_error() {
    let [ids, ..] = all_kinds();
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::new(folder.path());
    disk.write(&[block(&ids, (0, 0), 2)], 2).unwrap();
    // The file has no name: nothing of it stays if the process is killed.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let fails = |disk: &Disk| matches!(disk.read(1), Err(CatalogError::Spill(_)));
    assert!(!fails(&disk));
    let file = disk.file.take().unwrap();
    let mut whole = Vec::new();
    (&file).seek(SeekFrom::Start(0)).unwrap();
    (&file).read_to_end(&mut whole).unwrap();
    let damaged = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Some(file)
    };
    disk.file = damaged(&whole[..whole.len() - 1]);
    assert!(fails(&disk));
    for at in (whole.len() / 2 + 300..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        disk.file = damaged(&bytes);
        assert!(fails(&disk));
    }
    disk.file = damaged(&whole);
    assert!(!fails(&disk));
    let nowhere = folder.path().join("nowhere");
    let written = Disk::new(&nowhere).write(&[block(&ids, (0, 0), 2)], 2);
    match written {
        Err(CatalogError::Spill(e)) => assert!(e.to_string().contains("nowhere"), "{e}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ids_of_one_hash_are_two_data_sources() {
    let ids = texts(&["b", "a", "c", "b", "a", "d", "b"]);
    let blocks = [0, 1].map(|number| block(&ids, (0, number), 1));
    // `c` has a hash of its own, the lowest; all others have one.
    let hash = |ids: &super::block::IdList, row: usize| u64::from(ids.hash(row) != ids_hash("c"));
    let found = in_order_of(&blocks, hash);
    let wanted = [("c", 2), ("a", 4), ("b", 6), ("d", 2)];
    let wanted = wanted.map(|(id, rows)| (ids_hash(id), rows));
    assert_eq!(found, wanted);
}

fn ids_hash(id: &str) -> u64 {
    texts(&[id]).hash(0)
}

#[test]
fn dictionaries_number_what_they_have_room_for() {
    let mut dictionaries = Dictionaries::new(50);
    assert_eq!(dictionaries.name("a"), Some(0));
    assert_eq!(dictionaries.name("bcd"), Some(1));
    assert_eq!(dictionaries.name("much too long"), None);
    assert_eq!(dictionaries.name("a"), Some(0));
    assert_eq!(dictionaries.set(&[]), Some(0));
    assert_eq!(dictionaries.set(&[7]), Some(1));
    assert_eq!(dictionaries.set(&[1, 2, 3, 4, 5]), None);
    assert_eq!(dictionaries.set(&[7]), Some(1));
}

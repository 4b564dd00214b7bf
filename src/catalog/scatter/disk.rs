//! Blocks on disk: one file, in which the rows of a share lie together as far
//! as they were set aside at once.

use super::block::{Block, IdList, OWN, Own, Rows};
use super::text_list::TextList;
use crate::bits::SetTable;
use crate::catalog::error::CatalogError;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use twox_hash::XxHash3_64;

/// Bytes that are gathered before they are written.
const WRITE_BYTES: usize = 1 << 20;

/// What has been set aside on disk: in a file without a name, which is gone
/// with the process, however that ends.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    /// Made when it is needed.
    pub(super) file: Option<File>,
    bytes: u64,
    /// Of every time that blocks were set aside: per share, where its rows lie.
    times: Vec<Vec<Chunk>>,
}

/// Some rows of one share, in the file.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    start: u64,
    bytes: u64,
    /// A hash of the bytes: what is read back must be what was written.
    hash: u64,
}

impl Disk {
    /// Nothing yet; it will be in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Disk {
            folder: folder.to_owned(),
            file: None,
            bytes: 0,
            times: Vec::new(),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        !self.times.is_empty()
    }

    /// Sets blocks aside.
    pub(super) fn write(&mut self, blocks: &[Block], shares: usize) -> Result<(), CatalogError> {
        let failed = spill_error("write to", &self.folder);
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                tempfile::tempfile_in(&self.folder).map_err(spill_error("create", &self.folder))?
            }
        };
        let mut chunks = Vec::with_capacity(shares);
        let mut waiting = Vec::with_capacity(WRITE_BYTES);
        for share in 0..shares {
            let from = waiting.len();
            for block in blocks {
                put_rows(block, block.rows_of(share), &mut waiting);
            }
            let bytes = &waiting[from..];
            chunks.push(Chunk {
                start: self.bytes,
                bytes: bytes.len() as u64,
                hash: XxHash3_64::oneshot(bytes),
            });
            self.bytes += bytes.len() as u64;
            if waiting.len() >= WRITE_BYTES {
                file.write_all(&waiting).map_err(&failed)?;
                waiting.clear();
            }
        }
        file.write_all(&waiting).map_err(&failed)?;
        self.times.push(chunks);
        self.file = Some(file);
        Ok(())
    }

    /// The rows of a share: each block as far as it is the share's.
    pub(super) fn read(&self, share: usize) -> Result<Vec<Block>, CatalogError> {
        let mut blocks = Vec::new();
        let Some(file) = &self.file else {
            return Ok(blocks);
        };
        let mut bytes = Vec::new();
        for chunk in self.times.iter().filter_map(|chunks| chunks.get(share)) {
            bytes.resize(chunk.bytes as usize, 0);
            read_at(file, &mut bytes, chunk.start)
                .map_err(spill_error("read from", &self.folder))?;
            let sound = XxHash3_64::oneshot(&bytes) == chunk.hash;
            let read = sound.then(|| take_blocks(&bytes, &mut blocks)).flatten();
            read.ok_or_else(damaged)?;
        }
        Ok(blocks)
    }
}

/// Reads without moving the file's position: many threads read at once.
#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut start: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, start)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = &mut bytes[read..];
                start += read as u64;
            }
        }
    }
    Ok(())
}

/// An error about the file in `folder`, which has no name of its own.
fn spill_error(attempt: &str, folder: &Path) -> impl Fn(io::Error) -> CatalogError {
    let text = format!(
        "cannot {attempt} a temporary file in `{}`",
        folder.display()
    );
    move |e| CatalogError::Spill(io::Error::new(e.kind(), format!("{text}: {e}")))
}

fn damaged() -> CatalogError {
    CatalogError::Spill(io::Error::new(
        io::ErrorKind::InvalidData,
        "what is read back is not what was written",
    ))
}

/// Writes some rows of a block: numbers of four bytes, but for ids and names.
fn put_rows(block: &Block, rows: Range<usize>, out: &mut Vec<u8>) {
    if rows.is_empty() {
        return;
    }
    let numbers = &block.rows;
    put([block.place.0, block.place.1, rows.len() as u32], out);
    put_ids(&block.ids, rows.clone(), out);
    let mut own = Own::default();
    let names = numbers.names[rows.clone()].iter().map(|name| {
        if name & OWN == 0 {
            return *name;
        }
        own.names.push(block.own.names.get((name & !OWN) as usize));
        OWN | (own.names.len() - 1) as u32
    });
    put(names, out);
    for sets in [&numbers.columns, &numbers.tables] {
        let sets = sets[rows.clone()].iter().map(|set| {
            if set & OWN == 0 {
                return *set;
            }
            OWN | own.sets.intern(block.own.sets.get(set & !OWN))
        });
        put(sets, out);
    }
    put_text(&own.names, 0..own.names.len(), out);
    let sets = 1..own.sets.len() as u32;
    put([sets.len() as u32], out);
    for set in sets.map(|set| own.sets.get(set)) {
        put([set.len() as u32], out);
        put(set.iter().copied(), out);
    }
}

fn put(numbers: impl IntoIterator<Item = u32>, out: &mut Vec<u8>) {
    out.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
}

fn put_text(list: &TextList, rows: Range<usize>, out: &mut Vec<u8>) {
    put([rows.len() as u32], out);
    let mut end = 0;
    put(
        rows.clone().map(|row| {
            end += list.get(row).len() as u32;
            end
        }),
        out,
    );
    for row in rows {
        out.extend_from_slice(list.get(row).as_bytes());
    }
}

fn put_ids(ids: &IdList, rows: Range<usize>, out: &mut Vec<u8>) {
    match ids {
        IdList::Text(ids) => {
            put([0], out);
            put_text(ids, rows, out);
        }
        IdList::Signed(ids) => {
            put([1], out);
            out.extend(ids[rows].iter().flat_map(|id| id.to_le_bytes()));
        }
        IdList::Unsigned(ids) => {
            put([2], out);
            out.extend(ids[rows].iter().flat_map(|id| id.to_le_bytes()));
        }
    }
}

/// Reads what [`put_rows`] has written; `None` when it is something else.
fn take_blocks(mut bytes: &[u8], blocks: &mut Vec<Block>) -> Option<()> {
    while !bytes.is_empty() {
        let rest = &mut bytes;
        let place = (take(rest)?, take(rest)?);
        let rows = take(rest)?;
        let ids = take_ids(rest, rows as usize)?;
        let rows = Rows {
            names: take_many(rest, rows as usize)?,
            columns: take_many(rest, rows as usize)?,
            tables: take_many(rest, rows as usize)?,
        };
        let names = take_text(rest)?;
        let mut sets = SetTable::new();
        for _ in 0..take(rest)? {
            let length = take(rest)? as usize;
            sets.intern(&take_many(rest, length)?);
        }
        blocks.push(Block {
            place,
            ends: vec![rows.names.len() as u32],
            ids,
            rows,
            own: Own { names, sets },
        });
    }
    Some(())
}

fn take(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

fn take_many(bytes: &mut &[u8], count: usize) -> Option<Vec<u32>> {
    let (numbers, rest) = bytes.split_at_checked(count.checked_mul(size_of::<u32>())?)?;
    *bytes = rest;
    let (numbers, _) = numbers.as_chunks();
    Some(numbers.iter().map(|n| u32::from_le_bytes(*n)).collect())
}

fn take_text(bytes: &mut &[u8]) -> Option<TextList> {
    let count = take(bytes)? as usize;
    let ends = take_many(bytes, count)?;
    let length = ends.last().copied().unwrap_or_default() as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    TextList::of_parts(text.to_vec(), ends)
}

fn take_ids(bytes: &mut &[u8], rows: usize) -> Option<IdList> {
    match take(bytes)? {
        0 => {
            let ids = take_text(bytes)?;
            (ids.len() == rows).then_some(IdList::Text(ids))
        }
        kind @ 1..=2 => {
            let (ids, rest) = bytes.split_at_checked(rows.checked_mul(size_of::<u64>())?)?;
            *bytes = rest;
            let (ids, _) = ids.as_chunks();
            Some(if kind == 1 {
                IdList::Signed(ids.iter().map(|id| i64::from_le_bytes(*id)).collect())
            } else {
                IdList::Unsigned(ids.iter().map(|id| u64::from_le_bytes(*id)).collect())
            })
        }
        _ => None,
    }
}

//! Bad rows: told by their place in the input, whatever way they are read.

use super::{
    expected, folder, options, run, write_groups, write_ipc_file, write_ipc_stream, written,
};
use crate::corpus::one_table;
use classmark::arrow::array::{AsArray, RecordBatch};
use classmark::arrow::compute::concat_batches;
use classmark::arrow::datatypes::UInt64Type;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::pipeline::TagOptions;
use classmark::reference::Row;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;

/// The last part of the file's path, the row group, the row.
type Place = (String, u64, u64);

fn rejected(options: &TagOptions) -> Vec<Place> {
    let file = File::open(options.out.join("rejected.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let (schema, reader) = (reader.schema().clone(), reader.build().unwrap());
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let all = concat_batches(&schema, &batches).unwrap();
    let number = |name: &str| {
        all.column_by_name(name)
            .unwrap()
            .as_primitive::<UInt64Type>()
    };
    let files = all.column_by_name("file").unwrap().as_string::<i32>();
    (0..all.num_rows())
        .map(|row| {
            let file = files.value(row).rsplit('/').next().unwrap().to_owned();
            (
                file,
                number("row_group").value(row),
                number("row").value(row),
            )
        })
        .collect()
}

/// Ten rows a group, and of those the ones that `bad` names without id or name.
fn group(group: u64, bad: impl Fn(u64, u64) -> bool, good: &mut Vec<Row>) -> RecordBatch {
    let rows: Vec<Row> = (0..10)
        .map(|row| {
            let mut it = super::sample(false)[(group * 3 + row) as usize % 40].clone();
            it.data_source = format!("source {}", (group * 10 + row) / 7);
            match bad(group, row) {
                true if row % 2 == 0 => it.data_source.clear(),
                true => it.column.clear(),
                false => good.push(it.clone()),
            }
            it
        })
        .collect();
    one_table(&rows)
}

/// Three files of four groups each; what is good in them, and where the bad rows are.
fn write(folder: &Path, bad: impl Fn(u64, u64) -> bool + Copy) -> (Vec<Row>, Vec<Place>) {
    std::fs::create_dir(folder).unwrap();
    let (mut good, mut places) = (Vec::new(), Vec::new());
    for (number, name) in ["a.parquet", "b.arrow", "c.arrows"].into_iter().enumerate() {
        let first = number as u64 * 4;
        let groups: Vec<_> = (first..first + 4)
            .map(|n| group(n, bad, &mut good))
            .collect();
        let path = folder.join(name);
        match number {
            0 => write_groups(&path, &groups),
            1 => write_ipc_file(&path, &groups, Default::default()),
            _ => write_ipc_stream(&path, &groups, Default::default()),
        }
        for group in first..first + 4 {
            let rows = (0..10).filter(|row| bad(group, *row));
            places.extend(rows.map(|row| (name.to_owned(), group - first, row)));
        }
    }
    (good, places)
}

fn every_way(folder: &Path, check: impl Fn(&TagOptions, &str)) {
    for threads in [1, 2, 8] {
        for batch_rows in [1, 7, 8192] {
            for stretch_rows in [1, 1 << 17] {
                let mut options = options(folder, "catalog");
                options.threads = NonZeroUsize::new(threads);
                options.catalog.batch_rows = batch_rows;
                options.catalog.stretch_rows = stretch_rows;
                check(&options, &format!("{threads} {batch_rows} {stretch_rows}"));
            }
        }
    }
}

fn holds(bad: impl Fn(u64, u64) -> bool + Copy) {
    let folder = folder();
    let (good, places) = write(&folder.path().join("catalog"), bad);
    let wanted = expected(&good);
    every_way(folder.path(), |options, way| {
        let fault = run(options).unwrap_err().to_string();
        let (file, group, row) = &places[0];
        let said = format!("{file}`, row group {group}, row {row}: ");
        assert!(fault.contains(&said), "{way}: {fault}");
        assert!(!options.out.exists());
    });
    every_way(folder.path(), |options, way| {
        let mut options = options.clone();
        options.catalog.quarantine = true;
        let summary = run(&options).unwrap();
        assert_eq!(written(&options), wanted, "{way}");
        assert_eq!(rejected(&options), places, "{way}");
        assert_eq!(summary.counts.rejected_rows, places.len() as u64);
        assert_eq!(summary.counts.rows, 120);
        std::fs::remove_dir_all(&options.out).unwrap();
    });
}

#[test]
fn at_the_start() {
    holds(|group, row| group == 0 && row < 3);
}

#[test]
fn in_the_middle() {
    holds(|group, row| group == 5 && (3..6).contains(&row));
}

#[test]
fn at_the_end() {
    holds(|group, row| group == 11 && row > 6);
}

#[test]
fn whole_groups_of_them() {
    holds(|group, row| matches!(group, 0 | 1 | 6 | 11) || row == 9);
}

#[test]
fn every_other_row() {
    holds(|group, row| (group + row) % 2 == 0);
}

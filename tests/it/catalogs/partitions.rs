//! Columns that stand in the path of a file and not in it.

use super::{
    expected, fault, folder, options, run, sample, tagged, write_groups, write_ipc_file,
    write_ipc_stream,
};
use crate::corpus::one_table;
use classmark::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use classmark::reference::Row;
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The catalog of rows without some columns.
fn without(rows: &[Row], names: &[&str]) -> RecordBatch {
    let batch = one_table(rows);
    let schema = batch.schema();
    let columns = schema.fields().iter().map(|field| field.name());
    let columns = columns.zip(batch.columns().iter().cloned());
    RecordBatch::try_from_iter(columns.filter(|(name, _)| !names.contains(&name.as_str()))).unwrap()
}

fn prepared(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path.to_owned()
}

/// Rows by their data source.
fn by_source(rows: &[Row]) -> BTreeMap<String, Vec<Row>> {
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        all.entry(row.data_source.clone())
            .or_default()
            .push(row.clone());
    }
    all
}

/// The sample with ids that a path has to escape.
fn renamed() -> Vec<Row> {
    let mut rows = sample(false);
    for row in &mut rows {
        row.data_source = format!("crm/päple {}=%.x", row.data_source);
    }
    rows
}

fn escaped(id: &str) -> String {
    id.replace('%', "%25")
        .replace('/', "%2F")
        .replace(' ', "%20")
        .replace('=', "%3D")
}

#[test]
fn ids_are_read_from_the_path() {
    for parts in [1, 2] {
        let (folder, rows) = (folder(), renamed());
        for (number, (id, rows)) in by_source(&rows).into_iter().enumerate() {
            // In two files each of which another data source lies between: scattered.
            for (part, rows) in rows.chunks(rows.len().div_ceil(parts)).enumerate() {
                let name = format!("catalog/p{part}/data_source_id={}/a{number}", escaped(&id));
                let path = prepared(&folder.path().join(name));
                let batch = without(rows, &["data_source_id"]);
                match number % 3 {
                    0 => write_groups(&path, &super::parts(&batch, 2)),
                    1 => write_ipc_file(&path, &super::parts(&batch, 2), Default::default()),
                    _ => write_ipc_stream(&path, &super::parts(&batch, 2), Default::default()),
                }
            }
        }
        let mut options = options(folder.path(), "catalog");
        for threads in [1, 3] {
            for given in ["catalog", "catalog/p*", "catalog/**/a*", "catalog/*/*"] {
                options.threads = NonZeroUsize::new(threads);
                options.catalog.columns = vec![folder.path().join(given)];
                assert_eq!(tagged(&options), expected(&rows), "{given}");
                let summary = run(&options).unwrap();
                assert_eq!(summary.counts.rows, 40);
                assert_eq!(summary.counts.scattered, parts == 2, "{given}");
            }
        }
    }
}

#[test]
fn column_names_and_ids_are_read_from_the_path_under_their_own_names() {
    let (folder, rows) = (folder(), sample(false));
    for (number, row) in rows.iter().enumerate() {
        let name = format!(
            "catalog/TABLE={}/attr={}/{number}.parquet",
            row.data_source, row.column
        );
        let batch = without(
            std::slice::from_ref(row),
            &["data_source_id", "column_name"],
        );
        write_groups(&prepared(&folder.path().join(name)), &[batch]);
    }
    let mut options = options(folder.path(), "catalog");
    for text in ["data_source_id=TABLE", "column_name=attr"] {
        options.catalog.mapping.set(text).unwrap();
    }
    assert_eq!(tagged(&options), expected(&rows));
}

#[test]
fn a_column_of_the_file_beats_the_path() {
    let (folder, rows) = (folder(), sample(false));
    let path = prepared(
        &folder
            .path()
            .join("catalog/data_source_id=no/column_name=no/a.parquet"),
    );
    write_groups(&path, &[one_table(&rows)]);
    assert_eq!(tagged(&options(folder.path(), "catalog")), expected(&rows));
}

#[test]
fn files_with_and_without_the_column() {
    let (folder, rows) = (folder(), sample(false));
    let (with, without_it): (Vec<Row>, Vec<Row>) = rows
        .iter()
        .cloned()
        .partition(|row| row.data_source.as_str() < "5");
    let at = |name: &str| prepared(&folder.path().join("catalog").join(name));
    for integers in [false, true] {
        let batch = match integers {
            false => one_table(&with),
            true => {
                let ids: Int64Array = with
                    .iter()
                    .map(|row| row.data_source.parse::<i64>().ok())
                    .collect();
                let batch = one_table(&with);
                let mut columns = batch.columns().to_vec();
                columns[0] = Arc::new(ids) as ArrayRef;
                let schema = batch.schema();
                let names = schema.fields().iter().map(|field| field.name());
                RecordBatch::try_from_iter(names.zip(columns)).unwrap()
            }
        };
        write_groups(&at("a.parquet"), &[batch]);
        for (id, rows) in by_source(&without_it) {
            let batch = without(&rows, &["data_source_id"]);
            write_groups(&at(&format!("data_source_id={id}/b.parquet")), &[batch]);
        }
        let options = options(folder.path(), "catalog");
        assert_eq!(run(&options).unwrap().counts.data_sources, 8);
        if !integers {
            assert_eq!(tagged(&options), expected(&rows));
        }
    }
    fs::remove_dir_all(folder.path().join("out")).unwrap();
    // What is no integer does not fit beside integers.
    let batch = without(&without_it, &["data_source_id"]);
    write_groups(&at("data_source_id=crm/b.parquet"), &[batch]);
    let said = fault(&options(folder.path(), "catalog"));
    assert!(said.contains("ids of type text"), "{said}");
}

#[test]
fn sources_have_their_ids_in_the_path() {
    let (folder, rows) = (folder(), renamed());
    let at = |name: &str| prepared(&folder.path().join(name));
    write_groups(&at("columns.parquet"), &[without(&rows, &["table_tags"])]);
    for (id, rows) in by_source(&rows) {
        let batch = without(
            &rows[..1],
            &["data_source_id", "column_name", "column_tags"],
        );
        let name = format!("sources/data_source_id={}/s.parquet", escaped(&id));
        write_groups(&at(&name), &[batch]);
    }
    let mut options = options(folder.path(), "columns.parquet");
    options.catalog.sources.push(folder.path().join("sources"));
    assert_eq!(tagged(&options), expected(&rows));
    let missing = run(&options)
        .unwrap()
        .counts
        .data_sources_without_source_row;
    assert_eq!(missing, Some(0));
}

#[test]
fn the_partition_of_null_is_a_bad_id() {
    let (folder, rows) = (folder(), sample(false));
    for name in ["__HIVE_DEFAULT_PARTITION__", ""] {
        let path = folder
            .path()
            .join(format!("catalog/data_source_id={name}/a.parquet"));
        let batch = without(&rows, &["data_source_id"]);
        write_groups(&prepared(&path), &[batch]);
        let mut options = options(folder.path(), "catalog");
        let said = fault(&options);
        assert!(
            said.contains("row group 0, row 0: column `data_source_id` is"),
            "{said}"
        );
        options.catalog.quarantine = true;
        let summary = run(&options).unwrap();
        assert_eq!(
            (summary.counts.rejected_rows, summary.counts.columns),
            (40, 0)
        );
        fs::remove_dir_all(folder.path().join("catalog")).unwrap();
        fs::remove_dir_all(&options.out).unwrap();
    }
}

#[test]
fn what_the_path_does_not_say_stays_missing() {
    let (folder, rows) = (folder(), sample(false));
    for name in [
        "catalog/a.parquet",
        "catalog/DATA_SOURCE_ID=1/a.parquet",
        "catalog/data_source_id=1.parquet",
        "catalog/column_name=x/a.parquet",
    ] {
        let path = prepared(&folder.path().join(name));
        write_groups(&path, &[without(&rows, &["data_source_id"])]);
        let said = fault(&options(folder.path(), "catalog"));
        assert!(said.contains("`data_source_id` is missing"), "{said}");
        fs::remove_dir_all(folder.path().join("catalog")).unwrap();
    }
    let path = prepared(
        &folder
            .path()
            .join("catalog/data_source_id=1/data_source_id=2/a.parquet"),
    );
    write_groups(&path, &[without(&rows, &["data_source_id"])]);
    let said = fault(&options(folder.path(), "catalog"));
    assert!(
        said.contains("given two values by the file's path"),
        "{said}"
    );
    // Tags are lists, which no path can hold.
    fs::remove_dir_all(folder.path().join("catalog")).unwrap();
    let path = prepared(&folder.path().join("catalog/column_tags=Email/a.parquet"));
    write_groups(&path, &[without(&rows, &["column_tags"])]);
    let said = fault(&options(folder.path(), "catalog"));
    assert!(said.contains("`column_tags` is missing"), "{said}");
}

#[test]
fn a_partitioned_catalog_of_no_rows_is_valid() {
    let folder = folder();
    let path = prepared(&folder.path().join("catalog/data_source_id=1/a.parquet"));
    write_groups(
        &path,
        &[without(&sample(false), &["data_source_id"]).slice(0, 0)],
    );
    let summary = run(&options(folder.path(), "catalog")).unwrap();
    assert_eq!((summary.counts.rows, summary.counts.columns), (0, 0));
}

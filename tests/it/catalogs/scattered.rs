//! Scattered data sources in files of several kinds: however much memory and
//! however many threads there are, the results are the same bytes.

use super::arrays::{Shape, dictionary};
use super::{
    bytes, folder, frameworks, options, run, sorted, tags, write_groups, write_ipc_file,
    write_parquet, written,
};
use classmark::arrow::datatypes::DataType;
use classmark::parquet::file::properties::WriterProperties;
use classmark::pipeline::TagOptions;
use classmark::reference::{Rejection, Row, assign};
use classmark::tag::{Tag, TagMatch};
use std::num::NonZeroUsize;
use std::path::Path;

/// Rows of 400 data sources, each all over the catalog; many come twice.
fn rows() -> Vec<Row> {
    let (tags, table) = (
        tags(),
        [Tag::curated("Restricted"), Tag::curated("Finance")],
    );
    let row = |n: usize| Row {
        data_source: (n * 7919 % 400).to_string(),
        column: format!("column {}", n * 31 % 97 / (1 + n % 3)),
        column_tags: (0..n % 4)
            .map(|k| tags[(n / 3 + k * 5) % tags.len()].clone())
            .collect(),
        table_tags: (0..n / 11 % 3)
            .filter_map(|k| table.get(k).cloned())
            .collect(),
    };
    (0..6000).map(row).collect()
}

/// Names as keys into several dictionaries, and as they are; from pages and from batches.
fn write(folder: &Path, rows: &[Row], id: &DataType) {
    std::fs::create_dir(folder).unwrap();
    let shape = |name: DataType| Shape {
        id: id.clone(),
        name,
        ..Shape::default()
    };
    let keyed = dictionary(&DataType::Int32, &DataType::Utf8);
    let parts: Vec<&[Row]> = rows.chunks(1500).collect();
    let tables = |part: usize, name: &DataType| {
        let halves = parts[part].chunks(611);
        halves
            .map(|rows| shape(name.clone()).table(rows))
            .collect::<Vec<_>>()
    };
    write_groups(&folder.join("1.parquet"), &tables(0, &DataType::Utf8));
    let plain = WriterProperties::builder().set_dictionary_enabled(false);
    write_parquet(
        &folder.join("2.parquet"),
        &tables(1, &DataType::Utf8),
        plain.build(),
    )
    .unwrap();
    let whole = [shape(keyed).table(parts[2])];
    write_ipc_file(&folder.join("3.arrow"), &whole, Default::default());
    write_groups(&folder.join("4.parquet"), &tables(3, &DataType::Utf8));
}

fn rejections() -> Vec<Rejection> {
    let rejection = |n: usize| Rejection {
        data_source: n.to_string(),
        column: format!("column {}", n % 90),
        tag: tags()[n % 5].clone(),
    };
    (0..300).map(rejection).collect()
}

fn results(options: &TagOptions) -> [Vec<u8>; 2] {
    ["assignments.parquet", "rules.parquet"].map(|name| bytes(options, name))
}

#[test]
fn neither_memory_nor_threads_can_be_seen() {
    let (rows, rejections) = (rows(), rejections());
    let wanted = [&[][..], &rejections]
        .map(|rejected| sorted(assign(&frameworks(), &rows, rejected, TagMatch::Exact)));
    assert_ne!(wanted[0], wanted[1]);
    for id in [DataType::Utf8, DataType::Int32, DataType::UInt64] {
        let folder = folder();
        write(&folder.path().join("catalog"), &rows, &id);
        for (rejected, wanted) in [&[][..], &rejections].into_iter().zip(&wanted) {
            let mut first = None;
            // From a dictionary of no name to one of all; blocks on disk one by one, some, none.
            for memory in [1, 1 << 14, 1 << 16, 1 << 18, 1 << 30] {
                for threads in [1, 2, 8] {
                    let mut options = options(folder.path(), "catalog");
                    options.threads = NonZeroUsize::new(threads);
                    options.memory = memory;
                    options.catalog.stretch_rows = 700;
                    for Rejection {
                        data_source,
                        column,
                        tag,
                    } in rejected
                    {
                        options.overrides.reject(data_source, column, tag.clone());
                    }
                    assert!(run(&options).unwrap().counts.scattered);
                    let found = results(&options);
                    let first = first.get_or_insert_with(|| {
                        assert!(written(&options) == *wanted, "{id} {memory} {threads}");
                        found.clone()
                    });
                    assert!(*first == found, "{id} {memory} {threads}");
                }
            }
        }
    }
}

#[test]
fn what_is_broken_behind_scattered_rows_is_told_alike_by_all_threads() {
    let folder = folder();
    let catalog = folder.path().join("catalog");
    write(&catalog, &rows(), &DataType::Utf8);
    // The ids of the second file are damaged, and so are they in the fourth.
    for name in ["2.parquet", "4.parquet"] {
        let path = catalog.join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4..40].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
    }
    for threads in [1, 2, 8] {
        for _ in 0..5 {
            let mut options = options(folder.path(), "catalog");
            options.threads = NonZeroUsize::new(threads);
            let fault = super::fault(&options);
            assert!(fault.contains("2.parquet"), "{fault}");
        }
    }
}

//! Every type that an id, a name or a tag list may have means the same.

use super::arrays::{ElementKind, KEYS, ListKind, Shape, TEXTS, all_texts, dictionary};
use super::{
    expected, folder, frameworks, options, parts, sample, sorted, tagged, write_ipc_file,
    write_ipc_stream, write_parquet,
};
use crate::corpus::{assignments, read_assignments};
use classmark::arrow::array::RecordBatch;
use classmark::arrow::compute::concat_batches;
use classmark::arrow::datatypes::DataType;
use classmark::arrow::ipc::writer::IpcWriteOptions;
use classmark::compile::{Options, Program};
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::pipeline::Tagger;
use classmark::reference::{Assignment, Row};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Ways by which a table reaches the engine.
pub(super) const WAYS: [&str; 5] = ["batches", "slices", "parquet", "arrow file", "arrow stream"];

/// The assignments of a table, by some way.
pub(super) fn by(way: &str, table: &RecordBatch) -> (Vec<Assignment>, DataType) {
    match way {
        "batches" => by_tagger(std::slice::from_ref(table)),
        "slices" => by_tagger(&parts(&inside(table), 7)),
        _ => {
            let folder = folder();
            write(way, &folder.path().join("catalog"), table);
            let mut options = options(folder.path(), "catalog");
            options.catalog.batch_rows = 9;
            let found = tagged(&options);
            let kind = id_type(&options.out.join("assignments.parquet"));
            (found, kind)
        }
    }
}

fn by_tagger(batches: &[RecordBatch]) -> (Vec<Assignment>, DataType) {
    let program = Arc::new(Program::compile(&frameworks(), Options::default()).unwrap());
    let mut tagger = Tagger::new(program, &batches[0].schema()).unwrap();
    let mut found = Vec::new();
    for batch in batches {
        found.extend(assignments(&tagger.push(batch).unwrap()));
    }
    found.extend(assignments(&tagger.finish().unwrap()));
    let kind = tagger.schema().field(0).data_type().clone();
    (sorted(found), kind)
}

/// The same rows as a slice out of the middle of a larger table.
fn inside(table: &RecordBatch) -> RecordBatch {
    let strangers = table.slice(1, table.num_rows().min(12) - 1);
    let whole = concat_batches(&table.schema(), [&strangers, table, &strangers]).unwrap();
    whole.slice(strangers.num_rows(), table.num_rows())
}

pub(super) fn write(way: &str, path: &Path, table: &RecordBatch) {
    let how = IpcWriteOptions::default;
    match way {
        "arrow file" => write_ipc_file(path, std::slice::from_ref(table), how()),
        "arrow stream" => write_ipc_stream(path, &parts(&inside(table), 12), how()),
        _ => write_parquet(path, &parts(table, 17), Default::default()).unwrap(),
    }
}

pub(super) fn id_type(path: &Path) -> DataType {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader.schema().field(0).data_type().clone()
}

/// A table of this shape means what its rows mean, whichever way it comes.
fn holds(shape: &Shape, rows: &[Row]) {
    let (wanted, table) = (expected(rows), shape.table(rows));
    assert!(wanted.len() > 10);
    for way in WAYS {
        if way == "parquet" && shape.has_keyed_views() {
            continue;
        }
        let (found, kind) = by(way, &table);
        assert_eq!(found, wanted, "{way}: {shape:?}");
        let id = match &shape.id {
            DataType::Dictionary(_, value) => value,
            plain => plain,
        };
        let id = if id.is_integer() { id } else { &DataType::Utf8 };
        assert_eq!(kind, *id, "{way}: {shape:?}");
    }
}

#[test]
fn the_plain_form_is_the_reference() {
    holds(&Shape::default(), &sample(false));
}

#[test]
fn ids_and_names_of_every_string_type() {
    let rows = sample(false);
    for text in all_texts() {
        let name = text.clone();
        holds(
            &Shape {
                name,
                ..Shape::default()
            },
            &rows,
        );
        holds(
            &Shape {
                id: text,
                ..Shape::default()
            },
            &rows,
        );
    }
}

#[test]
fn ids_of_every_integer_type_keep_it() {
    let rows = sample(false);
    let integers = [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
    ];
    for integer in integers {
        for key in KEYS {
            let id = dictionary(&key, &integer);
            holds(
                &Shape {
                    id,
                    ..Shape::default()
                },
                &rows,
            );
        }
        holds(
            &Shape {
                id: integer,
                ..Shape::default()
            },
            &rows,
        );
    }
}

const LISTS: [ListKind; 5] = [
    ListKind::List,
    ListKind::LargeList,
    ListKind::ListView,
    ListKind::LargeListView,
    ListKind::FixedSizeList,
];

/// String types for the parts of tags: each, and some dictionaries.
fn some_texts() -> Vec<DataType> {
    let keyed = [
        dictionary(&DataType::Int8, &DataType::Utf8),
        dictionary(&DataType::UInt16, &DataType::LargeUtf8),
        dictionary(&DataType::Int32, &DataType::Utf8),
        dictionary(&DataType::Int64, &DataType::Utf8View),
    ];
    TEXTS.into_iter().chain(keyed).collect()
}

fn lists_of(element: ElementKind) {
    let curated_only = matches!(element, ElementKind::NameAlone | ElementKind::Text);
    let rows = sample(curated_only);
    for list in LISTS {
        for text in some_texts() {
            let shape = Shape {
                list,
                element,
                text,
                ..Shape::default()
            };
            holds(&shape, &rows);
        }
    }
}

#[test]
fn tags_with_a_source() {
    lists_of(ElementKind::NameAndSource);
}

#[test]
fn tags_without_a_source() {
    lists_of(ElementKind::NameAlone);
}

#[test]
fn tags_with_fields_in_another_order_and_more_of_them() {
    lists_of(ElementKind::Mixed);
}

#[test]
fn tags_as_plain_strings() {
    lists_of(ElementKind::Text);
}

#[test]
fn tags_as_maps() {
    for text in some_texts() {
        let shape = Shape {
            list: ListKind::Map,
            text,
            ..Shape::default()
        };
        holds(&shape, &sample(true));
    }
}

#[test]
fn every_part_in_another_type() {
    let shape = Shape {
        id: dictionary(&DataType::UInt16, &DataType::LargeUtf8),
        name: DataType::Utf8View,
        list: ListKind::LargeListView,
        element: ElementKind::Mixed,
        text: dictionary(&DataType::Int8, &DataType::Utf8),
    };
    holds(&shape, &sample(false));
}

#[test]
fn files_of_one_catalog_may_differ_in_all_but_the_kind_of_ids() {
    let rows = sample(true);
    let folder = folder();
    let catalog = folder.path().join("catalog");
    std::fs::create_dir(&catalog).unwrap();
    let mut kinds = LISTS.iter().cycle();
    for (number, (rows, text)) in rows.chunks(6).zip(all_texts()).enumerate() {
        let shape = Shape {
            id: text.clone(),
            name: text.clone(),
            list: *kinds.next().unwrap(),
            element: [ElementKind::Mixed, ElementKind::Text][number % 2],
            text,
        };
        let way = ["parquet", "arrow file", "arrow stream"][number % 3];
        write(
            way,
            &catalog.join(format!("{number}.parquet")),
            &shape.table(rows),
        );
    }
    let options = options(folder.path(), "catalog");
    assert_eq!(tagged(&options), expected(&rows));
    assert_eq!(
        read_assignments(&options.out.join("assignments.parquet")).len(),
        expected(&rows).len()
    );
}

//! Catalogs of two tables: columns, and data sources with their tags.

use super::arrays::{Shape, dictionary};
use super::{expected, fault, folder, options, run, sample, tagged, write_groups};
use classmark::arrow::array::RecordBatch;
use classmark::arrow::datatypes::DataType;
use classmark::pipeline::TagOptions;
use classmark::reference::Row;
use std::path::Path;

fn with_id(id: &DataType) -> Shape {
    let id = id.clone();
    Shape {
        id,
        ..Shape::default()
    }
}

/// The columns' table without table tags, and a sources' table of `sources`.
fn write(folder: &Path, columns: RecordBatch, sources: RecordBatch) -> TagOptions {
    let columns = columns.project(&[0, 1, 2]).unwrap();
    write_groups(&folder.join("columns"), &super::parts(&columns, 7));
    write_sources(folder, &sources)
}

fn write_sources(folder: &Path, sources: &RecordBatch) -> TagOptions {
    let sources = sources.project(&[3, 0]).unwrap();
    write_groups(&folder.join("sources"), &super::parts(&sources, 3));
    let mut options = options(folder, "columns");
    options.catalog.sources = vec![folder.join("sources")];
    options
}

#[test]
fn sources_that_come_often_in_any_order() {
    let (folder, rows) = (folder(), sample(false));
    let mut sources: Vec<Row> = rows.iter().chain(&rows).cloned().collect();
    sources.reverse();
    let shape = Shape::default();
    let options = write(folder.path(), shape.table(&rows), shape.table(&sources));
    assert_eq!(tagged(&options), expected(&rows));
    assert_eq!(
        run(&options)
            .unwrap()
            .counts
            .data_sources_without_source_row,
        Some(0)
    );
}

#[test]
fn sources_that_are_missing_are_counted_and_strangers_are_not() {
    for scattered in [false, true] {
        let (folder, mut rows) = (folder(), sample(false));
        for row in rows
            .iter_mut()
            .filter(|row| matches!(&*row.data_source, "3" | "6"))
        {
            row.table_tags.clear();
        }
        if scattered {
            rows.rotate_left(2);
        }
        let listed = |row: &&Row| !matches!(&*row.data_source, "3" | "6");
        let mut sources: Vec<Row> = rows.iter().filter(listed).cloned().collect();
        sources.push(Row {
            data_source: "99".into(),
            ..rows[0].clone()
        });
        let shape = Shape::default();
        let options = write(folder.path(), shape.table(&rows), shape.table(&sources));
        assert_eq!(tagged(&options), expected(&rows));
        let counts = run(&options).unwrap().counts;
        assert_eq!(counts.scattered, scattered);
        assert_eq!(counts.data_sources_without_source_row, Some(2));
    }
}

#[test]
fn ids_of_other_widths_and_string_types_are_the_same_ids() {
    use DataType::{Int8, Int16, Int32, Int64, LargeUtf8, UInt8, UInt64, Utf8, Utf8View};
    let keyed = dictionary(&Int32, &Utf8);
    let keyed_integer = dictionary(&Int8, &Int16);
    let pairs = [
        (Int64, Int8),
        (Int8, Int64),
        (UInt8, UInt64),
        (Utf8, LargeUtf8),
        (keyed, Utf8View),
        (Int32, keyed_integer),
    ];
    for (columns, sources) in pairs {
        let (folder, rows) = (folder(), sample(false));
        let options = write(
            folder.path(),
            with_id(&columns).table(&rows),
            with_id(&sources).table(&rows),
        );
        assert_eq!(tagged(&options), expected(&rows), "{columns} {sources}");
    }
}

#[test]
fn ids_of_different_kinds_are_an_error_that_names_both_files() {
    for (columns, sources) in [
        (DataType::Utf8, DataType::Int64),
        (DataType::Int32, DataType::Utf8),
    ] {
        let (folder, rows) = (folder(), sample(false));
        let options = write(
            folder.path(),
            with_id(&columns).table(&rows),
            with_id(&sources).table(&rows),
        );
        let fault = fault(&options);
        assert!(fault.contains("/sources` has ids of type"), "{fault}");
        assert!(fault.contains("/columns` has"), "{fault}");
    }
}

#[test]
fn columns_files_that_disagree_are_an_error_that_names_both() {
    let (folder, rows) = (folder(), sample(false));
    let catalog = folder.path().join("catalog");
    std::fs::create_dir(&catalog).unwrap();
    for (name, id) in [
        ("a", DataType::Int64),
        ("b", DataType::Int64),
        ("c", DataType::Utf8),
    ] {
        write_groups(&catalog.join(name), &[with_id(&id).table(&rows)]);
    }
    let fault = fault(&options(folder.path(), "catalog"));
    assert!(fault.contains("catalog/c` has ids of type text"), "{fault}");
    assert!(fault.contains("catalog/a` has Int64"), "{fault}");
}

#[test]
fn table_tags_of_both_tables_are_united() {
    let (folder, mut rows) = (folder(), sample(false));
    let columns = Shape::default().table(&rows);
    write_groups(&folder.path().join("columns"), &[columns]);
    // The second table knows of another tag, and says it in another form.
    let mut sources = rows.clone();
    for row in &mut sources {
        row.table_tags = vec![classmark::tag::Tag::curated("Restricted")];
    }
    let options = write_sources(
        folder.path(),
        &with_id(&DataType::LargeUtf8).table(&sources),
    );
    for (row, more) in rows.iter_mut().zip(&sources) {
        row.table_tags.extend(more.table_tags.clone());
    }
    assert_eq!(tagged(&options), expected(&rows));
}

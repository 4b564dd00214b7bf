//! Catalogs in every variety that is accepted, and in some that are not.

mod arrays;
mod attacks;
mod bad_rows;
mod damage;
mod folders;
mod formats;
mod json_lists;
mod layouts;
mod partitions;
mod paths;
mod same_meaning;
mod scattered;
mod table_tags;
mod two_tables;
mod untyped;
mod variants;

use crate::corpus::read_assignments;
use classmark::arrow::array::{ArrayRef, RecordBatch};
use classmark::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use classmark::framework::{Format, Framework, Limits, parse};
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::errors::ParquetError;
use classmark::parquet::file::properties::WriterProperties;
use classmark::pipeline::{Documents, PipelineError, Silent, TagOptions, TagSummary, tag};
use classmark::reference::{Assignment, Row, assign};
use classmark::tag::{Tag, TagMatch};
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

/// A framework in which rules look at the column, at its neighbours, at the
/// data source and at a tag of another source.
const FRAMEWORK: &str = r#"{"shortName": "pii", "name": "PII", "description": "", "active": true,
"tags": [{"name": "PII.Email"}, {"name": "PII.Name"}, {"name": "PII.Phone"}, {"name": "PII.Home"},
         {"name": "Secret"}, {"name": "Old"}],
"rules": [
 {"name": "email", "classificationTag": {"name": "PII.Email"}, "columnTags": [{"name": "Email"}]},
 {"name": "phone", "classificationTag": {"name": "PII.Phone"},
  "columnTags": [{"name": "Phone", "source": "scanner"}]},
 {"name": "home", "classificationTag": {"name": "PII.Home"}, "columnTags": [{"name": "City.Home"}]},
 {"name": "name", "classificationTag": {"name": "PII.Name"},
  "columnTags": [{"name": "Name"}], "neighborColumnTags": [{"name": "PII.Email"}]},
 {"name": "secret", "classificationTag": {"name": "Secret"},
  "columnTags": [{"name": "PII.Email"}], "tableTags": [{"name": "Restricted"}]}]}"#;

fn frameworks() -> Vec<Framework> {
    let source = classmark::diagnostic::Source::new("pii.json", FRAMEWORK);
    let parsed = parse(&source, Format::Json, &Limits::default());
    assert_eq!(parsed.diagnostics, []);
    parsed.frameworks
}

/// Tags as they come in catalogs; the last two are of another source.
fn tags() -> [Tag; 9] {
    [
        Tag::curated("Email"),
        Tag::curated("Name"),
        Tag::curated("Phone"),
        Tag::curated("City.Home"),
        Tag::curated("PII.Email"),
        Tag::curated("Old"),
        Tag::curated("Nobody asks"),
        Tag::new("scanner", "Phone"),
        Tag::new("scanner", "Email"),
    ]
}

/// Forty rows of eight data sources, whose ids read as integers.
fn sample(curated_only: bool) -> Vec<Row> {
    let tags = if curated_only {
        tags()[..7].to_vec()
    } else {
        tags().to_vec()
    };
    let table = [Tag::curated("Restricted"), Tag::curated("Finance")];
    (0..40)
        .map(|row| Row {
            data_source: (1 + row / 5).to_string(),
            column: format!("column {}", (row * 7) % 11),
            column_tags: (0..row % 4)
                .map(|n| tags[(row * 5 + n * 3) % tags.len()].clone())
                .collect(),
            table_tags: (0..(row / 5) % 3).map(|n| table[n].clone()).collect(),
        })
        .collect()
}

fn expected(rows: &[Row]) -> Vec<Assignment> {
    sorted(assign(&frameworks(), rows, &[], TagMatch::Exact))
}

fn sorted(mut assignments: Vec<Assignment>) -> Vec<Assignment> {
    assignments.sort();
    assignments
}

/// A table with one column exchanged.
fn exchanged(table: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let schema = table.schema();
    let columns = schema.fields().iter().zip(table.columns());
    let columns = columns.map(|(field, values)| {
        let values = if field.name() == name {
            &column
        } else {
            values
        };
        (field.name().clone(), Arc::clone(values), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// A folder in memory where there is one: these tests write thousands of files.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// A catalog at `columns` in `folder`, to be read by two threads.
fn options(folder: &Path, columns: &str) -> TagOptions {
    let mut options = TagOptions::new(folder.join(columns), folder.join("out"));
    options.threads = NonZeroUsize::new(2);
    options.force = true;
    options
}

fn run(options: &TagOptions) -> Result<TagSummary, PipelineError> {
    tag(&Documents::of(frameworks()), options, &Silent)
}

/// What the rules make of a catalog, sorted.
fn tagged(options: &TagOptions) -> Vec<Assignment> {
    run(options).unwrap();
    written(options)
}

fn written(options: &TagOptions) -> Vec<Assignment> {
    sorted(read_assignments(&options.out.join("assignments.parquet")))
}

/// The bytes of a file of the results.
fn bytes(options: &TagOptions, name: &str) -> Vec<u8> {
    std::fs::read(options.out.join(name)).unwrap()
}

/// What is wrong with a catalog.
fn fault(options: &TagOptions) -> String {
    let fault = run(options).unwrap_err().to_string();
    assert!(!options.out.exists(), "{fault}");
    fault
}

fn write_parquet(
    path: &Path,
    batches: &[RecordBatch],
    properties: WriterProperties,
) -> Result<(), ParquetError> {
    let file = File::create(path)?;
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties))?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close().map(|_| ())
}

/// One Parquet file with a row group for each batch.
fn write_groups(path: &Path, batches: &[RecordBatch]) {
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), None).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
}

fn write_ipc_file(path: &Path, batches: &[RecordBatch], how: IpcWriteOptions) {
    let file = File::create(path).unwrap();
    let schema = batches[0].schema();
    let mut writer = FileWriter::try_new_with_options(file, &schema, how).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
}

fn write_ipc_stream(path: &Path, batches: &[RecordBatch], how: IpcWriteOptions) {
    let file = File::create(path).unwrap();
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(file, &schema, how).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
}

/// A batch in parts of so many rows.
fn parts(batch: &RecordBatch, rows: usize) -> Vec<RecordBatch> {
    (0..batch.num_rows())
        .step_by(rows)
        .map(|at| batch.slice(at, rows.min(batch.num_rows() - at)))
        .collect()
}

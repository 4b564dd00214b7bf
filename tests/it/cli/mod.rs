//! The command line, as a user meets it.

mod commands;
mod compliance;
mod diff;
mod finished;
mod folders;
mod inputs;
mod lints;
mod manual_controls;
mod overrides;
mod rollup;
mod spoken;

use classmark::arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringArray, StringBuilder};
use classmark::parquet::arrow::ArrowWriter;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");

/// What a command said and came to.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn command(folder: &Path, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("classmark"));
    command
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .timeout(Duration::from_secs(60))
        .args(arguments);
    command
}

fn classmark(folder: &Path, arguments: &[&str]) -> Said {
    let output = command(folder, arguments).output().unwrap();
    let said = Said {
        code: output.status.code().expect("killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!said.stderr.contains("panicked"), "{said:?}");
    assert!(!said.stderr.contains("RUST_BACKTRACE"), "{said:?}");
    said
}

/// `classmark tag` over the demo's frameworks into `out`.
fn tag(folder: &Path, columns: &str, more: &[&str]) -> Said {
    let frameworks = format!("{DEMO}/frameworks");
    let mut arguments = vec!["tag", "--frameworks", &frameworks, "--columns", columns];
    arguments.extend(["--out", "out"]);
    arguments.extend(more);
    classmark(folder, &arguments)
}

/// How many errors were told.
fn errors(said: &Said) -> usize {
    said.stderr
        .lines()
        .filter(|line| line.starts_with("error"))
        .count()
}

fn demo_catalog() -> String {
    format!("{DEMO}/catalog.parquet")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn path(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A catalog row: data source, column.
type Row<'a> = (Option<&'a str>, Option<&'a str>);

/// Rows that all have the tags `Email` and, on the table, `Domain.Clinical`.
fn batch(rows: &[Row<'_>]) -> RecordBatch {
    let text = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let tags = |tag: &str| {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for _ in rows {
            lists.append_value([Some(tag)]);
        }
        Arc::new(lists.finish()) as ArrayRef
    };
    RecordBatch::try_from_iter_with_nullable([
        (
            "data_source_id",
            text(rows.iter().map(|r| r.0).collect()),
            true,
        ),
        (
            "column_name",
            text(rows.iter().map(|r| r.1).collect()),
            true,
        ),
        ("column_tags", tags("Email"), true),
        ("table_tags", tags("Domain.Clinical"), true),
    ])
    .unwrap()
}

/// Writes Parquet with a row group per batch.
fn write_parquet(file: &Path, batches: &[RecordBatch]) {
    let mut writer =
        ArrowWriter::try_new(File::create(file).unwrap(), batches[0].schema(), None).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
}

/// Names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

//! Rejections as files of overrides.

use classmark::arrow::array::{ArrayRef, RecordBatch, StringArray};
use classmark::catalog::Overrides;
use classmark::parquet::arrow::ArrowWriter;
use classmark::pipeline::load_overrides;
use classmark::reference::Rejection;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The formats that overrides are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverrideFormat {
    Parquet,
    Csv,
    Json,
    JsonLines,
}

impl OverrideFormat {
    pub(crate) const ALL: [OverrideFormat; 4] = [
        OverrideFormat::Parquet,
        OverrideFormat::Csv,
        OverrideFormat::Json,
        OverrideFormat::JsonLines,
    ];

    /// Writes rejections as a file in `folder`.
    pub(crate) fn write(self, folder: &Path, rejected: &[Rejection]) -> PathBuf {
        let objects: Vec<Value> = rejected.iter().map(object).collect();
        match self {
            OverrideFormat::Parquet => {
                let path = folder.join("overrides.parquet");
                write_parquet(&path, rejected);
                path
            }
            OverrideFormat::Csv => {
                let path = folder.join("overrides.csv");
                let mut writer = csv::Writer::from_path(&path).unwrap();
                writer.write_record(NAMES).unwrap();
                rejected
                    .iter()
                    .for_each(|r| writer.write_record(values(r)).unwrap());
                writer.flush().unwrap();
                path
            }
            OverrideFormat::Json => {
                let path = folder.join("overrides.json");
                let text = json!({"overrides": objects}).to_string();
                fs::write(&path, text).unwrap();
                path
            }
            OverrideFormat::JsonLines => {
                let path = folder.join("overrides.ndjson");
                let lines = objects.iter().map(|object| format!("{object}\n"));
                // Without a line it would be refused: an export that failed looks like that.
                let text: String = lines.collect();
                match text.is_empty() {
                    true => OverrideFormat::Json.write(folder, rejected),
                    false => {
                        fs::write(&path, text).unwrap();
                        path
                    }
                }
            }
        }
    }

    /// The rejections, written as a file and read again.
    pub(crate) fn round_trip(self, folder: &Path, rejected: &[Rejection]) -> Overrides {
        let path = self.write(folder, rejected);
        let read = load_overrides(&[path], "2026-11-21".parse().unwrap()).unwrap();
        assert!(!read.has_errors(), "{:?}", read.diagnostics);
        read.overrides
    }
}

const NAMES: [&str; 5] = [
    "data_source_id",
    "column_name",
    "tag_name",
    "tag_source",
    "action",
];

fn values(rejection: &Rejection) -> [&str; 5] {
    let Rejection {
        data_source,
        column,
        tag,
    } = rejection;
    [data_source, column, &tag.name, &tag.source, "reject"]
}

fn object(rejection: &Rejection) -> Value {
    let pairs = NAMES.iter().zip(values(rejection));
    pairs
        .map(|(name, value)| ((*name).to_owned(), Value::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn write_parquet(path: &Path, rejected: &[Rejection]) {
    let column = |at: usize| -> ArrayRef {
        let values = rejected.iter().map(|rejection| values(rejection)[at]);
        Arc::new(StringArray::from_iter_values(values))
    };
    let columns = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| (*name, column(at)));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

//! Runs compared.

mod broken;
pub(crate) mod made;
mod naive;
mod random;
mod scenarios;

use classmark::arrow::array::{Array, AsArray};
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::pipeline::{DiffOptions, DiffSummary, Silent, diff};
use std::fs::File;
use std::path::Path;

/// A row of `diff.parquet`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Changed {
    kind: String,
    data_source: String,
    column: String,
    /// Name, source.
    tag: (String, String),
    rule: Option<String>,
    old: Option<String>,
    new: Option<String>,
    comparable: bool,
}

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let (old, new) = (shown(&self.old), shown(&self.new));
        write!(f, "{}.{} {}", self.data_source, self.column, self.tag.0)?;
        match &self.rule {
            Some(rule) => write!(f, " by {rule}: {old} > {new}")?,
            None => write!(f, ": {old} > {new}")?,
        }
        f.write_str(if self.comparable { "" } else { " incomparable" })
    }
}

/// The rows of `diff.parquet`, in its order.
fn changes(folder: &Path) -> Vec<Changed> {
    let file = File::open(folder.join("diff.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut changes = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str, row: usize| {
            let column = batch.column_by_name(name).unwrap().as_string::<i32>();
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        let comparable = batch.column_by_name("comparable").unwrap().as_boolean();
        changes.extend((0..batch.num_rows()).map(|row| Changed {
            kind: text("kind", row).unwrap(),
            data_source: text("data_source_id", row).unwrap(),
            column: text("column_name", row).unwrap(),
            tag: (
                text("tag_name", row).unwrap(),
                text("tag_source", row).unwrap(),
            ),
            rule: text("rule", row),
            old: text("old", row),
            new: text("new", row),
            comparable: comparable.value(row),
        }));
    }
    changes
}

/// Compares the runs `old` and `new` of a folder into `name`.
fn compared(folder: &Path, name: &str, pending_bytes: usize) -> (DiffSummary, Vec<Changed>) {
    let out = folder.join(name);
    let options = DiffOptions {
        out: Some(out.clone()),
        pending_bytes,
        ..DiffOptions::new(folder.join("old"), folder.join("new"))
    };
    let summary = diff(&options, &Silent).unwrap();
    (summary, changes(&out))
}

/// A folder in memory where there is one.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

//! Runs made by hand: folders as `classmark tag` leaves them, and as it would not.

use classmark::arrow::array::{
    ArrayRef, BooleanArray, Int8Array, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, UInt32Array, UInt64Array,
};
use classmark::arrow::datatypes::{DataType, Field};
use classmark::parquet::arrow::ArrowWriter;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// Data source, column, tag, rules, state.
pub(crate) type MadeRow<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a str);

/// What is in a run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Made<'a> {
    /// Ids, and whether each was evaluated.
    pub(crate) rules: &'a [(&'a str, bool)],
    pub(crate) sources: &'a [&'a str],
    pub(crate) rows: &'a [MadeRow<'a>],
    /// Whether ids are integers.
    pub(crate) integers: bool,
}

impl Made<'_> {
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        parquet(&folder.join("rules.parquet"), self.rule_batch());
        let columns: ArrayRef = Arc::new(UInt32Array::from(vec![1; self.sources.len()]));
        let ids = self.ids(self.sources.iter().copied());
        parquet(
            &folder.join("data_sources.parquet"),
            vec![("data_source_id", ids), ("columns", columns)],
        );
        parquet(&folder.join("assignments.parquet"), self.assignments());
        seal(folder);
    }

    fn ids<'i>(&self, ids: impl Iterator<Item = &'i str>) -> ArrayRef {
        match self.integers {
            true => Arc::new(Int64Array::from_iter_values(
                ids.map(|id| id.parse::<i64>().unwrap()),
            )),
            false => Arc::new(StringArray::from_iter_values(ids)),
        }
    }

    fn rule_batch(&self) -> Vec<(&'static str, ArrayRef)> {
        let ids = || text(self.rules.iter().map(|rule| rule.0));
        let same = |what: &'static str| text(self.rules.iter().map(|_| what));
        let active: BooleanArray = self.rules.iter().map(|rule| Some(rule.1)).collect();
        let count = || Arc::new(UInt64Array::from(vec![0; self.rules.len()])) as ArrayRef;
        vec![
            ("id", ids()),
            ("short_name", same("f")),
            ("name", ids()),
            ("active", Arc::new(active)),
            ("columns", count()),
            ("data_sources", count()),
            ("tag_name", same("t")),
            ("tag_source", same("curated")),
            (
                "sensitivity",
                Arc::new(Int8Array::from(vec![None; self.rules.len()])),
            ),
        ]
    }

    fn assignments(&self) -> Vec<(&'static str, ArrayRef)> {
        let rows = self.rows;
        let element = Arc::new(Field::new("element", DataType::Utf8, false));
        let mut rules = ListBuilder::new(StringBuilder::new()).with_field(element);
        for row in rows {
            rules.append_value(row.3.iter().map(Some));
        }
        vec![
            ("data_source_id", self.ids(rows.iter().map(|row| row.0))),
            ("column_name", text(rows.iter().map(|row| row.1))),
            ("tag_name", text(rows.iter().map(|row| row.2))),
            ("tag_source", text(rows.iter().map(|_| "curated"))),
            (
                "sensitivity",
                Arc::new(Int8Array::from(vec![None; rows.len()])),
            ),
            ("rules", Arc::new(rules.finish())),
            ("state", text(rows.iter().map(|row| row.4))),
            (
                "recorded",
                Arc::new(BooleanArray::from_iter(
                    rows.iter()
                        .map(|row| Some(["recorded", "stale"].contains(&row.4))),
                )),
            ),
        ]
    }
}

fn text<'t>(values: impl Iterator<Item = &'t str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn parquet(path: &Path, columns: Vec<(&'static str, ArrayRef)>) {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| {
            let nullable = ["sensitivity"].contains(name);
            Field::new(*name, array.data_type().clone(), nullable)
        })
        .collect();
    let schema = Arc::new(classmark::arrow::datatypes::Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Writes a manifest that fits the files that are there.
pub(crate) fn seal(folder: &Path) {
    let output = |name: &str| {
        let bytes = fs::read(folder.join(name)).unwrap();
        let sum = Sha256::digest(&bytes);
        let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({"name": name, "rows": 0, "bytes": bytes.len(), "sha256": sum})
    };
    let names = [
        "assignments.parquet",
        "rules.parquet",
        "data_sources.parquet",
    ];
    let manifest = json!({
        "tool": {"name": "classmark", "version": "0.1.0"},
        "inputs": [],
        "frameworks": [],
        "options": {"tag_match": "exact"},
        "counts": {"columns": 0, "data_sources": 0, "overrides": 0},
        "outputs": names.map(output),
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

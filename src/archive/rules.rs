//! `rules.parquet`, read back.

use super::ArchiveError;
use super::text::{TextColumn, column};
use crate::rollup::KnownRule;
use crate::tag::Tag;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int8Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;

/// A rule of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRule {
    /// Its id.
    pub id: String,
    /// Its framework's short name.
    pub framework: String,
    /// Its name.
    pub name: String,
    /// Whether it was evaluated.
    pub active: bool,
    /// The tag that it gives.
    pub classification_tag: Tag,
    /// The highest sensitivity that a framework declared for that tag.
    pub sensitivity: Option<u8>,
    /// The columns on which it fired.
    pub columns: u64,
    /// The data sources in which it fired.
    pub data_sources: u64,
}

impl StoredRule {
    /// The rule as a rollup knows it.
    pub fn known(&self) -> (String, KnownRule, Option<u8>) {
        let known = KnownRule {
            name: self.name.clone(),
            framework: self.framework.clone(),
            classification_tag: self.classification_tag.clone(),
            evaluated: self.active,
        };
        (self.id.clone(), known, self.sensitivity)
    }
}

pub(super) fn read_rules(path: &Path) -> Result<Vec<StoredRule>, ArchiveError> {
    let broken = |error: &dyn ToString| ArchiveError::broken(path, error.to_string());
    let file = File::open(path).map_err(|error| broken(&error))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| broken(&error))?;
    let mut rules = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| broken(&error))?;
        rules.extend(
            rules_of(&batch).ok_or_else(|| broken(&"it has other columns than those of rules"))?,
        );
    }
    Ok(rules)
}

fn rules_of(batch: &RecordBatch) -> Option<Vec<StoredRule>> {
    let text = |name: &str| TextColumn::of(column(batch, name)?);
    let count = |name: &str| column(batch, name)?.as_primitive_opt::<UInt64Type>();
    let (ids, frameworks, names) = (text("id")?, text("short_name")?, text("name")?);
    let (tags, sources) = (text("tag_name")?, text("tag_source")?);
    let active = column(batch, "active")?.as_boolean_opt()?;
    let levels = column(batch, "sensitivity")?.as_primitive_opt::<Int8Type>()?;
    let (columns, data_sources) = (count("columns")?, count("data_sources")?);
    let rule = |row: usize| StoredRule {
        id: ids.get(row).to_owned(),
        framework: frameworks.get(row).to_owned(),
        name: names.get(row).to_owned(),
        active: active.value(row),
        classification_tag: Tag::new(sources.get(row), tags.get(row)),
        sensitivity: levels
            .is_valid(row)
            .then(|| levels.value(row).unsigned_abs()),
        columns: columns.value(row),
        data_sources: data_sources.value(row),
    };
    Some((0..batch.num_rows()).map(rule).collect())
}

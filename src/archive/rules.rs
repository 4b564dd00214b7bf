//! `rules.parquet`, read back.

use super::ArchiveError;
use super::table::{Sensitivities, column, filled, read_all};
use super::text::TextColumn;
use crate::rollup::KnownRule;
use crate::tag::Tag;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt64Type;
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
    read_all(path, "rules", rules_of)
}

fn rules_of(batch: &RecordBatch) -> Option<Vec<StoredRule>> {
    let text = |name: &str| TextColumn::of(column(batch, name)?);
    let count = |name: &str| filled(batch, name)?.as_primitive_opt::<UInt64Type>();
    let (ids, frameworks, names) = (text("id")?, text("short_name")?, text("name")?);
    let (tags, sources) = (text("tag_name")?, text("tag_source")?);
    let active = filled(batch, "active")?.as_boolean_opt()?;
    let sensitivities = Sensitivities::of(batch)?;
    let (columns, data_sources) = (count("columns")?, count("data_sources")?);
    let rule = |row: usize| StoredRule {
        id: ids.get(row).to_owned(),
        framework: frameworks.get(row).to_owned(),
        name: names.get(row).to_owned(),
        active: active.value(row),
        classification_tag: Tag::new(sources.get(row), tags.get(row)),
        sensitivity: sensitivities.get(row),
        columns: columns.value(row),
        data_sources: data_sources.value(row),
    };
    Some((0..batch.num_rows()).map(rule).collect())
}

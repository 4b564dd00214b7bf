//! The smaller tables of a run: rules and rejected rows.

use crate::catalog::BadRow;
use crate::compile::RuleRecord;
use arrow::array::{ArrayRef, BooleanArray, Int8Array, RecordBatch, StringArray, UInt64Array};
use arrow::error::ArrowError;
use std::sync::Arc;

/// A row of `rules.parquet`.
#[derive(Debug, Clone, Copy)]
pub struct RuleRow<'a> {
    /// The rule.
    pub rule: &'a RuleRecord,
    /// The id that a server gave its framework.
    pub framework_id: Option<&'a str>,
    /// Its framework's short name.
    pub short_name: &'a str,
    /// The version that a server gave its framework.
    pub version: Option<&'a str>,
    /// The highest sensitivity that a framework declares for its classification tag.
    pub sensitivity: Option<u8>,
    /// The columns on which it fires.
    pub columns: u64,
    /// The data sources in which it fires on some column.
    pub data_sources: u64,
}

/// The rows of `rules.parquet`.
///
/// # Errors
///
/// Arrays over Arrow's limits.
pub fn rules_batch(rows: &[RuleRow<'_>]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&RuleRow<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let count = |of: fn(&RuleRow<'_>) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(of)))
    };
    let sensitivity =
        |row: &RuleRow<'_>| row.sensitivity.and_then(|level| i8::try_from(level).ok());
    let sensitivity: Int8Array = rows.iter().map(sensitivity).collect();
    let active: BooleanArray = rows.iter().map(|row| Some(row.rule.active)).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("id", text(|row| Some(row.rule.id.clone())), false),
        (
            "framework_id",
            text(|row| row.framework_id.map(str::to_owned)),
            true,
        ),
        (
            "short_name",
            text(|row| Some(row.short_name.to_owned())),
            false,
        ),
        ("version", text(|row| row.version.map(str::to_owned)), true),
        ("name", text(|row| Some(row.rule.name.clone())), false),
        ("active", Arc::new(active), false),
        ("columns", count(|row| row.columns), false),
        ("data_sources", count(|row| row.data_sources), false),
        (
            "tag_name",
            text(|row| Some(row.rule.classification_tag.name.clone())),
            false,
        ),
        (
            "tag_source",
            text(|row| Some(row.rule.classification_tag.source.clone())),
            false,
        ),
        ("sensitivity", Arc::new(sensitivity), true),
    ])
}

/// The rows of `rejected.parquet`.
///
/// # Errors
///
/// Arrays over Arrow's limits.
pub fn rejected_batch(rows: &[BadRow]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&BadRow) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let count = |of: fn(&BadRow) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(of)))
    };
    RecordBatch::try_from_iter_with_nullable([
        (
            "file",
            text(|row| Some(row.file.display().to_string())),
            false,
        ),
        ("row_group", count(|row| row.row_group), false),
        ("row", count(|row| row.row), false),
        (
            "data_source_id",
            text(|row| row.data_source_id.clone()),
            true,
        ),
        ("column_name", text(|row| row.column_name.clone()), true),
        ("reason", text(|row| Some(row.reason.clone())), false),
    ])
}

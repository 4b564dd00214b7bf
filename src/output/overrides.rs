//! `overrides.parquet`: what people have ruled out, and whether it was there.

use crate::catalog::{Override, REJECT};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use std::sync::Arc;

/// A row of `overrides.parquet`.
#[derive(Debug, Clone, Copy)]
pub struct OverrideRow<'a> {
    /// The override.
    pub of: &'a Override,
    /// Whether it acted.
    pub in_force: bool,
    /// Whether it rejects something that is there; `None` where it did not act.
    pub matched: Option<bool>,
}

/// The rows of `overrides.parquet`.
///
/// # Errors
///
/// Arrays over Arrow's limits.
pub fn overrides_batch(rows: &[OverrideRow<'_>]) -> Result<RecordBatch, ArrowError> {
    fn text<'a>(
        rows: &[OverrideRow<'a>],
        of: impl Fn(&'a Override) -> Option<&'a str>,
    ) -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(row.of)).collect::<StringArray>())
    }
    let expires = rows.iter().map(|row| row.of.expires);
    let expires: Date32Array = expires.map(|day| day.map(|day| day.unix_days())).collect();
    let in_force: BooleanArray = rows.iter().map(|row| Some(row.in_force)).collect();
    let matched: BooleanArray = rows.iter().map(|row| row.matched).collect();
    RecordBatch::try_from_iter_with_nullable([
        (
            "data_source_id",
            text(rows, |of| Some(&of.data_source_id)),
            false,
        ),
        ("column_name", text(rows, |of| Some(&of.column_name)), false),
        ("tag_name", text(rows, |of| Some(&of.tag.name)), false),
        ("tag_source", text(rows, |of| Some(&of.tag.source)), false),
        ("action", text(rows, |_| Some(REJECT)), false),
        ("reason", text(rows, |of| of.reason.as_deref()), true),
        ("owner", text(rows, |of| of.owner.as_deref()), true),
        ("expires", Arc::new(expires), true),
        ("in_force", Arc::new(in_force), false),
        ("matched", Arc::new(matched), true),
    ])
}

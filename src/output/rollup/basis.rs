//! What a rollup rests on, to be disclosed wherever it is shown.

use crate::output::{FrameworkRecord, InputRecord};
use serde::Serialize;

/// What a rollup rests on, beside the counts of its coverage.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    /// The day on which overrides were judged, as `2026-11-21`.
    pub as_of: String,
    /// The files read.
    pub inputs: Vec<InputRecord>,
    /// The classification frameworks, in the order given.
    pub frameworks: Vec<FrameworkRecord>,
    /// The overrides in force, in the order given.
    pub overrides: Vec<OverrideRecord>,
    /// How many overrides had expired.
    pub expired: u64,
}

/// An override in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverrideRecord {
    /// The data source, an integer id as text.
    pub data_source_id: String,
    /// The column.
    pub column_name: String,
    /// The name of the tag that it rejects.
    pub tag_name: String,
    /// That tag's source.
    pub tag_source: String,
    /// Why.
    pub reason: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it acts, as `2026-12-31`; `None`: no end.
    pub expires: Option<String>,
    /// Whether it rejects something that is there.
    pub matched: bool,
}

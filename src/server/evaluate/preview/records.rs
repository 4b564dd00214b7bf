//! What a preview says, as it is written.

use crate::server::evaluate::records::CatalogRecord;
use crate::server::frameworks::FrameworkChange;
use schemars::JsonSchema;
use serde::Serialize;

/// A change as for `PUT /frameworks/{id}`, or one with a small catalog.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "PreviewRequest")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::server::evaluate) enum PreviewRequestRecord<'a> {
    /// A change and nothing else.
    Change(FrameworkChange<'a>),
    /// A change under `changes`, and a catalog.
    Beside(ChangeRecord<'a>),
}

/// A change, and the small catalog that it is tried on.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChangeOnCatalog")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::server::evaluate) struct ChangeRecord<'a> {
    /// As for `PUT /frameworks/{id}`.
    changes: FrameworkChange<'a>,
    /// Instead of the last run's. `compliance` says nothing here.
    catalog: CatalogRecord,
}

/// What would change.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Preview")]
pub(in crate::server::evaluate) struct PreviewRecord<'p> {
    /// The framework, and the version that the change was tried on.
    pub(super) framework: TriedRecord<'p>,
    /// The catalog that it was tried on.
    pub(super) catalog: TriedCatalogRecord<'p>,
    /// How many assignments would change.
    pub(super) assignments: ChangesRecord,
    /// The first assignments that would, of each kind.
    pub(super) samples: SamplesRecord<'p>,
    /// The rules that fire on more or fewer columns than before, come, or go; by id.
    pub(super) rules: Vec<RuleChangeRecord<'p>>,
    /// For each custom framework the statuses before and after; empty for callers who may
    /// not read custom frameworks.
    pub(super) compliance: Vec<ComplianceChangeRecord<'p>>,
}

/// A framework and the version that the change was tried on.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "PreviewedFramework")]
pub(super) struct TriedRecord<'p> {
    pub(super) id: &'p str,
    pub(super) version: &'p str,
    pub(super) short_name: &'p str,
}

/// A catalog.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PreviewedCatalog")]
pub(super) struct TriedCatalogRecord<'p> {
    /// The run whose catalog it is; null: it came with the call.
    pub(super) run: Option<&'p str>,
    /// Its distinct columns.
    pub(super) columns: u64,
    /// Its data sources.
    pub(super) data_sources: u64,
}

/// How many assignments would change.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AssignmentChanges")]
pub(super) struct ChangesRecord {
    /// Before.
    pub(super) before: u64,
    /// After.
    pub(super) after: u64,
    /// There after, and not before.
    pub(super) added: u64,
    /// There before, and not after.
    pub(super) removed: u64,
    /// There before and after, in another state.
    pub(super) changed: u64,
    /// The same before and after.
    pub(super) unchanged: u64,
}

/// Assignments that would change.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AssignmentSamples")]
pub(super) struct SamplesRecord<'p> {
    pub(super) added: Vec<SampleRecord<'p>>,
    pub(super) removed: Vec<SampleRecord<'p>>,
    pub(super) changed: Vec<SampleRecord<'p>>,
}

/// An assignment that would change.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AssignmentSample")]
pub(super) struct SampleRecord<'p> {
    /// The data source; an integer id is its digits.
    pub(super) data_source_id: &'p str,
    pub(super) column_name: &'p str,
    pub(super) tag_name: &'p str,
    pub(super) tag_source: &'p str,
    /// Its state before; null: it is not there.
    pub(super) before: Option<&'p str>,
    /// Its state after; null: it is not there.
    pub(super) after: Option<&'p str>,
}

/// A rule, and on how much it fires.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RuleChange")]
pub(super) struct RuleChangeRecord<'p> {
    pub(super) id: &'p str,
    /// Null: it is not evaluated.
    pub(super) before: Option<FiredRecord>,
    /// Null: it is not evaluated.
    pub(super) after: Option<FiredRecord>,
}

/// On how much a rule fires.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Fired")]
pub(super) struct FiredRecord {
    pub(super) columns: u64,
    pub(super) data_sources: u64,
}

/// The statuses of a custom framework.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ComplianceChange")]
pub(super) struct ComplianceChangeRecord<'p> {
    pub(super) handle: &'p str,
    pub(super) version: &'p str,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    /// Its controls, in document order.
    pub(super) controls: Vec<ControlChangeRecord<'p>>,
}

/// The statuses of a control.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ControlChange")]
pub(super) struct ControlChangeRecord<'p> {
    pub(super) requirement: &'p str,
    pub(super) control: &'p str,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
}

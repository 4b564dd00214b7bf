//! What every node counts, under the names of the columns that hold it.

use crate::rollup::{Head, Status};

/// A column and where its count stands.
pub(super) type Count = (&'static str, fn(&Head) -> u64);

/// Findings, and the columns and data sources that they are on.
pub(super) const FOUND: [Count; 9] = [
    ("findings_pass", |head| head.findings.pass),
    ("findings_fail", |head| head.findings.fail),
    ("findings_muted", |head| head.findings.muted),
    ("columns", |head| head.columns.sum()),
    ("data_sources", |head| head.data_sources),
    ("columns_2", |head| head.columns.get(Some(2))),
    ("columns_1", |head| head.columns.get(Some(1))),
    ("columns_0", |head| head.columns.get(Some(0))),
    ("columns_not_rated", |head| head.columns.get(None)),
];

/// What became of the rules.
pub(super) const RULES: [Count; 4] = [
    ("rules_referenced", |head| head.rules.referenced),
    ("rules_known", |head| head.rules.known),
    ("rules_evaluated", |head| head.rules.evaluated),
    ("rules_fired", |head| head.rules.fired),
];

/// Children by status.
pub(super) const CHILDREN: [Count; 5] = [
    ("children_fail", |head| head.children.get(Status::Fail)),
    ("children_unknown", |head| {
        head.children.get(Status::Unknown)
    }),
    ("children_pass", |head| head.children.get(Status::Pass)),
    ("children_muted", |head| head.children.get(Status::Muted)),
    ("children_no_data", |head| head.children.get(Status::NoData)),
];

/// The score that counts controls.
pub(super) const CONTROLS_SCORE: [Count; 2] = [
    ("score_controls_numerator", |head| {
        head.scores.controls.numerator
    }),
    ("score_controls_denominator", |head| {
        head.scores.controls.denominator
    }),
];

/// The scores that count findings.
pub(super) const FINDINGS_SCORES: [Count; 4] = [
    ("score_findings_numerator", |head| {
        head.scores.findings.numerator
    }),
    ("score_findings_denominator", |head| {
        head.scores.findings.denominator
    }),
    ("score_weighted_numerator", |head| {
        head.scores.weighted.numerator
    }),
    ("score_weighted_denominator", |head| {
        head.scores.weighted.denominator
    }),
];

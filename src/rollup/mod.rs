//! Assignments in, what auditors ask for out: per compliance framework,
//! requirement, control and rule, what was found and whether it holds.
//!
//! `docs/rollups.md` defines every count, status and score by an example.

mod model;
mod status;

pub use model::{
    ControlNode, Coverage, Examples, Findings, FrameworkNode, Head, KnownRule, Ratio,
    RequirementNode, Rollup, RuleCounts, RuleNode, RuleSamples, Sample, Scores, Weights,
    WorstSource,
};
pub use status::{BySensitivity, ByStatus, Status, Verdict};

//! Assignments in, what auditors ask for out: per compliance framework,
//! requirement, control and rule, what was found and whether it holds.
//!
//! `docs/rollups.md` defines every count, status and score by an example.

mod counter;
mod examples;
mod finish;
mod kinds;
mod model;
mod partial;
mod plan;
mod recount;
mod rule_book;
mod sightings;
mod status;

pub use counter::Counter;
pub use examples::Collector;
pub use finish::Seen;
pub use model::{
    ControlNode, Coverage, Examples, Findings, FrameworkNode, Head, KnownRule, Ratio,
    RequirementNode, Rollup, RuleCounts, RuleNode, RuleSamples, Sample, Scores, Weights,
    WorstSource,
};
pub use partial::Partial;
pub use plan::Plan;
pub use recount::Recount;
pub use rule_book::RuleBook;
pub use status::{BySensitivity, ByStatus, Status, Verdict};

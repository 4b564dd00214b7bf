//! Assignments in, what auditors ask for out: per compliance framework,
//! requirement, control and rule, what was found and whether it holds.
//!
//! `docs/rollups.md` defines every count, status and score by an example.
//!
//! A [`Plan`] says what is counted. Each thread has a [`Counter`], which takes
//! what its evaluator gives, or a [`Recount`] of findings that were written
//! down; their [`Partial`] sums are merged in any order, and the plan makes the
//! final [`Rollup`] of them.
//!
//! ```
//! use classmark::compliance::{Format, Limits, parse};
//! use classmark::diagnostic::Source;
//! use classmark::rollup::{KnownRule, Plan, Recount, RuleBook, Seen, Status, Verdict, Weights};
//! use classmark::tag::Tag;
//!
//! let document = r#"{"handle": "house", "version": "1", "name": "House rules", "requirements": [
//!     {"name": "people", "controls": [{"name": "contact", "rules_id": ["base/email"]}]}]}"#;
//! let parsed = parse(&Source::new("house.json", document), Format::Json, &Limits::default());
//! let email = KnownRule {
//!     name: "Email".into(),
//!     framework: "base".into(),
//!     classification_tag: Tag::curated("PII"),
//!     evaluated: true,
//! };
//! let book = RuleBook::new([("base/email".into(), email, Some(2))]);
//! let plan = Plan::new(parsed.frameworks, book, Weights::default());
//!
//! let plan = std::sync::Arc::new(plan);
//! let email = plan.book().number("base/email").unwrap();
//! let mut counts = Recount::new(plan.clone());
//! counts.column(&[(email, Verdict::Pass)], Some(2));
//! counts.column(&[(email, Verdict::Fail)], Some(2));
//! counts.end_data_source();
//!
//! let seen = Seen { columns: 2, data_sources: 1, overrides: 0 };
//! let house = &plan.rollup(&counts.finish(), seen).frameworks[0];
//! assert_eq!(house.head.status, Status::Fail);
//! assert_eq!((house.head.scores.findings.numerator, house.head.scores.findings.denominator), (1, 2));
//! ```

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

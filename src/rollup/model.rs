//! The final counts: a tree as deep as the compliance framework's.

use super::status::{BySensitivity, ByStatus, Status};
use crate::tag::Tag;

/// What a catalog's findings come to, under some compliance frameworks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollup {
    /// What the scores rest on.
    pub coverage: Coverage,
    /// What findings weigh in the weighted scores.
    pub weights: Weights,
    /// Per compliance framework, in the order given.
    pub frameworks: Vec<FrameworkNode>,
}

/// What scores rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Distinct rules that the compliance frameworks name.
    pub rules: RuleCounts,
    /// Distinct columns of the catalog.
    pub columns: u64,
    /// Distinct data sources of the catalog.
    pub data_sources: u64,
    /// Overrides in force.
    pub overrides: u64,
}

/// What a finding weighs, by the sensitivity of its classification tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Sensitivity 2.
    pub high: u32,
    /// Sensitivity 1.
    pub medium: u32,
    /// Sensitivity 0.
    pub low: u32,
    /// Not rated.
    pub not_rated: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Weights {
            high: 4,
            medium: 2,
            low: 1,
            not_rated: 1,
        }
    }
}

impl Weights {
    /// The weight of a sensitivity; `None` is not rated.
    pub fn of(&self, sensitivity: Option<u8>) -> u32 {
        match sensitivity {
            Some(2..) => self.high,
            Some(1) => self.medium,
            Some(0) => self.low,
            None => self.not_rated,
        }
    }
}

/// What every node of the tree says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whether it holds.
    pub status: Status,
    /// Distinct (rule, column) pairs, by verdict.
    pub findings: Findings,
    /// Distinct columns with a finding that passes or fails, by the column's sensitivity.
    pub columns: BySensitivity,
    /// Distinct data sources with such a column.
    pub data_sources: u64,
    /// Distinct rules below it (of a rule: itself).
    pub rules: RuleCounts,
    /// Its direct children by status; a rule has none.
    pub children: ByStatus,
    /// How much of it holds.
    pub scores: Scores,
}

/// Findings by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Findings {
    /// The catalog records the classification tag.
    pub pass: u64,
    /// It does not yet.
    pub fail: u64,
    /// An override rejects it.
    pub muted: u64,
}

/// Distinct rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleCounts {
    /// Named by controls.
    pub referenced: u64,
    /// Of these, in some framework, active or not.
    pub known: u64,
    /// Of these, in an active framework.
    pub evaluated: u64,
    /// Of these, with a finding, muted ones too.
    pub fired: u64,
}

/// Shares of what holds; each of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scores {
    /// Controls that pass, of those that pass, fail or are unknown. Of a
    /// control: itself. A rule holds none.
    pub controls: Ratio,
    /// Findings that pass, of those that pass or fail.
    pub findings: Ratio,
    /// The same, each finding as often as the sensitivity of its
    /// classification tag [weighs](Weights).
    pub weighted: Ratio,
}

/// A score: never a bare percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratio {
    /// What holds.
    pub numerator: u64,
    /// What was looked at; 0: nothing, and so no score.
    pub denominator: u64,
}

/// A compliance framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkNode {
    /// What it is known by, with the version.
    pub handle: String,
    /// Its version.
    pub version: String,
    /// Name for people.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it comes to.
    pub head: Head,
    /// In document order.
    pub requirements: Vec<RequirementNode>,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementNode {
    /// Its name.
    pub name: String,
    /// What it comes to.
    pub head: Head,
    /// In document order.
    pub controls: Vec<ControlNode>,
}

/// A control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlNode {
    /// Its name.
    pub name: String,
    /// What it comes to.
    pub head: Head,
    /// In document order.
    pub rules: Vec<RuleNode>,
}

/// A rule that a control names. Wherever it is named, its counts are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleNode {
    /// Its id.
    pub id: String,
    /// What a framework says of it; `None`: no framework knows it.
    pub known: Option<KnownRule>,
    /// What it comes to.
    pub head: Head,
}

/// What a framework says of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRule {
    /// Its name.
    pub name: String,
    /// The short name of its framework.
    pub framework: String,
    /// The tag that it gives.
    pub classification_tag: Tag,
    /// Whether its framework is active, so that it was evaluated.
    pub evaluated: bool,
}

/// Columns and data sources to look at first: what a page shows beside the counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examples {
    /// The data sources with most failing findings of rules that controls
    /// name, most first; among equals, the order of their ids.
    pub worst: Vec<WorstSource>,
    /// Per rule id that a control names and that fired, ascending: some columns.
    pub samples: Vec<RuleSamples>,
    /// Columns with any assignment that is not muted, by the column's sensitivity.
    pub columns: BySensitivity,
}

/// A data source and its failing findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorstSource {
    /// Its id, as text.
    pub data_source_id: String,
    /// Failing findings of rules that some control names.
    pub fail: u64,
    /// The columns that they are on.
    pub columns: u64,
}

/// Some columns that a rule fires on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSamples {
    /// The rule's id.
    pub rule: String,
    /// Failing ones first, then passing, then muted; in the order of the run's
    /// rows within each.
    pub columns: Vec<Sample>,
}

/// A column that a rule fires on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its data source's id, as text.
    pub data_source_id: String,
    /// Its name.
    pub column_name: String,
    /// How the finding stands.
    pub verdict: super::Verdict,
}

//! What a comparison comes to.

use super::moves::Moves;
use crate::evaluate::State;
use crate::rollup::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// One of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The run that is compared from.
    Old,
    /// The run that is compared to.
    New,
}

impl Side {
    /// Both, OLD first.
    pub const BOTH: [Side; 2] = [Side::Old, Side::New];

    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Old => Side::New,
            Side::New => Side::Old,
        }
    }
}

/// What a comparison of two runs comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// How the runs differ in what they looked at.
    pub scope: ScopeDiff,
    /// All assignments.
    pub assignments: Moves<State>,
    /// All findings.
    pub findings: Moves<Verdict>,
    /// The findings of each rule that was evaluated in either run, ascending by id.
    pub rules: Vec<RuleDiff>,
    /// Per compliance framework, in the order given.
    pub frameworks: Vec<FrameworkDiff>,
}

/// How two runs differ in what they looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeDiff {
    /// Ids of rules that only OLD knows, ascending.
    pub rules_only_old: Vec<String>,
    /// Ids of rules that only NEW knows, ascending.
    pub rules_only_new: Vec<String>,
    /// Ids of rules that both know and only NEW evaluated, ascending.
    pub activated: Vec<String>,
    /// Ids of rules that both know and only OLD evaluated, ascending.
    pub deactivated: Vec<String>,
    /// Data sources that are in both runs.
    pub data_sources_in_both: u64,
    /// Data sources that are in OLD only.
    pub data_sources_only_old: u64,
    /// Data sources that are in NEW only.
    pub data_sources_only_new: u64,
}

impl ScopeDiff {
    /// How rules differ, given whether each was evaluated.
    pub fn of_rules(old: &BTreeMap<&str, bool>, new: &BTreeMap<&str, bool>) -> Self {
        let owned = |ids: Vec<&&str>| ids.into_iter().map(|id| (*id).to_owned()).collect();
        let only = |these: &BTreeMap<&str, bool>, those: &BTreeMap<&str, bool>| {
            owned(these.keys().filter(|id| !those.contains_key(*id)).collect())
        };
        let became = |active: bool| {
            let moved = old.iter().filter(|(id, was)| {
                **was != active && new.get(*id).is_some_and(|is| *is == active)
            });
            owned(moved.map(|(id, _)| id).collect())
        };
        ScopeDiff {
            rules_only_old: only(old, new),
            rules_only_new: only(new, old),
            activated: became(true),
            deactivated: became(false),
            ..ScopeDiff::default()
        }
    }
}

/// The findings of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDiff {
    /// Its id.
    pub id: String,
    /// Whether OLD evaluated it.
    pub in_old: bool,
    /// Whether NEW evaluated it.
    pub in_new: bool,
    /// Its findings.
    pub findings: Moves<Verdict>,
}

/// The findings of a compliance framework's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkDiff {
    /// What it is known by, with the version.
    pub handle: String,
    /// Its version.
    pub version: String,
    /// Name for people.
    pub name: String,
    /// The findings of the distinct rules below it.
    pub findings: Moves<Verdict>,
    /// In document order.
    pub requirements: Vec<RequirementDiff>,
}

/// The findings of a requirement's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementDiff {
    /// Its name.
    pub name: String,
    /// The findings of the distinct rules below it.
    pub findings: Moves<Verdict>,
    /// In document order.
    pub controls: Vec<ControlDiff>,
}

/// The findings of a control's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlDiff {
    /// Its name.
    pub name: String,
    /// The ids of its rules, in document order.
    pub rules: Vec<String>,
    /// Their findings.
    pub findings: Moves<Verdict>,
}

/// The findings of some rules together, each rule counted once however often
/// it is named. `rules` ascend by id; ids that are not among them have none.
pub fn findings_of<'i>(rules: &[RuleDiff], ids: impl Iterator<Item = &'i str>) -> Moves<Verdict> {
    let mut sum = Moves::default();
    for id in ids.collect::<BTreeSet<&str>>() {
        let place = rules.binary_search_by(|rule| rule.id.as_str().cmp(id));
        if let Some(rule) = place.ok().and_then(|place| rules.get(place)) {
            sum.merge(&rule.findings);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_come_go_and_change() {
        let old = BTreeMap::from([
            ("a", true),
            ("b", true),
            ("c", false),
            ("d", true),
            ("e", false),
        ]);
        let new = BTreeMap::from([
            ("b", false),
            ("c", true),
            ("d", true),
            ("e", false),
            ("f", false),
        ]);
        let scope = ScopeDiff::of_rules(&old, &new);
        assert_eq!(scope.rules_only_old, ["a"]);
        assert_eq!(scope.rules_only_new, ["f"]);
        assert_eq!(scope.activated, ["c"]);
        assert_eq!(scope.deactivated, ["b"]);
    }

    #[test]
    fn a_rule_named_twice_counts_once() {
        let rule = |id: &str| {
            let mut findings = Moves::default();
            findings.add(None, Some(Verdict::Fail), true);
            let id = id.to_owned();
            RuleDiff {
                id,
                in_old: true,
                in_new: true,
                findings,
            }
        };
        let rules = [rule("a"), rule("b")];
        let sum = findings_of(&rules, ["b", "a", "b", "unknown"].into_iter());
        assert_eq!(sum.appeared(Verdict::Fail), 2);
    }
}

//! Two runs compared by plain maps over their rows: the judge.

use super::Changed;
use classmark::reference::Assignment;
use std::collections::{BTreeMap, BTreeSet};

/// A run as its files have it.
pub(super) struct Facts {
    pub(super) assignments: Vec<Assignment>,
    pub(super) data_sources: BTreeSet<String>,
    /// The rules that were evaluated.
    pub(super) evaluated: BTreeSet<String>,
}

/// Old, new, comparable.
pub(super) type Moved = (Option<&'static str>, Option<&'static str>, bool);

/// What two runs come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Naive {
    pub(super) rows: Vec<Changed>,
    /// Old, new, comparable; unchanged ones, too.
    pub(super) assignments: BTreeMap<Moved, u64>,
    /// By rule.
    pub(super) findings: BTreeMap<(String, Moved), u64>,
}

type Place<'a> = (&'a str, &'a str);
type Assignments<'a> = BTreeMap<(Place<'a>, (&'a str, &'a str)), &'a Assignment>;
/// (rule, column) → verdict, assignment.
type Findings<'a> = BTreeMap<(&'a str, Place<'a>), (&'static str, &'a Assignment)>;

pub(super) fn compare(old: &Facts, new: &Facts) -> Naive {
    let mut naive = Naive::default();
    let (before, after) = (assignments(old), assignments(new));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (a, b) = (before.get(key), after.get(key));
        let some = a.or(b).unwrap();
        let lacking = if a.is_none() { old } else { new };
        let known = lacking.data_sources.contains(&some.data_source);
        let possible = some.rules.is_empty()
            || some
                .rules
                .iter()
                .any(|rule| lacking.evaluated.contains(rule));
        let comparable = (a.is_some() && b.is_some()) || (known && possible);
        let moved = (a.map(|a| a.state), b.map(|b| b.state), comparable);
        *naive.assignments.entry(moved).or_default() += 1;
        naive.tell("assignment", some, None, moved);
    }
    let (before, after) = (findings(old), findings(new));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (a, b) = (before.get(key), after.get(key));
        let some = b.or(a).unwrap().1;
        let lacking = if a.is_none() { old } else { new };
        let possible =
            lacking.data_sources.contains(&some.data_source) && lacking.evaluated.contains(key.0);
        let comparable = (a.is_some() && b.is_some()) || possible;
        let moved = (a.map(|a| a.0), b.map(|b| b.0), comparable);
        *naive.findings.entry((key.0.to_owned(), moved)).or_default() += 1;
        naive.tell("finding", some, Some(key.0.to_owned()), moved);
    }
    naive.rows.sort();
    naive
}

impl Naive {
    fn tell(&mut self, kind: &str, of: &Assignment, rule: Option<String>, moved: Moved) {
        let (old, new, comparable) = moved;
        if old != new {
            self.rows.push(Changed {
                kind: kind.to_owned(),
                data_source: of.data_source.clone(),
                column: of.column.clone(),
                tag: (of.tag.name.clone(), of.tag.source.clone()),
                rule,
                old: old.map(str::to_owned),
                new: new.map(str::to_owned),
                comparable,
            });
        }
    }
}

fn place(of: &Assignment) -> Place<'_> {
    (&of.data_source, &of.column)
}

fn assignments(of: &Facts) -> Assignments<'_> {
    let all = of.assignments.iter();
    all.map(|a| ((place(a), (&*a.tag.name, &*a.tag.source)), a))
        .collect()
}

fn findings(of: &Facts) -> Findings<'_> {
    let mut findings = BTreeMap::new();
    for a in &of.assignments {
        let verdict = match a.state {
            "recorded" => "pass",
            "new" => "fail",
            other => other,
        };
        for rule in &a.rules {
            findings.insert((&**rule, place(a)), (verdict, a));
        }
    }
    findings
}

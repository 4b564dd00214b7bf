//! What stands where on the page: controls by place, rules once.

use crate::rollup::{ControlNode, Examples, RequirementNode, Rollup, RuleNode, Sample};
use std::collections::BTreeMap;
use std::fmt;

/// Where a control stands; shown as its anchor, `f1q2c3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) framework: usize,
    pub(super) requirement: usize,
    pub(super) control: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place {
            framework,
            requirement,
            control,
        } = self;
        write!(f, "f{framework}q{requirement}c{control}")
    }
}

/// A control that names a rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming<'a> {
    pub(super) place: Place,
    pub(super) framework: &'a str,
    pub(super) requirement: &'a RequirementNode,
    pub(super) control: &'a ControlNode,
}

/// A rule that controls name.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) rule: &'a RuleNode,
    pub(super) samples: &'a [Sample],
    /// In document order.
    pub(super) named_by: Vec<Naming<'a>>,
}

/// The rules that controls name, each once.
#[derive(Debug)]
pub(super) struct RuleIndex<'a> {
    /// Ascending by id.
    entries: Vec<Entry<'a>>,
}

impl<'a> RuleIndex<'a> {
    pub(super) fn new(rollup: &'a Rollup, examples: &'a Examples) -> Self {
        let samples = examples.samples.iter();
        let samples: BTreeMap<&str, &[Sample]> = samples
            .map(|of| (of.rule.as_str(), of.columns.as_slice()))
            .collect();
        let mut entries: BTreeMap<&str, Entry<'a>> = BTreeMap::new();
        for naming in controls(rollup) {
            for rule in &naming.control.rules {
                let entry = entries.entry(&rule.id).or_insert_with(|| Entry {
                    rule,
                    samples: samples.get(rule.id.as_str()).copied().unwrap_or_default(),
                    named_by: Vec::new(),
                });
                entry.named_by.push(naming);
            }
        }
        let entries = entries.into_values().collect();
        RuleIndex { entries }
    }

    /// Each with its number on the page, from 1.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Entry<'a>)> {
        (1..).zip(&self.entries)
    }

    pub(super) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The number on the page of a rule that some control names.
    pub(super) fn number(&self, id: &str) -> usize {
        let at = self
            .entries
            .binary_search_by(|entry| entry.rule.id.as_str().cmp(id));
        at.map_or(0, |at| at + 1)
    }
}

/// All controls, in document order.
pub(super) fn controls(rollup: &Rollup) -> impl Iterator<Item = Naming<'_>> {
    (1..).zip(&rollup.frameworks).flat_map(|(f, framework)| {
        let requirements = (1..).zip(&framework.requirements);
        requirements.flat_map(move |(q, requirement)| {
            let controls = (1..).zip(&requirement.controls);
            controls.map(move |(c, control)| Naming {
                place: Place {
                    framework: f,
                    requirement: q,
                    control: c,
                },
                framework: &framework.name,
                requirement,
                control,
            })
        })
    })
}

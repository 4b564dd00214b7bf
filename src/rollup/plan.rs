//! Compliance frameworks and rules, put together: for which nodes a rule counts.

use super::model::Weights;
use super::rule_book::RuleBook;
use crate::compliance::{ComplianceFramework, Control, Requirement};

/// What is to be counted: immutable, shared by any number of threads.
///
/// The nodes of the tree are numbered: first the evaluated rules that controls
/// name, then frameworks, requirements and controls in the order of the
/// documents, each before its children.
#[derive(Debug)]
pub struct Plan {
    pub(super) frameworks: Vec<ComplianceFramework>,
    pub(super) book: RuleBook,
    pub(super) weights: Weights,
    /// Evaluated rules that some control names, ascending; the first nodes.
    pub(super) named: Vec<u32>,
    /// Per evaluated rule the nodes for which it counts, ascending: of `flat`, up to here.
    ends: Vec<u32>,
    flat: Vec<u32>,
    nodes: usize,
}

impl Plan {
    /// What is to be counted for compliance frameworks, given the rules that
    /// there are.
    pub fn new(frameworks: Vec<ComplianceFramework>, book: RuleBook, weights: Weights) -> Self {
        let mut named: Vec<u32> = references(&frameworks)
            .filter_map(|id| book.number(id))
            .collect();
        named.sort_unstable();
        named.dedup();
        let mut pairs: Vec<(u32, u32)> = named.iter().copied().zip(0u32..).collect();
        let mut nodes = named.len() as u32;
        walk(&frameworks, |node, rules| {
            nodes += 1;
            let numbers = rules.iter().filter_map(|id| book.number(id));
            pairs.extend(numbers.map(|rule| (rule, named.len() as u32 + node)));
        });
        pairs.sort_unstable();
        pairs.dedup();
        let ends = (0..book.evaluated() as u32)
            .map(|rule| pairs.partition_point(|(of, _)| *of <= rule) as u32)
            .collect();
        Plan {
            named,
            ends,
            flat: pairs.into_iter().map(|(_, node)| node).collect(),
            nodes: nodes as usize,
            frameworks,
            book,
            weights,
        }
    }

    /// The rules.
    pub fn book(&self) -> &RuleBook {
        &self.book
    }

    /// The compliance frameworks.
    pub fn frameworks(&self) -> &[ComplianceFramework] {
        &self.frameworks
    }

    /// Whether some control names an evaluated rule.
    pub fn names(&self, rule: u32) -> bool {
        !self.nodes_of(rule).is_empty()
    }

    /// How many nodes have numbers.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// The nodes for which an evaluated rule counts, ascending.
    pub(super) fn nodes_of(&self, rule: u32) -> &[u32] {
        let end = |rule: usize| self.ends.get(rule).copied().unwrap_or_default() as usize;
        let start = (rule as usize).checked_sub(1).map_or(0, end);
        self.flat.get(start..end(rule as usize)).unwrap_or_default()
    }
}

/// The rule ids that controls name, with repeats.
fn references(frameworks: &[ComplianceFramework]) -> impl Iterator<Item = &str> {
    frameworks.iter().flat_map(ids_of_framework)
}

fn ids_of_framework(framework: &ComplianceFramework) -> impl Iterator<Item = &str> {
    framework.requirements.iter().flat_map(ids_of_requirement)
}

fn ids_of_requirement(requirement: &Requirement) -> impl Iterator<Item = &str> {
    requirement.controls.iter().flat_map(ids_of_control)
}

fn ids_of_control(control: &Control) -> impl Iterator<Item = &str> {
    control.rules.iter().map(|rule| rule.id.as_str())
}

/// Tells every framework, requirement and control, in the order of their
/// numbers and counted from 0, with the ids of the rules below it, each once
/// and ascending.
pub(super) fn walk<'p>(
    frameworks: &'p [ComplianceFramework],
    mut tell: impl FnMut(u32, &[&'p str]),
) {
    let mut node = 0;
    let mut next = |ids: &mut dyn Iterator<Item = &'p str>| {
        let mut ids: Vec<&str> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        tell(node, &ids);
        node += 1;
    };
    for framework in frameworks {
        next(&mut ids_of_framework(framework));
        for requirement in &framework.requirements {
            next(&mut ids_of_requirement(requirement));
            for control in &requirement.controls {
                next(&mut ids_of_control(control));
            }
        }
    }
}

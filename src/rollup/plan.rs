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
    /// The frameworks, and what is below them.
    pub(super) tree: Vec<Branch>,
    /// Per rule of `named` the nodes for which it counts, ascending: of `flat`, up to here.
    ends: Vec<u32>,
    flat: Vec<u32>,
    /// Per evaluated rule its place in `named`.
    places: Vec<Option<u32>>,
    nodes: usize,
}

impl Plan {
    /// What is to be counted for compliance frameworks, given the rules that
    /// there are.
    pub fn new(frameworks: Vec<ComplianceFramework>, book: RuleBook, weights: Weights) -> Self {
        let controls = frameworks.iter().flat_map(|f| &f.requirements);
        let controls = controls.flat_map(|requirement| &requirement.controls);
        let mut named: Vec<u32> = controls
            .flat_map(|control| numbers(control, &book))
            .collect();
        named.sort_unstable();
        named.dedup();
        let mut planting = Planting {
            book: &book,
            named: &named,
            next: named.len() as u32,
            pairs: (0..named.len() as u32).map(|rule| (rule, rule)).collect(),
        };
        let tree = frameworks.iter().map(|f| planting.framework(f)).collect();
        let (nodes, mut pairs) = (planting.next as usize, planting.pairs);
        pairs.sort_unstable();
        pairs.dedup();
        let ends = (0..named.len() as u32)
            .map(|rule| pairs.partition_point(|(of, _)| *of <= rule) as u32)
            .collect();
        let mut places = vec![None; book.evaluated()];
        for (place, rule) in (0..).zip(&named) {
            places[*rule as usize] = Some(place);
        }
        Plan {
            tree,
            places,
            named,
            ends,
            flat: pairs.into_iter().map(|(_, node)| node).collect(),
            nodes,
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
        self.place(rule).is_some()
    }

    /// The place of an evaluated rule among those that controls name.
    pub(super) fn place(&self, rule: u32) -> Option<u32> {
        self.places.get(rule as usize).copied().flatten()
    }

    /// How many nodes have numbers.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// The nodes for which a rule counts, by its place among those that
    /// controls name; ascending, itself among them.
    pub(super) fn nodes_of(&self, place: u32) -> &[u32] {
        let end = |place: usize| self.ends.get(place).copied().unwrap_or_default() as usize;
        let start = (place as usize).checked_sub(1).map_or(0, end);
        self.flat
            .get(start..end(place as usize))
            .unwrap_or_default()
    }
}

/// The numbers of a control's rules that are evaluated.
fn numbers(control: &Control, book: &RuleBook) -> impl Iterator<Item = u32> {
    control
        .rules
        .iter()
        .filter_map(|rule| book.number(&rule.id))
}

/// A framework, requirement or control.
#[derive(Debug)]
pub(super) struct Branch {
    /// Its number.
    pub(super) node: u32,
    /// What is below a framework or requirement.
    pub(super) branches: Vec<Branch>,
    /// The rules of a control that are evaluated, by their places among those
    /// that controls name.
    pub(super) rules: Vec<u32>,
}

/// The tree in the making.
struct Planting<'p> {
    book: &'p RuleBook,
    named: &'p [u32],
    /// The number of the next node.
    next: u32,
    /// Rules, by place, and the nodes for which they count; with repeats.
    pairs: Vec<(u32, u32)>,
}

impl Planting<'_> {
    fn framework(&mut self, of: &ComplianceFramework) -> Branch {
        let node = self.number();
        let requirements = of.requirements.iter();
        let branches = requirements
            .map(|below| self.requirement(below, node))
            .collect();
        Branch {
            node,
            branches,
            rules: Vec::new(),
        }
    }

    fn requirement(&mut self, of: &Requirement, framework: u32) -> Branch {
        let node = self.number();
        let controls = of.controls.iter();
        let branches = controls
            .map(|below| self.control(below, [framework, node]))
            .collect();
        Branch {
            node,
            branches,
            rules: Vec::new(),
        }
    }

    fn control(&mut self, of: &Control, [framework, requirement]: [u32; 2]) -> Branch {
        let node = self.number();
        let places = numbers(of, self.book).filter_map(|rule| self.named.binary_search(&rule).ok());
        let rules: Vec<u32> = places.map(|place| place as u32).collect();
        for rule in &rules {
            let nodes = [framework, requirement, node];
            self.pairs.extend(nodes.map(|node| (*rule, node)));
        }
        Branch {
            node,
            branches: Vec::new(),
            rules,
        }
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }
}

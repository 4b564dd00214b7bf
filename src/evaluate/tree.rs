//! Which guards to ask for a column, and what follows from the answers.

use ahash::RandomState;
use std::collections::HashMap;

/// What comes next on the way from a column to its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step(u32);

/// A step, looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Nobody has been here yet.
    Unknown,
    /// The guards of a node are to be asked.
    Ask(u32),
    /// This is the result.
    Result(u32),
}

impl Step {
    pub(super) const UNKNOWN: Step = Step(u32::MAX);
    const RESULT: u32 = 1 << 31;

    pub(super) fn to_result(result: u32) -> Self {
        Step(result | Self::RESULT)
    }

    pub(super) fn to_node(node: u32) -> Self {
        Step(node)
    }

    pub(super) fn way(self) -> Way {
        match self {
            Self::UNKNOWN => Way::Unknown,
            Step(number) if number & Self::RESULT != 0 => Way::Result(number & !Self::RESULT),
            Step(number) => Way::Ask(number),
        }
    }
}

/// Most guards that one node asks.
pub(super) const MOST_GUARDS: usize = 64;

/// The ways from columns to results, grown as columns take them.
///
/// A node holds guards, and where each combination of their answers leads. Only
/// guards whose answer can still matter are asked, so that a column that no
/// guarded rule wants has none on its way.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Each with the fact that it asks for first, so that it is rarely looked at.
    guards: Vec<(u32, u32)>,
    /// (node, answers) → step, for what the node itself does not hold.
    steps: HashMap<(u32, u64), Step, RandomState>,
}

#[derive(Debug)]
struct Node {
    /// Where its guards begin …
    first: u32,
    /// … and end.
    end: u32,
    /// Where it leads if no guard holds, as is usual.
    if_none: Step,
    /// The answers that came first after that, and where they lead.
    then: Step,
    answers: u64,
}

impl Tree {
    /// A node that asks these guards, each behind its first fact, [`MOST_GUARDS`] at most.
    pub(super) fn grow(&mut self, guards: &[(u32, u32)]) -> u32 {
        let first = self.guards.len() as u32;
        self.guards.extend_from_slice(guards);
        self.nodes.push(Node {
            first,
            end: self.guards.len() as u32,
            if_none: Step::UNKNOWN,
            then: Step::UNKNOWN,
            answers: 0,
        });
        self.nodes.len() as u32 - 1
    }

    /// The answers of a node's guards, one bit each.
    pub(super) fn answers(&self, node: u32, holds: impl Fn(u32, u32) -> bool) -> u64 {
        let node = &self.nodes[node as usize];
        let guards = &self.guards[node.first as usize..node.end as usize];
        let mut answers = 0;
        for (bit, (first, guard)) in guards.iter().enumerate() {
            answers |= u64::from(holds(*first, *guard)) << bit;
        }
        answers
    }

    /// Where these answers lead.
    pub(super) fn after(&self, number: u32, answers: u64) -> Step {
        let node = &self.nodes[number as usize];
        if answers == 0 {
            node.if_none
        } else if node.answers == answers {
            node.then
        } else {
            let step = self.steps.get(&(number, answers));
            step.copied().unwrap_or(Step::UNKNOWN)
        }
    }

    /// Says where answers lead.
    pub(super) fn lead(&mut self, number: u32, answers: u64, to: Step) {
        let node = &mut self.nodes[number as usize];
        if answers == 0 {
            node.if_none = to;
        } else if node.answers == 0 || node.answers == answers {
            (node.answers, node.then) = (answers, to);
        } else {
            self.steps.insert((number, answers), to);
        }
    }

    /// The step from `step` on, as far as it is known: a result, or unknown.
    pub(super) fn follow(&self, mut step: Step, holds: impl Fn(u32, u32) -> bool) -> Option<u32> {
        loop {
            match step.way() {
                Way::Unknown => return None,
                Way::Result(result) => return Some(result),
                Way::Ask(node) => step = self.after(node, self.answers(node, &holds)),
            }
        }
    }

    /// Forgets all ways.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.guards.clear();
        self.steps.clear();
    }

    /// How many numbers of four bytes it holds, about.
    pub(super) fn size(&self) -> usize {
        8 * self.nodes.len() + 2 * self.guards.len() + 6 * self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, Tree, Way};

    #[test]
    fn answers_lead_where_they_were_said_to() {
        let mut tree = Tree::default();
        let node = tree.grow(&[(7, 4), (7, 9)]);
        let root = Step::to_node(node);
        assert_eq!(root.way(), Way::Ask(node));
        assert_eq!(tree.answers(node, |_, guard| guard == 9), 0b10);
        for answers in 0..4 {
            assert_eq!(tree.after(node, answers), Step::UNKNOWN);
            tree.lead(node, answers, Step::to_result(answers as u32));
        }
        for held in [&[][..], &[4], &[9], &[4, 9]] {
            let expected = u32::from(held.contains(&4)) + 2 * u32::from(held.contains(&9));
            assert_eq!(tree.follow(root, |_, g| held.contains(&g)), Some(expected));
        }
    }
}

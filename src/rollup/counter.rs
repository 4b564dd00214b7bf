//! The engine's assignments, counted.

use super::kinds::Kinds;
use super::partial::Partial;
use super::plan::Plan;
use super::status::Verdict;
use crate::compile::Program;
use crate::evaluate::{Assignments, Outcome};
use smallvec::SmallVec;
use std::sync::Arc;

/// Counts what an [`Evaluator`](crate::evaluate::Evaluator) makes of a
/// catalog, chunk by chunk; one for each evaluator.
#[derive(Debug)]
pub struct Counter {
    program: Arc<Program>,
    kinds: Kinds,
    /// The generation of the assignments whose outcomes are known.
    generation: u64,
    /// Per number of an outcome.
    known: Vec<Known>,
    /// The rules of all bundles known, by their places among those that
    /// controls name, one bundle after the other.
    rules: Vec<u32>,
    outcomes: Vec<Counted>,
}

/// What is looked at for every share of a data source: small, for there are
/// many of them.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Columns since the last time that they were counted.
    columns: u64,
    /// Where in `rules` its bundle's are; [`NOT_YET`] if nobody has looked.
    first: u32,
    len: u32,
}

/// An outcome that has not been met.
const NOT_YET: Known = Known {
    columns: 0,
    first: u32::MAX,
    len: 0,
};

/// An outcome that has been met.
#[derive(Debug)]
struct Counted {
    number: u32,
    bundle: u32,
    sensitivity: Option<u8>,
    findings: SmallVec<[(u32, Verdict); 6]>,
}

impl Counter {
    /// Counts for a plan whose rules are those of the program.
    pub fn new(plan: Arc<Plan>, program: Arc<Program>) -> Self {
        Counter {
            program,
            kinds: Kinds::new(plan),
            generation: 0,
            known: Vec::new(),
            rules: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    /// Counts the assignments of a chunk.
    pub fn count(&mut self, assignments: &Assignments) {
        if assignments.generation != self.generation || self.kinds.is_full() {
            self.forget();
            self.generation = assignments.generation;
        }
        self.meet(assignments);
        let numbers = &assignments.numbers;
        for shares in assignments.by_data_source() {
            for (place, columns) in shares {
                let known = &mut self.known[numbers[*place as usize] as usize];
                known.columns += u64::from(*columns);
                let first = known.first as usize;
                self.kinds
                    .see(&self.rules[first..first + known.len as usize]);
            }
            self.kinds.end_source();
        }
    }

    /// The sums over all chunks.
    pub fn finish(mut self) -> Partial {
        self.forget();
        self.kinds.finish()
    }

    /// Makes all outcomes of a chunk known.
    fn meet(&mut self, assignments: &Assignments) {
        for (outcome, number) in assignments.outcomes.iter().zip(&assignments.numbers) {
            let place = *number as usize;
            if self.known.len() <= place {
                self.known.resize(place + 1, NOT_YET);
            }
            if self.known[place].first != NOT_YET.first {
                continue;
            }
            let counted = self.meaning(outcome, *number);
            let rules = self.kinds.rules(counted.bundle);
            self.known[place] = Known {
                columns: 0,
                first: self.rules.len() as u32,
                len: rules.len() as u32,
            };
            self.rules.extend_from_slice(rules);
            self.outcomes.push(counted);
        }
    }

    /// What an outcome means to auditors.
    fn meaning(&mut self, outcome: &Outcome, number: u32) -> Counted {
        let mut findings = SmallVec::new();
        for entry in outcome.entries() {
            let verdict = Verdict::of(entry.state);
            let plan = self.kinds.plan();
            let named = outcome
                .rules(entry)
                .iter()
                .filter(|rule| plan.names(**rule));
            findings.extend(
                verdict
                    .into_iter()
                    .flat_map(|verdict| named.clone().map(move |rule| (*rule, verdict))),
            );
        }
        Counted {
            number,
            bundle: self.kinds.bundle(&findings),
            sensitivity: outcome.sensitivity(&self.program),
            findings,
        }
    }

    fn forget(&mut self) {
        for of in self.outcomes.drain(..) {
            let columns = self.known[of.number as usize].columns;
            self.kinds
                .count(&of.findings, of.bundle, of.sensitivity, columns);
        }
        self.known.clear();
        self.rules.clear();
        self.kinds.add_up();
    }
}

//! The engine's assignments, counted.

use super::kinds::Kinds;
use super::partial::Partial;
use super::plan::Plan;
use super::status::Verdict;
use crate::compile::Program;
use crate::evaluate::{Assignments, Outcome, State};
use smallvec::SmallVec;
use std::sync::Arc;

/// The number of no kind.
const UNKNOWN: u32 = u32::MAX;

/// Counts what an [`Evaluator`](crate::evaluate::Evaluator) makes of a
/// catalog, chunk by chunk; one for each evaluator.
#[derive(Debug)]
pub struct Counter {
    program: Arc<Program>,
    kinds: Kinds,
    /// The generation of the assignments for whose outcomes `of_number` holds.
    generation: u64,
    /// Per number of an outcome: its place in `outcomes`.
    of_number: Vec<u32>,
    outcomes: Vec<Counted>,
    /// Per place among a chunk's outcomes: the place in `outcomes`, and the bundle.
    places: Vec<(u32, u32)>,
    /// Per place among a chunk's outcomes: its columns.
    histogram: Vec<u64>,
}

/// An outcome, and how often it was there since the last time it was counted.
#[derive(Debug)]
struct Counted {
    findings: SmallVec<[(u32, Verdict); 6]>,
    sensitivity: Option<u8>,
    bundle: u32,
    columns: u64,
}

impl Counter {
    /// Counts for a plan whose rules are those of the program.
    pub fn new(plan: Arc<Plan>, program: Arc<Program>) -> Self {
        Counter {
            program,
            kinds: Kinds::new(plan),
            generation: 0,
            of_number: Vec::new(),
            outcomes: Vec::new(),
            places: Vec::new(),
            histogram: Vec::new(),
        }
    }

    /// Counts the assignments of a chunk.
    pub fn count(&mut self, assignments: &Assignments) {
        if assignments.generation != self.generation || self.kinds.is_full() {
            self.forget();
            self.generation = assignments.generation;
        }
        self.place(assignments);
        self.histogram.clear();
        self.histogram.resize(self.places.len(), 0);
        for shares in assignments.by_data_source() {
            for (place, columns) in shares {
                let place = *place as usize;
                self.histogram[place] += u64::from(*columns);
                // 0 counts nowhere.
                match self.places[place].1 {
                    0 => {}
                    bundle => self.kinds.meet(bundle),
                }
            }
            self.kinds.end_source();
        }
        for ((counted, _), columns) in self.places.iter().zip(&self.histogram) {
            self.outcomes[*counted as usize].columns += columns;
        }
    }

    /// The sums over all chunks.
    pub fn finish(mut self) -> Partial {
        self.forget();
        self.kinds.finish()
    }

    /// Finds the outcomes of a chunk among those known.
    fn place(&mut self, assignments: &Assignments) {
        self.places.clear();
        for (outcome, number) in assignments.outcomes.iter().zip(&assignments.numbers) {
            let number = *number as usize;
            if self.of_number.len() <= number {
                self.of_number.resize(number + 1, UNKNOWN);
            }
            if self.of_number[number] == UNKNOWN {
                self.of_number[number] = self.outcomes.len() as u32;
                let counted = self.meaning(outcome);
                self.outcomes.push(counted);
            }
            let place = self.of_number[number];
            self.places
                .push((place, self.outcomes[place as usize].bundle));
        }
    }

    /// What an outcome means to auditors.
    fn meaning(&mut self, outcome: &Outcome) -> Counted {
        let mut findings = SmallVec::new();
        let mut sensitivity = None;
        for entry in outcome.entries() {
            let verdict = Verdict::of(entry.state);
            if entry.state != State::Muted {
                sensitivity = sensitivity.max(self.program.sensitivity(entry.tag));
            }
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
            bundle: self.kinds.bundle(&findings),
            findings,
            sensitivity,
            columns: 0,
        }
    }

    fn forget(&mut self) {
        for of in self.outcomes.drain(..) {
            self.kinds
                .count(&of.findings, of.bundle, of.sensitivity, of.columns);
        }
        self.of_number.clear();
        self.kinds.add_up();
    }
}

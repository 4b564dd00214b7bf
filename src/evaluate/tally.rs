//! How often what was found: sums that may be added up in any order.

use super::outcome::{Outcome, State};
use crate::compile::Program;

/// Counts over everything evaluated so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Distinct columns seen.
    pub columns: u64,
    /// Data sources seen.
    pub data_sources: u64,
    /// Columns with at least one rule that fires.
    pub tagged_columns: u64,
    /// Assignments in each state, in the order of [`State::ALL`].
    pub states: [u64; 4],
    /// Per evaluated rule: the columns on which it fires.
    pub rule_columns: Vec<u64>,
    /// Per evaluated rule: the data sources in which it fires on some column.
    pub rule_sources: Vec<u64>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(program: &Program) -> Self {
        let none = vec![0; program.rule_count()];
        Tally {
            rule_columns: none.clone(),
            rule_sources: none,
            ..Tally::default()
        }
    }

    /// Counts `columns` columns with one outcome.
    pub(super) fn count(&mut self, outcome: &Outcome, columns: u64) {
        for entry in outcome.entries() {
            self.states[entry.state as usize] += columns;
        }
        for rule in outcome.fired() {
            self.rule_columns[*rule as usize] += columns;
        }
        self.tagged_columns += if outcome.fired().is_empty() {
            0
        } else {
            columns
        };
    }

    /// The assignments in a state.
    pub fn in_state(&self, state: State) -> u64 {
        self.states[state as usize]
    }

    /// Adds what another part of the catalog came to; `false`, and nothing is
    /// added, when that part was evaluated by another number of rules.
    pub fn merge(&mut self, other: &Tally) -> bool {
        if self.rule_columns.len() != other.rule_columns.len() {
            return false;
        }
        self.columns += other.columns;
        self.data_sources += other.data_sources;
        self.tagged_columns += other.tagged_columns;
        let sums = [
            (&mut self.states[..], &other.states[..]),
            (&mut self.rule_columns[..], &other.rule_columns[..]),
            (&mut self.rule_sources[..], &other.rule_sources[..]),
        ];
        for (mine, theirs) in sums {
            for (sum, more) in mine.iter_mut().zip(theirs) {
                *sum += more;
            }
        }
        true
    }
}

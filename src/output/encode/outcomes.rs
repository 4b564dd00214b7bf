//! Outcomes as rows: worked out once for each outcome, whatever the number of its columns.

use super::kinds::Kinds;
use crate::evaluate::Outcome;
use crate::output::AssignmentNames;
use ahash::RandomState;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

const NONE: u32 = u32::MAX;

/// So many numbers may be remembered.
const MOST: usize = 1 << 20;

/// The level of the first rule in a row: it repeats nothing.
const FIRST: u8 = 0b10;
/// The level of every further rule of a row.
const FURTHER: u8 = 0b11;
/// The level of a row without a rule.
const EMPTY: u8 = 0b00;

/// The bit of a level that says whether the row goes on.
pub(super) const REPEATS: u8 = 0;
/// The bit of a level that says whether a rule is there.
pub(super) const DEFINED: u8 = 1;

/// What the rows of an outcome look like: parts of the lists in [`Patterns`].
#[derive(Debug, Clone, Default)]
struct Pattern {
    kinds: Range<usize>,
    rules: Range<usize>,
    levels: Range<usize>,
}

/// What the rows of outcomes look like, in numbers of the row group at hand.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
    /// Per row: its kind.
    kinds: Vec<u32>,
    /// The places of the rules of all rows.
    rules: Vec<u32>,
    /// Per rule, or row without one: its level.
    levels: Vec<u8>,
    /// By address, which stays theirs as long as they are held here.
    known: HashMap<usize, (Arc<Outcome>, u32), RandomState>,
    /// Place among the outcomes of the piece at hand → pattern.
    here: Vec<u32>,
}

impl Patterns {
    /// Begins a piece with so many outcomes.
    pub(super) fn begin(&mut self, outcomes: usize) {
        self.here.clear();
        self.here.resize(outcomes, NONE);
    }

    /// The pattern of the outcome at a place of the piece.
    pub(super) fn at(
        &mut self,
        place: u32,
        outcomes: &[Arc<Outcome>],
        kinds: &mut Kinds,
        names: &AssignmentNames,
    ) -> Option<u32> {
        let pattern = *self.here.get(place as usize)?;
        if pattern != NONE {
            return Some(pattern);
        }
        let outcome = outcomes.get(place as usize)?;
        let address = Arc::as_ptr(outcome) as usize;
        let pattern = match self.known.get(&address) {
            Some((_, pattern)) => *pattern,
            None => {
                let pattern = self.learn(outcome, kinds, names);
                self.known.insert(address, (Arc::clone(outcome), pattern));
                pattern
            }
        };
        self.here[place as usize] = pattern;
        Some(pattern)
    }

    fn learn(&mut self, outcome: &Outcome, kinds: &mut Kinds, names: &AssignmentNames) -> u32 {
        let starts = (self.kinds.len(), self.rules.len(), self.levels.len());
        for entry in outcome.entries() {
            self.kinds.push(kinds.of(entry.tag, entry.state, names));
            let rules = outcome.rules(entry);
            self.rules
                .extend(rules.iter().map(|rule| kinds.rule(*rule, names)));
            match rules.len() {
                0 => self.levels.push(EMPTY),
                count => {
                    self.levels.push(FIRST);
                    self.levels.resize(self.levels.len() + count - 1, FURTHER);
                }
            }
        }
        self.patterns.push(Pattern {
            kinds: starts.0..self.kinds.len(),
            rules: starts.1..self.rules.len(),
            levels: starts.2..self.levels.len(),
        });
        self.patterns.len() as u32 - 1
    }

    /// How many rows a pattern has, and how many levels.
    pub(super) fn size(&self, pattern: u32) -> (usize, usize) {
        let pattern = &self.patterns[pattern as usize];
        (pattern.kinds.len(), pattern.levels.len())
    }

    /// The kinds of all rows of some patterns.
    pub(super) fn put_kinds(&self, patterns: &[u32], out: &mut Vec<u32>) {
        for pattern in patterns {
            let kinds = self.patterns[*pattern as usize].kinds.clone();
            out.extend_from_slice(&self.kinds[kinds]);
        }
    }

    /// The rules of all rows of some patterns, and their levels.
    pub(super) fn put_rules(&self, patterns: &[u32], out: &mut Vec<u32>, levels: &mut Vec<u8>) {
        for pattern in patterns {
            let pattern = &self.patterns[*pattern as usize];
            out.extend_from_slice(&self.rules[pattern.rules.clone()]);
            levels.extend_from_slice(&self.levels[pattern.levels.clone()]);
        }
    }

    /// Whether so much is remembered that it must be forgotten.
    pub(super) fn is_large(&self) -> bool {
        self.kinds.len() + self.levels.len() > MOST || self.patterns.len() > MOST / 4
    }

    /// Forgets all patterns, those of the piece at hand included.
    pub(super) fn forget(&mut self) {
        self.patterns.clear();
        self.kinds.clear();
        self.rules.clear();
        self.levels.clear();
        self.known.clear();
        self.here.fill(NONE);
    }
}

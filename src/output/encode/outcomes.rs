//! Outcomes as rows: worked out once for each outcome, whatever the number of its columns.

use super::kinds::Kinds;
use crate::evaluate::{Assignments, Outcome};
use crate::output::AssignmentNames;
use std::hint::black_box;
use std::iter::repeat_n;
use std::ops::Range;
use std::sync::Arc;

const NONE: u32 = u32::MAX;

/// When patterns hold so many numbers, they are forgotten after the page.
const MOST: usize = 1 << 19;

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

/// Numbers are copied so many at a time.
const STEP: usize = 4;

/// Where the rows of an outcome end in the lists of [`Patterns`].
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    kinds: u32,
    rules: u32,
    levels: u32,
}

/// What the rows of outcomes look like, in numbers of the row group at hand.
#[derive(Debug)]
pub(super) struct Patterns {
    /// The rows of a pattern begin at the end of its number and end at the next one.
    ends: Vec<Ends>,
    /// Per row: its kind.
    kinds: Vec<u32>,
    /// The places of the rules of all rows.
    rules: Vec<u32>,
    /// Per rule, or row without one: its level.
    levels: Vec<u8>,
    /// Per outcome of the piece at hand: its pattern.
    here: Vec<Found>,
    /// Per number of an outcome: its pattern, unless that is of another age.
    known: Vec<(u32, Found)>,
    /// Whose numbers they are.
    generation: u64,
    /// Counts how often all patterns were forgotten.
    age: u32,
}

/// The rows of a column, in short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The pattern that they follow.
    pub(super) pattern: u32,
    pub(super) rows: u32,
    /// How many rules and rows without one they have.
    pub(super) rules: u32,
}

const UNKNOWN: Found = Found {
    pattern: NONE,
    rows: 0,
    rules: 0,
};

impl Patterns {
    pub(super) fn new() -> Self {
        Patterns {
            ends: vec![Ends::default()],
            kinds: Vec::new(),
            rules: Vec::new(),
            levels: Vec::new(),
            here: Vec::new(),
            known: Vec::new(),
            generation: 0,
            age: 0,
        }
    }

    /// Begins a piece.
    pub(super) fn begin(&mut self, assignments: &Assignments) {
        if self.generation != assignments.generation {
            self.generation = assignments.generation;
            self.known.clear();
        }
        let (known, age) = (&self.known, self.age);
        let found = |number: &u32| match known.get(*number as usize) {
            Some((of, found)) if *of == age => *found,
            _ => UNKNOWN,
        };
        self.here.clear();
        self.here.extend(assignments.numbers.iter().map(found));
        self.here.resize(assignments.outcomes.len(), UNKNOWN);
    }

    /// Looks at the outcomes of the next columns that are not known yet. They
    /// lie anywhere in memory; looked at one after the other, their ways to
    /// the processor overlap.
    pub(super) fn draw_near(&self, places: &[u32], outcomes: &[Arc<Outcome>]) {
        let mut seen = 0;
        for place in places {
            let here = self.here.get(*place as usize);
            if here.is_some_and(|here| here.pattern == NONE)
                && let Some(outcome) = outcomes.get(*place as usize)
            {
                let tag = outcome.entries().first().map_or(0, |entry| entry.tag);
                let rule = outcome.fired().first().copied().unwrap_or_default();
                seen ^= tag ^ rule;
            }
        }
        black_box(seen);
    }

    /// The rows of a column with the outcome at a place of the piece.
    pub(super) fn at(
        &mut self,
        place: u32,
        assignments: &Assignments,
        kinds: &mut Kinds,
        names: &AssignmentNames,
    ) -> Option<Found> {
        let here = *self.here.get(place as usize)?;
        if here.pattern != NONE {
            return Some(here);
        }
        let outcome = assignments.outcomes.get(place as usize)?;
        let found = self.learn(outcome, kinds, names);
        self.here[place as usize] = found;
        if let Some(number) = assignments.numbers.get(place as usize) {
            let number = *number as usize;
            if number >= self.known.len() {
                self.known.resize(number + 1, (0, UNKNOWN));
            }
            self.known[number] = (self.age, found);
        }
        Some(found)
    }

    fn learn(&mut self, outcome: &Outcome, kinds: &mut Kinds, names: &AssignmentNames) -> Found {
        let start = self.next();
        for entry in outcome.entries() {
            self.kinds.push(kinds.of(entry, names));
            let rules = outcome.rules(entry);
            let places = rules.iter().map(|rule| kinds.rule(*rule, names));
            self.rules.extend(places);
            self.levels
                .push(if rules.is_empty() { EMPTY } else { FIRST });
            let further = rules.len().saturating_sub(1);
            self.levels.extend(repeat_n(FURTHER, further));
        }
        let end = self.next();
        self.ends.push(end);
        Found {
            pattern: self.ends.len() as u32 - 2,
            rows: end.kinds - start.kinds,
            rules: end.levels - start.levels,
        }
    }

    fn next(&self) -> Ends {
        Ends {
            kinds: self.kinds.len() as u32,
            rules: self.rules.len() as u32,
            levels: self.levels.len() as u32,
        }
    }

    /// The kinds of all rows of some patterns, `count` rows in all.
    pub(super) fn put_kinds(&mut self, patterns: &[u32], count: usize, out: &mut Vec<u32>) {
        let bounds = bounds(&self.ends, patterns, |end| end.kinds);
        gather(&mut self.kinds, bounds, count, out);
    }

    /// The rules of all rows of some patterns, at most `count`.
    pub(super) fn put_rules(&mut self, patterns: &[u32], count: usize, out: &mut Vec<u32>) {
        let bounds = bounds(&self.ends, patterns, |end| end.rules);
        gather(&mut self.rules, bounds, count, out);
    }

    /// The levels of all rows of some patterns, `count` in all.
    pub(super) fn put_levels(&mut self, patterns: &[u32], count: usize, out: &mut Vec<u8>) {
        let bounds = bounds(&self.ends, patterns, |end| end.levels);
        gather(&mut self.levels, bounds, count, out);
    }

    /// Whether so much is remembered that it had better be forgotten.
    pub(super) fn is_large(&self) -> bool {
        self.kinds.len() + self.levels.len() > MOST
    }

    /// Forgets all patterns, those of the piece at hand included.
    pub(super) fn forget(&mut self) {
        self.ends.truncate(1);
        self.kinds.clear();
        self.rules.clear();
        self.levels.clear();
        self.here.fill(UNKNOWN);
        self.age = self.age.wrapping_add(1);
        if self.age == 0 {
            self.known.clear();
        }
    }
}

/// Where the numbers of patterns stand in one of the lists.
fn bounds<'p>(
    ends: &'p [Ends],
    patterns: &'p [u32],
    of: impl Fn(&Ends) -> u32 + 'p,
) -> impl Iterator<Item = Range<usize>> + 'p {
    patterns.iter().map(move |pattern| {
        let pattern = *pattern as usize;
        of(&ends[pattern]) as usize..of(&ends[pattern + 1]) as usize
    })
}

/// Copies parts of a list, at most `count` numbers in all. Parts are short, so
/// they are moved a fixed number at a time; what is too much is overwritten
/// by the next part.
fn gather<T: Copy + Default>(
    from: &mut Vec<T>,
    parts: impl Iterator<Item = Range<usize>>,
    count: usize,
    out: &mut Vec<T>,
) {
    let length = from.len();
    from.resize(length + STEP, T::default());
    out.resize(count + STEP, T::default());
    let mut filled = 0;
    for part in parts {
        for start in part.clone().step_by(STEP) {
            let at = filled + start - part.start;
            out[at..at + STEP].copy_from_slice(&from[start..start + STEP]);
        }
        filled += part.len();
    }
    out.truncate(filled);
    from.truncate(length);
}

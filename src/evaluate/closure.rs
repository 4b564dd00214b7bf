//! The inner loop: one column's tags, closed under the rules.

use super::outcome::{Outcome, State};
use crate::bits::BitSet;
use crate::catalog::REJECTED;
use crate::compile::{CompiledRule, Program};
use ahash::RandomState;
use std::collections::HashMap;

/// A column's recorded tags, and the tags that must not be on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    pub(super) present: &'a [u32],
    /// Marked with [`REJECTED`].
    rejected: &'a [u32],
}

impl<'a> Signature<'a> {
    pub(super) fn new(set: &'a [u32]) -> Self {
        let (present, rejected) = set.split_at(set.partition_point(|atom| *atom < REJECTED));
        Signature { present, rejected }
    }

    fn rejects(&self, tag: u32) -> bool {
        !self.rejected.is_empty() && self.rejected.binary_search(&(tag | REJECTED)).is_ok()
    }
}

/// Working memory of the closure, kept from one column to the next.
#[derive(Debug)]
pub(super) struct Closure {
    present: BitSet,
    /// How many of `present.members()` have had their rules looked at.
    looked_at: usize,
    fired: Vec<u32>,
    /// Atom that a rule lacks → the rules that lack it. A rule waits at one
    /// atom at a time, so every rule is looked at as often as it gains one.
    waiting: HashMap<u32, Vec<u32>, RandomState>,
}

impl Closure {
    pub(super) fn new(program: &Program) -> Self {
        Closure {
            present: BitSet::new(program.vocabulary().width()),
            looked_at: 0,
            fired: Vec::new(),
            waiting: HashMap::default(),
        }
    }

    /// Closes a column's tags under the rules, where `blankets` are the
    /// guards that hold and by themselves fire rules, and `holds` answers for
    /// the others.
    pub(super) fn run(
        &mut self,
        program: &Program,
        signature: Signature<'_>,
        blankets: &[u32],
        mut holds: impl FnMut(u32) -> bool,
    ) {
        self.reset();
        for atom in signature.present {
            self.present.insert(*atom);
        }
        for guard in blankets {
            for rule in program.blanket_rules.at(*guard) {
                self.fire(&program.rules[*rule as usize], *rule, signature);
            }
        }
        while let Some(&atom) = self.present.members().get(self.looked_at) {
            self.looked_at += 1;
            for rule in program.column_rules.at(atom) {
                self.consider(program, *rule, signature, &mut holds);
            }
            if let Some(woken) = self.waiting.remove(&atom) {
                for rule in woken {
                    self.consider(program, rule, signature, &mut holds);
                }
            }
        }
    }

    fn reset(&mut self) {
        self.present.clear();
        self.looked_at = 0;
        self.fired.clear();
        self.waiting.clear();
    }

    fn consider(
        &mut self,
        program: &Program,
        number: u32,
        signature: Signature<'_>,
        holds: &mut impl FnMut(u32) -> bool,
    ) {
        let rule = &program.rules[number as usize];
        match rule
            .column
            .iter()
            .find(|atom| !self.present.contains(**atom))
        {
            Some(lacking) if program.strata.derivable.contains(*lacking) => {
                self.waiting.entry(*lacking).or_default().push(number);
            }
            Some(_) => {}
            None if rule.guard.is_none_or(holds) => self.fire(rule, number, signature),
            None => {}
        }
    }

    fn fire(&mut self, rule: &CompiledRule, number: u32, signature: Signature<'_>) {
        self.fired.push(number);
        if !signature.rejects(rule.tag) {
            for atom in rule.effects.iter() {
                self.present.insert(*atom);
            }
        }
    }

    /// The atoms that rules added in the last run and that guards listen to.
    pub(super) fn feeds(&self, program: &Program, signature: Signature<'_>) -> Box<[u32]> {
        let added = &self.present.members()[signature.present.len()..];
        added
            .iter()
            .copied()
            .filter(|atom| program.strata.feeding.contains(*atom))
            .collect()
    }

    /// What the last run says of the column.
    pub(super) fn outcome(&mut self, program: &Program, signature: Signature<'_>) -> Outcome {
        let tag_of = |rule: &u32| program.rules[*rule as usize].tag;
        self.fired
            .sort_unstable_by_key(|rule| (tag_of(rule), *rule));
        let recorded = |tag: u32| signature.present.binary_search(&tag).is_ok();
        let mut entries: Vec<(u32, State, &[u32])> = self
            .fired
            .chunk_by(|a, b| tag_of(a) == tag_of(b))
            .map(|rules| {
                let tag = tag_of(&rules[0]);
                let state = match () {
                    () if signature.rejects(tag) => State::Muted,
                    () if recorded(tag) => State::Recorded,
                    () => State::New,
                };
                (tag, state, rules)
            })
            .collect();
        let given = entries.len();
        for tag in signature
            .present
            .iter()
            .copied()
            .filter(|a| program.vocabulary().is_result(*a))
        {
            if entries[..given]
                .binary_search_by_key(&tag, |entry| entry.0)
                .is_err()
            {
                entries.push((tag, State::Stale, &[]));
            }
        }
        entries.sort_by_key(|entry| entry.0);
        Outcome::new(&entries)
    }
}

//! The inner loop: one column's tags, closed under the rules.

use super::outcome::{Standing, State};
use crate::bits::BitSet;
use crate::catalog::{REJECTED, REJECTED_RECORDED};
use crate::compile::Program;

/// A column's recorded tags, and the tags that must not be on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    pub(super) present: &'a [u32],
    /// Marked with [`REJECTED`].
    rejected: &'a [u32],
    /// Those of them that the catalog records, marked with [`REJECTED_RECORDED`].
    rejected_recorded: &'a [u32],
}

impl<'a> Signature<'a> {
    pub(super) fn new(set: &'a [u32]) -> Self {
        let rejected = set.iter().rev().take_while(|atom| **atom >= REJECTED);
        let (present, rejected) = set.split_at(set.len() - rejected.count());
        let recorded = rejected.iter().rev();
        let recorded = recorded.take_while(|atom| **atom >= REJECTED_RECORDED);
        let (rejected, rejected_recorded) = rejected.split_at(rejected.len() - recorded.count());
        Signature {
            present,
            rejected,
            rejected_recorded,
        }
    }

    fn rejects(&self, tag: u32) -> bool {
        !self.rejected.is_empty() && self.rejected.binary_search(&(tag | REJECTED)).is_ok()
    }

    /// The result tags that the catalog records on the column, ascending:
    /// those that are present and those that are rejected.
    fn recorded(self, program: &Program) -> impl Iterator<Item = u32> {
        let vocabulary = program.vocabulary();
        let is_result = |tag: &u32| vocabulary.is_result(*tag);
        let rejected = self.rejected_recorded.iter();
        let rejected = rejected.map(|atom| atom ^ REJECTED_RECORDED);
        let mut rejected = rejected.filter(is_result).peekable();
        let mut present = self.present.iter().copied().filter(is_result).peekable();
        std::iter::from_fn(move || match (present.peek(), rejected.peek()) {
            (Some(here), Some(taken)) if taken < here => rejected.next(),
            (None, _) => rejected.next(),
            (Some(_), _) => present.next(),
        })
    }
}

/// What is to be done with a rule whose turn has come but for its guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// It fires.
    Open,
    /// It does not.
    Shut,
    /// It joins the next wave.
    Later,
}

/// Working memory of the closure, kept from one column to the next.
///
/// Guards are asked at once, or in waves: rules that ask nothing of the data
/// source fire until no more can; those whose turn has come but for their
/// guard make a [`wave`](Closure::wave); whichever of them are let through
/// begin the next.
#[derive(Debug)]
pub(super) struct Closure {
    present: BitSet,
    /// How many of `present.members()` have had their rules looked at.
    looked_at: usize,
    fired: Vec<u32>,
    waiting: Waiting,
    /// (guard, rule) for rules that only their guard holds up.
    held_up: Vec<(u32, u32)>,
}

impl Closure {
    pub(super) fn new(program: &Program) -> Self {
        Closure {
            present: BitSet::new(program.vocabulary().width()),
            looked_at: 0,
            fired: Vec::new(),
            waiting: Waiting {
                first: vec![NONE; program.vocabulary().width()],
                next: vec![NONE; program.rule_count()],
                atoms: Vec::new(),
            },
            held_up: Vec::new(),
        }
    }

    /// Begins with a column's tags and what the `blankets`, guards that hold
    /// and by themselves fire rules, make of them.
    pub(super) fn begin(
        &mut self,
        program: &Program,
        signature: Signature<'_>,
        blankets: &[u32],
        gate: impl FnMut(u32) -> Gate,
    ) {
        self.present.clear();
        self.looked_at = 0;
        self.fired.clear();
        self.waiting.clear();
        self.held_up.clear();
        for atom in signature.present {
            self.present.insert(*atom);
        }
        for guard in blankets {
            for rule in program.blanket_rules.at(*guard) {
                self.fire(program, *rule, signature);
            }
        }
        self.spread(program, signature, gate);
    }

    /// The rules that now only their guard holds up, by guard; whether there
    /// were more, whose guard `can_hold` nowhere.
    pub(super) fn wave(&mut self, mut can_hold: impl FnMut(u32) -> bool) -> (&[(u32, u32)], bool) {
        let before = self.held_up.len();
        self.held_up.retain(|(guard, _)| can_hold(*guard));
        self.held_up.sort_unstable();
        (&self.held_up, self.held_up.len() < before)
    }

    /// Goes on with those rules of the wave whose guard holds.
    pub(super) fn go_on(
        &mut self,
        program: &Program,
        signature: Signature<'_>,
        mut holds: impl FnMut(u32) -> bool,
    ) {
        let mut wave = std::mem::take(&mut self.held_up);
        for same in wave.chunk_by(|a, b| a.0 == b.0) {
            if holds(same[0].0) {
                for (_, rule) in same {
                    self.fire(program, *rule, signature);
                }
            }
        }
        wave.clear();
        self.held_up = wave;
        self.spread(program, signature, |_| Gate::Later);
    }

    fn spread(
        &mut self,
        program: &Program,
        signature: Signature<'_>,
        mut gate: impl FnMut(u32) -> Gate,
    ) {
        while let Some(&atom) = self.present.members().get(self.looked_at) {
            self.looked_at += 1;
            for waiter in program.column_rules.at(atom) {
                match waiter.also().filter(|also| !self.present.contains(*also)) {
                    Some(lacking) => self.wait(program, waiter.rule, lacking),
                    None => self.consider(program, waiter.rule, signature, &mut gate),
                }
            }
            let mut woken = self.waiting.take(atom);
            while woken != NONE {
                // Read first: the rule may come to wait elsewhere.
                let next = self.waiting.next[woken as usize];
                self.consider(program, woken, signature, &mut gate);
                woken = next;
            }
        }
    }

    fn wait(&mut self, program: &Program, rule: u32, lacking: u32) {
        if program.strata.derivable.contains(lacking) {
            self.waiting.put(lacking, rule);
        }
    }

    fn consider(
        &mut self,
        program: &Program,
        number: u32,
        signature: Signature<'_>,
        gate: &mut impl FnMut(u32) -> Gate,
    ) {
        let rule = &program.rules[number as usize];
        let lacking = rule
            .column
            .iter()
            .find(|atom| !self.present.contains(**atom));
        if let Some(lacking) = lacking {
            return self.wait(program, number, *lacking);
        }
        match rule.guard.map_or(Gate::Open, gate) {
            Gate::Open => self.fire(program, number, signature),
            Gate::Shut => {}
            Gate::Later => self.held_up.extend(rule.guard.map(|guard| (guard, number))),
        }
    }

    fn fire(&mut self, program: &Program, number: u32, signature: Signature<'_>) {
        let rule = &program.rules[number as usize];
        self.fired.push(number);
        if !signature.rejects(rule.tag) {
            for atom in &rule.effects {
                self.present.insert(*atom);
            }
        }
    }

    /// Adds to `heard` the atoms on the column, recorded or derived so far,
    /// that guards listen to.
    pub(super) fn heard(&self, program: &Program, heard: &mut Vec<u32>) {
        let atoms = self.present.members().iter().copied();
        heard.extend(atoms.filter(|atom| program.strata.heard.contains(*atom)));
    }

    /// What has come of the column, in numbers, for
    /// [`Outcome::read`](super::outcome::Outcome::read): first the derived
    /// atoms that guards listen to, then the entries by tag.
    pub(super) fn describe(
        &mut self,
        program: &Program,
        signature: Signature<'_>,
        words: &mut Vec<u32>,
    ) {
        words.clear();
        words.push(0);
        let derived = self.present.members()[signature.present.len()..].iter();
        words.extend(derived.filter(|atom| program.strata.heard.contains(**atom)));
        words[0] = words.len() as u32 - 1;
        let tag_of = |rule: &u32| program.rules[*rule as usize].tag;
        if self.fired.len() > 1 {
            self.fired
                .sort_unstable_by_key(|rule| (tag_of(rule), *rule));
        }
        let mut recorded = signature.recorded(program).peekable();
        let mut entry = |tag: u32, recorded: bool, rules: &[u32]| {
            let rejected = signature.rejects(tag);
            let state = match () {
                () if rules.is_empty() => State::Stale,
                () if rejected => State::Muted,
                () if recorded => State::Recorded,
                () => State::New,
            };
            let standing = Standing {
                state,
                recorded,
                rejected,
            };
            words.extend([tag, standing.pack(rules.len() as u32)]);
            // Mostly one: not worth a call that copies.
            rules.iter().for_each(|rule| words.push(*rule));
        };
        for rules in self.fired.chunk_by(|a, b| tag_of(a) == tag_of(b)) {
            let tag = tag_of(&rules[0]);
            while let Some(stale) = recorded.next_if(|atom| *atom < tag) {
                entry(stale, true, &[]);
            }
            let is_recorded = recorded.next_if_eq(&tag).is_some();
            entry(tag, is_recorded, rules);
        }
        for stale in recorded {
            entry(stale, true, &[]);
        }
    }
}

const NONE: u32 = u32::MAX;

/// Rules that lack an atom, each in the list of that atom. A rule waits at one
/// atom at a time, so it is looked at as often as it gains one.
#[derive(Debug)]
struct Waiting {
    /// Atom → the rule that came last.
    first: Vec<u32>,
    /// Rule → the one before it at the same atom.
    next: Vec<u32>,
    /// The atoms at which rules wait.
    atoms: Vec<u32>,
}

impl Waiting {
    fn put(&mut self, atom: u32, rule: u32) {
        let first = &mut self.first[atom as usize];
        if *first == NONE {
            self.atoms.push(atom);
        }
        self.next[rule as usize] = *first;
        *first = rule;
    }

    /// The last rule that came to wait at an atom, where none does afterwards.
    fn take(&mut self, atom: u32) -> u32 {
        match self.first.get_mut(atom as usize) {
            Some(first) => std::mem::replace(first, NONE),
            None => NONE,
        }
    }

    fn clear(&mut self) {
        for atom in self.atoms.drain(..) {
            self.first[atom as usize] = NONE;
        }
    }
}

//! What is known of the data source at hand, round by round.

use crate::bits::BitSet;
use crate::compile::Program;

/// The tags of a data source and its columns, as far as guards ask for them.
#[derive(Debug)]
pub(super) struct SourceState {
    /// What guards ask for and is true; each numbered as `compile::guard` says.
    facts: BitSet,
    /// Guards that hold and by themselves fire rules, ascending.
    blankets: Vec<u32>,
    /// Guards of that kind that may hold: the fact that they wait at is true.
    candidates: Vec<u32>,
    /// How many facts have had the guards that wait at them looked up.
    looked_at: usize,
    /// What has been true of any data source so far. Kept for good: a guard
    /// that asks for anything else has never held.
    seen: BitSet,
    /// Facts never seen, for the lack of which guards have been left out.
    awaited: BitSet,
    /// Whether one of those has come.
    awoken: bool,
    width: u32,
}

impl SourceState {
    pub(super) fn new(program: &Program) -> Self {
        let width = program.vocabulary().width();
        SourceState {
            facts: BitSet::new(2 * width),
            blankets: Vec::new(),
            candidates: Vec::new(),
            looked_at: 0,
            seen: BitSet::new(2 * width),
            awaited: BitSet::new(2 * width),
            awoken: false,
            width: width as u32,
        }
    }

    /// Begins a data source that itself bears `tables`.
    pub(super) fn begin(&mut self, tables: &[u32]) {
        self.facts.clear();
        self.candidates.clear();
        self.looked_at = 0;
        for atom in tables {
            self.add(self.width + atom);
        }
    }

    fn add(&mut self, fact: u32) {
        if self.facts.insert(fact) && self.seen.insert(fact) {
            self.awoken |= self.awaited.contains(fact);
        }
    }

    /// Some column bears these; whether any was not borne before.
    pub(super) fn bear(&mut self, atoms: &[u32]) -> bool {
        let before = self.facts.members().len();
        for atom in atoms {
            self.add(*atom);
        }
        self.facts.members().len() > before
    }

    /// Some column bears these, whether guards listen to them or not.
    pub(super) fn bear_recorded(&mut self, program: &Program, atoms: &[u32]) {
        for atom in atoms {
            if program.strata.heard.contains(*atom) {
                self.add(*atom);
            }
        }
    }

    /// The guards that hold by now and by themselves fire rules.
    pub(super) fn blankets(&mut self, program: &Program) -> &[u32] {
        while let Some(&fact) = self.facts.members().get(self.looked_at) {
            self.looked_at += 1;
            self.candidates.extend_from_slice(program.blankets.at(fact));
        }
        self.blankets.clear();
        let candidates = self.candidates.iter().copied();
        let facts = &self.facts;
        self.blankets
            .extend(candidates.filter(|guard| program.guards[*guard as usize].holds(facts)));
        self.blankets.sort_unstable();
        &self.blankets
    }

    /// Whether a guard holds.
    pub(super) fn holds(&self, program: &Program, guard: u32) -> bool {
        program.guards[guard as usize].holds(&self.facts)
    }

    /// The same, given the first fact that the guard asks for.
    pub(super) fn holds_after(&self, program: &Program, first: u32, guard: u32) -> bool {
        self.facts.contains(first) && self.holds(program, guard)
    }

    /// Whether all that a guard asks for has been true somewhere. If not, it is
    /// told when that changes.
    pub(super) fn can_hold(&mut self, program: &Program, guard: u32) -> bool {
        let lacking = program.guards[guard as usize].lacks(&self.seen);
        lacking.inspect(|fact| {
            self.awaited.insert(*fact);
        });
        lacking.is_none()
    }

    /// Whether a guard that was said not to hold anywhere may hold from now on.
    pub(super) fn take_awoken(&mut self) -> bool {
        std::mem::take(&mut self.awoken)
    }
}

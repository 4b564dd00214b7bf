//! What is known of the data source at hand, round by round.

use crate::bits::BitSet;
use crate::compile::Program;

/// The tags of a data source and the answers that its guards have given.
#[derive(Debug)]
pub(super) struct SourceState {
    /// Atoms on some column, recorded or derived so far.
    neighbours: BitSet,
    /// Atoms on the data source itself.
    tables: BitSet,
    /// Per guard: the round in which it was last asked, and the answer.
    answers: Vec<(u32, bool)>,
    /// Numbers rounds over all data sources, so that no answer need be erased.
    round: u32,
    /// Guards that hold and by themselves fire rules, ascending.
    blankets: Vec<u32>,
    /// Guards of that kind that may hold: an atom that they wait at is there.
    candidates: Vec<u32>,
    /// How many neighbours have had the guards that wait at them looked up.
    looked_at: usize,
}

impl SourceState {
    pub(super) fn new(program: &Program) -> Self {
        let width = program.vocabulary().width();
        SourceState {
            neighbours: BitSet::new(width),
            tables: BitSet::new(width),
            answers: vec![(0, false); program.guards.len()],
            round: 0,
            blankets: Vec::new(),
            candidates: Vec::new(),
            looked_at: 0,
        }
    }

    /// Begins a data source that itself bears `tables`.
    pub(super) fn begin(&mut self, program: &Program, tables: &[u32]) {
        self.neighbours.clear();
        self.tables.clear();
        self.candidates.clear();
        self.looked_at = 0;
        for atom in tables {
            self.tables.insert(*atom);
            self.candidates
                .extend_from_slice(program.blankets_by_table.at(*atom));
        }
    }

    /// Some column bears these; whether any was not borne before.
    pub(super) fn bear(&mut self, atoms: &[u32]) -> bool {
        let before = self.neighbours.members().len();
        for atom in atoms {
            self.neighbours.insert(*atom);
        }
        self.neighbours.members().len() > before
    }

    /// Begins a round: guards are asked anew. Answers with the guards that
    /// hold and by themselves fire rules.
    pub(super) fn ask(&mut self, program: &Program) -> &[u32] {
        self.next_round();
        while let Some(&atom) = self.neighbours.members().get(self.looked_at) {
            self.looked_at += 1;
            self.candidates
                .extend_from_slice(program.blankets_by_neighbour.at(atom));
        }
        let mut blankets = std::mem::take(&mut self.blankets);
        blankets.clear();
        blankets.extend(self.candidates.iter().filter(|guard| {
            program.guards[**guard as usize].holds(&self.neighbours, &self.tables)
        }));
        blankets.sort_unstable();
        self.blankets = blankets;
        &self.blankets
    }

    fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.answers.fill((0, false));
            self.round = 1;
        }
    }

    /// Whether a guard holds; answered once a round.
    pub(super) fn holds(&mut self, program: &Program, guard: u32) -> bool {
        let (round, answer) = &mut self.answers[guard as usize];
        if *round != self.round {
            *round = self.round;
            *answer = program.guards[guard as usize].holds(&self.neighbours, &self.tables);
        }
        *answer
    }
}

//! The sets of the table at hand, as the memo and the data source at hand know them.

use super::memo::Memo;
use crate::bits::SetTable;
use crate::compile::Program;
use std::ops::Range;

pub(super) const UNKNOWN: u32 = u32::MAX;

/// What is known of each set of a table, as long as chunks share it.
#[derive(Debug, Default)]
pub(super) struct Sets {
    states: Vec<SetState>,
    lineage: Option<u64>,
    /// Whether all signatures of the memo come from this lineage, so that a
    /// set without one is surely new to it.
    alone: bool,
}

/// A set: half a cache line, since it is all that most columns need.
#[derive(Debug, Clone)]
pub(super) struct SetState {
    /// The data source that it was last met in, counted from 1.
    pub(super) met: u32,
    /// How many of that data source's columns have it.
    pub(super) columns: u32,
    /// What it came to there.
    pub(super) result: u32,
    /// The place of that among the chunk's outcomes.
    pub(super) place: u32,
    /// One more than the number by which the memo knows it; 0 as long as it does not.
    adopted: u32,
    /// Its result where no blanket holds, if no guard can matter to it.
    pub(super) direct: u32,
    /// Where the memo has its atoms that guards listen to. As long as the memo
    /// does not know it: where the guards are that were shut to it.
    pub(super) heard: Range<u32>,
}

impl SetState {
    const NEW: SetState = SetState {
        met: 0,
        columns: 0,
        result: 0,
        place: 0,
        adopted: 0,
        direct: UNKNOWN,
        heard: 0..0,
    };

    /// The number by which the memo knows it, if it does.
    pub(super) fn signature(&self) -> Option<u32> {
        self.adopted.checked_sub(1)
    }

    /// Reads again what the memo knows.
    pub(super) fn refresh(&mut self, memo: &Memo) {
        if let Some(signature) = self.signature() {
            self.direct = memo.direct(signature).unwrap_or(UNKNOWN);
            self.heard = memo.heard_of(signature);
        }
    }
}

impl Sets {
    /// Whether a table is another one than the last.
    pub(super) fn is_new(&self, table: &SetTable) -> bool {
        self.lineage != Some(table.lineage())
    }

    /// How many sets of the last table it has looked at.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Turns to a table: the last one, grown, or another one.
    pub(super) fn turn_to(&mut self, table: &SetTable, memo: &Memo) {
        if self.is_new(table) {
            self.alone = memo.signatures.is_empty();
            self.lineage = Some(table.lineage());
            self.states.clear();
        }
        self.states.resize(table.len(), SetState::NEW);
    }

    /// Reads again what the memo knows of all sets.
    pub(super) fn refresh(&mut self, memo: &Memo) {
        for state in &mut self.states {
            state.refresh(memo);
        }
    }

    /// Forgets what it knew, since the memo has forgotten.
    pub(super) fn forget(&mut self) {
        self.lineage = None;
        self.states.clear();
    }

    pub(super) fn get(&mut self, set: u32) -> &mut SetState {
        &mut self.states[set as usize]
    }

    pub(super) fn states(&self) -> &[SetState] {
        &self.states
    }

    /// Whether a set is met for the first time and new to the memo. Where
    /// every column has tags of its own, most sets are never met again.
    pub(super) fn is_fleeting(&self, set: u32) -> bool {
        let state = &self.states[set as usize];
        self.alone && state.adopted == 0 && state.met == 0
    }

    /// The state of a set that is new to the data source at hand, adopted by the memo.
    pub(super) fn adopt(
        &mut self,
        set: u32,
        table: &SetTable,
        memo: &mut Memo,
        program: &Program,
    ) -> &mut SetState {
        let state = &mut self.states[set as usize];
        if state.adopted == 0 {
            let heard = &program.strata.heard;
            let is_heard = |atom: &u32| heard.contains(*atom);
            state.adopted = 1 + memo.signature(table.get(set), self.alone, is_heard);
            state.refresh(memo);
        }
        state
    }
}

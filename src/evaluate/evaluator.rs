//! The outer loop: data source by data source, to the fixpoint.

use super::closure::{Closure, Signature};
use super::memo::{Memo, Remembered};
use super::outcome::Assignments;
use super::source::SourceState;
use super::tally::Tally;
use crate::catalog::Chunk;
use crate::compile::Program;
use std::sync::Arc;

/// How many numbers of four bytes the memo may hold before it starts again.
const MEMO_NUMBERS: usize = 1 << 23;

/// Applies a program to chunks; one for each thread.
///
/// It remembers what it has worked out: columns with equal tags in data
/// sources that answer alike the guards that matter to those tags get the
/// same outcome without another look at a rule. What it remembers changes
/// nothing but the time.
#[derive(Debug)]
pub struct Evaluator {
    program: Arc<Program>,
    limit: usize,
    memo: Memo,
    closure: Closure,
    source: SourceState,
    scratch: Scratch,
    tally: Tally,
}

/// Working memory of one chunk, kept for the next.
#[derive(Debug, Default)]
struct Scratch {
    /// What is known of each of the chunk's sets.
    sets: Vec<SetState>,
    /// The distinct sets of the data source at hand.
    distinct: Vec<u32>,
    mixture: Vec<u32>,
    /// Result → the chunk that it was last met in, and its place among that
    /// chunk's outcomes.
    places: Vec<(u32, u32)>,
    /// The number of the chunk, counted from 1.
    chunk: u32,
}

/// A set of the chunk, in the data source at hand.
#[derive(Debug, Clone, Copy, Default)]
struct SetState {
    /// The number by which the memo knows it.
    signature: u32,
    /// The data source that it was last met in, counted from 1.
    met: u32,
    /// How many of that data source's columns have it.
    columns: u32,
    /// What it came to there.
    result: u32,
    /// The place of that among the chunk's outcomes.
    place: u32,
}

impl Evaluator {
    /// An evaluator that remembers nothing yet.
    pub fn new(program: Arc<Program>) -> Self {
        Evaluator {
            limit: MEMO_NUMBERS,
            memo: Memo::default(),
            closure: Closure::new(&program),
            source: SourceState::new(&program),
            scratch: Scratch::default(),
            tally: Tally::new(&program),
            program,
        }
    }

    /// The same with a memo of at most about `numbers` numbers of four bytes;
    /// 0 remembers nothing from one chunk to the next.
    pub fn with_memo(mut self, numbers: usize) -> Self {
        self.limit = numbers;
        self
    }

    /// The program that it applies.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The outcomes of a chunk's columns.
    pub fn evaluate(&mut self, chunk: &Chunk) -> Assignments {
        if self.memo.size > self.limit || self.scratch.chunk == u32::MAX {
            self.forget();
        }
        self.adopt(chunk);
        let mut assignments = Assignments::default();
        assignments.columns.reserve(chunk.columns.len());
        for (ordinal, (columns, table)) in (1u32..).zip(chunk.sources()) {
            let columns = &chunk.columns[columns];
            self.collect_distinct(columns, ordinal);
            self.fixpoint(chunk.sets.get(table));
            self.settle(&mut assignments);
            let sets = &self.scratch.sets;
            assignments
                .columns
                .extend(columns.iter().map(|set| sets[*set as usize].place));
        }
        self.tally.columns += chunk.columns.len() as u64;
        self.tally.data_sources += chunk.sources.len() as u64;
        assignments
    }

    /// Counts over everything evaluated so far.
    pub fn tally(&mut self) -> Tally {
        self.fold();
        self.tally.clone()
    }

    /// Gives the chunk's sets the numbers by which the memo knows them.
    fn adopt(&mut self, chunk: &Chunk) {
        self.scratch.chunk += 1;
        self.scratch.sets.clear();
        for set in 0..chunk.sets.len() as u32 {
            let before = self.memo.signatures.len();
            let atoms = chunk.sets.get(set);
            let signature = self.memo.signatures.intern(atoms);
            self.memo.size += (self.memo.signatures.len() - before) * (atoms.len() + 2);
            self.scratch.sets.push(SetState {
                signature,
                ..SetState::default()
            });
        }
    }

    fn collect_distinct(&mut self, columns: &[u32], ordinal: u32) {
        let Scratch { sets, distinct, .. } = &mut self.scratch;
        distinct.clear();
        for set in columns {
            let state = &mut sets[*set as usize];
            if state.met == ordinal {
                state.columns += 1;
            } else {
                (state.met, state.columns) = (ordinal, 1);
                distinct.push(*set);
            }
        }
    }

    /// Finds the result of every distinct set of the data source at hand.
    fn fixpoint(&mut self, tables: &[u32]) {
        self.source.begin(&self.program, tables);
        let distinct = std::mem::take(&mut self.scratch.distinct);
        for set in &distinct {
            let signature = self.scratch.sets[*set as usize].signature;
            self.source
                .bear(Signature::new(self.memo.signatures.get(signature)).present);
        }
        let mut settled = false;
        while !settled {
            settled = true;
            let blankets = self.memo.blankets.intern(self.source.ask(&self.program));
            for set in &distinct {
                let result = self.result(self.scratch.sets[*set as usize].signature, blankets);
                self.scratch.sets[*set as usize].result = result;
            }
            for set in &distinct {
                let result = self.scratch.sets[*set as usize].result;
                let feeds = &self.memo.results[result as usize].feeds;
                if !feeds.is_empty() && self.source.bear(feeds) {
                    settled = false;
                }
            }
        }
        self.scratch.distinct = distinct;
    }

    /// The result of a column with this signature in the data source at hand.
    fn result(&mut self, signature: u32, blankets: u32) -> u32 {
        let case = match self.memo.case(signature, blankets) {
            Some(case) => case,
            None => self.open_case(signature, blankets),
        };
        let answers = self
            .memo
            .answers(case, |guard| self.source.holds(&self.program, guard));
        match self.memo.result(case, &answers) {
            Some(result) => result,
            None => {
                let remembered = self.work_out(signature, blankets);
                self.memo.keep(case, answers, remembered)
            }
        }
    }

    /// Which guards can matter to a signature: those of the rules that fire
    /// or would fire if every guard held.
    fn open_case(&mut self, signature: u32, blankets: u32) -> u32 {
        let mut guards = Vec::new();
        self.closure.run(
            &self.program,
            Signature::new(self.memo.signatures.get(signature)),
            self.memo.blankets.get(blankets),
            |guard| {
                guards.push(guard);
                true
            },
        );
        guards.sort_unstable();
        guards.dedup();
        self.memo.open_case(signature, blankets, guards)
    }

    fn work_out(&mut self, signature: u32, blankets: u32) -> Remembered {
        let Evaluator {
            program,
            closure,
            source,
            memo,
            ..
        } = self;
        let signature = Signature::new(memo.signatures.get(signature));
        closure.run(program, signature, memo.blankets.get(blankets), |guard| {
            source.holds(program, guard)
        });
        let feeds = closure.feeds(program, signature);
        Remembered {
            outcome: Arc::new(closure.outcome(program, signature)),
            feeds,
            columns: 0,
        }
    }

    /// Counts what the data source at hand has come to, and gives its
    /// outcomes places among the chunk's.
    fn settle(&mut self, assignments: &mut Assignments) {
        let Scratch {
            sets,
            distinct,
            mixture,
            places,
            chunk,
        } = &mut self.scratch;
        places.resize(self.memo.results.len(), (0, 0));
        mixture.clear();
        for set in distinct.iter() {
            let state = &mut sets[*set as usize];
            let remembered = &mut self.memo.results[state.result as usize];
            remembered.columns += u64::from(state.columns);
            let (met, place) = &mut places[state.result as usize];
            if *met != *chunk {
                (*met, *place) = (*chunk, assignments.outcomes.len() as u32);
                assignments.outcomes.push(Arc::clone(&remembered.outcome));
            }
            state.place = *place;
            if !remembered.outcome.fired().is_empty() {
                mixture.push(state.result);
            }
        }
        mixture.sort_unstable();
        mixture.dedup();
        self.memo.count_mixture(mixture);
    }

    /// Adds what the memo has counted to the tally.
    fn fold(&mut self) {
        let Evaluator { memo, tally, .. } = self;
        for remembered in &mut memo.results {
            tally.count(&remembered.outcome, remembered.columns);
            remembered.columns = 0;
        }
        let mut fired: Vec<u32> = Vec::new();
        for (number, sources) in (0u32..).zip(&mut memo.mixture_sources) {
            fired.clear();
            for result in memo.mixtures.get(number) {
                fired.extend_from_slice(memo.results[*result as usize].outcome.fired());
            }
            fired.sort_unstable();
            fired.dedup();
            for rule in &fired {
                tally.rule_sources[*rule as usize] += *sources;
            }
            *sources = 0;
        }
    }

    fn forget(&mut self) {
        self.fold();
        self.memo = Memo::default();
        self.scratch.places.clear();
        self.scratch.chunk = 0;
    }
}

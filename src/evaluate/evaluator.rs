//! The outer loop: data source by data source, to the fixpoint.

use super::closure::{Closure, Signature};
use super::outcome::{Assignments, Outcome};
use super::source::SourceState;
use super::tally::Tally;
use crate::bits::SetTable;
use crate::catalog::Chunk;
use crate::compile::Program;
use ahash::RandomState;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// How many numbers the memo may hold, about four bytes each, before it starts again.
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
    signatures: SetTable,
    blankets: SetTable,
    /// (signature, blankets that hold) → its case.
    cases: HashMap<(u32, u32), u32, RandomState>,
    guards_of_case: Vec<Box<[u32]>>,
    /// (case, the answers of its guards) → what comes of it.
    memo: HashMap<(u32, SmallVec<[u64; 1]>), u32, RandomState>,
    results: Vec<Remembered>,
    /// Sets of results that occur in one data source together, and how many have them.
    mixtures: SetTable,
    mixture_sources: Vec<u64>,
    numbers: usize,
    closure: Closure,
    source: SourceState,
    scratch: Scratch,
    tally: Tally,
}

/// What comes of a case under certain answers.
#[derive(Debug)]
struct Remembered {
    outcome: Arc<Outcome>,
    /// Derived atoms that guards listen to.
    feeds: Box<[u32]>,
    columns: u64,
}

/// Working memory of one chunk, kept for the next.
#[derive(Debug, Default)]
struct Scratch {
    /// Chunk's set → evaluator's signature.
    signatures: Vec<u32>,
    /// Chunk's set → the data source that it was last met in, counted from 1.
    met: Vec<u32>,
    /// The distinct sets of the data source at hand.
    distinct: Vec<u32>,
    /// Chunk's set → its result in the data source at hand.
    result: Vec<u32>,
    mixture: Vec<u32>,
}

impl Evaluator {
    /// An evaluator that remembers nothing yet.
    pub fn new(program: Arc<Program>) -> Self {
        Evaluator {
            limit: MEMO_NUMBERS,
            signatures: SetTable::new(),
            blankets: SetTable::new(),
            cases: HashMap::default(),
            guards_of_case: Vec::new(),
            memo: HashMap::default(),
            results: Vec::new(),
            mixtures: SetTable::new(),
            mixture_sources: vec![0],
            numbers: 0,
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
        if self.numbers > self.limit {
            self.forget();
        }
        self.adopt(chunk);
        let mut results = Vec::with_capacity(chunk.columns.len());
        for (ordinal, (columns, table)) in (1u32..).zip(chunk.sources()) {
            let columns = &chunk.columns[columns];
            self.collect_distinct(columns, ordinal);
            self.fixpoint(chunk.sets.get(table));
            results.extend(columns.iter().map(|set| self.scratch.result[*set as usize]));
            self.count_source();
        }
        self.tally.columns += chunk.columns.len() as u64;
        self.tally.data_sources += chunk.sources.len() as u64;
        self.assignments(results)
    }

    /// Counts over everything evaluated so far.
    pub fn tally(&mut self) -> Tally {
        self.fold();
        self.tally.clone()
    }

    /// Gives the chunk's sets the numbers by which the memo knows them.
    fn adopt(&mut self, chunk: &Chunk) {
        let scratch = &mut self.scratch;
        scratch.signatures.clear();
        for set in 0..chunk.sets.len() as u32 {
            let before = self.signatures.len();
            let atoms = chunk.sets.get(set);
            scratch.signatures.push(self.signatures.intern(atoms));
            self.numbers += (self.signatures.len() - before) * (atoms.len() + 2);
        }
        scratch.met.clear();
        scratch.met.resize(chunk.sets.len(), 0);
        scratch.result.clear();
        scratch.result.resize(chunk.sets.len(), 0);
    }

    fn collect_distinct(&mut self, columns: &[u32], ordinal: u32) {
        let Scratch { met, distinct, .. } = &mut self.scratch;
        distinct.clear();
        for set in columns {
            let last = &mut met[*set as usize];
            if *last != ordinal {
                *last = ordinal;
                distinct.push(*set);
            }
        }
    }

    /// Finds the result of every distinct set of the data source at hand.
    fn fixpoint(&mut self, tables: &[u32]) {
        self.source.begin(&self.program, tables);
        let distinct = std::mem::take(&mut self.scratch.distinct);
        for set in &distinct {
            let signature = self.scratch.signatures[*set as usize];
            self.source
                .bear(Signature::new(self.signatures.get(signature)).present);
        }
        let mut settled = false;
        while !settled {
            settled = true;
            let blankets = self.blankets.intern(self.source.ask(&self.program));
            for set in &distinct {
                let result = self.result(self.scratch.signatures[*set as usize], blankets);
                self.scratch.result[*set as usize] = result;
            }
            for set in &distinct {
                let result = self.scratch.result[*set as usize];
                let feeds = &self.results[result as usize].feeds;
                if !feeds.is_empty() && self.source.bear(feeds) {
                    settled = false;
                }
            }
        }
        self.scratch.distinct = distinct;
    }

    /// The result of a column with this signature in the data source at hand.
    fn result(&mut self, signature: u32, blankets: u32) -> u32 {
        let case = match self.cases.get(&(signature, blankets)) {
            Some(case) => *case,
            None => self.open_case(signature, blankets),
        };
        let mut answers: SmallVec<[u64; 1]> = SmallVec::new();
        for (place, guard) in self.guards_of_case[case as usize].iter().enumerate() {
            if place % 64 == 0 {
                answers.push(0);
            }
            if let Some(word) = answers.last_mut() {
                *word |= u64::from(self.source.holds(&self.program, *guard)) << (place % 64);
            }
        }
        let key = (case, answers);
        match self.memo.get(&key) {
            Some(result) => *result,
            None => {
                let result = self.work_out(signature, blankets);
                self.numbers += 8 + key.1.len() * 2;
                self.memo.insert(key, result);
                result
            }
        }
    }

    /// Which guards can matter to a signature: those of the rules that fire
    /// or would fire if every guard held.
    fn open_case(&mut self, signature: u32, blankets: u32) -> u32 {
        let mut guards = Vec::new();
        self.closure.run(
            &self.program,
            Signature::new(self.signatures.get(signature)),
            self.blankets.get(blankets),
            |guard| {
                guards.push(guard);
                true
            },
        );
        guards.sort_unstable();
        guards.dedup();
        let case = self.guards_of_case.len() as u32;
        self.numbers += 6 + guards.len();
        self.guards_of_case.push(guards.into());
        self.cases.insert((signature, blankets), case);
        case
    }

    fn work_out(&mut self, signature: u32, blankets: u32) -> u32 {
        let Evaluator {
            program,
            closure,
            source,
            ..
        } = self;
        let signature = Signature::new(self.signatures.get(signature));
        closure.run(program, signature, self.blankets.get(blankets), |guard| {
            source.holds(program, guard)
        });
        let feeds = closure.feeds(program, signature);
        let outcome = closure.outcome(program, signature);
        self.numbers += 16 + feeds.len() + outcome.fired().len() + 4 * outcome.entries().len();
        self.results.push(Remembered {
            outcome: Arc::new(outcome),
            feeds,
            columns: 0,
        });
        (self.results.len() - 1) as u32
    }

    /// Notes which results the data source at hand has come to.
    fn count_source(&mut self) {
        let Scratch {
            distinct,
            result,
            mixture,
            ..
        } = &mut self.scratch;
        mixture.clear();
        let fired = |r: &u32| !self.results[*r as usize].outcome.fired().is_empty();
        mixture.extend(
            distinct
                .iter()
                .map(|set| result[*set as usize])
                .filter(fired),
        );
        mixture.sort_unstable();
        mixture.dedup();
        let number = self.mixtures.intern(mixture) as usize;
        if number == self.mixture_sources.len() {
            self.mixture_sources.push(0);
            self.numbers += mixture.len() + 6;
        }
        self.mixture_sources[number] += 1;
    }

    /// Numbers the results of a chunk by their first appearance in it.
    fn assignments(&mut self, mut results: Vec<u32>) -> Assignments {
        let mut places: HashMap<u32, u32, RandomState> = HashMap::default();
        let mut outcomes = Vec::new();
        let mut last = (u32::MAX, 0);
        for result in &mut results {
            self.results[*result as usize].columns += 1;
            if last.0 != *result {
                let place = *places.entry(*result).or_insert_with(|| {
                    outcomes.push(Arc::clone(&self.results[*result as usize].outcome));
                    (outcomes.len() - 1) as u32
                });
                last = (*result, place);
            }
            *result = last.1;
        }
        Assignments {
            outcomes,
            columns: results,
        }
    }

    /// Adds what the memo has counted to the tally.
    fn fold(&mut self) {
        for remembered in &mut self.results {
            self.tally.count(&remembered.outcome, remembered.columns);
            remembered.columns = 0;
        }
        let mut fired: Vec<u32> = Vec::new();
        for (number, sources) in (0u32..).zip(&mut self.mixture_sources) {
            fired.clear();
            for result in self.mixtures.get(number) {
                fired.extend_from_slice(self.results[*result as usize].outcome.fired());
            }
            fired.sort_unstable();
            fired.dedup();
            for rule in &fired {
                self.tally.rule_sources[*rule as usize] += *sources;
            }
            *sources = 0;
        }
    }

    fn forget(&mut self) {
        self.fold();
        self.signatures.clear();
        self.blankets.clear();
        self.cases.clear();
        self.guards_of_case.clear();
        self.memo.clear();
        self.results.clear();
        self.mixtures.clear();
        self.mixture_sources.truncate(1);
        self.numbers = 0;
    }
}

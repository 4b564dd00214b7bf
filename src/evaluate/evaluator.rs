//! The outer loop: data source by data source, to the fixpoint.

use super::closure::{Closure, Gate, Signature};
use super::memo::{At, Memo};
use super::outcome::Assignments;
use super::sets::{Sets, UNKNOWN};
use super::source::SourceState;
use super::tally::Tally;
use super::tree::{MOST_GUARDS, Step, Way};
use crate::bits::SetTable;
use crate::catalog::Chunk;
use crate::compile::Program;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many numbers of four bytes the memo may hold before it starts again.
const MEMO_NUMBERS: usize = 1 << 23;

/// A table of sets at or over this length is given up for another because of it.
const LARGE_TABLE: usize = 1 << 16;

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
    sets: Sets,
    closure: Closure,
    source: SourceState,
    scratch: Scratch,
    marks: Marks,
    tally: Tally,
}

/// Working memory of one data source, kept for the next.
#[derive(Debug, Default)]
struct Scratch {
    /// The distinct sets of the data source at hand.
    distinct: Vec<u32>,
    /// Those of them whose result can change with the answers of guards.
    open: Vec<u32>,
    /// Guards of a wave, each once, behind the fact that it asks for first.
    guards: Vec<(u32, u32)>,
    /// Guards that did not hold for fleeting sets, each set's in a row.
    shut: Vec<u32>,
    /// A described result.
    description: Vec<u32>,
    /// The last data source whose columns were all alike: their set, its own, the shape.
    last: Option<(u32, u32, u32)>,
}

/// Numbers for what has been met, so that nothing need be erased.
#[derive(Debug)]
struct Marks {
    generation: u64,
    /// The chunk at hand, counted from 1.
    chunk: u32,
    /// The data source at hand, counted from 1.
    source: u32,
    /// Per rule: the last data source in which it was counted.
    rules: Vec<u32>,
}

/// Told apart by equality only, so the order of threads cannot show in a result.
fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Marks {
    fn new(rules: usize) -> Self {
        Marks {
            generation: next_generation(),
            chunk: 0,
            source: 0,
            rules: vec![0; rules],
        }
    }

    fn start_again(&mut self) {
        self.generation = next_generation();
        (self.chunk, self.source) = (0, 0);
        self.rules.fill(0);
    }
}

impl Evaluator {
    /// An evaluator that remembers nothing yet.
    pub fn new(program: Arc<Program>) -> Self {
        Evaluator {
            limit: MEMO_NUMBERS,
            memo: Memo::default(),
            sets: Sets::default(),
            closure: Closure::new(&program),
            source: SourceState::new(&program),
            scratch: Scratch::default(),
            marks: Marks::new(program.rule_count()),
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
        if self.is_full(chunk) {
            self.forget();
        }
        self.marks.chunk += 1;
        if self.sets.is_new(&chunk.sets) {
            self.scratch.last = None;
        }
        self.sets.turn_to(&chunk.sets, &self.memo);
        let mut assignments = Assignments {
            generation: self.marks.generation,
            ..Assignments::default()
        };
        assignments.columns.reserve(chunk.columns.len());
        for (columns, table) in chunk.sources() {
            self.data_source(
                &chunk.sets,
                &chunk.columns[columns],
                table,
                &mut assignments,
            );
            assignments.share_ends.push(assignments.shares.len() as u32);
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

    /// Whether the chunk would be too much for the memo, or for the marks.
    fn is_full(&self, chunk: &Chunk) -> bool {
        let size = self.memo.size() + 8 * self.sets.len();
        // A table that was given up for another because it was large: what is
        // known of its sets would cost more to keep than to find out again.
        let given_up = self.sets.is_new(&chunk.sets) && self.sets.len() >= LARGE_TABLE;
        size > self.limit
            || given_up && size > self.limit / 2
            || self.marks.chunk == u32::MAX
            || chunk.sources.len() >= (u32::MAX - self.marks.source) as usize
    }

    fn data_source(&mut self, sets: &SetTable, columns: &[u32], table: u32, to: &mut Assignments) {
        let Some(first) = columns.first() else { return };
        let uniform = columns.iter().all(|set| set == first);
        if uniform && let Some(shape) = self.shape(*first, table) {
            let uniform = &mut self.memo.uniform()[shape as usize];
            uniform.sources += 1;
            let result = uniform.result;
            let place = self.place(result, columns.len() as u64, to);
            to.columns.extend(std::iter::repeat_n(place, columns.len()));
            return;
        }
        self.marks.source += 1;
        self.source.begin(sets.get(table));
        self.collect_distinct(sets, columns);
        self.fixpoint(sets);
        self.settle(to);
        let states = self.sets.states();
        to.columns
            .extend(columns.iter().map(|set| states[*set as usize].place));
        if uniform {
            self.keep_shape(sets, *first, table);
        }
    }

    /// The shape of a data source whose columns all have one set, if it was met before.
    fn shape(&mut self, set: u32, table: u32) -> Option<u32> {
        match self.scratch.last {
            Some((last, last_table, shape)) if (last, last_table) == (set, table) => Some(shape),
            _ => {
                let signature = self.sets.get(set).signature()?;
                let of_table = self.sets.get(table).signature()?;
                let shape = self.memo.shape(signature, of_table)?;
                self.scratch.last = Some((set, table, shape));
                Some(shape)
            }
        }
    }

    fn keep_shape(&mut self, sets: &SetTable, set: u32, table: u32) {
        let Evaluator { memo, program, .. } = self;
        let of_table = self.sets.adopt(table, sets, memo, program).signature();
        let state = self.sets.get(set);
        if let (Some(signature), Some(of_table)) = (state.signature(), of_table) {
            // The rules of this data source have been counted already.
            let shape = memo.keep_shape(signature, of_table, state.result);
            self.scratch.last = Some((set, table, shape));
        }
    }

    fn collect_distinct(&mut self, sets: &SetTable, columns: &[u32]) {
        let ordinal = self.marks.source;
        self.scratch.distinct.clear();
        self.scratch.shut.clear();
        for set in columns {
            let state = self.sets.get(*set);
            if state.met == ordinal {
                state.columns += 1;
                continue;
            }
            self.scratch.distinct.push(*set);
            if self.sets.is_fleeting(*set) {
                self.source.bear_recorded(&self.program, sets.get(*set));
                let state = self.sets.get(*set);
                (state.met, state.columns) = (ordinal, 1);
                continue;
            }
            let state = self.sets.adopt(*set, sets, &mut self.memo, &self.program);
            (state.met, state.columns) = (ordinal, 1);
            self.source.bear(self.memo.heard(&state.heard));
        }
    }

    /// Finds the result of every distinct set of the data source at hand.
    fn fixpoint(&mut self, table: &SetTable) {
        let distinct = std::mem::take(&mut self.scratch.distinct);
        let mut open = std::mem::take(&mut self.scratch.open);
        let mut blankets = None;
        loop {
            if self.source.take_awoken() {
                self.memo.wake();
                self.sets.refresh(&self.memo);
                blankets = None;
            }
            let now = self
                .memo
                .blankets
                .intern(self.source.blankets(&self.program));
            // A round over all sets, unless only answers of guards can have changed.
            let fed = match blankets == Some(now) {
                true => open
                    .iter()
                    .fold(false, |fed, set| self.find_again(table, *set, now) | fed),
                false => {
                    open.clear();
                    distinct.iter().fold(false, |fed, set| {
                        let (is_open, feeds) = self.find(table, *set, now);
                        if is_open {
                            open.push(*set);
                        }
                        fed | feeds
                    })
                }
            };
            if !fed {
                break;
            }
            blankets = Some(now);
        }
        (self.scratch.distinct, self.scratch.open) = (distinct, open);
    }

    /// Finds the result of a set as the data source stands; whether guards can
    /// matter to it, and whether it has brought what guards had not heard of.
    fn find(&mut self, table: &SetTable, set: u32, blankets: u32) -> (bool, bool) {
        let state = self.sets.get(set);
        if blankets == 0 && state.direct != UNKNOWN {
            // What it feeds has been heard when it was collected.
            state.result = state.direct;
            return (false, false);
        }
        let Some(signature) = state.signature() else {
            return self.find_fleeting(table, set, blankets);
        };
        let root = self.memo.root(signature, blankets);
        let (source, program) = (&self.source, &self.program);
        let found = self.memo.tree.follow(root, |first, guard| {
            source.holds_after(program, first, guard)
        });
        let result = match found {
            Some(result) => result,
            None => self.work_out(table, set, signature, blankets),
        };
        self.sets.get(set).result = result;
        (!matches!(root.way(), Way::Result(_)), self.feed(result))
    }

    /// Lets guards hear of what rules have added; whether that is news.
    fn feed(&mut self, result: u32) -> bool {
        let feeds = self.memo.feeds(result);
        !feeds.is_empty() && self.source.bear(feeds)
    }

    /// Finds the result of a set again, where nothing but guards' answers can
    /// have changed; whether it has brought what guards had not heard of.
    fn find_again(&mut self, table: &SetTable, set: u32, blankets: u32) -> bool {
        let state = self.sets.get(set);
        if state.signature().is_none() {
            let shut = state.heard.start as usize..state.heard.end as usize;
            let (source, program) = (&self.source, &self.program);
            let mut shut = self.scratch.shut[shut].iter();
            if !shut.any(|guard| source.holds(program, *guard)) {
                return false;
            }
        }
        self.find(table, set, blankets).1
    }

    /// The same as [`Evaluator::find`] for a set of which nothing is kept.
    fn find_fleeting(&mut self, table: &SetTable, set: u32, blankets: u32) -> (bool, bool) {
        let Evaluator {
            program,
            closure,
            source,
            memo,
            sets,
            scratch,
            ..
        } = self;
        let first = scratch.shut.len() as u32;
        let signature = Signature::new(table.get(set));
        closure.begin(program, signature, memo.blankets.get(blankets), |guard| {
            if source.holds(program, guard) {
                return Gate::Open;
            }
            scratch.shut.push(guard);
            Gate::Shut
        });
        let state = sets.get(set);
        state.heard = first..scratch.shut.len() as u32;
        let is_open = !state.heard.is_empty();
        closure.describe(program, signature, &mut scratch.description);
        state.result = memo.result(&scratch.description);
        let result = state.result;
        (is_open, self.feed(result))
    }

    /// The result of a set as the data source stands, from the rules.
    fn work_out(&mut self, table: &SetTable, set: u32, number: u32, blankets: u32) -> u32 {
        let Evaluator {
            program,
            closure,
            source,
            memo,
            sets,
            scratch,
            ..
        } = self;
        let signature = Signature::new(table.get(set));
        closure.begin(program, signature, memo.blankets.get(blankets), |_| {
            Gate::Later
        });
        if blankets == 0 && memo.root(number, 0) == Step::UNKNOWN {
            memo.hear(number, |heard| closure.heard(program, heard));
        }
        let mut at = At::Root(number, blankets);
        loop {
            let (wave, shortened) = closure.wave(|guard| source.can_hold(program, guard));
            if shortened {
                memo.shorten(number);
            }
            let first = |guard: u32| program.guards[guard as usize].first();
            let guards = wave.iter().map(|(guard, _)| (first(*guard), *guard));
            scratch.guards.clear();
            scratch.guards.extend(guards);
            scratch.guards.dedup();
            let mut some_hold = false;
            for guards in scratch.guards.chunks(MOST_GUARDS) {
                let node = memo.node(at, guards);
                let answers = memo.tree.answers(node, |first, guard| {
                    source.holds_after(program, first, guard)
                });
                some_hold |= answers != 0;
                at = At::Answers(node, answers);
            }
            if !some_hold {
                break;
            }
            closure.go_on(program, signature, |guard| source.holds(program, guard));
        }
        closure.describe(program, signature, &mut scratch.description);
        let result = memo.result(&scratch.description);
        memo.lead(at, Step::to_result(result));
        if blankets == 0 {
            sets.get(set).refresh(memo);
        }
        result
    }

    /// Counts what the data source at hand has come to, and gives its
    /// outcomes places among the chunk's.
    fn settle(&mut self, to: &mut Assignments) {
        let distinct = std::mem::take(&mut self.scratch.distinct);
        let ordinal = self.marks.source;
        for set in &distinct {
            let state = self.sets.get(*set);
            let (result, columns) = (state.result, u64::from(state.columns));
            let place = self.place(result, columns, to);
            self.sets.get(*set).place = place;
            let remembered = &mut self.memo.results[result as usize];
            if remembered.source != ordinal {
                remembered.source = ordinal;
                for rule in self.memo.fired(result) {
                    let mark = &mut self.marks.rules[*rule as usize];
                    if *mark != ordinal {
                        *mark = ordinal;
                        self.tally.rule_sources[*rule as usize] += 1;
                    }
                }
            }
        }
        self.scratch.distinct = distinct;
    }

    /// The place of a result among the chunk's outcomes, to which more columns have come.
    fn place(&mut self, result: u32, columns: u64, to: &mut Assignments) -> u32 {
        let remembered = &mut self.memo.results[result as usize];
        remembered.columns += columns;
        if remembered.chunk != self.marks.chunk {
            remembered.chunk = self.marks.chunk;
            remembered.place = to.outcomes.len() as u32;
            to.outcomes.push(Arc::clone(&remembered.outcome));
            to.numbers.push(result);
        }
        to.shares.push((remembered.place, columns as u32));
        remembered.place
    }

    /// Adds what the memo has counted to the tally.
    fn fold(&mut self) {
        let Evaluator { memo, tally, .. } = self;
        for remembered in &mut memo.results {
            if remembered.columns > 0 {
                tally.count(&remembered.outcome, remembered.columns);
                remembered.columns = 0;
            }
        }
        for shape in 0..memo.uniform().len() {
            let uniform = &mut memo.uniform()[shape];
            let (result, sources) = (uniform.result, std::mem::take(&mut uniform.sources));
            for rule in memo.fired(result) {
                tally.rule_sources[*rule as usize] += sources;
            }
        }
    }

    fn forget(&mut self) {
        self.fold();
        self.memo.clear();
        self.sets.forget();
        self.scratch.last = None;
        self.marks.start_again();
    }
}

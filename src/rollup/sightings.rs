//! In how many data sources each node has a finding.
//!
//! A data source counts once for a node, however many of its rules fire there,
//! so counts of rules do not add up to those of nodes. But sets do: a row of
//! bits per rule, a bit per data source, and a node's row is the union of its
//! children's. A block of thousands of data sources is summed up at once,
//! which comes to some nanoseconds for each.

use super::plan::{Branch, Plan};

/// Words of a row: a block has 64 times as many data sources.
const WORDS: usize = 64;
const SOURCES: usize = WORDS * 64;

/// A block of data sources in the making.
#[derive(Debug)]
pub(super) struct Sightings {
    /// Per rule that controls name a row.
    rows: Vec<[u64; WORDS]>,
    /// Of all rows the word at hand: close together, for it is written most.
    words: Vec<u64>,
    /// The data source at hand: its place in the rows, and whether a rule was seen in it.
    at: usize,
    seen: bool,
}

impl Sightings {
    pub(super) fn new(plan: &Plan) -> Self {
        Sightings {
            rows: vec![[0; WORDS]; plan.named.len()],
            words: vec![0; plan.named.len()],
            at: 0,
            seen: false,
        }
    }

    /// Rules, by their places among those that controls name, have a finding
    /// in the data source at hand.
    #[inline]
    pub(super) fn see(&mut self, rules: &[u32]) {
        let bit = 1 << (self.at % 64);
        for rule in rules {
            self.words[*rule as usize] |= bit;
        }
        self.seen |= !rules.is_empty();
    }

    /// Goes on to the next data source; whether the block is full.
    pub(super) fn end_source(&mut self) -> bool {
        if std::mem::take(&mut self.seen) {
            self.at += 1;
            if self.at.is_multiple_of(64) {
                self.end_word(self.at / 64 - 1);
            }
        }
        self.at == SOURCES
    }

    fn end_word(&mut self, place: usize) {
        for (row, word) in self.rows.iter_mut().zip(&mut self.words) {
            row[place] = std::mem::take(word);
        }
    }

    /// Tells the counts of all nodes that have any, and begins a new block.
    pub(super) fn sum_up(&mut self, plan: &Plan, mut tell: impl FnMut(u32, u64)) {
        if self.at == 0 {
            return;
        }
        if !self.at.is_multiple_of(64) {
            self.end_word(self.at / 64);
        }
        for (node, row) in (0..).zip(&self.rows) {
            tell_row(node, row, &mut tell);
        }
        for framework in &plan.tree {
            self.union(framework, &mut tell);
        }
        self.rows.fill([0; WORDS]);
        self.at = 0;
    }

    fn union(&self, branch: &Branch, tell: &mut impl FnMut(u32, u64)) -> [u64; WORDS] {
        let mut row = [0; WORDS];
        for rule in &branch.rules {
            join(&mut row, &self.rows[*rule as usize]);
        }
        for below in &branch.branches {
            join(&mut row, &self.union(below, tell));
        }
        tell_row(branch.node, &row, tell);
        row
    }
}

fn join(row: &mut [u64; WORDS], other: &[u64; WORDS]) {
    for (word, more) in row.iter_mut().zip(other) {
        *word |= more;
    }
}

fn tell_row(node: u32, row: &[u64; WORDS], tell: &mut impl FnMut(u32, u64)) {
    let count: u32 = row.iter().map(|word| word.count_ones()).sum();
    if count > 0 {
        tell(node, u64::from(count));
    }
}

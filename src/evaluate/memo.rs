//! What has been worked out once and need not be again.

use super::outcome::Outcome;
use crate::bits::SetTable;
use ahash::RandomState;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

const UNKNOWN: u32 = u32::MAX;

/// Signatures, the guards that matter to them, and what comes of both.
///
/// Keys are compared as they are; a hash only finds them.
#[derive(Debug, Default)]
pub(super) struct Memo {
    pub(super) signatures: SetTable,
    /// Sets of guards that hold and by themselves fire rules; 0 is none.
    pub(super) blankets: SetTable,
    /// Per signature: its case where no blanket holds, as is usual.
    plain_cases: Vec<u32>,
    /// (signature, blankets) → its case, for all others.
    other_cases: HashMap<(u32, u32), u32, RandomState>,
    cases: Vec<Case>,
    /// (case, the answers of its guards) → result.
    answered: HashMap<(u32, u64), u32, RandomState>,
    answered_by_many: HashMap<(u32, SmallVec<[u64; 2]>), u32, RandomState>,
    pub(super) results: Vec<Remembered>,
    /// Sets of results that occur in one data source together, and how many have them.
    pub(super) mixtures: SetTable,
    pub(super) mixture_sources: Vec<u64>,
    /// How many numbers of four bytes all this holds, about.
    pub(super) size: usize,
}

/// A signature and the blankets that hold.
#[derive(Debug)]
struct Case {
    /// The guards that can matter to it.
    guards: Box<[u32]>,
    /// Its result, if no guard can.
    result: u32,
}

/// What comes of a case under certain answers.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) outcome: Arc<Outcome>,
    /// Derived atoms that guards listen to.
    pub(super) feeds: Box<[u32]>,
    /// Columns that have come to it since the last count.
    pub(super) columns: u64,
}

/// The answers of a case's guards.
pub(super) enum Answers {
    /// The case has no guards.
    None,
    /// Up to 64 of them.
    Few(u64),
    /// More.
    Many(SmallVec<[u64; 2]>),
}

impl Memo {
    pub(super) fn case(&self, signature: u32, blankets: u32) -> Option<u32> {
        match blankets {
            0 => self
                .plain_cases
                .get(signature as usize)
                .copied()
                .filter(|case| *case != UNKNOWN),
            _ => self.other_cases.get(&(signature, blankets)).copied(),
        }
    }

    /// Adds a case, given the guards that can matter to it.
    pub(super) fn open_case(&mut self, signature: u32, blankets: u32, guards: Vec<u32>) -> u32 {
        let case = self.cases.len() as u32;
        self.size += 8 + guards.len();
        self.cases.push(Case {
            guards: guards.into(),
            result: UNKNOWN,
        });
        if blankets == 0 {
            let place = signature as usize;
            if self.plain_cases.len() <= place {
                self.plain_cases.resize(place + 1, UNKNOWN);
            }
            self.plain_cases[place] = case;
        } else {
            self.other_cases.insert((signature, blankets), case);
        }
        case
    }

    /// The answers of a case's guards.
    pub(super) fn answers(&self, case: u32, mut holds: impl FnMut(u32) -> bool) -> Answers {
        let guards = &self.cases[case as usize].guards;
        let mut word = |guards: &[u32]| {
            let bits = guards
                .iter()
                .enumerate()
                .map(|(n, guard)| u64::from(holds(*guard)) << n);
            bits.fold(0, |word, bit| word | bit)
        };
        match guards.len() {
            0 => Answers::None,
            1..=64 => Answers::Few(word(guards)),
            _ => Answers::Many(guards.chunks(64).map(word).collect()),
        }
    }

    pub(super) fn result(&self, case: u32, answers: &Answers) -> Option<u32> {
        match answers {
            Answers::None => {
                Some(self.cases[case as usize].result).filter(|result| *result != UNKNOWN)
            }
            Answers::Few(word) => self.answered.get(&(case, *word)).copied(),
            Answers::Many(words) => self.answered_by_many.get(&(case, words.clone())).copied(),
        }
    }

    /// Keeps what has been worked out for a case.
    pub(super) fn keep(&mut self, case: u32, answers: Answers, remembered: Remembered) -> u32 {
        let result = self.results.len() as u32;
        let outcome = &remembered.outcome;
        self.size += 24 + remembered.feeds.len();
        self.size += outcome.fired().len() + 4 * outcome.entries().len();
        self.results.push(remembered);
        match answers {
            Answers::None => self.cases[case as usize].result = result,
            Answers::Few(word) => {
                self.answered.insert((case, word), result);
            }
            Answers::Many(words) => {
                self.size += 2 * words.len();
                self.answered_by_many.insert((case, words), result);
            }
        }
        result
    }

    /// One more data source has come to this mixture of results.
    pub(super) fn count_mixture(&mut self, mixture: &[u32]) {
        let number = self.mixtures.intern(mixture) as usize;
        if number >= self.mixture_sources.len() {
            self.mixture_sources.resize(number + 1, 0);
            self.size += mixture.len() + 6;
        }
        self.mixture_sources[number] += 1;
    }
}

//! What the rules make of a column.

use crate::compile::Program;
use smallvec::SmallVec;
use std::sync::Arc;

/// How an assignment stands to what the catalog says already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The catalog does not have it yet.
    New,
    /// The catalog has it already.
    Recorded,
    /// It would be there but for an override.
    Muted,
    /// The catalog has it and no rule gives it.
    Stale,
}

impl State {
    /// All states, in the order of their numbers.
    pub const ALL: [State; 4] = [State::New, State::Recorded, State::Muted, State::Stale];

    /// The name as it is written to files.
    ///
    /// ```
    /// assert_eq!(classmark::evaluate::State::Recorded.as_str(), "recorded");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::Recorded => "recorded",
            State::Muted => "muted",
            State::Stale => "stale",
        }
    }
}

/// All that the rules say of a column: shared by every column of which they say the same.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    entries: Box<[Entry]>,
    rules: Box<[u32]>,
}

/// One classification tag on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The number of the tag.
    pub tag: u32,
    /// How it stands to the catalog.
    pub state: State,
    /// Whether the catalog records the tag on the column, rejected or not.
    pub recorded: bool,
    /// Whether an override rejects the tag on the column.
    pub rejected: bool,
    /// Where its rules begin in the outcome's list.
    first: u32,
    /// Where they end.
    end: u32,
}

/// What an entry says beside its tag and rules, in the bits of one word that
/// also holds how many rules there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: State,
    pub(super) recorded: bool,
    pub(super) rejected: bool,
}

impl Standing {
    const RECORDED: u32 = 1 << 2;
    const REJECTED: u32 = 1 << 3;
    /// The bits below the number of rules.
    const BITS: u32 = 4;

    pub(super) fn pack(self, rules: u32) -> u32 {
        let recorded = u32::from(self.recorded) * Self::RECORDED;
        let rejected = u32::from(self.rejected) * Self::REJECTED;
        rules << Self::BITS | rejected | recorded | self.state as u32
    }

    /// What was packed, and the number of rules.
    fn unpack(word: u32) -> (Self, u32) {
        let standing = Standing {
            state: State::ALL[(word & 3) as usize],
            recorded: word & Self::RECORDED != 0,
            rejected: word & Self::REJECTED != 0,
        };
        (standing, word >> Self::BITS)
    }
}

impl Outcome {
    /// The outcome that [`Closure::describe`](super::closure::Closure::describe) has described.
    pub(super) fn read(words: &[u32]) -> Self {
        let mut rest = entries_of(words);
        let (mut entries, mut rules) =
            (SmallVec::<[Entry; 8]>::new(), SmallVec::<[u32; 16]>::new());
        while let [tag, head, after @ ..] = rest {
            let (standing, count) = Standing::unpack(*head);
            let (given_by, after) = after.split_at(after.len().min(count as usize));
            let first = rules.len() as u32;
            rules.extend_from_slice(given_by);
            entries.push(Entry {
                tag: *tag,
                state: standing.state,
                recorded: standing.recorded,
                rejected: standing.rejected,
                first,
                end: rules.len() as u32,
            });
            rest = after;
        }
        Outcome {
            entries: entries.as_slice().into(),
            rules: rules.as_slice().into(),
        }
    }

    /// The entries, ascending by tag.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The numbers of the rules that give an entry's tag, ascending; none for a stale one.
    pub fn rules(&self, entry: &Entry) -> &[u32] {
        self.rules
            .get(entry.first as usize..entry.end as usize)
            .unwrap_or_default()
    }

    /// The sensitivity of the column: the highest over the tags that it bears, or
    /// is to bear, rejected ones left out; `None` is not rated.
    pub fn sensitivity(&self, program: &Program) -> Option<u8> {
        let borne = self.entries.iter().filter(|entry| !entry.rejected);
        borne
            .map(|entry| program.sensitivity(entry.tag))
            .max()
            .flatten()
    }

    /// The numbers of all rules that fire on the column, each once.
    pub fn fired(&self) -> &[u32] {
        &self.rules
    }
}

/// Of a described outcome: the derived atoms that guards listen to.
pub(super) fn feeds_of(words: &[u32]) -> &[u32] {
    split(words).0
}

fn entries_of(words: &[u32]) -> &[u32] {
    split(words).1
}

fn split(words: &[u32]) -> (&[u32], &[u32]) {
    match words {
        [feeds, rest @ ..] => rest.split_at(rest.len().min(*feeds as usize)),
        [] => (&[], &[]),
    }
}

/// The outcomes of a chunk's columns.
#[derive(Debug, Default)]
pub struct Assignments {
    /// The distinct outcomes.
    pub outcomes: Vec<Arc<Outcome>>,
    /// Per column of the chunk: the place of its outcome in `outcomes`.
    pub columns: Vec<u32>,
    /// Per outcome: its number. It is the same in every chunk of one
    /// generation, so what is made of an outcome can be kept.
    pub numbers: Vec<u32>,
    /// When this changes, the numbers begin anew. No two evaluators share one.
    pub generation: u64,
    /// Of all data sources, one after the other: places of outcomes, and how
    /// many columns have each. A place may come twice in one data source.
    pub(super) shares: Vec<(u32, u32)>,
    /// Per data source: where in `shares` it ends.
    pub(super) share_ends: Vec<u32>,
}

impl Assignments {
    /// Per data source: places of outcomes, and how many columns have each. A
    /// place may come twice. This is how to count without looking at columns.
    pub fn by_data_source(&self) -> impl Iterator<Item = &[(u32, u32)]> {
        let mut start = 0;
        self.share_ends.iter().map(move |end| {
            let share = start..*end as usize;
            start = share.end;
            self.shares.get(share).unwrap_or_default()
        })
    }

    /// The outcome of a column of the chunk.
    pub fn of(&self, column: usize) -> Option<&Outcome> {
        let place = self.columns.get(column)?;
        self.outcomes.get(*place as usize).map(Arc::as_ref)
    }
}

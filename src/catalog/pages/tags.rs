//! What the tags of a row group's dictionaries mean to the rules.

use crate::catalog::answers::Answers;
use crate::catalog::lexicon::Lexicon;
use crate::tag::{CURATED, Heed, Notice, Vocabulary};
use ahash::RandomState;
use arrow::array::{Array, StringArray};
use std::collections::HashMap;
use std::sync::Arc;

/// Marks an answer that stands for more than a set: the rest is a place among
/// the [`Split`] answers.
const SPLIT: u32 = 1 << 31;

/// Where tags stand, and what rules could notice of them there.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) notice: Arc<Notice>,
    /// Whether they are the tags of data sources themselves.
    pub(super) of_sources: bool,
}

/// What each tag comes to.
pub(super) struct Tags {
    meaning: Meaning,
    names: StringArray,
    sources: Option<StringArray>,
    answers: Answers,
    /// Strings at hand that are in no dictionary: their keys begin where those
    /// of the dictionaries end.
    plain_names: StringArray,
    plain_sources: StringArray,
    splits: Vec<Split>,
    /// Set of all atoms → its answer, if that is split.
    split_of: HashMap<u32, u32, RandomState>,
    /// Of the row at hand: the atoms that matter only beside others.
    unsettled: Vec<Loose>,
}

/// A tag with atoms that matter only beside others.
struct Split {
    /// The set of the other atoms.
    sure: u32,
    loose: Vec<Loose>,
}

/// An atom that matters only beside others, and the set of it alone.
#[derive(Debug, Clone, Copy)]
struct Loose {
    atom: u32,
    set: u32,
}

impl Tags {
    pub(super) fn new(meaning: Meaning, names: StringArray, sources: Option<StringArray>) -> Self {
        Tags {
            meaning,
            answers: Answers::over(names.len()),
            names,
            sources,
            plain_names: none(),
            plain_sources: none(),
            splits: Vec::new(),
            split_of: HashMap::default(),
            unsettled: Vec::new(),
        }
    }

    /// Forgets what the lexicon has forgotten; whether it has.
    pub(super) fn refresh(&mut self, lexicon: &Lexicon) -> bool {
        let forgotten = self.answers.refresh(lexicon);
        if forgotten {
            self.splits.clear();
            self.split_of.clear();
        }
        forgotten
    }

    /// Takes note of strings that are in no dictionary.
    pub(super) fn meet(&mut self, names: StringArray, sources: StringArray) {
        (self.plain_names, self.plain_sources) = (names, sources);
    }

    /// What a tag comes to: to be asked of [`Tags::surely`].
    #[inline]
    pub(super) fn answer(&mut self, name: u32, source: Option<u32>, lexicon: &mut Lexicon) -> u32 {
        match self.answers.usual(name, source) {
            Some(answer) => answer,
            None => self.find(name, source, lexicon),
        }
    }

    #[inline(never)]
    fn find(&mut self, name: u32, source: Option<u32>, lexicon: &mut Lexicon) -> u32 {
        let Tags {
            meaning,
            names,
            sources,
            answers,
            plain_names,
            plain_sources,
            splits,
            split_of,
            ..
        } = self;
        let entries = sources.as_ref().map_or(0, Array::len);
        let in_dictionaries = (name as usize) < names.len()
            && source.is_none_or(|source| (source as usize) < entries);
        let mut look_up = || {
            let name = string(names, plain_names, name);
            let source = match (&*sources, source) {
                (Some(sources), Some(source)) => string(sources, plain_sources, source),
                _ => "",
            };
            let (all, split) = meaning.look_up(source, name, lexicon);
            let Some(split) = split else { return all };
            *split_of.entry(all).or_insert_with(|| {
                splits.push(split);
                (splits.len() - 1) as u32 | SPLIT
            })
        };
        match in_dictionaries {
            true => answers.of(name, source, look_up),
            // Nothing to remember it by: such strings seldom come again.
            false => look_up(),
        }
    }

    /// The set that an answer surely gives a row; what else it may give is
    /// kept until the row is whole.
    #[inline]
    pub(super) fn surely(&mut self, answer: u32) -> u32 {
        if answer & SPLIT == 0 {
            return answer;
        }
        let Some(split) = self.splits.get((answer ^ SPLIT) as usize) else {
            return 0;
        };
        self.unsettled.extend_from_slice(&split.loose);
        split.sure
    }

    /// Whether the row at hand may be more than it surely is.
    #[inline]
    pub(super) fn is_unsettled(&self) -> bool {
        !self.unsettled.is_empty()
    }

    /// The row at hand, the last of `sets`, is whole: adds the atoms that
    /// matter beside what else it has; the others are dropped.
    pub(super) fn settle(
        &mut self,
        sets: &mut [u32],
        lexicon: &mut Lexicon,
        dropped: &mut Vec<(u32, u32)>,
    ) {
        let row = sets.len().wrapping_sub(1) as u32;
        let Some(set) = sets.last_mut() else { return };
        let sure = *set;
        for loose in &self.unsettled {
            let beside = |other: u32| self.meaning.notice.is_beside(loose.atom, other);
            let matters = self.unsettled.len() > 1
                && self.unsettled.iter().any(|other| beside(other.atom))
                || sure != 0 && lexicon.get(sure).iter().any(|other| beside(*other));
            if matters {
                *set = lexicon.union(*set, loose.set);
            } else {
                dropped.push((row, loose.atom));
            }
        }
        self.unsettled.clear();
    }
}

/// The string of a key.
fn string<'a>(dictionary: &'a StringArray, plain: &'a StringArray, key: u32) -> &'a str {
    let key = key as usize;
    match key.checked_sub(dictionary.len()) {
        None => dictionary.value(key),
        Some(place) if place < plain.len() => plain.value(place),
        Some(_) => "",
    }
}

fn none() -> StringArray {
    StringArray::from_iter_values(std::iter::empty::<&str>())
}

impl Meaning {
    /// What a tag comes to: the set of all that can be noticed of it, and the
    /// split of it if some can be noticed only beside others. A source that is
    /// empty is the default one.
    fn look_up(&self, source: &str, name: &str, lexicon: &mut Lexicon) -> (u32, Option<Split>) {
        let source = if source.is_empty() { CURATED } else { source };
        let mut atoms = Vec::new();
        if !name.is_empty() {
            self.vocabulary.resolve(source, name, &mut atoms);
        }
        if atoms.is_empty() {
            return (0, None);
        }
        let surprising = |atom: &u32| self.notice.is_surprised(*atom, self.of_sources);
        if atoms.iter().any(surprising) {
            lexicon.surprise();
        }
        if self.of_sources {
            atoms.retain(|atom| self.notice.on_source(*atom));
            return (lexicon.intern_unsorted(&mut atoms), None);
        }
        atoms.retain(|atom| self.notice.on_column(*atom) != Heed::Never);
        let all = lexicon.intern_unsorted(&mut atoms);
        let is_loose = |atom: &u32| self.notice.on_column(*atom) == Heed::Beside;
        if !atoms.iter().any(is_loose) {
            return (all, None);
        }
        let (loose, mut sure): (Vec<u32>, Vec<u32>) = atoms.into_iter().partition(is_loose);
        let split = Split {
            sure: lexicon.intern_unsorted(&mut sure),
            loose: loose
                .into_iter()
                .map(|atom| Loose {
                    atom,
                    set: lexicon.intern(&[atom]),
                })
                .collect(),
        };
        (all, Some(split))
    }
}

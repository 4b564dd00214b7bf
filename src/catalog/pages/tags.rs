//! What the tags of a row group's dictionaries mean to the rules.

use crate::catalog::answers::Answers;
use crate::catalog::lexicon::Lexicon;
use crate::tag::{CURATED, Heed, Notice, Vocabulary};
use arrow::array::{Array, StringArray};
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
    splits: Vec<Split>,
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
            splits: Vec::new(),
            unsettled: Vec::new(),
        }
    }

    /// Forgets what the lexicon has forgotten; whether it has.
    pub(super) fn refresh(&mut self, lexicon: &Lexicon) -> bool {
        let forgotten = self.answers.refresh(lexicon);
        if forgotten {
            self.splits.clear();
        }
        forgotten
    }

    /// What a tag comes to: to be asked of [`Tags::surely`].
    pub(super) fn answer(&mut self, name: u32, source: Option<u32>, lexicon: &mut Lexicon) -> u32 {
        let Tags {
            meaning,
            names,
            sources,
            answers,
            splits,
            ..
        } = self;
        answers.of(name, source, || {
            let name = names.value(name as usize);
            let source = match (&*sources, source) {
                (Some(sources), Some(source)) => sources.value(source as usize),
                _ => "",
            };
            let split = meaning.look_up(source, name, lexicon);
            if split.loose.is_empty() {
                return split.sure;
            }
            splits.push(split);
            (splits.len() - 1) as u32 | SPLIT
        })
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

impl Meaning {
    /// What a tag comes to; a source that is empty is the default one.
    fn look_up(&self, source: &str, name: &str, lexicon: &mut Lexicon) -> Split {
        let source = if source.is_empty() { CURATED } else { source };
        let (mut atoms, mut loose) = (Vec::new(), Vec::new());
        if !name.is_empty() {
            self.vocabulary.resolve(source, name, &mut atoms);
        }
        if self.of_sources {
            atoms.retain(|atom| self.notice.on_source(*atom));
        } else {
            atoms.retain(|atom| match self.notice.on_column(*atom) {
                Heed::Always => true,
                Heed::Never => false,
                Heed::Beside => {
                    loose.push(*atom);
                    false
                }
            });
        }
        Split {
            sure: lexicon.intern_unsorted(&mut atoms),
            loose: loose
                .into_iter()
                .map(|atom| Loose {
                    atom,
                    set: lexicon.intern(&[atom]),
                })
                .collect(),
        }
    }
}

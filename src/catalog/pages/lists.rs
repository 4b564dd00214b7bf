//! Tag lists, from levels and keys straight to sets.

use super::flat::strings;
use super::leaf::{Leaf, Values};
use crate::catalog::answers::Answers;
use crate::catalog::lexicon::Lexicon;
use crate::tag::{CURATED, Vocabulary};
use arrow::array::{Array, StringArray};
use std::sync::Arc;

/// Places read at a time.
const PLACES: usize = 1 << 12;

/// A column of tag lists: names and, unless all are curated, sources.
pub(super) struct TagColumn {
    names: Leaf,
    sources: Option<Leaf>,
    tags: Tags,
    /// Levels and keys at hand, and how far they have been used up.
    name: Values,
    source: Values,
    used: Used,
}

#[derive(Debug, Default, Clone, Copy)]
struct Used {
    places: usize,
    names: usize,
    sources: usize,
}

/// What the tags of the dictionaries mean.
struct Tags {
    vocabulary: Arc<Vocabulary>,
    names: StringArray,
    sources: Option<StringArray>,
    answers: Answers,
}

impl TagColumn {
    pub(super) fn new(
        names: Leaf,
        sources: Option<Leaf>,
        vocabulary: Arc<Vocabulary>,
    ) -> Option<Self> {
        let lists = |leaf: &Leaf| leaf.highest().repetition == 1 && leaf.highest().definition > 0;
        if !lists(&names) || !sources.as_ref().is_none_or(lists) {
            return None;
        }
        let tags = Tags {
            vocabulary,
            answers: Answers::over(strings(&names)?.len()),
            names: strings(&names)?,
            sources: match &sources {
                Some(leaf) => Some(strings(leaf)?),
                None => None,
            },
        };
        Some(TagColumn {
            names,
            sources,
            tags,
            name: Values::default(),
            source: Values::default(),
            used: Used::default(),
        })
    }

    /// The sets of the next `count` rows.
    pub(super) fn read(&mut self, count: usize, lexicon: &mut Lexicon) -> Option<Vec<u32>> {
        self.tags.answers.refresh(lexicon);
        let mut sets: Vec<u32> = Vec::with_capacity(count);
        loop {
            if self.used.places == self.name.definitions.len() {
                let blank = self.blank()?.min(count - sets.len());
                if blank > 0 {
                    self.pass_blank(blank);
                    sets.resize(sets.len() + blank, 0);
                    continue;
                }
                if !self.load()? {
                    break;
                }
            }
            if !self.take(count, &mut sets, lexicon)? {
                break;
            }
        }
        (sets.len() == count).then_some(sets)
    }

    /// How many rows from here on surely have no tag.
    fn blank(&mut self) -> Option<usize> {
        match (self.names.blank()?, &mut self.sources) {
            (0, _) => Some(0),
            (rows, None) => Some(rows),
            (rows, Some(leaf)) => Some(rows.min(leaf.blank()?)),
        }
    }

    fn pass_blank(&mut self, count: usize) {
        self.names.pass_blank(count);
        if let Some(leaf) = &mut self.sources {
            leaf.pass_blank(count);
        }
    }

    /// Reads the next places of both leaves; `false`: there are none.
    fn load(&mut self) -> Option<bool> {
        self.name.clear();
        self.source.clear();
        self.used = Used::default();
        let places = self.names.read(PLACES, &mut self.name)?;
        if let Some(leaf) = &mut self.sources {
            let mut wanted = places;
            while wanted > 0 {
                match leaf.read(wanted, &mut self.source)? {
                    0 => return None,
                    read => wanted -= read,
                }
            }
        }
        Some(places > 0)
    }

    /// Takes places until all are used up or row `count` begins, which is `false`;
    /// `None`: a list goes on that has not begun.
    fn take(&mut self, count: usize, sets: &mut Vec<u32>, lexicon: &mut Lexicon) -> Option<bool> {
        let name_there = self.names.highest().definition;
        let source_there = self.sources.as_ref().map(|leaf| leaf.highest().definition);
        let from = self.used.places;
        let repetitions = &self.name.repetitions[from..];
        let definitions = &self.name.definitions[from..];
        // A list goes on from batch to batch only through `sets`, which is per batch.
        let mut row = sets.pop();
        for (place, (repetition, definition)) in repetitions.iter().zip(definitions).enumerate() {
            if *repetition == 0 {
                if let Some(whole) = row.take() {
                    sets.push(whole);
                    if sets.len() == count {
                        self.used.places = from + place;
                        return Some(false);
                    }
                }
                row = Some(0);
            } else if row.is_none() {
                return None;
            }
            let source = match source_there {
                Some(there) if self.source.definitions[from + place] == there => {
                    self.used.sources += 1;
                    Some(self.source.keys[self.used.sources - 1])
                }
                _ => None,
            };
            if *definition == name_there {
                let name = self.name.keys[self.used.names];
                self.used.names += 1;
                let answer = self.tags.answer(name, source, lexicon);
                row = row.map(|row| lexicon.union(row, answer));
            }
        }
        self.used.places = self.name.definitions.len();
        sets.extend(row);
        Some(true)
    }
}

impl Tags {
    fn answer(&mut self, name: u32, source: Option<u32>, lexicon: &mut Lexicon) -> u32 {
        let Tags {
            vocabulary,
            names,
            sources,
            answers,
        } = self;
        answers.of(name, source, || {
            let name = names.value(name as usize);
            let source = match (&*sources, source) {
                (Some(sources), Some(source)) => sources.value(source as usize),
                _ => "",
            };
            let source = if source.is_empty() { CURATED } else { source };
            let mut atoms = Vec::new();
            if !name.is_empty() {
                vocabulary.resolve(source, name, &mut atoms);
            }
            lexicon.intern_unsorted(&mut atoms)
        })
    }
}

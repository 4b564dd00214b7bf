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
        let Used {
            places,
            names,
            sources,
        } = self.used;
        let name_levels = self.name.repetitions[places..].iter();
        let name_levels = name_levels.zip(&self.name.definitions[places..]);
        let source_levels = self.source.definitions.get(places..).unwrap_or_default();
        let mut names = self.name.keys[names..].iter();
        let mut sources = self.source.keys[sources..].iter();
        // A list goes on from batch to batch only through `sets`, which is per batch.
        let mut row = sets.pop();
        let mut next_row = None;
        for (place, (repetition, definition)) in name_levels.enumerate() {
            if *repetition == 0 {
                sets.extend(row);
                if sets.len() == count {
                    next_row = Some(places + place);
                    break;
                }
                row = Some(0);
            }
            let before = row?;
            let has_source =
                source_there.is_some() && source_levels.get(place) == source_there.as_ref();
            let source = if has_source {
                sources.next().copied()
            } else {
                None
            };
            if *definition == name_there {
                let answer = self.tags.answer(*names.next()?, source, lexicon);
                row = Some(lexicon.union(before, answer));
            }
        }
        self.used = Used {
            places: next_row.unwrap_or(self.name.definitions.len()),
            names: self.name.keys.len() - names.len(),
            sources: self.source.keys.len() - sources.len(),
        };
        if next_row.is_none() {
            sets.extend(row);
        }
        Some(next_row.is_none())
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

//! Tag lists, from levels and keys straight to sets.

use super::leaf::{Leaf, Values};
use super::strings::strings;
use super::tags::{Meaning, Tags};
use crate::catalog::lexicon::Lexicon;
use arrow::array::StringArray;
use std::mem::take;

/// Places read at a time.
const PLACES: usize = 1 << 12;

/// A column of tag lists: names and, unless all are curated, sources.
pub(super) struct TagColumn {
    names: Leaf,
    sources: Option<Leaf>,
    tags: Tags,
    /// Levels and keys at hand.
    name: Values,
    source: Values,
    /// Per tag at hand: the set that it makes true; and one more, never meant.
    answers: Vec<u32>,
    /// How many places and tags have been used up.
    used: Used,
}

#[derive(Debug, Default, Clone, Copy)]
struct Used {
    places: usize,
    tags: usize,
}

impl TagColumn {
    pub(super) fn new(names: Leaf, sources: Option<Leaf>, meaning: Meaning) -> Option<Self> {
        let lists = |leaf: &Leaf| leaf.highest().repetition == 1 && leaf.highest().definition > 0;
        if !lists(&names) || !sources.as_ref().is_none_or(lists) {
            return None;
        }
        let (name_strings, source_strings) = dictionaries(&names, sources.as_ref())?;
        let tags = Tags::new(meaning, name_strings, source_strings);
        Some(TagColumn {
            names,
            sources,
            tags,
            name: Values::default(),
            source: Values::default(),
            answers: Vec::new(),
            used: Used::default(),
        })
    }

    /// The sets of the next `count` rows; atoms that no rule could notice on
    /// their rows are left out and added to `dropped`, each with its row.
    pub(super) fn read(
        &mut self,
        count: usize,
        lexicon: &mut Lexicon,
        dropped: &mut Vec<(u32, u32)>,
    ) -> Option<Vec<u32>> {
        if self.tags.refresh(lexicon) {
            self.answer(lexicon)?;
        }
        let mut sets: Vec<u32> = Vec::with_capacity(count);
        loop {
            if self.used.places == self.name.definitions.len() {
                let blank = self.blank()?.min(count - sets.len());
                if blank > 0 {
                    self.tags.settle(&mut sets, lexicon, dropped);
                    self.pass_blank(blank);
                    sets.resize(sets.len() + blank, 0);
                    continue;
                }
                if !self.load(lexicon)? {
                    break;
                }
            }
            if !self.take(count, &mut sets, lexicon, dropped)? {
                break;
            }
        }
        self.tags.settle(&mut sets, lexicon, dropped);
        (sets.len() == count).then_some(sets)
    }

    /// Whether all rows have been read.
    pub(super) fn is_exhausted(&mut self) -> bool {
        self.used.places == self.name.definitions.len()
            && self.names.is_exhausted()
            && self.sources.as_mut().is_none_or(Leaf::is_exhausted)
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
    fn load(&mut self, lexicon: &mut Lexicon) -> Option<bool> {
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
        let [names, sources] = [&mut self.name, &mut self.source].map(|v| take(&mut v.plain));
        self.tags.meet(names.finish()?, sources.finish()?);
        self.answer(lexicon)?;
        Some(places > 0)
    }

    /// Answers every tag at hand.
    fn answer(&mut self, lexicon: &mut Lexicon) -> Option<()> {
        let TagColumn {
            names,
            sources,
            tags,
            name,
            source,
            answers,
            ..
        } = self;
        answers.clear();
        let there = names.highest().definition;
        match sources {
            None => {
                let keys = name.keys.iter();
                answers.extend(keys.map(|name| tags.answer(*name, None, lexicon)));
            }
            Some(leaf) => {
                let source_there = leaf.highest().definition;
                let mut levels = name.definitions.iter().zip(&source.definitions);
                // As good as always a tag has a name and a source, or neither.
                if levels.all(|(a, b)| (*a == there) == (*b == source_there)) {
                    let pairs = name.keys.iter().zip(&source.keys);
                    let answer =
                        |(name, source): (&u32, &u32)| tags.answer(*name, Some(*source), lexicon);
                    answers.extend(pairs.map(answer));
                } else {
                    let (mut names, mut keys) = (name.keys.iter(), source.keys.iter());
                    for (name, source) in name.definitions.iter().zip(&source.definitions) {
                        let source = match *source == source_there {
                            true => Some(*keys.next()?),
                            false => None,
                        };
                        if *name == there {
                            answers.push(tags.answer(*names.next()?, source, lexicon));
                        }
                    }
                }
            }
        }
        answers.push(0);
        Some(())
    }

    /// Takes places until all are used up or row `count` begins, which is `false`;
    /// `None`: a list goes on that has not begun.
    ///
    /// How many tags a row has cannot be foreseen, so the loop branches only
    /// where two sets have to be united.
    fn take(
        &mut self,
        count: usize,
        sets: &mut Vec<u32>,
        lexicon: &mut Lexicon,
        dropped: &mut Vec<(u32, u32)>,
    ) -> Option<bool> {
        let there = self.names.highest().definition;
        let from = self.used.places;
        let repetitions = &self.name.repetitions[from..];
        let (places, rows) = places_before(repetitions, count - sets.len());
        let begun = sets.len();
        if begun == 0 && repetitions.first().is_some_and(|level| *level > 0) {
            return None;
        }
        sets.resize(begun + rows, 0);
        // Before the first row that begins here goes one that began earlier.
        let mut row = begun.wrapping_sub(1);
        let mut set = sets.get(row).copied().unwrap_or(0);
        let mut tags = self.used.tags;
        let levels = repetitions[..places]
            .iter()
            .zip(&self.name.definitions[from..]);
        for (repetition, definition) in levels {
            let begins = *repetition == 0;
            if begins && self.tags.is_unsettled() {
                self.tags.settle(sets.get_mut(..=row)?, lexicon, dropped);
            }
            row = row.wrapping_add(usize::from(begins));
            set = if begins { 0 } else { set };
            let is_tag = *definition == there;
            let answer = if is_tag { *self.answers.get(tags)? } else { 0 };
            tags += usize::from(is_tag);
            let answer = self.tags.surely(answer);
            if set != 0 && answer != 0 && set != answer {
                set = lexicon.union(set, answer);
            } else {
                set |= answer;
            }
            *sets.get_mut(row)? = set;
        }
        self.used = Used {
            places: from + places,
            tags,
        };
        Some(self.used.places == self.name.definitions.len())
    }
}

/// How many places come before one row more than `rows` begins, and how many
/// rows begin in them.
fn places_before(repetitions: &[u8], rows: usize) -> (usize, usize) {
    let begun = repetitions.iter().filter(|level| **level == 0).count();
    if begun <= rows {
        return (repetitions.len(), begun);
    }
    let begins = |(_, level): &(usize, &u8)| **level == 0;
    let mut places = repetitions.iter().enumerate().filter(begins);
    let next = places
        .nth(rows)
        .map_or(repetitions.len(), |(place, _)| place);
    (next, rows)
}

/// The strings of the dictionaries of names and sources.
pub(super) fn dictionaries(
    names: &Leaf,
    sources: Option<&Leaf>,
) -> Option<(StringArray, Option<StringArray>)> {
    let sources = match sources {
        Some(leaf) => Some(strings(leaf)?),
        None => None,
    };
    Some((strings(names)?, sources))
}

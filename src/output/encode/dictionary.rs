//! The dictionaries of a row group: values in the order in which its rows first have them.

use super::bounds::TextBounds;
use super::chunk::DictionaryPage;
use ahash::RandomState;
use hashbrown::HashTable;

const NONE: u32 = u32::MAX;

/// Appends a string as plain pages have it.
pub(super) fn put_text(text: &str, out: &mut Vec<u8>) {
    // Arrow's strings are shorter than 2 GiB.
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// A dictionary drawn from strings that the program has numbered already, so
/// that none need be hashed.
#[derive(Debug)]
pub(super) struct Drawn {
    /// Number → place, [`NONE`] for a string that no row has.
    places: Vec<u32>,
    /// Place → number.
    numbers: Vec<u32>,
    plain: Vec<u8>,
    bounds: TextBounds,
}

impl Drawn {
    /// A dictionary for strings with numbers below `count`.
    pub(super) fn new(count: usize) -> Self {
        Drawn {
            places: vec![NONE; count],
            numbers: Vec::new(),
            plain: Vec::new(),
            bounds: TextBounds::default(),
        }
    }

    /// The place of a string, given its number.
    pub(super) fn place(&mut self, number: u32, text: &str) -> u32 {
        let place = &mut self.places[number as usize];
        if *place == NONE {
            *place = self.numbers.len() as u32;
            self.numbers.push(number);
            put_text(text, &mut self.plain);
            self.bounds.see(text);
        }
        *place
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn page(&self) -> DictionaryPage<'_> {
        DictionaryPage {
            plain: &self.plain,
            entries: self.numbers.len(),
        }
    }

    /// The bounds of its strings, which are given up.
    pub(super) fn take_bounds(&mut self) -> TextBounds {
        std::mem::take(&mut self.bounds)
    }

    /// Begins again.
    pub(super) fn reset(&mut self) {
        for number in self.numbers.drain(..) {
            self.places[number as usize] = NONE;
        }
        self.plain.clear();
    }
}

/// A dictionary of strings that nobody has numbered.
#[derive(Debug)]
pub(super) struct Found {
    plain: Vec<u8>,
    /// Place → where its string ends in `plain`; it begins four bytes after
    /// the last one's end.
    ends: Vec<u32>,
    index: HashTable<u32>,
    hasher: RandomState,
    most: usize,
}

impl Found {
    /// A dictionary of at most so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Found {
            plain: Vec::new(),
            ends: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::with_seeds(0x3c, 0x91, 0x1e, 0xd2),
            most: most.min(u32::MAX as usize),
        }
    }

    /// The place of a string and whether it is new here; `None` when there is no room for it.
    pub(super) fn place(&mut self, text: &str) -> Option<(u32, bool)> {
        let hash = self.hasher.hash_one(text.as_bytes());
        let (plain, ends) = (&self.plain, &self.ends);
        let same = |place: &u32| bytes(plain, ends, *place) == text.as_bytes();
        if let Some(place) = self.index.find(hash, same) {
            return Some((*place, false));
        }
        if self.plain.len() + size_of::<u32>() + text.len() > self.most {
            return None;
        }
        let place = self.ends.len() as u32;
        put_text(text, &mut self.plain);
        self.ends.push(self.plain.len() as u32);
        let (plain, ends, hasher) = (&self.plain, &self.ends, &self.hasher);
        self.index.insert_unique(hash, place, |place| {
            hasher.hash_one(bytes(plain, ends, *place))
        });
        Some((place, true))
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn page(&self) -> DictionaryPage<'_> {
        DictionaryPage {
            plain: &self.plain,
            entries: self.ends.len(),
        }
    }

    pub(super) fn reset(&mut self) {
        self.plain.clear();
        self.ends.clear();
        self.index.clear();
    }
}

fn bytes<'p>(plain: &'p [u8], ends: &[u32], place: u32) -> &'p [u8] {
    let place = place as usize;
    let start = match place {
        0 => 0,
        _ => ends[place - 1] as usize,
    };
    &plain[start + size_of::<u32>()..ends[place] as usize]
}

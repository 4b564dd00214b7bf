//! What all threads number alike while rows are dealt out.

use super::text_list::TextList;
use crate::bits::SetTable;
use ahash::RandomState;
use arrow::array::{ArrayRef, StringArray};
use hashbrown::HashTable;
use std::sync::Arc;

/// More names than this get no number, however much memory there is …
const MOST_NAMES: usize = 1 << 20;
/// … and no more sets: a catalog with so many hardly repeats one.
const MOST_SETS: usize = 1 << 17;
/// What finding a name or a set again takes, in bytes.
const ENTRY_BYTES: usize = 16;

/// Names of columns and sets of atoms, each known by its number in all blocks.
///
/// Which number it is depends on the threads, so numbers are looked up and
/// never shown. What finds no room has none: its block keeps it as it is.
#[derive(Debug)]
pub(super) struct Dictionaries {
    names: TextList,
    index: HashTable<u32>,
    hasher: RandomState,
    sets: SetTable,
    /// Bytes for names, and as many for sets.
    most: usize,
}

impl Dictionaries {
    pub(super) fn new(most: usize) -> Self {
        Dictionaries {
            names: TextList::default(),
            index: HashTable::new(),
            hasher: RandomState::with_seeds(0x6e, 0x61, 0x6d, 0x65),
            sets: SetTable::new(),
            // The names become an array whose bounds are of 32 bits with a sign.
            most: most.min(1 << 30),
        }
    }

    /// A name's number; `None` when there is no room for it.
    pub(super) fn name(&mut self, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        let names = &self.names;
        if let Some(found) = self
            .index
            .find(hash, |place| names.get(*place as usize) == name)
        {
            return Some(*found);
        }
        let bytes = self.names.bytes() + name.len() + (self.names.len() + 1) * ENTRY_BYTES;
        if self.names.len() >= MOST_NAMES || bytes > self.most {
            return None;
        }
        let number = self.names.len() as u32;
        self.names.push(name);
        let (names, hasher) = (&self.names, &self.hasher);
        self.index.insert_unique(hash, number, |place| {
            hasher.hash_one(names.get(*place as usize))
        });
        Some(number)
    }

    /// A set's number; `None` when there is no room for it.
    pub(super) fn set(&mut self, set: &[u32]) -> Option<u32> {
        if let Some(found) = self.sets.find(set) {
            return Some(found);
        }
        let bytes = (self.sets.numbers() + set.len()) * size_of::<u32>()
            + (self.sets.len() + 1) * ENTRY_BYTES;
        let room = self.sets.len() < MOST_SETS && bytes <= self.most;
        room.then(|| self.sets.intern(set))
    }

    /// No more numbers: the names, and the sets.
    pub(super) fn finish(self) -> (ArrayRef, SetTable) {
        let names: StringArray = self.names.iter().map(Some).collect();
        (Arc::new(names), self.sets)
    }
}

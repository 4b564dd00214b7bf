//! Equal sets get one number.

use ahash::RandomState;
use hashbrown::HashTable;
use std::sync::atomic::{AtomicU64, Ordering};

/// Distinct sets of numbers, each known by its own small number.
///
/// Set 0 is the empty one. Equality is decided by the numbers themselves;
/// hashes only find candidates. Which number a set gets depends on the order
/// in which sets come and on nothing else.
///
/// Sets are only ever added, so whoever has seen a table once need only look
/// at what is new in it, as long as its [`lineage`](SetTable::lineage) is the
/// same.
#[derive(Debug)]
pub struct SetTable {
    ends: Vec<u32>,
    numbers: Vec<u32>,
    index: HashTable<u32>,
    /// Sets below this one are in the index.
    indexed: u32,
    hasher: RandomState,
    lineage: u64,
}

impl Clone for SetTable {
    /// The same sets under the same numbers; what is added to the one from
    /// now on is not in the other, so the copy has a lineage of its own.
    fn clone(&self) -> Self {
        SetTable {
            ends: self.ends.clone(),
            numbers: self.numbers.clone(),
            index: self.index.clone(),
            indexed: self.indexed,
            hasher: self.hasher.clone(),
            lineage: next_lineage(),
        }
    }
}

/// Told apart by equality only, so the order of threads cannot show in a result.
fn next_lineage() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Default for SetTable {
    fn default() -> Self {
        SetTable::new()
    }
}

impl SetTable {
    /// A table that knows the empty set only.
    pub fn new() -> Self {
        SetTable {
            ends: vec![0],
            numbers: Vec::new(),
            index: HashTable::new(),
            indexed: 1,
            // Fixed seeds: a run must not differ from the next one in anything, probes included.
            hasher: RandomState::with_seeds(0x51, 0x0f, 0x7a, 0x65),
            lineage: next_lineage(),
        }
    }

    /// The number of a set, given as ascending numbers without repeats.
    pub fn intern(&mut self, set: &[u32]) -> u32 {
        if set.is_empty() {
            return 0;
        }
        self.catch_up();
        let hash = self.hasher.hash_one(set);
        let (ends, numbers) = (&self.ends, &self.numbers);
        if let Some(found) = self.index.find(hash, |k| slice(ends, numbers, *k) == set) {
            return *found;
        }
        let number = self.append(set);
        self.add_to_index(hash, number);
        number
    }

    /// Adds a set that is known not to be in, at the cost of a copy.
    ///
    /// The index learns of it only when the next set is interned. A set that
    /// was in already would have two numbers from then on.
    pub fn push_new(&mut self, set: &[u32]) -> u32 {
        match set {
            [] => 0,
            _ => self.append(set),
        }
    }

    fn append(&mut self, set: &[u32]) -> u32 {
        let number = self.ends.len() as u32;
        self.numbers.extend_from_slice(set);
        self.ends.push(self.numbers.len() as u32);
        number
    }

    fn catch_up(&mut self) {
        while (self.indexed as usize) < self.ends.len() {
            let number = self.indexed;
            let hash = self
                .hasher
                .hash_one(slice(&self.ends, &self.numbers, number));
            self.add_to_index(hash, number);
        }
    }

    fn add_to_index(&mut self, hash: u64, number: u32) {
        let (ends, numbers, hasher) = (&self.ends, &self.numbers, &self.hasher);
        self.index
            .insert_unique(hash, number, |k| hasher.hash_one(slice(ends, numbers, *k)));
        self.indexed = number + 1;
    }

    /// What tells this table from every other one: a set once seen in a table
    /// of this lineage keeps its number in it.
    pub fn lineage(&self) -> u64 {
        self.lineage
    }

    /// The number of a set that it knows.
    pub fn find(&self, set: &[u32]) -> Option<u32> {
        if set.is_empty() {
            return Some(0);
        }
        let (ends, numbers) = (&self.ends, &self.numbers);
        let hash = self.hasher.hash_one(set);
        let found = self.index.find(hash, |k| slice(ends, numbers, *k) == set);
        found.copied()
    }

    /// The set that a number stands for; empty for a number never given.
    pub fn get(&self, number: u32) -> &[u32] {
        slice(&self.ends, &self.numbers, number)
    }

    /// How many sets it knows, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many numbers the sets hold between them.
    pub fn numbers(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it knows the empty set only.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// How many numbers of four bytes it holds, about.
    pub fn size(&self) -> usize {
        self.numbers.len() + 3 * self.ends.len()
    }

    /// Forgets all sets but the empty one, and begins a new lineage.
    pub fn clear(&mut self) {
        self.lineage = next_lineage();
        self.indexed = 1;
        self.ends.truncate(1);
        self.numbers.clear();
        self.index.clear();
    }
}

fn slice<'a>(ends: &[u32], numbers: &'a [u32], set: u32) -> &'a [u32] {
    match ends.get(set as usize) {
        Some(end) if set > 0 => &numbers[ends[set as usize - 1] as usize..*end as usize],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::SetTable;

    #[test]
    fn equal_sets_share_a_number() {
        let mut table = SetTable::new();
        assert_eq!(table.intern(&[]), 0);
        let a = table.intern(&[1, 2]);
        let b = table.intern(&[1, 2, 3]);
        assert_eq!((a, b), (1, 2));
        assert_eq!(table.intern(&[1, 2]), a);
        assert_eq!(table.get(b), [1, 2, 3]);
        assert_eq!(table.get(0), [0u32; 0]);
        assert_eq!(table.get(99), [0u32; 0]);
        assert_eq!(
            [table.find(&[1, 2]), table.find(&[]), table.find(&[2])],
            [Some(a), Some(0), None]
        );
        assert_eq!(table.len(), 3);
        table.clear();
        assert!(table.is_empty());
        assert_eq!(table.intern(&[7]), 1);
    }

    #[test]
    fn a_set_known_to_be_new_is_found_later() {
        let mut table = SetTable::new();
        assert_eq!(table.push_new(&[]), 0);
        let (a, b) = (table.push_new(&[4]), table.push_new(&[4, 9]));
        assert_eq!(table.get(b), [4, 9]);
        assert_eq!(table.intern(&[4]), a);
        assert_eq!((table.intern(&[5]), table.intern(&[4, 9])), (3, b));
    }

    #[test]
    fn a_lineage_is_one_table_that_grows() {
        let mut table = SetTable::new();
        let before = table.lineage();
        table.intern(&[1]);
        assert_eq!(table.lineage(), before);
        let copy = table.clone();
        assert_ne!(copy.lineage(), before);
        table.clear();
        assert!(table.lineage() != before && table.lineage() != copy.lineage());
        assert_eq!((table.push_new(&[2]), copy.get(1)), (1, &[1][..]));
    }

    #[test]
    fn many_sets_stay_apart() {
        let mut table = SetTable::new();
        let numbers: Vec<u32> = (0..5000).map(|i| table.intern(&[i, i + 1])).collect();
        for (i, number) in (0u32..).zip(&numbers) {
            assert_eq!(table.get(*number), [i, i + 1]);
            assert_eq!(table.intern(&[i, i + 1]), *number);
        }
    }
}

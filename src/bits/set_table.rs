//! Equal sets get one number.

use ahash::RandomState;
use hashbrown::HashTable;

/// Distinct sets of numbers, each known by its own small number.
///
/// Set 0 is the empty one. Equality is decided by the numbers themselves;
/// hashes only find candidates. Which number a set gets depends on the order
/// in which sets come and on nothing else.
#[derive(Debug, Clone)]
pub struct SetTable {
    ends: Vec<u32>,
    numbers: Vec<u32>,
    index: HashTable<u32>,
    hasher: RandomState,
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
            // Fixed seeds: a run must not differ from the next one in anything, probes included.
            hasher: RandomState::with_seeds(0x51, 0x0f, 0x7a, 0x65),
        }
    }

    /// The number of a set, given as ascending numbers without repeats.
    pub fn intern(&mut self, set: &[u32]) -> u32 {
        if set.is_empty() {
            return 0;
        }
        let hash = self.hasher.hash_one(set);
        let (ends, numbers) = (&self.ends, &self.numbers);
        if let Some(found) = self.index.find(hash, |k| slice(ends, numbers, *k) == set) {
            return *found;
        }
        let number = self.ends.len() as u32;
        self.numbers.extend_from_slice(set);
        self.ends.push(self.numbers.len() as u32);
        let (ends, numbers, hasher) = (&self.ends, &self.numbers, &self.hasher);
        self.index
            .insert_unique(hash, number, |k| hasher.hash_one(slice(ends, numbers, *k)));
        number
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

    /// Forgets all sets but the empty one.
    pub fn clear(&mut self) {
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
    fn many_sets_stay_apart() {
        let mut table = SetTable::new();
        let numbers: Vec<u32> = (0..5000).map(|i| table.intern(&[i, i + 1])).collect();
        for (i, number) in (0u32..).zip(&numbers) {
            assert_eq!(table.get(*number), [i, i + 1]);
            assert_eq!(table.intern(&[i, i + 1]), *number);
        }
    }
}

//! A set as wide as the vocabulary, emptied at the cost of what is in it.

/// A set of numbers below a fixed width.
///
/// Emptying it costs as much as it holds and not as much as it is wide, so one
/// of them serves for millions of small sets.
#[derive(Debug, Clone, Default)]
pub struct BitSet {
    words: Vec<u64>,
    members: Vec<u32>,
}

impl BitSet {
    /// An empty set of numbers below `width`.
    pub fn new(width: usize) -> Self {
        BitSet {
            words: vec![0; width.div_ceil(64)],
            members: Vec::new(),
        }
    }

    /// Adds a number; whether it was not there before.
    ///
    /// A number at or over the width is never in and not added.
    pub fn insert(&mut self, number: u32) -> bool {
        let bit = 1 << (number % 64);
        let Some(word) = self.words.get_mut(number as usize / 64) else {
            return false;
        };
        let fresh = *word & bit == 0;
        if fresh {
            *word |= bit;
            self.members.push(number);
        }
        fresh
    }

    /// Whether a number is in.
    pub fn contains(&self, number: u32) -> bool {
        self.words
            .get(number as usize / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// The numbers, in the order in which they came.
    pub fn members(&self) -> &[u32] {
        &self.members
    }

    /// The words, 64 numbers each.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        for number in self.members.drain(..) {
            self.words[number as usize / 64] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BitSet;

    #[test]
    fn holds_what_was_put_in_until_cleared() {
        let mut set = BitSet::new(130);
        assert!(set.insert(0) && set.insert(64) && set.insert(129));
        assert!(!set.insert(64));
        assert!(!set.insert(1000));
        assert_eq!(set.members(), [0, 64, 129]);
        assert!(set.contains(129) && !set.contains(1) && !set.contains(1000));
        set.clear();
        assert!(set.words().iter().all(|word| *word == 0));
        assert!(set.members().is_empty());
    }
}

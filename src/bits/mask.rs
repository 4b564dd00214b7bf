//! A subset test over the few words that matter.

use super::BitSet;
use smallvec::SmallVec;

/// A small fixed set, kept as the words of a [`BitSet`] in which it has bits.
///
/// Rules name one to five tags out of a vocabulary of up to a hundred
/// thousand: one or two words are compared, however wide the vocabulary is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Mask(SmallVec<[(u32, u64); 1]>);

impl Mask {
    /// The set of some numbers.
    pub fn of(numbers: &[u32]) -> Self {
        let mut words: SmallVec<[(u32, u64); 1]> = SmallVec::new();
        for number in numbers {
            let (word, bit) = (number / 64, 1 << (number % 64));
            match words.iter_mut().find(|(w, _)| *w == word) {
                Some((_, bits)) => *bits |= bit,
                None => words.push((word, bit)),
            }
        }
        words.sort_unstable();
        Mask(words)
    }

    /// Whether all its numbers are in `set`.
    pub fn within(&self, set: &BitSet) -> bool {
        let words = set.words();
        self.0.iter().all(|(word, bits)| {
            words
                .get(*word as usize)
                .is_some_and(|have| have & bits == *bits)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{BitSet, Mask};

    #[test]
    fn within_is_the_subset_relation() {
        let mut set = BitSet::new(200);
        for number in [1, 63, 64, 150] {
            set.insert(number);
        }
        assert!(Mask::of(&[]).within(&set));
        assert!(Mask::of(&[150, 1, 64]).within(&set));
        assert!(!Mask::of(&[1, 65]).within(&set));
        assert!(!Mask::of(&[1, 5000]).within(&set));
        assert_eq!(Mask::of(&[5, 70, 6]), Mask::of(&[70, 6, 5]));
    }
}

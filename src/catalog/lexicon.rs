//! The sets of tags that a reader has met, and what comes of uniting two.

use crate::bits::SetTable;
use std::sync::Arc;

/// How many numbers the sets may hold before a reader starts again.
const MOST_NUMBERS: usize = 1 << 22;
/// Unions that are remembered: a power of two.
const UNIONS: usize = 1 << 15;

/// The sets of tags that one reader has met: kept from batch to batch and from
/// stretch to stretch, so that a set that comes again is found and not made.
///
/// A row's tags are united one by one: set and next tag give a set, and what
/// they give is remembered. So most rows cost a look-up a tag, whatever the
/// number of tags.
#[derive(Debug, Default)]
pub struct Lexicon {
    sets: Arc<SetTable>,
    /// At a place that two sets share with others: the last two united, and their union.
    unions: Vec<[u32; 3]>,
    scratch: Vec<u32>,
    /// Counts how often all was forgotten.
    epoch: u64,
    /// Whether a tag was met that should not be there.
    surprised: bool,
}

impl Lexicon {
    /// The sets, by number.
    pub(super) fn sets(&self) -> &Arc<SetTable> {
        &self.sets
    }

    /// Changes whenever numbers lose their meaning.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A tag was met that the catalog's files had not told of beforehand.
    pub(super) fn surprise(&mut self) {
        self.surprised = true;
    }

    /// Whether that happened since this was last asked.
    pub(super) fn was_surprised(&mut self) -> bool {
        std::mem::take(&mut self.surprised)
    }

    /// The set that a number stands for.
    pub(super) fn get(&self, set: u32) -> &[u32] {
        self.sets.get(set)
    }

    /// The number of a set, given as ascending numbers without repeats.
    pub(super) fn intern(&mut self, set: &[u32]) -> u32 {
        if set.is_empty() {
            return 0;
        }
        Arc::make_mut(&mut self.sets).intern(set)
    }

    /// The number of a set, given in any order.
    pub(super) fn intern_unsorted(&mut self, atoms: &mut Vec<u32>) -> u32 {
        atoms.sort_unstable();
        atoms.dedup();
        self.intern(atoms)
    }

    /// The union of two sets.
    #[inline]
    pub(super) fn union(&mut self, a: u32, b: u32) -> u32 {
        if a == b || b == 0 {
            return a;
        }
        if a == 0 {
            return b;
        }
        if self.unions.is_empty() {
            self.unions = vec![[0; 3]; UNIONS];
        }
        let place = place(a, b);
        let [left, right, united] = self.unions[place];
        if left == a && right == b {
            return united;
        }
        let united = self.work_out(a, b);
        self.unions[place] = [a, b, united];
        united
    }

    fn work_out(&mut self, a: u32, b: u32) -> u32 {
        let mut atoms = std::mem::take(&mut self.scratch);
        atoms.clear();
        atoms.extend_from_slice(self.get(a));
        atoms.extend_from_slice(self.get(b));
        let united = self.intern_unsorted(&mut atoms);
        self.scratch = atoms;
        united
    }

    /// To be called between batches: forgets everything when it has grown too
    /// large, or when somebody still holds the sets, which may not grow under
    /// their hands. Answers with the old sets if so.
    pub(super) fn refresh(&mut self) -> Option<Arc<SetTable>> {
        let held = Arc::strong_count(&self.sets) > 1;
        if !held && self.sets.numbers() <= MOST_NUMBERS {
            return None;
        }
        self.epoch += 1;
        self.unions.fill([0; 3]);
        Some(std::mem::take(&mut self.sets))
    }
}

/// Where the union of two sets is remembered.
fn place(a: u32, b: u32) -> usize {
    let mixed = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as usize % UNIONS
}

#[cfg(test)]
mod tests {
    use super::Lexicon;
    use std::sync::Arc;

    #[test]
    fn unions_are_sets_whether_remembered_or_not() {
        let mut lexicon = Lexicon::default();
        let (a, b) = (lexicon.intern(&[1, 5]), lexicon.intern(&[2, 5]));
        for _ in 0..2 {
            let united = lexicon.union(a, b);
            assert_eq!(lexicon.get(united), [1, 2, 5]);
            assert_eq!(lexicon.union(b, a), united);
            assert_eq!(lexicon.union(united, a), united);
        }
        assert_eq!(lexicon.union(a, 0), a);
        assert_eq!(lexicon.union(0, b), b);
    }

    #[test]
    fn sets_that_somebody_holds_do_not_change() {
        let mut lexicon = Lexicon::default();
        let a = lexicon.intern(&[7]);
        assert!(lexicon.refresh().is_none());
        let held = Arc::clone(lexicon.sets());
        assert!(lexicon.refresh().is_some());
        assert_eq!(lexicon.epoch(), 1);
        assert_eq!(lexicon.intern(&[8, 9]), a);
        assert_eq!(held.get(a), [7]);
    }
}

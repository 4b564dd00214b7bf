//! Which rules or guards wait at which atom.

/// Lists of small items, one list an atom, in one block of memory.
#[derive(Debug)]
pub(crate) struct Index<T> {
    /// Atom → where its items begin; one more than there are atoms.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Index<T> {
    /// The index of `pairs` (atom, item) over atoms below `width`; items of
    /// one atom keep their order.
    pub(super) fn new(width: usize, pairs: &[(u32, T)]) -> Self {
        let mut starts = vec![0; width + 1];
        for (atom, _) in pairs {
            starts[*atom as usize + 1] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut items = vec![T::default(); pairs.len()];
        for (atom, item) in pairs {
            let place = &mut next[*atom as usize];
            items[*place as usize] = *item;
            *place += 1;
        }
        Index { starts, items }
    }

    /// The items that wait at an atom.
    pub(crate) fn at(&self, atom: u32) -> &[T] {
        let atom = atom as usize;
        match self.starts.get(atom..atom + 2) {
            Some(bounds) => &self.items[bounds[0] as usize..bounds[1] as usize],
            None => &[],
        }
    }
}

/// A column rule, waiting at the rarest atom that it wants.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waiter {
    /// The rule's number.
    pub(crate) rule: u32,
    /// Another atom that it wants: where that one is lacking, as it mostly is,
    /// the rule itself is not looked at.
    also: u32,
}

impl Waiter {
    const NOTHING: u32 = u32::MAX;

    pub(super) fn new(rule: u32, also: Option<u32>) -> Self {
        Waiter {
            rule,
            also: also.unwrap_or(Self::NOTHING),
        }
    }

    /// Another atom that the rule wants.
    pub(crate) fn also(self) -> Option<u32> {
        (self.also != Self::NOTHING).then_some(self.also)
    }
}

/// How many rules ask for each atom; the fewer, the better to wait there.
#[derive(Debug)]
pub(super) struct Rarity(Vec<u32>);

impl Rarity {
    /// Nothing asked yet, over atoms below `width`.
    pub(super) fn new(width: usize) -> Self {
        Rarity(vec![0; width])
    }

    /// One more rule or guard asks for these.
    pub(super) fn note(&mut self, atoms: &[u32]) {
        for atom in atoms {
            self.0[*atom as usize] += 1;
        }
    }

    /// The atom that the fewest ask for; the lowest of several.
    pub(super) fn rarest(&self, atoms: &[u32]) -> Option<u32> {
        self.rarest_but(atoms, u32::MAX)
    }

    /// The same, one atom left aside.
    pub(super) fn rarest_but(&self, atoms: &[u32], but: u32) -> Option<u32> {
        atoms
            .iter()
            .copied()
            .filter(|atom| *atom != but)
            .min_by_key(|atom| (self.0[*atom as usize], *atom))
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, Rarity};

    #[test]
    fn items_wait_at_their_atom_in_order() {
        let index = Index::new(4, &[(2, 7), (0, 1), (2, 3)]);
        assert_eq!(index.at(0), [1]);
        assert_eq!(index.at(1), [0u32; 0]);
        assert_eq!(index.at(2), [7, 3]);
        assert_eq!(index.at(9), [0u32; 0]);
    }

    #[test]
    fn the_rarest_is_asked_for_least() {
        let mut rarity = Rarity::new(3);
        rarity.note(&[0, 1]);
        rarity.note(&[0, 2]);
        assert_eq!(rarity.rarest(&[0, 2, 1]), Some(1));
        assert_eq!(rarity.rarest_but(&[0, 2, 1], 1), Some(2));
        assert_eq!(rarity.rarest(&[]), None);
    }
}

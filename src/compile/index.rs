//! Which rules or guards wait at which atom.

/// Lists of small numbers, one list an atom, in one block of memory.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Index {
    /// The index of `pairs` (atom, item) over atoms below `width`; items of
    /// one atom keep their order.
    pub(super) fn new(width: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_by_key(|(atom, _)| *atom);
        let mut ends = vec![0; width];
        for (atom, _) in &pairs {
            ends[*atom as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        Index {
            ends,
            items: pairs.into_iter().map(|(_, item)| item).collect(),
        }
    }

    /// The items that wait at an atom.
    pub(crate) fn at(&self, atom: u32) -> &[u32] {
        let atom = atom as usize;
        let Some(end) = self.ends.get(atom) else {
            return &[];
        };
        let start = if atom == 0 { 0 } else { self.ends[atom - 1] };
        &self.items[start as usize..*end as usize]
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
        atoms
            .iter()
            .copied()
            .min_by_key(|atom| (self.0[*atom as usize], *atom))
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, Rarity};

    #[test]
    fn items_wait_at_their_atom_in_order() {
        let index = Index::new(4, vec![(2, 7), (0, 1), (2, 3)]);
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
        assert_eq!(rarity.rarest(&[]), None);
    }
}

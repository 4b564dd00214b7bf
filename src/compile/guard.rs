//! What rules ask of a data source as a whole.

use super::index::Rarity;
use crate::bits::BitSet;
use ahash::RandomState;
use smallvec::SmallVec;
use std::collections::HashMap;

/// The neighbour and table criteria of a rule, shared by every rule with the same ones.
///
/// They are *facts* about a data source: fact `a` is "atom `a` is on some
/// column", fact `width + a` is "atom `a` is on the data source itself". So one
/// set of facts answers both kinds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Guard {
    /// The fact that the fewest guards ask for: where this one most likely fails.
    first: u32,
    others: SmallVec<[u32; 2]>,
}

impl Guard {
    /// The fact to ask for first: mostly it is not true, and nothing else need be asked.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    /// All facts that it asks for.
    pub(crate) fn facts(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// Whether the criteria hold on a data source of which `facts` are true.
    pub(crate) fn holds(&self, facts: &BitSet) -> bool {
        self.lacks(facts).is_none()
    }

    /// A fact that it asks for and that is not true.
    pub(crate) fn lacks(&self, facts: &BitSet) -> Option<u32> {
        let mut asked = std::iter::once(&self.first).chain(&self.others);
        asked.find(|fact| !facts.contains(**fact)).copied()
    }
}

/// Gives equal guards one number.
#[derive(Debug, Default)]
pub(super) struct GuardTable {
    pub(super) guards: Vec<Guard>,
    numbers: HashMap<Guard, u32, RandomState>,
}

impl GuardTable {
    /// The number of the guard that asks for these facts, and the fact that
    /// has to come first; `None` when none is asked for.
    pub(super) fn number(&mut self, facts: &[u32], rarity: &Rarity) -> Option<(u32, u32)> {
        let first = rarity.rarest(facts)?;
        let guard = Guard {
            first,
            others: facts.iter().copied().filter(|f| *f != first).collect(),
        };
        let (guards, numbers) = (&mut self.guards, &mut self.numbers);
        let number = *numbers.entry(guard).or_insert_with_key(|guard| {
            guards.push(guard.clone());
            (guards.len() - 1) as u32
        });
        Some((number, first))
    }
}

#[cfg(test)]
mod tests {
    use super::{BitSet, GuardTable, Rarity};

    #[test]
    fn equal_guards_share_a_number_and_hold_together() {
        let mut rarity = Rarity::new(200);
        rarity.note(&[3, 150]);
        rarity.note(&[3]);
        let mut table = GuardTable::default();
        assert_eq!(table.number(&[], &rarity), None);
        assert_eq!(table.number(&[3, 150], &rarity), Some((0, 150)));
        assert_eq!(table.number(&[3], &rarity), Some((1, 3)));
        assert_eq!(table.number(&[3, 150], &rarity), Some((0, 150)));
        let mut facts = BitSet::new(200);
        facts.insert(150);
        assert!(!table.guards[0].holds(&facts));
        facts.insert(3);
        assert!(table.guards[0].holds(&facts) && table.guards[1].holds(&facts));
    }
}

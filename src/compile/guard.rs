//! What rules ask of a data source as a whole.

use crate::bits::{BitSet, Mask};
use ahash::RandomState;
use std::collections::HashMap;

/// The neighbour and table criteria of a rule, shared by every rule with the same ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Guard {
    neighbours: Mask,
    tables: Mask,
}

impl Guard {
    /// Whether the criteria hold on a data source whose columns bear
    /// `neighbours` between them and which itself bears `tables`.
    pub(crate) fn holds(&self, neighbours: &BitSet, tables: &BitSet) -> bool {
        self.tables.within(tables) && self.neighbours.within(neighbours)
    }
}

/// Gives equal guards one number.
#[derive(Debug, Default)]
pub(super) struct GuardTable {
    pub(super) guards: Vec<Guard>,
    numbers: HashMap<Guard, u32, RandomState>,
}

impl GuardTable {
    /// The number of the guard with these criteria.
    pub(super) fn number(&mut self, neighbours: &[u32], tables: &[u32]) -> u32 {
        let guard = Guard {
            neighbours: Mask::of(neighbours),
            tables: Mask::of(tables),
        };
        let (guards, numbers) = (&mut self.guards, &mut self.numbers);
        *numbers.entry(guard).or_insert_with_key(|guard| {
            guards.push(guard.clone());
            (guards.len() - 1) as u32
        })
    }
}

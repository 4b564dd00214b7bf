//! How far a tag that a rule gives can reach. An optimisation only: an
//! evaluator that ignored all of it would find the same fixpoint, later.

use super::program::CompiledRule;
use crate::bits::BitSet;

/// What the rules' results can set off.
#[derive(Debug)]
pub(crate) struct Strata {
    /// Atoms that some rule can put on a column. A rule that lacks another
    /// atom than these lacks it for good.
    pub(crate) derivable: BitSet,
    /// Atoms that some guard asks of neighbours. Only such atoms, put on a
    /// column by a rule, can call for another round over a data source.
    pub(crate) heard: BitSet,
}

impl Strata {
    /// The strata of a set of rules, given the atoms that guards ask of neighbours.
    pub(super) fn of(width: usize, rules: &[CompiledRule], heard: BitSet) -> Self {
        let mut derivable = BitSet::new(width);
        for atom in rules.iter().flat_map(|rule| rule.effects.iter()) {
            derivable.insert(*atom);
        }
        Strata { derivable, heard }
    }
}

//! Sets of small numbers.
//!
//! [`BitSet`] answers "is it in?" by one shift; [`Mask`] is a subset test
//! over the few words that matter; [`SetTable`] gives equal sets one number.

mod bit_set;
mod mask;
mod set_table;

pub use bit_set::BitSet;
pub use mask::Mask;
pub use set_table::SetTable;

//! Sets of small numbers.
//!
//! [`BitSet`] answers "is it in?" by one shift; [`SetTable`] gives equal sets
//! one number.

mod bit_set;
mod set_table;

pub use bit_set::BitSet;
pub use set_table::SetTable;

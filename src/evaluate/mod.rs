//! A [`Program`](crate::compile::Program) and a
//! [`Chunk`](crate::catalog::Chunk) in, [`Assignments`] out.
//!
//! Pure: no file, no thread, no clock, and no string. The least fixpoint is
//! reached in two loops. The inner one closes a column's set of tags under
//! the rules while the answers to the guards stand still
//! ([`closure`](self)); the outer one asks the guards of a data source again
//! as long as columns have gained tags that guards listen to.

mod closure;
mod evaluator;
mod memo;
mod outcome;
mod sets;
mod source;
mod tally;
mod tree;

pub use evaluator::Evaluator;
pub use outcome::{Assignments, Entry, Outcome, State};
pub use tally::Tally;

//! Rollups, held against a plain reference.

mod borders;
mod counting;
mod page;
pub(crate) mod random;
mod reference;
mod rejected;

//! Rollups, held against a plain reference.

mod borders;
mod counting;
mod page;
mod random;
mod reference;

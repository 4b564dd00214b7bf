//! Rollups, held against a plain reference.

mod counting;
mod page;
mod random;
mod reference;

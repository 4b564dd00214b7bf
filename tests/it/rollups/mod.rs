//! Rollups, held against a plain reference.

mod page;
mod random;
mod reference;

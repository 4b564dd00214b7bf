//! Rollups, held against a plain reference.

mod random;
mod reference;

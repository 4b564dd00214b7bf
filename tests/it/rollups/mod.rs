//! Rollups, held against a plain reference.

mod reference;

//! Rollups as files.

mod basis;

pub use basis::{Basis, OverrideRecord};

//! Rollups as files.

mod basis;
mod report;

pub use basis::{Basis, OverrideRecord};
pub use report::write_report;

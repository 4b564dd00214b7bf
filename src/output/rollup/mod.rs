//! Rollups as files.

mod basis;

pub use basis::{Basis, OverrideRecord};

use crate::output::{OutputError, OutputRecord, Staging};
use crate::rollup::{Examples, Rollup};

/// stub
#[derive(Debug, Clone, Copy)]
pub enum Export {
    /// stub
    Csv,
}

/// stub
pub fn write_rollup(
    _: &Staging,
    _: &Rollup,
    _: &Basis,
    _: &[Export],
) -> Result<Vec<OutputRecord>, OutputError> {
    Ok(Vec::new())
}

/// stub
pub fn write_report(
    _: &Staging,
    _: &Rollup,
    _: &Basis,
    _: &Examples,
) -> Result<OutputRecord, OutputError> {
    Err(OutputError::Json {
        name: "report.html",
        reason: std::io::Error::other("stub"),
    })
}

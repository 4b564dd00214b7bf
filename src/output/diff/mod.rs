//! A comparison of two runs as files.

mod record;
mod table;

pub use record::{ComparedRun, DiffRecord};
pub use table::ChangeTable;

use super::manifest::{MANIFEST, write_json};
use super::{InputRecord, OutputError, OutputRecord, RunRecord, Staging, ToolRecord};
use serde::Serialize;

const DIFF: &str = "diff.json";

/// Writes `diff.json`.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_diff(staging: &Staging, record: &DiffRecord<'_>) -> Result<OutputRecord, OutputError> {
    let written = write_json(staging, DIFF, record)?;
    Ok(OutputRecord::table((0, written)))
}

/// What a comparison was made from. All of it depends on the input alone.
#[derive(Debug, Serialize)]
pub struct DiffManifest {
    /// What wrote the folder.
    pub tool: ToolRecord,
    /// The run that was compared from.
    pub old: RunRecord,
    /// The run that was compared to.
    pub new: RunRecord,
    /// The compliance documents.
    pub inputs: Vec<InputRecord>,
    /// The other files of the folder.
    pub outputs: Vec<OutputRecord>,
}

impl DiffManifest {
    /// Writes the manifest into the folder.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, staging: &Staging) -> Result<(), OutputError> {
        write_json(staging, MANIFEST, self).map(drop)
    }
}

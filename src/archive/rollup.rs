//! `rollup.json`, as far as it is shown again.

use super::{ArchiveError, ResultFile, StoredManifest};
use crate::output::ROLLUP_JSON;
use serde::Deserialize;
use std::path::Path;

/// Larger rollups are left to who can read Parquet.
const MOST_BYTES: u64 = 1 << 28;

/// What a run's findings came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredRollup {
    /// The day that it is dated by, as `2026-12-31`.
    pub as_of: String,
    /// Per compliance framework, in the order given.
    pub frameworks: Vec<RollupFramework>,
}

/// A compliance framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RollupFramework {
    /// What it is known by, with the version.
    pub handle: String,
    /// Its version.
    pub version: String,
    /// Name for people.
    pub name: String,
    /// `fail`, `unknown`, `pass`, `muted` or `no_data`.
    pub status: String,
    /// Its findings, each once.
    pub findings: RollupFindings,
    /// Its scores.
    pub scores: RollupScores,
    /// In document order.
    pub requirements: Vec<RollupRequirement>,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RollupRequirement {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: String,
    /// Its findings, each once.
    pub findings: RollupFindings,
    /// In document order.
    pub controls: Vec<RollupControl>,
}

/// A control.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RollupControl {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: String,
    /// Its findings, each once.
    pub findings: RollupFindings,
    /// In document order.
    pub rules: Vec<RollupRule>,
}

/// A rule that a control names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RollupRule {
    /// Its id.
    pub id: String,
    /// Whether a framework knew it.
    pub known: bool,
    /// Whether an active framework did.
    pub evaluated: bool,
    /// Its name, if it was known.
    pub name: Option<String>,
    /// The short name of its framework, if it was known.
    pub framework: Option<String>,
    /// The tag that it gives, if it was known.
    pub classification_tag: Option<RollupTag>,
    /// Its status.
    pub status: String,
    /// Its findings.
    pub findings: RollupFindings,
    /// Distinct columns with a finding that passes or fails.
    pub columns: u64,
    /// Distinct data sources with such a column.
    pub data_sources: u64,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RollupTag {
    /// Its name.
    pub name: String,
    /// Its source.
    pub source: String,
}

/// Findings by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RollupFindings {
    /// The catalog records the tag.
    pub pass: u64,
    /// It does not yet.
    pub fail: u64,
    /// An override rejects it.
    pub muted: u64,
}

/// Shares of what holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RollupScores {
    /// Controls that pass.
    pub controls: RollupRatio,
    /// Findings that pass.
    pub findings: RollupRatio,
    /// The same, weighted by sensitivity.
    pub weighted: RollupRatio,
}

/// A score: never a bare percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RollupRatio {
    /// What holds.
    pub numerator: u64,
    /// What was looked at; 0: nothing, and so no score.
    pub denominator: u64,
}

impl StoredRollup {
    /// The rollup of the run in a folder; `None` if it was made for no compliance
    /// framework.
    ///
    /// # Errors
    ///
    /// A folder that is no run, or whose rollup is not what its manifest says.
    pub fn read(folder: &Path) -> Result<Option<Self>, ArchiveError> {
        let manifest = StoredManifest::read(folder, &StoredManifest::text(folder)?)?;
        let Some(output) = manifest.output(ROLLUP_JSON) else {
            return Ok(None);
        };
        let path = folder.join(ROLLUP_JSON);
        if output.bytes > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(ArchiveError::broken(
                &path,
                format!("it is larger than {most} MiB"),
            ));
        }
        let text = ResultFile::open(folder, output)?.read_all()?;
        let rollup = serde_json::from_slice(&text);
        rollup
            .map(Some)
            .map_err(|error| ArchiveError::broken(&path, error))
    }
}

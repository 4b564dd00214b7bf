//! `manifest.json`: what a run read, did and wrote.

use super::{OutputError, Staging, Written};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The manifest's name in the output folder.
pub const MANIFEST: &str = "manifest.json";

/// What a run read, did and wrote. All but the timings depend on the input alone.
#[derive(Debug, Serialize)]
pub struct Manifest {
    /// What wrote the folder.
    pub tool: ToolRecord,
    /// The files read.
    pub inputs: Vec<InputRecord>,
    /// The frameworks, in the order given.
    pub frameworks: Vec<FrameworkRecord>,
    /// The options that bear on the results.
    pub options: OptionsRecord,
    /// What was counted.
    pub counts: CountsRecord,
    /// Seconds, by phase.
    pub timings: BTreeMap<&'static str, f64>,
    /// The other files of the folder.
    pub outputs: Vec<OutputRecord>,
}

/// The tool and its version.
#[derive(Debug, Serialize)]
pub struct ToolRecord {
    /// `classmark`: by this a folder is known as a run of ours.
    pub name: &'static str,
    /// The version.
    pub version: &'static str,
}

impl Default for ToolRecord {
    fn default() -> Self {
        ToolRecord {
            name: "classmark",
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// A file that was read.
#[derive(Debug, Clone, Serialize)]
pub struct InputRecord {
    /// `frameworks`, `compliance`, `columns`, `sources` or `overrides`.
    pub role: &'static str,
    /// The path, as it was found from what the user gave.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Rows of a table; null for a document.
    pub rows: Option<u64>,
    /// A hash of its content, after the name of the hash.
    pub fingerprint: String,
}

/// A framework.
#[derive(Debug, Clone, Serialize)]
pub struct FrameworkRecord {
    /// The id that a server gave it.
    pub id: Option<String>,
    /// The version that a server gave it.
    pub version: Option<String>,
    /// Its short name.
    pub short_name: String,
    /// Its official name.
    pub name: String,
    /// Whether its rules were evaluated.
    pub active: bool,
    /// How many rules it has.
    pub rules: usize,
    /// The document that it stands in.
    pub file: Option<String>,
}

/// The options that bear on the results.
#[derive(Debug, Serialize)]
pub struct OptionsRecord {
    /// `exact` or `hierarchical`.
    pub tag_match: &'static str,
    /// `fail` or `quarantine`.
    pub bad_rows: &'static str,
    /// The catalog's names for our columns.
    pub map: BTreeMap<String, String>,
    /// Whether table tags were passed over.
    pub no_table_tags: bool,
    /// The day on which overrides were judged, as `2026-11-21`; null without any.
    pub as_of: Option<String>,
}

/// What was counted.
#[derive(Debug, Default, Serialize)]
pub struct CountsRecord {
    /// Rows of the catalog, bad ones and repeats included.
    pub rows: u64,
    /// Distinct columns.
    pub columns: u64,
    /// Distinct data sources.
    pub data_sources: u64,
    /// Data sources without a row in the sources table; null without one.
    pub data_sources_without_source_row: Option<u64>,
    /// Columns on which some rule fires.
    pub tagged_columns: u64,
    /// Assignments, all states together.
    pub assignments: u64,
    /// Assignments by state.
    pub by_state: BTreeMap<&'static str, u64>,
    /// Rules evaluated.
    pub rules_evaluated: u64,
    /// Rules that fired somewhere.
    pub rules_fired: u64,
    /// Overrides in force.
    pub overrides: u64,
    /// Overrides that had expired.
    pub overrides_expired: u64,
    /// Rows set apart as unusable.
    pub rejected_rows: u64,
    /// Files in the catalog's folders that are not hidden and were not read.
    pub files_passed_over: u64,
    /// Whether data sources lay scattered.
    pub scattered: bool,
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub struct OutputRecord {
    /// Its name in the folder.
    pub name: String,
    /// Its rows. Of a rollup as JSON its nodes, of OSCAL and OCSF the controls.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content.
    pub sha256: String,
}

impl OutputRecord {
    /// The record of a file with so many rows.
    pub fn table((rows, written): (u64, Written)) -> Self {
        OutputRecord {
            name: written.name,
            rows,
            bytes: written.bytes,
            sha256: written.sha256,
        }
    }
}

/// What a rollup of an earlier run was made from. All of it depends on the input alone.
#[derive(Debug, Serialize)]
pub struct RollupManifest {
    /// What wrote the folder.
    pub tool: ToolRecord,
    /// The run that was rolled up.
    pub run: RunRecord,
    /// The compliance documents.
    pub inputs: Vec<InputRecord>,
    /// The day that exports are dated by.
    pub as_of: String,
    /// The files of the folder.
    pub outputs: Vec<OutputRecord>,
}

/// A run that was read back.
#[derive(Debug, Clone, Serialize)]
pub struct RunRecord {
    /// Its folder.
    pub folder: String,
    /// The SHA-256 of its assignments.
    pub assignments_sha256: String,
}

impl RollupManifest {
    /// Writes the manifest into the folder.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, staging: &Staging) -> Result<(), OutputError> {
        write_json(staging, MANIFEST, self).map(drop)
    }
}

impl Manifest {
    /// Writes the manifest into the folder.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, staging: &Staging) -> Result<(), OutputError> {
        write_json(staging, MANIFEST, self).map(drop)
    }
}

/// Writes a record as indented JSON, in small pieces.
pub(super) fn write_json(
    staging: &Staging,
    name: &'static str,
    record: &impl Serialize,
) -> Result<Written, OutputError> {
    let fault = |reason: io::Error| OutputError::file(name, reason);
    let mut file = staging.create(name)?;
    serde_json::to_writer_pretty(&mut file, record).map_err(|error| fault(error.into()))?;
    file.write_all(b"\n").map_err(fault)?;
    Ok(file.finish()?)
}

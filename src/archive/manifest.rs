//! `manifest.json`, as far as it is needed again.

use super::ArchiveError;
use crate::output::{FrameworkRecord, InputRecord, MANIFEST};
use serde::Deserialize;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// A manifest is some kilobytes, and some megabytes for many thousand files.
const MOST_BYTES: u64 = 1 << 30;

/// What a run says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredManifest {
    tool: StoredTool,
    /// The files that it read.
    #[serde(deserialize_with = "inputs")]
    pub inputs: Vec<InputRecord>,
    /// The classification frameworks, in the order given.
    #[serde(deserialize_with = "frameworks")]
    pub frameworks: Vec<FrameworkRecord>,
    /// The options that bear on its results.
    pub options: StoredOptions,
    /// What it counted.
    pub counts: StoredCounts,
    /// The other files of the folder.
    pub outputs: Vec<StoredOutput>,
}

/// The manifest of what is made from finished runs.
#[derive(Deserialize)]
struct Made {
    #[serde(rename = "run", alias = "old")]
    _run: serde::de::IgnoredAny,
}

#[derive(Debug, Clone, Deserialize)]
struct StoredTool {
    name: String,
}

/// The options that bear on the results of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredOptions {
    /// `exact` or `hierarchical`.
    pub tag_match: String,
    /// The day on which overrides were judged; `None`: there were none.
    #[serde(default)]
    pub as_of: Option<String>,
}

/// What a run counted.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct StoredCounts {
    /// Distinct columns.
    pub columns: u64,
    /// Distinct data sources.
    pub data_sources: u64,
    /// Overrides in force.
    pub overrides: u64,
    /// Overrides that had expired.
    #[serde(default)]
    pub overrides_expired: u64,
}

/// A file of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredOutput {
    /// Its name in the folder.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content.
    pub sha256: String,
}

#[derive(Deserialize)]
struct StoredInput {
    role: String,
    path: String,
    bytes: u64,
    rows: Option<u64>,
    fingerprint: String,
}

#[derive(Deserialize)]
struct StoredFramework {
    id: Option<String>,
    version: Option<String>,
    short_name: String,
    name: String,
    active: bool,
    rules: usize,
    file: Option<String>,
}

/// The roles that inputs have.
const ROLES: [&str; 5] = [
    "frameworks",
    "compliance",
    "columns",
    "sources",
    "overrides",
];

fn inputs<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<InputRecord>, D::Error> {
    let stored: Vec<StoredInput> = Deserialize::deserialize(from)?;
    let record = |input: StoredInput| InputRecord {
        role: ROLES
            .into_iter()
            .find(|role| *role == input.role)
            .unwrap_or("input"),
        path: input.path,
        bytes: input.bytes,
        rows: input.rows,
        fingerprint: input.fingerprint,
    };
    Ok(stored.into_iter().map(record).collect())
}

fn frameworks<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<FrameworkRecord>, D::Error> {
    let stored: Vec<StoredFramework> = Deserialize::deserialize(from)?;
    let record = |framework: StoredFramework| FrameworkRecord {
        id: framework.id,
        version: framework.version,
        short_name: framework.short_name,
        name: framework.name,
        active: framework.active,
        rules: framework.rules,
        file: framework.file,
    };
    Ok(stored.into_iter().map(record).collect())
}

impl StoredManifest {
    pub(super) fn read(folder: &Path) -> Result<Self, ArchiveError> {
        let no_run = |why: String| ArchiveError::NoRun {
            folder: folder.to_owned(),
            why,
        };
        let path = folder.join(MANIFEST);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(_)
                if std::fs::symlink_metadata(folder)
                    .is_err_and(|e| e.kind() == ErrorKind::NotFound) =>
            {
                return Err(ArchiveError::Missing(folder.to_owned()));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(no_run(format!("it has no `{MANIFEST}`")));
            }
            Err(error) => return Err(no_run(format!("`{MANIFEST}` cannot be read: {error}"))),
        };
        let mut text = Vec::new();
        let read = file.take(MOST_BYTES).read_to_end(&mut text);
        read.map_err(|error| no_run(format!("`{MANIFEST}` cannot be read: {error}")))?;
        let manifest: StoredManifest = serde_json::from_slice(&text).map_err(|error| {
            let other: Result<Made, _> = serde_json::from_slice(&text);
            no_run(match other {
                Ok(_) => "it was itself made from finished runs".into(),
                Err(_) => format!("`{MANIFEST}` is none of a run: {error}"),
            })
        })?;
        match manifest.tool.name.as_str() {
            "classmark" => Ok(manifest),
            other => Err(no_run(format!(
                "`{MANIFEST}` is by {}",
                crate::diagnostic::quoted(other)
            ))),
        }
    }

    /// The entry of a file of the run.
    pub fn output(&self, name: &str) -> Option<&StoredOutput> {
        self.outputs.iter().find(|output| output.name == name)
    }
}

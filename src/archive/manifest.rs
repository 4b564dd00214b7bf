//! `manifest.json`, as far as it is needed again.

use super::{ArchiveError, file};
use crate::catalog::Day;
use crate::diagnostic::quoted;
use crate::output::{FrameworkRecord, InputRecord, MANIFEST};
use serde::Deserialize;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// A manifest is some kilobytes, and some megabytes for many thousand files.
const MOST_BYTES: u64 = 64 << 20;

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
    /// Reads what [`StoredManifest::text`] gave for a folder.
    pub(super) fn read(folder: &Path, text: &[u8]) -> Result<Self, ArchiveError> {
        StoredManifest::parse(text).map_err(|why| no_run(folder, why))
    }

    /// The manifest in a folder, as it is written.
    pub(super) fn text(folder: &Path) -> Result<Vec<u8>, ArchiveError> {
        let (file, bytes) = match file::open(&folder.join(MANIFEST)) {
            Ok(opened) => opened,
            Err(error) => return Err(unopened(folder, error)),
        };
        if bytes > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(no_run(
                folder,
                format!("`{MANIFEST}` is larger than {most} MiB"),
            ));
        }
        let mut text = Vec::new();
        match file.take(MOST_BYTES).read_to_end(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(unopened(folder, error)),
        }
    }

    /// Why it is none of a run is told, if it is none.
    fn parse(text: &[u8]) -> Result<Self, String> {
        // Said first, since a list would pass for an object without names.
        if text.trim_ascii_start().first() != Some(&b'{') {
            return Err(format!("`{MANIFEST}` holds no JSON object"));
        }
        let manifest: StoredManifest = serde_json::from_slice(text).map_err(|error| {
            let other: Result<Made, _> = serde_json::from_slice(text);
            match other {
                Ok(_) => "it was itself made from finished runs".into(),
                Err(_) => format!("`{MANIFEST}` is none of a run: {error}"),
            }
        })?;
        let name = &manifest.tool.name;
        if name != "classmark" {
            return Err(format!("`{MANIFEST}` is by {}", quoted(name)));
        }
        match &manifest.options.as_of {
            Some(day) if day.parse::<Day>().is_err() => {
                let day = quoted(day);
                Err(format!("`{MANIFEST}` dates it by {day}, which is no day"))
            }
            _ => Ok(manifest),
        }
    }

    /// The entry of a file of the run.
    pub fn output(&self, name: &str) -> Option<&StoredOutput> {
        self.outputs.iter().find(|output| output.name == name)
    }
}

fn no_run(folder: &Path, why: String) -> ArchiveError {
    let folder = folder.to_owned();
    ArchiveError::NoRun { folder, why }
}

/// Why there is no manifest in a folder.
fn unopened(folder: &Path, error: std::io::Error) -> ArchiveError {
    let there = std::fs::metadata(folder);
    match (there, error.kind()) {
        (Err(e), _) if e.kind() == ErrorKind::NotFound => ArchiveError::Missing(folder.to_owned()),
        (Ok(there), _) if !there.is_dir() => no_run(folder, "it is no folder".into()),
        (_, ErrorKind::NotFound) => no_run(folder, format!("it has no `{MANIFEST}`")),
        (_, ErrorKind::InvalidInput) => no_run(folder, format!("`{MANIFEST}` is no regular file")),
        _ => ArchiveError::unreadable(&folder.join(MANIFEST), error),
    }
}

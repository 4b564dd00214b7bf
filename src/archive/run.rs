//! The folder of a run, held against its manifest.

use super::rules::{StoredRule, read_rules};
use super::walk::AssignmentFile;
use super::{ArchiveError, StoredManifest};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file of assignments in a run's folder.
pub const ASSIGNMENTS: &str = "assignments.parquet";
const RULES: &str = "rules.parquet";
const DATA_SOURCES: &str = "data_sources.parquet";

/// A run that is done.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    manifest: StoredManifest,
    rules: Vec<StoredRule>,
}

impl Run {
    /// Opens the folder of a run.
    ///
    /// # Errors
    ///
    /// A folder that is no run of `classmark tag`, or whose files are not those
    /// that its manifest names: cut off, changed, or mixed from several runs.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        let manifest = StoredManifest::read(folder)?;
        let run = Run {
            folder: folder.to_owned(),
            rules: Vec::new(),
            manifest,
        };
        for name in [ASSIGNMENTS, RULES, DATA_SOURCES] {
            run.verify(name)?;
        }
        let rules = read_rules(&folder.join(RULES))?;
        Ok(Run { rules, ..run })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a path leads to it.
    pub fn is_at(&self, path: &Path) -> bool {
        let places = (fs::canonicalize(path), fs::canonicalize(&self.folder));
        matches!(places, (Ok(a), Ok(b)) if a == b)
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &StoredManifest {
        &self.manifest
    }

    /// Its rules, evaluated or not, in the order of the frameworks.
    pub fn rules(&self) -> &[StoredRule] {
        &self.rules
    }

    /// The ids of its evaluated rules, ascending: their places are their numbers.
    pub fn evaluated(&self) -> Vec<String> {
        let active = self.rules.iter().filter(|rule| rule.active);
        let mut ids: Vec<String> = active.map(|rule| rule.id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    /// Its assignments.
    ///
    /// # Errors
    ///
    /// When the file is broken.
    pub fn assignments(&self) -> Result<AssignmentFile, ArchiveError> {
        AssignmentFile::open(&self.folder.join(ASSIGNMENTS))
    }

    /// A file of the run that is what the manifest says; `None` if it has no such file.
    ///
    /// # Errors
    ///
    /// When it is not what the manifest says.
    pub fn file(&self, name: &str) -> Result<Option<PathBuf>, ArchiveError> {
        match self.manifest.output(name) {
            Some(_) => {
                self.verify(name)?;
                Ok(Some(self.folder.join(name)))
            }
            None => Ok(None),
        }
    }

    /// Its data sources.
    pub(super) fn data_sources(&self) -> PathBuf {
        self.folder.join(DATA_SOURCES)
    }

    fn verify(&self, name: &str) -> Result<(), ArchiveError> {
        let Some(output) = self.manifest.output(name) else {
            return Err(ArchiveError::NoRun {
                folder: self.folder.clone(),
                why: format!("its manifest names no `{name}`; older runs have to be made again"),
            });
        };
        let path = self.folder.join(name);
        let broken = |reason: &dyn ToString| ArchiveError::broken(&path, reason.to_string());
        let mut file = File::open(&path).map_err(|error| broken(&error))?;
        let mut sum = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer).map_err(|error| broken(&error))? {
                0 => break,
                n => sum.update(&buffer[..n]),
            }
        }
        let found: String = sum
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        match found == output.sha256 {
            true => Ok(()),
            false => Err(broken(&"its content is not what the run's manifest says")),
        }
    }
}

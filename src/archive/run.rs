//! The folder of a run, held against its manifest.

use super::rules::{StoredRule, read_rules};
use super::walk::AssignmentFile;
use super::{ArchiveError, StoredManifest, file};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file of assignments in a run's folder.
pub const ASSIGNMENTS: &str = "assignments.parquet";
pub(super) const RULES: &str = "rules.parquet";
const DATA_SOURCES: &str = "data_sources.parquet";

/// A run that is done.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    /// `manifest.json`, by which the run is known again.
    text: Vec<u8>,
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
        let text = StoredManifest::text(folder)?;
        let manifest = StoredManifest::read(folder, &text)?;
        let run = Run {
            folder: folder.to_owned(),
            rules: Vec::new(),
            text,
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

    /// Whether a folder put at `path` would change it: take its place, lie in
    /// it, or take the place of a folder that it lies in.
    pub fn is_changed_by(&self, path: &Path) -> bool {
        let real = |path: &Path| fs::canonicalize(path).ok();
        let (Some(own), Ok(path)) = (real(&self.folder), std::path::absolute(path)) else {
            return false;
        };
        // What is not there yet will lie in the nearest folder that is.
        let in_it = |near: PathBuf| near.starts_with(&own);
        path.ancestors().find_map(real).is_some_and(in_it)
            || real(&path).is_some_and(|path| own.starts_with(path))
    }

    /// Fails if another run has taken its place meanwhile: then what was read
    /// after [`Run::open`] may be of either.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Replaced`].
    pub fn is_still_there(&self) -> Result<(), ArchiveError> {
        match StoredManifest::text(&self.folder) {
            Ok(text) if text == self.text => Ok(()),
            _ => Err(ArchiveError::Replaced(self.folder.clone())),
        }
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
        let changed = || broken(&"its content is not what the run's manifest says");
        let opened = file::open(&path).map_err(|error| file::unopened(&path, error));
        let (mut file, bytes) = opened?;
        if bytes != output.bytes {
            return Err(changed());
        }
        let mut sum = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file
                .read(&mut buffer)
                .map_err(|error| ArchiveError::unreadable(&path, error))?
            {
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
            false => Err(changed()),
        }
    }
}

//! The folder that requests name files below.

use super::RunRequest;
use crate::catalog::{Files, PathError};
use crate::diagnostic::{Code, Diagnostic};
use std::io;
use std::path::Path;

/// A folder, open, that requests name files below: nothing that they name lies
/// outside of it.
#[derive(Debug, Clone)]
pub struct Confinement(Files);

impl Confinement {
    /// Opens the folder.
    ///
    /// # Errors
    ///
    /// When it is no folder that can be opened.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Confinement(Files::below(folder)?))
    }

    pub(super) fn files(&self) -> &Files {
        &self.0
    }
}

impl RunRequest {
    /// What is wrong with the paths of the request, as far as it shows without
    /// reading files: those that nothing is at, or that lead out of the folder.
    pub fn look(&self, files: &Confinement) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (field, paths) in self.paths() {
            for (number, path) in paths.iter().enumerate() {
                if let Err(error) = files.files().look(path) {
                    let mut finding = Diagnostic::error(Code::BadValue, error.to_string());
                    finding.pointer = format!("/{field}/{number}");
                    findings.push(finding.with_help(help(&error)));
                }
            }
        }
        findings
    }
}

fn help(error: &PathError) -> &'static str {
    match error {
        PathError::Missing(_) => {
            "name a file or a folder by its path below the folder that files are read from"
        }
        PathError::Outside(_) => "put a copy below the folder that files are read from",
        _ => "name a regular file or a folder",
    }
}

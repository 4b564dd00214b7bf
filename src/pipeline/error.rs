//! What can end a journey early.

use super::check::catalog_finding;
use crate::archive::ArchiveError;
use crate::catalog::{CatalogError, PathError, remote};
use crate::compile::CompileError;
use crate::diagnostic::Diagnostic;
use crate::output::{CommitError, Export, OutputError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What can end a journey early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The documents have errors; all findings, warnings included.
    #[error("the frameworks have errors")]
    Documents(Vec<Diagnostic>),
    /// The overrides have errors; all findings, warnings included.
    #[error("the overrides have errors")]
    Overrides(Vec<Diagnostic>),
    /// The compliance documents have errors; all findings, warnings included.
    #[error("the compliance documents have errors")]
    Compliance(Vec<Diagnostic>),
    /// The document of a small catalog has errors; all findings.
    #[error("the catalog has errors")]
    Small(Vec<Diagnostic>),
    /// Small as a catalog may be, it comes to more than was allowed.
    #[error("the catalog comes to more than {limit} {what}")]
    TooMuch {
        /// What there would be too much of.
        what: &'static str,
        /// How much there may be.
        limit: u64,
    },
    /// It was to be done within a time, and was not.
    #[error("it is not done within {} seconds", .0.as_secs())]
    TooLong(Duration),
    /// A path stands for no files.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The catalog cannot be used.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A run that is done cannot be read back.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A rollup would take the place of the run that it is made from, or lie in it.
    #[error("results in `{}` would change the run that is to be rolled up", .0.display())]
    OwnRun(PathBuf),
    /// A comparison would take the place of a run that it is made from, or lie in it.
    #[error("results in `{}` would change a run that is to be compared", .0.display())]
    Compared(PathBuf),
    /// The results would take the place of a folder that holds an input.
    #[error("results in `{}` would replace the input `{}`", out.display(), input.display())]
    OverInput {
        /// The folder of results.
        out: PathBuf,
        /// An input in it.
        input: PathBuf,
    },
    /// An export that was asked for cannot be dated by the day.
    #[error("`{}` cannot be dated by the day `{day}`", export.name())]
    Undatable {
        /// The export.
        export: Export,
        /// The day.
        day: String,
    },
    /// Results could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A file that was read could not be read again for its fingerprint.
    #[error("`{}` changed or went away while it was read: {reason}", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// [`Progress::is_over`](super::Progress::is_over) said so.
    #[error("the run was given up")]
    GivenUp,
    /// The threads asked for could not be started.
    #[error("threads could not be started: {0}")]
    Threads(String),
    /// A library that reads or writes files gave up in the middle of a file.
    #[error("a part of the catalog could not be read to its end: {0}")]
    GaveUp(String),
}

/// Who has to do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Whoever wrote the documents or the catalog.
    Input,
    /// Whoever called.
    Usage,
    /// Whoever runs the machine: the results could not be put down, or the
    /// system could not read what is there.
    Output,
}

impl PipelineError {
    /// What is wrong with the catalog, if that is what it is about.
    pub fn about_catalog(&self) -> Option<Vec<Diagnostic>> {
        match self {
            PipelineError::Small(findings) => Some(findings.clone()),
            PipelineError::Catalog(error) if error.is_of_machine() => None,
            PipelineError::Catalog(error) => Some(vec![catalog_finding(error)]),
            _ => None,
        }
    }

    /// Whether a catalog is larger than it may be, or what comes of it.
    pub fn is_too_much(&self) -> bool {
        matches!(
            self,
            PipelineError::TooMuch { .. } | PipelineError::Catalog(CatalogError::TooMuch { .. })
        )
    }

    /// Who has to do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            PipelineError::Path(error) | PipelineError::Catalog(CatalogError::Path(error)) => {
                if error.is_of_machine() {
                    Blame::Output
                } else if error.is_usage() {
                    Blame::Usage
                } else {
                    Blame::Input
                }
            }
            PipelineError::Archive(error) if error.is_usage() => Blame::Usage,
            PipelineError::OwnRun(_)
            | PipelineError::Compared(_)
            | PipelineError::OverInput { .. }
            | PipelineError::GivenUp
            | PipelineError::Undatable { .. } => Blame::Usage,
            PipelineError::Catalog(error) if error.is_of_machine() => Blame::Output,
            PipelineError::Archive(error) if error.is_of_machine() => Blame::Output,
            PipelineError::Threads(_) => Blame::Output,
            PipelineError::Output(OutputError::Commit(CommitError::Refused { .. })) => Blame::Usage,
            PipelineError::Output(_) => Blame::Output,
            PipelineError::Documents(_)
            | PipelineError::Compliance(_)
            | PipelineError::Overrides(_)
            | PipelineError::Small(_)
            | PipelineError::TooMuch { .. }
            | PipelineError::TooLong(_)
            | PipelineError::Catalog(_)
            | PipelineError::Archive(_)
            | PipelineError::Changed { .. }
            | PipelineError::GaveUp(_) => Blame::Input,
        }
    }
}

impl PipelineError {
    /// Whether its text names files only as they were asked for, and says nothing
    /// else of the machine: then it may be shown to whoever asked for the run.
    pub fn is_about_input(&self) -> bool {
        match self {
            PipelineError::Documents(_)
            | PipelineError::Overrides(_)
            | PipelineError::Compliance(_)
            | PipelineError::Path(_)
            | PipelineError::Undatable { .. }
            | PipelineError::Changed { .. }
            | PipelineError::Small(_)
            | PipelineError::TooMuch { .. }
            | PipelineError::TooLong(_)
            | PipelineError::GivenUp => true,
            PipelineError::Catalog(error) => !error.is_of_machine(),
            PipelineError::Archive(_)
            | PipelineError::OwnRun(_)
            | PipelineError::Compared(_)
            | PipelineError::OverInput { .. }
            | PipelineError::Output(_)
            | PipelineError::Threads(_)
            | PipelineError::GaveUp(_) => false,
        }
    }

    /// The findings that it is made of, if it is made of findings.
    pub fn findings(&self) -> &[Diagnostic] {
        match self {
            PipelineError::Documents(findings)
            | PipelineError::Overrides(findings)
            | PipelineError::Compliance(findings) => findings,
            _ => &[],
        }
    }
}

impl From<CompileError> for PipelineError {
    fn from(error: CompileError) -> Self {
        PipelineError::Documents(error.into_diagnostics())
    }
}

/// Refuses a path that is a URL, and no path that is there.
///
/// # Errors
///
/// [`PathError::Remote`].
pub(super) fn local(path: &Path) -> Result<(), PipelineError> {
    match remote(path).filter(|_| !path.exists()) {
        Some(what) => Err(PathError::Remote(path.to_owned(), what).into()),
        None => Ok(()),
    }
}

impl From<CommitError> for PipelineError {
    fn from(error: CommitError) -> Self {
        PipelineError::Output(error.into())
    }
}

impl From<arrow::error::ArrowError> for PipelineError {
    fn from(error: arrow::error::ArrowError) -> Self {
        PipelineError::Output(error.into())
    }
}

//! What can be wrong with a run that is read back.

use crate::catalog::{CatalogError, is_of_machine, system_reason};
use parquet::errors::ParquetError;
use std::io;
use std::path::{Path, PathBuf};

/// What can be wrong with a run that is read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Nothing is there.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Something is there that is no run of ours.
    #[error("`{}` is no run of classmark: {why}", folder.display())]
    NoRun {
        /// What was given.
        folder: PathBuf,
        /// Why it is none.
        why: String,
    },
    /// A file of a run that is not what the manifest says, or cannot be read.
    #[error("`{}` is broken: {reason}", file.display())]
    Broken {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of a run that the system did not open or did not read.
    #[error("cannot read `{}`: {}", file.display(), system_reason(error))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// Another run took its place, so that what was read may be of both.
    #[error("`{}` was replaced by another run while it was read", .0.display())]
    Replaced(PathBuf),
    /// Rows could not be set aside on disk, or not be read back.
    #[error("rows could not be set aside on disk: {0}")]
    Spill(#[source] io::Error),
}

impl ArchiveError {
    /// Whether the caller named something that is not there.
    pub fn is_usage(&self) -> bool {
        matches!(self, ArchiveError::Missing(_))
    }

    /// Whether the machine failed, and nothing is wrong with the run.
    pub fn is_of_machine(&self) -> bool {
        match self {
            ArchiveError::Unreadable { error, .. } => is_of_machine(error),
            ArchiveError::Spill(_) => true,
            _ => false,
        }
    }

    /// A file that is there and cannot be read.
    pub(super) fn unreadable(file: &Path, error: io::Error) -> Self {
        match CatalogError::reading(file, error) {
            CatalogError::Unreadable { file, error, .. } => {
                ArchiveError::Unreadable { file, error }
            }
            CatalogError::Broken { file, reason } => ArchiveError::Broken { file, reason },
            other => ArchiveError::broken(file, other),
        }
    }

    /// What the `parquet` crate says of a file.
    pub(super) fn of_parquet(file: &Path, error: ParquetError) -> Self {
        match CatalogError::of_parquet(file, error) {
            CatalogError::Unreadable { file, error, .. } => {
                ArchiveError::Unreadable { file, error }
            }
            CatalogError::Broken { file, reason } => ArchiveError::Broken { file, reason },
            other => ArchiveError::broken(file, other),
        }
    }

    pub(super) fn broken(file: &Path, reason: impl ToString) -> Self {
        ArchiveError::Broken {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }
}

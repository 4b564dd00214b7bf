//! What can be wrong with a run that is read back.

use std::io;
use std::path::PathBuf;

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

    pub(super) fn broken(file: &std::path::Path, reason: impl ToString) -> Self {
        ArchiveError::Broken {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }
}

//! Why a folder was not committed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a run's folder was not begun, written or put in its place.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The place asked for may not be used; nothing in it was touched.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The system did not do what was asked: disk full, read-only, sync failed.
    #[error("cannot {step} `{}`: {source}", Shown(path))]
    Failed {
        /// What was attempted.
        step: Step,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A commit while files of the run were not finished, or had failed.
    #[error("`{}` holds {files} files that were not finished", Shown(path))]
    Unfinished {
        /// The folder that would have been committed.
        path: PathBuf,
        /// How many files.
        files: usize,
    },
}

impl CommitError {
    /// Whether the place was refused, as opposed to the work having failed.
    pub fn is_refusal(&self) -> bool {
        matches!(self, CommitError::Refused(_))
    }

    pub(super) fn failed(step: Step, path: &Path) -> impl FnOnce(io::Error) -> CommitError {
        let path = path.to_path_buf();
        move |source| CommitError::Failed { step, path, source }
    }
}

/// Why a place may not be used for a run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The path cannot name a folder: empty, too long, or ends in `..`.
    #[error("`{}` cannot name a folder", Shown(.0))]
    NoName(PathBuf),
    /// Something that is not a folder is there.
    #[error("`{}` exists and is not a folder", Shown(.0))]
    NotAFolder(PathBuf),
    /// Something above the folder is not a folder.
    #[error("`{}` cannot be made: a part of its path is not a folder", Shown(.0))]
    ParentNotAFolder(PathBuf),
    /// The folder holds something already, and replacing was not asked for.
    #[error("`{}` exists and is not empty", Shown(.0))]
    NotEmpty(PathBuf),
    /// Replacing was asked for, but no earlier run is there.
    #[error("`{}` is not empty and no run of classmark: it is never replaced", Shown(.0))]
    NotOurs(PathBuf),
    /// A folder that cannot be exchanged for another: the root or a mount point.
    #[error("`{}` is a mount point and cannot be replaced: name a folder in it", Shown(.0))]
    MountPoint(PathBuf),
    /// The current folder or one above it: replacing it would leave the
    /// caller in a folder that is no more.
    #[error("`{}` holds the current folder and cannot be replaced: name another folder", Shown(.0))]
    CurrentFolder(PathBuf),
    /// Another run is being put there at this moment.
    #[error("`{}` is being written by another run", Shown(.0))]
    Busy(PathBuf),
}

/// What was attempted when the system failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Making a file or folder.
    Create,
    /// Looking at what is there.
    Read,
    /// Writing a file.
    Write,
    /// Forcing bytes or names to the disk.
    Sync,
    /// Putting a folder in its place.
    Rename,
    /// Removing a file or folder.
    Remove,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Create => "create",
            Step::Read => "read",
            Step::Write => "write",
            Step::Sync => "sync",
            Step::Rename => "put in place",
            Step::Remove => "remove",
        })
    }
}

/// A path for people: control characters are escaped.
struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string_lossy().chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                fmt::Write::write_char(f, c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_in_paths_are_escaped() {
        let refusal = Refusal::NotEmpty(PathBuf::from("a\n\u{1b}[31mb"));
        assert_eq!(
            refusal.to_string(),
            "`a\\n\\u{1b}[31mb` exists and is not empty"
        );
    }
}

//! Why a folder was not committed.

use std::ffi::OsString;
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

    /// The error that a [`StagedFile`](super::StagedFile) gave as an `io::Error`.
    pub(in crate::output) fn of_io(e: io::Error) -> Result<CommitError, io::Error> {
        e.downcast::<CommitError>()
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
    #[error("`{}` cannot be the name of a folder", Shown(.0))]
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
    #[error("`{}` is not empty and holds no run of classmark: it is never replaced", Shown(.0))]
    NotOurs(PathBuf),
    /// Replacing was asked for, and the folder holds more than the earlier run:
    /// files that its manifest does not list, subfolders, links.
    #[error(
        "`{}` holds what is not part of the earlier run and is never deleted: {}",
        Shown(folder),
        Names(entries)
    )]
    ForeignEntries {
        /// The folder.
        folder: PathBuf,
        /// The names of what is not part of the run, sorted.
        entries: Vec<OsString>,
    },
    /// The root of the file system.
    #[error("`{}` is the root of the file system: name a folder in it", Shown(.0))]
    MountPoint(PathBuf),
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
    /// Making a file or folder in a folder that exists.
    CreateIn,
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
            Step::CreateIn => "create files in",
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

/// Names that are shown; the others are counted.
const MOST_NAMES: usize = 5;

/// Some names for people.
struct Names<'a>(&'a [OsString]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.0.iter().take(MOST_NAMES).enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            write!(f, "{comma}`{}`", Shown(Path::new(name)))?;
        }
        match self.0.len().saturating_sub(MOST_NAMES) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_names_are_shown_and_the_others_are_counted() {
        let refusal = |names: usize| Refusal::ForeignEntries {
            folder: "out".into(),
            entries: (0..names).map(|n| format!("{n}\t").into()).collect(),
        };
        assert!(refusal(1).to_string().ends_with(": `0\\t`"));
        let many = refusal(7).to_string();
        assert!(many.ends_with("`3\\t`, `4\\t` and 2 more"), "{many}");
    }

    #[test]
    fn control_characters_in_paths_are_escaped() {
        let refusal = Refusal::NotEmpty(PathBuf::from("a\n\u{1b}[31mb"));
        assert_eq!(
            refusal.to_string(),
            "`a\\n\\u{1b}[31mb` exists and is not empty"
        );
    }
}

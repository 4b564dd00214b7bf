//! The files of a run, opened with care.

use super::ArchiveError;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// What is said of a pipe, a device or a folder.
const NO_FILE: &str = "it is no regular file";

/// Opens a file to be read to its end: a pipe would make us wait for it, and a
/// device may have none. Gives its size, too.
pub(super) fn open(path: &Path) -> io::Result<(File, u64)> {
    let there = fs::metadata(path)?;
    if !there.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, NO_FILE));
    }
    Ok((File::open(path)?, there.len()))
}

/// What is wrong with a file that the manifest names, and that did not open.
pub(super) fn unopened(path: &Path, error: io::Error) -> ArchiveError {
    match error.kind() {
        ErrorKind::NotFound => {
            ArchiveError::broken(path, "the run's manifest names it, and it is not there")
        }
        ErrorKind::InvalidInput => ArchiveError::broken(path, NO_FILE),
        _ => ArchiveError::unreadable(path, error),
    }
}

//! Why a path stands for no files.

use super::table_format::TableFormat;
use crate::diagnostic::{Code, Diagnostic, Source};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a path stands for no files.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// Nothing is there.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Something is there that is neither file nor folder.
    #[error("`{}` is no regular file but {what}", .0.display(), what = .1)]
    NoRegularFile(PathBuf, &'static str),
    /// A folder or a glob holds no file of the kinds wanted.
    #[error("`{}` holds no file to read (looked for {wanted})", .0.display(), wanted = .1)]
    NoFiles(PathBuf, String),
    /// A folder, or a file in it, is part of a table whose files alone do not
    /// say what it holds.
    #[error("`{}` is {}, whose log says which of its files count: they cannot be read one by one", .0.display(), .1)]
    TableFormat(PathBuf, TableFormat),
    /// A glob that is none.
    #[error("`{}` is no glob: {why}", .0.display(), why = .1)]
    BadGlob(PathBuf, String),
    /// It leads out of the folder that files are read from.
    #[error("`{}` leads out of the folder that files are read from", .0.display())]
    Outside(PathBuf),
    /// It is there but cannot be looked at.
    #[error("`{}` cannot be read: {why}", .0.display(), why = .1)]
    Unreadable(PathBuf, #[source] io::Error),
}

impl PathError {
    /// The error as a finding about a path, for those that have a place of their own.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let PathError::TableFormat(folder, format) = self else {
            return None;
        };
        let folder = folder.display().to_string();
        let error = Diagnostic::error(Code::TableFormat, self.to_string());
        Some(Diagnostic {
            source: Some(Source::new(folder, "")),
            ..error.with_help(format.help())
        })
    }

    /// Whether the caller named something that is not there.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            PathError::Missing(_) | PathError::BadGlob(..) | PathError::Outside(_)
        )
    }
}

pub(super) fn unreadable(path: &Path, error: io::Error) -> PathError {
    match error.kind() {
        io::ErrorKind::NotFound => PathError::Missing(path.to_owned()),
        _ => PathError::Unreadable(path.to_owned(), error),
    }
}

#[cfg(unix)]
pub(super) fn kind_of(metadata: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "something else",
    }
}

#[cfg(not(unix))]
pub(super) fn kind_of(_: &fs::Metadata) -> &'static str {
    "something else"
}

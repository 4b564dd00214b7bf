//! Why a path stands for no files.

use super::error::{is_of_machine, system_reason};
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
    #[error("cannot read `{}`: {}", .0.display(), system_reason(.1))]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is a URL.
    #[error("`{}` is {what}: this build reads and writes local files only", .0.display(), what = .1)]
    Remote(PathBuf, &'static str),
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

    /// The path.
    pub fn path(&self) -> &Path {
        match self {
            PathError::Missing(path)
            | PathError::NoRegularFile(path, _)
            | PathError::NoFiles(path, _)
            | PathError::TableFormat(path, _)
            | PathError::BadGlob(path, _)
            | PathError::Outside(path)
            | PathError::Unreadable(path, _)
            | PathError::Remote(path, _) => path,
        }
    }

    /// Whether the machine failed, and nothing is wrong with the path.
    pub fn is_of_machine(&self) -> bool {
        matches!(self, PathError::Unreadable(_, error) if is_of_machine(error))
    }

    /// What to do instead, where that can be said.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            PathError::TableFormat(_, format) => Some(format.help()),
            PathError::Remote(_, FILE_URL) => Some("name the path without `file://`"),
            PathError::Remote(..) => {
                Some("use a local path: download the files, or mount the storage as a folder")
            }
            _ => None,
        }
    }

    /// Whether the caller named something that is not there.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            PathError::Missing(_)
                | PathError::BadGlob(..)
                | PathError::Outside(_)
                | PathError::Remote(..)
        )
    }
}

pub(super) fn unreadable(path: &Path, error: io::Error) -> PathError {
    match error.kind() {
        io::ErrorKind::NotFound => missing(path),
        _ => PathError::Unreadable(path.to_owned(), error),
    }
}

/// The error of a path at which nothing is.
pub(super) fn missing(path: &Path) -> PathError {
    match remote(path) {
        Some(what) => PathError::Remote(path.to_owned(), what),
        None => PathError::Missing(path.to_owned()),
    }
}

const FILE_URL: &str = "a file URL";

/// What kind of URL a path is, if it is one.
pub fn remote(path: &Path) -> Option<&'static str> {
    let (scheme, _) = path.to_str()?.split_once(":/")?;
    Some(match scheme.to_ascii_lowercase().as_str() {
        "s3" | "s3a" | "s3n" => "a path in S3",
        "gs" | "gcs" => "a path in Google Cloud Storage",
        "az" | "azure" | "abfs" | "abfss" | "adl" | "wasb" | "wasbs" => "a path in Azure Storage",
        "http" | "https" | "ftp" | "sftp" => "a web address",
        "hdfs" | "dbfs" | "oss" | "cos" | "r2" | "hf" => "a path in remote storage",
        "file" => FILE_URL,
        _ => return None,
    })
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

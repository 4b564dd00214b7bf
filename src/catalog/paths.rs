//! Files, folders and globs to a list of files, in a fixed order.

use super::error::{is_of_machine, system_reason};
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
    /// The path.
    pub fn path(&self) -> &Path {
        match self {
            PathError::Missing(path)
            | PathError::NoRegularFile(path, _)
            | PathError::NoFiles(path, _)
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

/// The files that `paths` stand for: each path in the order given, the files
/// of a folder or glob in the order of their names, no file twice.
///
/// In folders, files without extension or with one of `extensions` are taken,
/// and names that begin with `_` or `.` are passed over. A file named outright
/// is taken whatever its name is. What exists beats its reading as a glob.
///
/// # Errors
///
/// The first path that stands for no file.
pub fn expand(paths: &[PathBuf], extensions: &[&str]) -> Result<Vec<PathBuf>, PathError> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        match fs::metadata(path) {
            Ok(_) => add(path, extensions, true, &mut files)?,
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && is_glob(path)
                    && remote(path).is_none() =>
            {
                add_glob(path, extensions, &mut files)?;
            }
            Err(error) => return Err(unreadable(path, error)),
        }
        if files.len() == before {
            return Err(no_files(path, extensions));
        }
    }
    drop_repeats(&mut files);
    Ok(files)
}

pub(super) fn no_files(path: &Path, extensions: &[&str]) -> PathError {
    let wanted: Vec<_> = extensions.iter().map(|e| format!("`.{e}`")).collect();
    PathError::NoFiles(path.to_owned(), wanted.join(", "))
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

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn add_glob(
    pattern: &Path,
    extensions: &[&str],
    files: &mut Vec<PathBuf>,
) -> Result<(), PathError> {
    let bad = |why: String| PathError::BadGlob(pattern.to_owned(), why);
    let text = pattern
        .to_str()
        .ok_or_else(|| bad("it is not UTF-8".into()))?;
    // As in a shell: `*` stands for no name that begins with a dot.
    let options = glob::MatchOptions {
        require_literal_leading_dot: true,
        ..glob::MatchOptions::new()
    };
    for found in glob::glob_with(text, options).map_err(|e| bad(e.msg.into()))? {
        let found = found.map_err(|e| {
            let path = e.path().to_owned();
            unreadable(&path, e.into())
        })?;
        add(&found, extensions, true, files)?;
    }
    Ok(())
}

fn add(
    path: &Path,
    extensions: &[&str],
    named: bool,
    files: &mut Vec<PathBuf>,
) -> Result<(), PathError> {
    let metadata = fs::metadata(path).map_err(|e| unreadable(path, e))?;
    if metadata.is_dir() {
        return add_folder(path, extensions, files);
    }
    if !metadata.is_file() {
        return Err(PathError::NoRegularFile(
            path.to_owned(),
            kind_of(&metadata),
        ));
    }
    if named || has_extension(path, extensions) {
        files.push(path.to_owned());
    }
    Ok(())
}

fn add_folder(path: &Path, extensions: &[&str], files: &mut Vec<PathBuf>) -> Result<(), PathError> {
    let mut inside = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| unreadable(path, e))? {
        let entry = entry.map_err(|e| unreadable(path, e))?;
        if !entry.file_name().to_string_lossy().starts_with(['_', '.']) {
            inside.push(entry.path());
        }
    }
    inside.sort_unstable();
    for path in inside {
        // A link that leads nowhere or back up is no file of this folder.
        let linked = fs::symlink_metadata(&path)
            .map_err(|e| unreadable(&path, e))?
            .is_symlink();
        if linked && !fs::metadata(&path).is_ok_and(|target| target.is_file()) {
            continue;
        }
        add(&path, extensions, false, files)?;
    }
    Ok(())
}

pub(super) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    match path.extension() {
        None => true,
        Some(found) => extensions
            .iter()
            .any(|wanted| found.eq_ignore_ascii_case(wanted)),
    }
}

/// A file given twice is one file.
fn drop_repeats(files: &mut Vec<PathBuf>) {
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
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

#[cfg(test)]
mod tests {
    use super::{PathError, expand};
    use std::fs;
    use std::path::{Path, PathBuf};

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.parquet",
            "a.parquet",
            "notes.md",
            "part-0",
            "_SUCCESS",
            ".hidden.parquet",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/c.arrow"), "x").unwrap();
        folder
    }

    fn names(folder: &Path, paths: &[&str]) -> Result<Vec<String>, PathError> {
        let paths: Vec<PathBuf> = paths.iter().map(|p| folder.join(p)).collect();
        let files = expand(&paths, &["parquet", "arrow"])?;
        Ok(files
            .iter()
            .map(|f| f.strip_prefix(folder).unwrap().display().to_string())
            .collect())
    }

    #[test]
    fn folders_are_read_in_order_without_hidden_and_foreign_files() {
        let folder = folder();
        let found = names(folder.path(), &[""]).unwrap();
        assert_eq!(found, ["a.parquet", "b.parquet", "deep/c.arrow", "part-0"]);
    }

    #[test]
    fn a_file_named_outright_is_taken_and_only_once() {
        let folder = folder();
        let found = names(folder.path(), &["notes.md", "notes.md", "./notes.md"]).unwrap();
        assert_eq!(found, ["notes.md"]);
    }

    #[test]
    fn globs_match_and_existing_files_beat_them() {
        let folder = folder();
        assert_eq!(
            names(folder.path(), &["?.parquet"]).unwrap(),
            ["a.parquet", "b.parquet"]
        );
        fs::write(folder.path().join("[ab].parquet"), "x").unwrap();
        assert_eq!(
            names(folder.path(), &["[ab].parquet"]).unwrap(),
            ["[ab].parquet"]
        );
    }

    #[test]
    fn what_stands_for_no_file_is_told() {
        let folder = folder();
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(matches!(
            names(folder.path(), &["none.parquet"]),
            Err(PathError::Missing(_))
        ));
        assert!(matches!(
            names(folder.path(), &["empty"]),
            Err(PathError::NoFiles(..))
        ));
        assert!(matches!(
            names(folder.path(), &["*.csv"]),
            Err(PathError::NoFiles(..))
        ));
        let device = expand(&[PathBuf::from("/dev/null")], &["parquet"]);
        assert!(matches!(
            device,
            Err(PathError::NoRegularFile(_, "a device"))
        ));
    }
}

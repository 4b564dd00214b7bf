//! Files wherever the program may read: paths and globs.

use super::selection::{Expanded, Selection};
use super::walk::{There, Tree, Walk, above};
use crate::catalog::paths::{PathError, kind_of, remote, unreadable};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The files that `paths` stand for: each path in the order given, the files
/// of a folder or glob in the order of their names, no file twice.
///
/// In folders, files are taken by the selection, and names that begin with `_`
/// or `.` are passed over, but not folders with a name of the form `key=value`.
/// Folders of results and links to folders are passed over, too. What is passed
/// over and not hidden is counted. A file named outright is taken whatever its
/// name is. What exists beats its reading as a glob.
///
/// # Errors
///
/// The first path that stands for no file, or for files of a table whose format
/// keeps in a log which of them count.
pub fn expand(paths: &[PathBuf], selection: &Selection<'_>) -> Result<Expanded, PathError> {
    let mut walk = Walk::new(&Anywhere, selection);
    for path in paths {
        match fs::metadata(path) {
            Ok(_) => walk.take_given(path, [Ok(path.clone())])?,
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && is_glob(path)
                    && remote(path).is_none() =>
            {
                walk.take_given(path, matches(path)?)?;
            }
            Err(error) => return Err(unreadable(path, error)),
        }
    }
    Ok(walk.finish())
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// What a glob matches, in order.
fn matches(pattern: &Path) -> Result<impl Iterator<Item = Result<PathBuf, PathError>>, PathError> {
    let bad = |why: String| PathError::BadGlob(pattern.to_owned(), why);
    let text = pattern
        .to_str()
        .ok_or_else(|| bad("it is not UTF-8".into()))?;
    // As in a shell: `*` stands for no name that begins with a dot.
    let options = glob::MatchOptions {
        require_literal_leading_dot: true,
        ..glob::MatchOptions::new()
    };
    let found = glob::glob_with(text, options).map_err(|e| bad(e.msg.into()))?;
    Ok(found.map(|found| {
        found.map_err(|e| {
            let path = e.path().to_owned();
            unreadable(&path, e.into())
        })
    }))
}

/// Wherever the program may read.
struct Anywhere;

impl Tree for Anywhere {
    type Folder = PathBuf;
    type Key = PathBuf;

    fn look(&self, path: &Path) -> Result<There<PathBuf, PathBuf>, PathError> {
        let metadata = fs::metadata(path).map_err(|e| unreadable(path, e))?;
        match metadata {
            _ if metadata.is_dir() => Ok(There::Folder(path.to_owned())),
            _ if metadata.is_file() => {
                let key = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                Ok(There::File(key))
            }
            _ => Err(PathError::NoRegularFile(
                path.to_owned(),
                kind_of(&metadata),
            )),
        }
    }

    fn names(&self, folder: &PathBuf) -> io::Result<Vec<OsString>> {
        let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn is_link(&self, folder: &PathBuf, name: &OsString) -> bool {
        fs::symlink_metadata(folder.join(name)).is_ok_and(|found| found.is_symlink())
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        File::open(path)
    }

    /// By the path as it is given, and then by where it really lies.
    fn above(&self, path: &Path) -> Vec<(PathBuf, OsString)> {
        let mut above = above(path);
        if let Ok(real) = fs::canonicalize(path) {
            above.extend(super::walk::above(&real));
        }
        above
    }
}

#[cfg(test)]
mod tests {
    use super::{PathError, Selection, expand};
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
        let found = expand(&paths, &Selection::endings(&["parquet", "arrow"]))?;
        Ok(found
            .files
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
        let device = expand(
            &[PathBuf::from("/dev/null")],
            &Selection::endings(&["parquet"]),
        );
        assert!(matches!(
            device,
            Err(PathError::NoRegularFile(_, "a device"))
        ));
    }
}

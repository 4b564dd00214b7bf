//! How files are found and opened: wherever the program may, or below one folder only.

mod anywhere;
#[cfg(unix)]
mod beneath;
mod selection;
mod walk;

pub use anywhere::expand;
pub use selection::{Expanded, PassedOver, Selection};

use super::paths::{self, PathError};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::Arc;

#[cfg(unix)]
use {beneath::Root, walk::Tree};

/// How files are found and opened. By default a path means what it means to the
/// program.
///
/// Below a folder, paths are relative to it, and nothing that they say, no link
/// and no change while they are read leads out of it: every file is opened by way
/// of the folder, under the eyes of the system. Names with `*` are plain names
/// there, and everything told of a file has the path as it was given.
///
/// ```
/// use classmark::catalog::Files;
/// # fn main() -> std::io::Result<()> {
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("a.txt"), "a")?;
/// let files = Files::below(folder.path())?;
/// assert!(files.open("a.txt".as_ref()).is_ok());
/// assert!(files.open("../a.txt".as_ref()).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Files {
    #[cfg(unix)]
    root: Option<Arc<Root>>,
}

impl Files {
    /// Files below a folder, and no others.
    ///
    /// # Errors
    ///
    /// When the folder cannot be opened; always on systems that cannot open a
    /// file by way of a folder.
    #[cfg(unix)]
    pub fn below(folder: &Path) -> io::Result<Self> {
        let root = Some(Arc::new(Root::open(folder)?));
        Ok(Files { root })
    }

    /// Files below a folder, and no others.
    ///
    /// # Errors
    ///
    /// Always: this system cannot open a file by way of a folder.
    #[cfg(not(unix))]
    pub fn below(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Opens a file to be read.
    ///
    /// # Errors
    ///
    /// When it cannot be opened; below a folder also when the path leads out of
    /// it ([`io::ErrorKind::CrossesDevices`]) or to something that is no regular
    /// file.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        #[cfg(unix)]
        if let Some(root) = &self.root {
            return root.file(path);
        }
        File::open(path)
    }

    /// Checks that a file or a folder is at a path, without looking into folders.
    ///
    /// # Errors
    ///
    /// When there is none, or when the path leads out of the folder.
    pub fn look(&self, path: &Path) -> Result<(), PathError> {
        #[cfg(unix)]
        if let Some(root) = &self.root {
            return root.look(path).map(drop);
        }
        let found = path.metadata();
        found
            .map(drop)
            .map_err(|error| paths::unreadable(path, error))
    }

    /// Whether a file lies in a folder, by where both really are. Below one folder
    /// only, nothing is said of folders outside: then the answer is no.
    pub fn lies_in(&self, file: &Path, folder: &Path) -> bool {
        #[cfg(unix)]
        if self.root.is_some() {
            return false;
        }
        match (file.canonicalize(), folder.canonicalize()) {
            (Ok(file), Ok(folder)) => file.starts_with(folder),
            _ => false,
        }
    }

    /// The files that `paths` stand for, as [`expand`] finds them.
    ///
    /// # Errors
    ///
    /// The first path that stands for no file, that is part of a table, or that
    /// leads out of the folder.
    pub fn expand(
        &self,
        paths: &[PathBuf],
        selection: &Selection<'_>,
    ) -> Result<Expanded, PathError> {
        #[cfg(unix)]
        if let Some(root) = &self.root {
            return root.expand(paths, selection);
        }
        expand(paths, selection)
    }
}

//! One program at a time writes a store.
//!
//! Whoever serves a store remembers what it has read, so a second one beside it
//! would answer what no longer holds. SQLite keeps two writers from harming the
//! file, not from that.
//!
//! The lock is on a file of its own: to close any handle on the store itself would
//! take SQLite's locks away from it, wherever in the process they are held.

use super::error::OpenError;
use std::fs::{File, OpenOptions, TryLockError, remove_file};
use std::io;
use std::path::{Path, PathBuf};

/// The right to write a store, until dropped or the process ends.
pub(super) struct Hold {
    path: PathBuf,
    _file: File,
}

impl Hold {
    /// Takes it.
    ///
    /// # Errors
    ///
    /// [`OpenError::Busy`] if another program, or another part of this one, has it.
    pub(super) fn take(store: &Path) -> Result<Self, OpenError> {
        let failed = |error: io::Error| OpenError::io(store, &error);
        // Two names of one file are one store.
        let mut path = match store.canonicalize() {
            Ok(file) => file.into_os_string(),
            Err(_) => store.as_os_str().to_owned(),
        };
        path.push("-lock");
        let path = PathBuf::from(path);
        loop {
            let mut options = OpenOptions::new();
            let file = options.create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(OpenError::Busy(store.to_owned())),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Its last holder may have taken the file away in between.
            if is_at(&file, &path).map_err(failed)? {
                return Ok(Hold { path, _file: file });
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // One that is left behind locks nothing.
        let _ = remove_file(&self.path);
    }
}

/// Whether the open file is still the one of that name.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let open = file.metadata()?;
        match path.metadata() {
            Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
    #[cfg(not(unix))]
    {
        // Where an open file cannot be taken away, it is.
        let _ = (file, path);
        Ok(true)
    }
}

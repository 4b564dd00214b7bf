//! One program at a time writes a store.
//!
//! Whoever serves a store remembers what it has read, so a second one beside it
//! would answer what no longer holds. SQLite keeps two writers from harming the
//! file, not from that; and it does not even do so when the two open the file under
//! different names, because each name has a write-ahead log of its own.
//!
//! So there are two locks. One is on a file beside the store, `NAME-lock`: it also
//! holds when the store's file is replaced by another one. The other is on the
//! store's file itself, whatever its name: it holds for hard links and bind mounts.

use super::error::OpenError;
use std::fs::{File, OpenOptions, TryLockError, remove_file};
use std::io;
use std::path::{Path, PathBuf};

/// The right to write a store, until dropped or the process ends.
pub(super) struct Hold {
    // Dropped in this order.
    #[cfg(unix)]
    file: inode::FileLock,
    _name: NameLock,
}

impl Hold {
    /// Takes it. Where nothing is, an empty file is made, if `create` says so: only
    /// this user may read and write it.
    ///
    /// # Errors
    ///
    /// [`OpenError::Busy`] if another program, or another part of this one, has it.
    pub(super) fn take(store: &Path, create: bool) -> Result<Self, OpenError> {
        let _name = NameLock::take(store)?;
        Ok(Hold {
            #[cfg(unix)]
            file: inode::FileLock::take(store, create)?,
            _name,
        })
    }

    /// Removes the file again that [`take`](Self::take) made, if nothing was written
    /// to it: an empty file is refused at the next opening.
    pub(super) fn remove_if_empty(&self, store: &Path) {
        #[cfg(unix)]
        if self.file.is_new && store.metadata().is_ok_and(|found| found.len() == 0) {
            // The error that led here is the one to tell.
            let _ = remove_file(store);
        }
        #[cfg(not(unix))]
        let _ = store;
    }
}

/// A lock on a file beside the store that bears its name.
struct NameLock {
    path: PathBuf,
    _file: File,
}

impl NameLock {
    fn take(store: &Path) -> Result<Self, OpenError> {
        let failed = |error: io::Error| OpenError::io(store, &error);
        // A symbolic link and what it leads to are one store.
        let mut path = match store.canonicalize() {
            Ok(file) => file.into_os_string(),
            Err(_) => store.as_os_str().to_owned(),
        };
        path.push("-lock");
        let path = PathBuf::from(path);
        loop {
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true);
            let file = private(&mut options).open(&path).map_err(failed)?;
            lock(&file, store)?;
            // Its last holder may have taken the file away in between.
            if is_at(&file, &path).map_err(failed)? {
                return Ok(NameLock { path, _file: file });
            }
        }
    }
}

impl Drop for NameLock {
    fn drop(&mut self) {
        // One that is left behind locks nothing.
        let _ = remove_file(&self.path);
    }
}

fn lock(file: &File, store: &Path) -> Result<(), OpenError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(OpenError::Busy(store.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::Unusable {
            path: store.to_owned(),
            reason: format!(
                "the file system that it is on has no file locks ({error}): move it to a local disk"
            ),
        }),
    }
}

/// A file that is made is this user's alone, as far as the umask leaves even that.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Leaves a file to this user alone, whatever the umask.
pub(super) fn make_private(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Whether the open file is still the one of that name.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        let open = file.metadata()?;
        match path.metadata() {
            Ok(named) => Ok(inode::of(&open) == inode::of(&named)),
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

#[cfg(unix)]
pub(super) use inode::keep_open;

/// The lock on the store's own file.
///
/// To close any handle on a file takes all of this process's POSIX locks on it away,
/// and these are what SQLite locks with. So a file that is known here has one handle
/// in this process, which is closed when nobody who may have SQLite on it is left.
#[cfg(unix)]
mod inode {
    use super::{lock, make_private, private};
    use crate::store::error::OpenError;
    use std::collections::BTreeMap;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

    /// Device and number: what a file is, whatever its names.
    type Inode = (u64, u64);

    pub(super) fn of(found: &Metadata) -> Inode {
        (found.dev(), found.ino())
    }

    /// The files that this process has open for their locks.
    static OPEN: Mutex<BTreeMap<Inode, OpenFile>> = Mutex::new(BTreeMap::new());

    struct OpenFile {
        handle: Weak<File>,
        is_locked: bool,
    }

    fn open_files() -> MutexGuard<'static, BTreeMap<Inode, OpenFile>> {
        OPEN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handle that this process has on the file at `path`; opened by `options`
    /// if there is none yet.
    fn handle(
        files: &mut BTreeMap<Inode, OpenFile>,
        path: &Path,
        options: &OpenOptions,
    ) -> io::Result<(Inode, Arc<File>)> {
        files.retain(|_, file| file.handle.strong_count() > 0);
        if let Ok(found) = path.metadata()
            && let Some(known) = files.get(&of(&found))
            && let Some(handle) = known.handle.upgrade()
        {
            return Ok((of(&found), handle));
        }
        let handle = Arc::new(options.open(path)?);
        let inode = of(&handle.metadata()?);
        let file = OpenFile {
            handle: Arc::downgrade(&handle),
            is_locked: false,
        };
        files.insert(inode, file);
        Ok((inode, handle))
    }

    /// Keeps this process's handle on a file open while SQLite reads the file
    /// without the right to write it.
    pub(in crate::store) fn keep_open(path: &Path) -> io::Result<Arc<File>> {
        let mut options = OpenOptions::new();
        let (_, handle) = handle(&mut open_files(), path, options.read(true))?;
        Ok(handle)
    }

    /// The lock. It belongs to the open file and not to the process (`flock`), so
    /// SQLite's locks and this one do not meet.
    pub(super) struct FileLock {
        inode: Inode,
        handle: Arc<File>,
        /// Whether the file was made just now.
        pub(super) is_new: bool,
    }

    impl FileLock {
        pub(super) fn take(store: &Path, create: bool) -> Result<Self, OpenError> {
            let failed = |error: io::Error| OpenError::io(store, &error);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(create);
            let mut files = open_files();
            let (inode, handle) =
                handle(&mut files, store, private(&mut options)).map_err(failed)?;
            let known = files.get_mut(&inode);
            // What is locked by this process would be locked by the same handle again.
            if known.as_ref().is_some_and(|known| known.is_locked) {
                return Err(OpenError::Busy(store.to_owned()));
            }
            lock(&handle, store)?;
            if let Some(known) = known {
                known.is_locked = true;
            }
            // One that was empty before has been refused.
            let is_new = handle.metadata().map_err(failed)?.len() == 0;
            let locked = FileLock {
                inode,
                handle,
                is_new,
            };
            drop(files);
            if locked.is_new {
                make_private(&locked.handle).map_err(failed)?;
            }
            Ok(locked)
        }
    }

    impl Drop for FileLock {
        fn drop(&mut self) {
            let mut files = open_files();
            if let Some(known) = files.get_mut(&self.inode) {
                known.is_locked = false;
            }
            // Others may keep the handle. One that cannot be unlocked is when it is closed.
            let _ = self.handle.unlock();
        }
    }
}

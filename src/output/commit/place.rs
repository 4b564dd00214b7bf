//! Where a run is to stand, and what stands there now.

use super::contents::{Contents, contents};
use super::error::{CommitError, Refusal, Step};
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What stands at a place where a run may be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    Absent,
    /// A folder with nothing in it, staging folders aside.
    Empty,
    /// An earlier run, and it may be replaced.
    Ours,
}

/// The place that an output path names, with every link on the way resolved.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder that holds it; it exists once [`Place::make_parents`] was called.
    pub(super) parent: PathBuf,
    /// Its name in `parent`.
    pub(super) name: OsString,
    /// Folders on the way that are not there yet, outermost first.
    missing: Vec<PathBuf>,
}

/// Folders made on the way to a place; dropped, the empty ones go again.
#[derive(Debug, Default)]
pub(super) struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    fn add(&mut self, folder: &Path) {
        if !self.0.iter().any(|made| made == folder) {
            self.0.push(folder.into());
        }
    }

    /// The folders stay. Gives them, outermost first.
    pub(super) fn keep(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.0)
    }

    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.0
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // Only an empty folder can be removed so; what others put there stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Place {
    /// The place that `out` names; looks only, makes nothing.
    pub(super) fn resolve(out: &Path) -> Result<Place, CommitError> {
        match fs::symlink_metadata(out) {
            Ok(_) => Place::existing(out),
            Err(e) => match e.kind() {
                ErrorKind::NotFound => Place::absent(out),
                ErrorKind::NotADirectory => Err(Refusal::ParentNotAFolder(out.into()).into()),
                ErrorKind::InvalidFilename | ErrorKind::InvalidInput => {
                    Err(Refusal::NoName(out.into()).into())
                }
                _ => Err(CommitError::failed(Step::Read, out)(e)),
            },
        }
    }

    fn existing(out: &Path) -> Result<Place, CommitError> {
        let real = match fs::canonicalize(out) {
            Ok(real) => real,
            // A link to nowhere; without a link it is the current folder that is gone.
            Err(e) if e.kind() == ErrorKind::NotFound && is_link(out) => {
                return Err(Refusal::NotAFolder(out.into()).into());
            }
            Err(e) => return Err(CommitError::failed(Step::Read, out)(e)),
        };
        match (real.parent(), real.file_name()) {
            (Some(parent), Some(name)) => Ok(Place {
                parent: parent.into(),
                name: name.into(),
                missing: Vec::new(),
            }),
            _ => Err(Refusal::MountPoint(real).into()),
        }
    }

    fn absent(out: &Path) -> Result<Place, CommitError> {
        let refused = || CommitError::from(Refusal::NoName(out.into()));
        let name = out.file_name().ok_or_else(refused)?.to_os_string();
        let mut names = Vec::new();
        let mut above = folder_of(out).ok_or_else(refused)?;
        let base = loop {
            match fs::metadata(above) {
                Ok(there) if there.is_dir() => break fs::canonicalize(above),
                Ok(_) => return Err(Refusal::ParentNotAFolder(out.into()).into()),
                Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    names.push(above.file_name().ok_or_else(refused)?);
                    above = folder_of(above).ok_or_else(refused)?;
                }
                Err(e) => return Err(CommitError::failed(Step::Read, above)(e)),
            }
        };
        let mut parent = base.map_err(CommitError::failed(Step::Read, above))?;
        let mut missing = Vec::new();
        for name in names.into_iter().rev() {
            parent.push(name);
            missing.push(parent.clone());
        }
        Ok(Place {
            parent,
            name,
            missing,
        })
    }

    /// The whole path.
    pub(super) fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }

    /// The outermost folder on the way that is not there now.
    pub(super) fn first_missing(&self) -> Option<&Path> {
        let mut missing = self.missing.iter().map(PathBuf::as_path);
        missing.find(|folder| !folder.is_dir())
    }

    /// Makes the folders on the way and notes in `made` which were new.
    pub(super) fn make_parents(&self, made: &mut MadeFolders) -> Result<(), CommitError> {
        for folder in &self.missing {
            match fs::create_dir(folder) {
                Ok(()) => made.add(folder),
                Err(e) if e.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
                // The folder above was taken away this moment: the caller comes again.
                Err(e) if e.kind() == ErrorKind::NotFound => break,
                Err(e) => return Err(CommitError::failed(Step::Create, folder)(e)),
            }
        }
        Ok(())
    }

    /// What stands there now, if it may be used or, with `force`, replaced.
    pub(super) fn standing(&self, force: bool) -> Result<Standing, CommitError> {
        let path = self.path();
        let there = match fs::symlink_metadata(&path) {
            Ok(there) => there,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Standing::Absent),
            Err(e) => return Err(CommitError::failed(Step::Read, &path)(e)),
        };
        if !there.is_dir() {
            return Err(Refusal::NotAFolder(path).into());
        }
        let contents = match contents(&path) {
            Ok(contents) => contents,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Standing::Absent),
            Err(e) => return Err(CommitError::failed(Step::Read, &path)(e)),
        };
        match contents {
            Contents::Empty => Ok(Standing::Empty),
            _ if !force => Err(Refusal::NotEmpty(path).into()),
            Contents::Run => Ok(Standing::Ours),
            Contents::Others => Err(Refusal::NotOurs(path).into()),
            Contents::RunAndOthers(entries) => {
                let folder = path;
                Err(Refusal::ForeignEntries { folder, entries }.into())
            }
        }
    }

    /// Whether no other folder can take its place: a mount point, or a folder
    /// that the caller would find itself removed from.
    pub(super) fn is_fixed(&self) -> bool {
        let path = self.path();
        let holds_current = || {
            let current = std::env::current_dir().and_then(fs::canonicalize);
            current.is_ok_and(|current| current.starts_with(&path))
        };
        is_mount_point(&path, &self.parent) || holds_current()
    }

    /// Fails if this user may not make files in the folder that stands there.
    pub(super) fn check_writable(&self) -> Result<(), CommitError> {
        let path = self.path();
        writable(&path).map_err(CommitError::failed(Step::CreateIn, &path))
    }
}

#[cfg(unix)]
fn writable(path: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let access = Access::WRITE_OK | Access::EXEC_OK;
    match accessat(CWD, path, access, AtFlags::EACCESS) {
        Ok(()) => Ok(()),
        // Not every system can be asked: it will say so when a file is made.
        Err(e) => match io::Error::from(e) {
            e if matches!(
                e.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
            {
                Err(e)
            }
            _ => Ok(()),
        },
    }
}

#[cfg(not(unix))]
fn writable(_: &Path) -> io::Result<()> {
    Ok(())
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink())
}

/// The folder that holds `path`, as the path itself says it.
fn folder_of(path: &Path) -> Option<&Path> {
    path.parent()
        .map(|above| match above.as_os_str().is_empty() {
            true => Path::new("."),
            false => above,
        })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn is_mount_point(path: &Path, parent: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // A bind mount of the same disk shows only here, not in the device number.
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty())
        .is_ok_and(|there| there.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
        || other_device(path, parent)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn is_mount_point(path: &Path, parent: &Path) -> bool {
    other_device(path, parent)
}

fn other_device(path: &Path, parent: &Path) -> bool {
    match (fs::symlink_metadata(path), fs::metadata(parent)) {
        (Ok(path), Ok(parent)) => identity(&path).0 != identity(&parent).0,
        _ => false,
    }
}

/// Which file on which device: equal for two handles on the same folder.
#[cfg(unix)]
pub(super) fn identity(there: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (there.dev(), there.ino())
}

/// Systems without such numbers: the time of creation must do.
#[cfg(not(unix))]
pub(super) fn identity(there: &Metadata) -> (u64, u64) {
    let made = there.created().ok();
    let since = made.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    (0, since.map_or(0, |t| t.as_nanos() as u64))
}

/// Whether `path` still names the folder that `handle` was opened on.
pub(super) fn still_names(path: &Path, handle: &File) -> io::Result<bool> {
    let there = match fs::symlink_metadata(path) {
        Ok(there) => there,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(e),
    };
    Ok(identity(&there) == identity(&handle.metadata()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_cannot_name_a_folder_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for out in [
            PathBuf::new(),
            dir.path().join("no/.."),
            dir.path().join("no/../yes"),
            dir.path().join("x".repeat(256)),
            dir.path().join("a\0b"),
        ] {
            let refused = Place::resolve(&out).unwrap_err();
            assert!(refused.is_refusal(), "{out:?}: {refused}");
        }
    }

    #[test]
    fn the_root_is_refused() {
        assert!(matches!(
            Place::resolve(Path::new("/")),
            Err(CommitError::Refused(Refusal::MountPoint(_)))
        ));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_mount_point_is_known() {
        assert!(is_mount_point(Path::new("/proc"), Path::new("/")));
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("out")).unwrap();
        assert!(!is_mount_point(&dir.path().join("out"), dir.path()));
    }

    #[test]
    fn made_folders_go_unless_kept_or_used() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::resolve(&dir.path().join("a/b/out")).unwrap();
        let mut made = MadeFolders::default();
        place.make_parents(&mut made).unwrap();
        place.make_parents(&mut made).unwrap();
        assert!(dir.path().join("a/b").is_dir());
        fs::write(dir.path().join("a/others"), "").unwrap();
        drop(made);
        assert!(!dir.path().join("a/b").exists());
        assert!(dir.path().join("a/others").exists());
    }
}

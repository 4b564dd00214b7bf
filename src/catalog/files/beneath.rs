//! A folder that nothing leads out of.
//!
//! Linux is asked to resolve a path beneath the folder and to fail where it
//! would leave it (`openat2`): a link that is exchanged between a look and the
//! opening is met by the same rule, for there is no look. Where that call is not
//! to be had, links are not followed at all.

use super::selection::{Expanded, Selection};
use super::walk::{There, Tree, Walk, above};
use crate::catalog::paths::{PathError, kind_of, unreadable};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// How often the system is asked again when names moved while it looked.
#[cfg(target_os = "linux")]
const ATTEMPTS: usize = 64;

/// A folder that nothing leads out of.
#[derive(Debug)]
pub(super) struct Root {
    folder: OwnedFd,
}

impl Root {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let folder = File::open(folder)?;
        match folder.metadata()?.is_dir() {
            true => Ok(Root {
                folder: folder.into(),
            }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Opens a regular file.
    pub(super) fn file(&self, path: &Path) -> io::Result<File> {
        let file = self.enter(path)?;
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::other("it is no regular file")),
        }
    }

    /// The files that `paths` stand for.
    pub(super) fn expand(
        &self,
        paths: &[PathBuf],
        selection: &Selection<'_>,
    ) -> Result<Expanded, PathError> {
        let mut walk = Walk::new(self, selection);
        for path in paths {
            walk.take_given(path, [Ok(path.clone())])?;
        }
        Ok(walk.finish())
    }

    /// Opens whatever is at a path, without waiting for who is at its other end.
    fn enter(&self, path: &Path) -> io::Result<File> {
        let path = inner(path)?;
        // A device may do something when it is opened, so it is looked at first.
        #[cfg(target_os = "linux")]
        {
            let found = File::from(self.resolve(&path, OFlags::PATH)?).metadata()?;
            if !found.is_file() && !found.is_dir() {
                return Err(special(&found));
            }
        }
        let opened = self.resolve(&path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        Ok(File::from(opened))
    }

    #[cfg(target_os = "linux")]
    fn resolve(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        use rustix::fs::{ResolveFlags, openat2};
        let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..ATTEMPTS {
            let flags = flags | OFlags::CLOEXEC;
            match openat2(&self.folder, path, flags, Mode::empty(), beneath) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                // An old kernel, or one that is told not to answer.
                Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {
                    return self.walk_down(path, flags);
                }
                other => return Ok(other?),
            }
        }
        Err(Errno::AGAIN.into())
    }

    #[cfg(not(target_os = "linux"))]
    fn resolve(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        self.walk_down(path, flags)
    }

    /// Opens name by name, and follows no link.
    fn walk_down(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let mut above = self.folder.try_clone()?;
        let mut names = path.components().peekable();
        while let Some(name) = names.next() {
            let flags = match names.peek() {
                Some(_) => OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK,
                None => flags,
            };
            let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let name = name.as_os_str();
            above = match openat(&above, name, flags, Mode::empty()) {
                Ok(next) if !is_link(&next)? => next,
                Ok(_) | Err(Errno::LOOP | Errno::MLINK) => return Err(Errno::XDEV.into()),
                Err(Errno::NOTDIR) if is_link_at(&above, name) => return Err(Errno::XDEV.into()),
                Err(error) => return Err(error.into()),
            };
        }
        Ok(above)
    }
}

impl Tree for Root {
    type Folder = File;
    /// Device and inode.
    type Key = (u64, u64);

    fn look(&self, path: &Path) -> Result<There<File, (u64, u64)>, PathError> {
        use std::os::unix::fs::MetadataExt;
        let failed = |error| refused(path, error);
        let file = self.enter(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        match found {
            _ if found.is_dir() => Ok(There::Folder(file)),
            _ if found.is_file() => Ok(There::File((found.dev(), found.ino()))),
            _ => Err(no_regular_file(path, &found)),
        }
    }

    fn names(&self, folder: &File) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn is_link(&self, folder: &File, name: &OsString) -> bool {
        is_link_at(folder, name)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        self.file(path)
    }

    fn inner(&self, folder: &Path, name: &OsString) -> PathBuf {
        // Of the root itself, files have no folder before their name.
        folder
            .components()
            .filter(|part| *part != Component::CurDir)
            .chain([Component::Normal(name)])
            .collect()
    }

    /// Not above the root: nobody may look there.
    fn above(&self, path: &Path) -> Vec<(PathBuf, OsString)> {
        above(path)
    }
}

/// The path by its plain names; that of the folder itself is `.`.
fn inner(path: &Path) -> io::Result<PathBuf> {
    if path.as_os_str().is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut inner = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => inner.push(name),
            Component::CurDir => {}
            _ => return Err(Errno::XDEV.into()),
        }
    }
    match inner.as_os_str().is_empty() {
        true => Ok(".".into()),
        false => Ok(inner),
    }
}

fn is_link(opened: impl AsFd) -> io::Result<bool> {
    let mode = fstat(opened)?.st_mode;
    Ok(FileType::from_raw_mode(mode) == FileType::Symlink)
}

fn is_link_at(folder: impl AsFd, name: &OsStr) -> bool {
    let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Symlink)
}

/// What carries the kind of a special file through an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("it is {0}")]
struct Special(&'static str);

#[cfg(target_os = "linux")]
fn special(found: &fs::Metadata) -> io::Error {
    io::Error::other(Special(kind_of(found)))
}

fn no_regular_file(path: &Path, found: &fs::Metadata) -> PathError {
    PathError::NoRegularFile(path.to_owned(), kind_of(found))
}

fn refused(path: &Path, error: io::Error) -> PathError {
    let special = error.get_ref().and_then(|e| e.downcast_ref::<Special>());
    match (special, error.kind()) {
        (Some(Special(kind)), _) => PathError::NoRegularFile(path.to_owned(), kind),
        (_, io::ErrorKind::CrossesDevices) => PathError::Outside(path.to_owned()),
        // What is below a file is not there, either.
        (_, io::ErrorKind::NotADirectory) => PathError::Missing(path.to_owned()),
        _ => unreadable(path, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A root with a folder and a file in it, beside a file that is outside.
    fn root() -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("in")).unwrap();
        fs::write(root.join("in/a.parquet"), "inside").unwrap();
        fs::write(dir.path().join("secret"), "outside").unwrap();
        symlink("in/a.parquet", root.join("near")).unwrap();
        symlink("../secret", root.join("far")).unwrap();
        symlink("../in/a.parquet", root.join("in/up")).unwrap();
        symlink("..", root.join("above")).unwrap();
        symlink(dir.path().join("secret"), root.join("absolute")).unwrap();
        let root = Root::open(&root).unwrap();
        (dir, root)
    }

    /// Without the help of the kernel.
    fn by_walking(root: &Root, path: &str) -> io::Result<File> {
        let path = inner(Path::new(path))?;
        Ok(root.walk_down(&path, OFlags::RDONLY)?.into())
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let (_dir, root) = root();
        for path in [
            "..",
            "../secret",
            "in/../../secret",
            "in/../near",
            "/etc/passwd",
            "/",
            "far",
            "absolute",
            "above/secret",
            "above/root/in/a.parquet",
        ] {
            for opened in [root.file(Path::new(path)), by_walking(&root, path)] {
                let kind = opened.unwrap_err().kind();
                assert_eq!(kind, io::ErrorKind::CrossesDevices, "{path}");
            }
        }
    }

    #[test]
    fn what_is_inside_is_opened() {
        let (_dir, root) = root();
        for path in [
            "in/a.parquet",
            "./in/a.parquet",
            "in//./a.parquet",
            "near",
            "in/up",
        ] {
            assert!(root.file(Path::new(path)).is_ok(), "{path}");
        }
        assert!(by_walking(&root, "in/a.parquet").is_ok());
        // Where the kernel does not help, no link is followed.
        assert!(by_walking(&root, "near").is_err());
        assert!(by_walking(&root, "in/up").is_err());
    }
}

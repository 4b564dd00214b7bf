//! Where a run is to stand, and what stands there now.

use super::error::{CommitError, Refusal, Step};
use serde_json::Value;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Largest manifest that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// What stands at a place where a run may be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    Absent,
    /// A folder with nothing in it.
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
            // A link to nowhere.
            Err(e) if e.kind() == ErrorKind::NotFound => {
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
        let empty = match fs::read_dir(&path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Standing::Absent),
            Err(e) => return Err(CommitError::failed(Step::Read, &path)(e)),
        };
        if empty {
            Ok(Standing::Empty)
        } else if !force {
            Err(Refusal::NotEmpty(path).into())
        } else if is_ours(&path) {
            Ok(Standing::Ours)
        } else {
            Err(Refusal::NotOurs(path).into())
        }
    }

    /// Refuses a folder that another cannot take the place of.
    pub(super) fn check_movable(&self) -> Result<(), CommitError> {
        let path = self.path();
        if is_mount_point(&path, &self.parent) {
            return Err(Refusal::MountPoint(path).into());
        }
        let inside = std::env::current_dir()
            .and_then(fs::canonicalize)
            .is_ok_and(|current| current.starts_with(&path));
        if inside {
            return Err(Refusal::CurrentFolder(path).into());
        }
        Ok(())
    }
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
fn is_mount_point(path: &Path, parent: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // A bind mount of the same disk shows only here, not in the device number.
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty())
        .is_ok_and(|there| there.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
        || other_device(path, parent)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_mount_point(path: &Path, parent: &Path) -> bool {
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

/// Whether a folder is a run of classmark: its `manifest.json` is a JSON
/// object whose `tool` is an object with the `name` `classmark`.
///
/// Anything else, and anything that cannot be read, is not ours.
///
/// ```
/// let dir = std::env::temp_dir();
/// assert!(!classmark::output::is_ours(&dir.join("no-such-folder")));
/// ```
pub fn is_ours(dir: &Path) -> bool {
    let path = dir.join("manifest.json");
    // Not through a link, never a pipe that would make us wait, never more
    // than fits in memory.
    if !fs::symlink_metadata(&path).is_ok_and(|there| there.is_file() && there.len() <= LARGEST) {
        return false;
    }
    let Ok(file) = File::open(&path) else {
        return false;
    };
    serde_json::from_reader::<_, Value>(BufReader::new(file.take(LARGEST)))
        .is_ok_and(|manifest| manifest.pointer("/tool/name") == Some(&Value::from("classmark")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(manifest: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("manifest.json"), manifest).unwrap();
        is_ours(dir.path())
    }

    #[test]
    fn ours_is_what_the_manifest_says() {
        assert!(ours(
            r#"{"counts": {"rows": 1}, "tool": {"name": "classmark", "version": "0.1.0"}}"#
        ));
        for stranger in [
            "",
            "{}",
            "[]",
            "null",
            r#"["classmark"]"#,
            r#"{"tool": "classmark"}"#,
            r#"{"tool": {"name": "Classmark"}}"#,
            r#"{"tool": {"name": ["classmark"]}}"#,
            r#"{"tool": {"name": "classmark"}"#,
            r#"{"tool": {"name": "classmark"}} trailing"#,
            r#"{"name": "classmark"}"#,
        ] {
            assert!(!ours(stranger), "{stranger}");
        }
    }

    #[test]
    fn a_manifest_in_arrays_is_not_ours() {
        assert!(!ours(r#"[["classmark"]]"#));
        assert!(!ours(r#"{"tool": ["classmark"]}"#));
    }

    #[test]
    fn a_manifest_that_is_a_folder_or_a_link_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("manifest.json")).unwrap();
        assert!(!is_ours(dir.path()));
    }

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

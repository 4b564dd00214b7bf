//! Staging folders beside the output: their names, their locks, and what to do
//! with those of killed runs.
//!
//! A staging folder belongs to whoever holds the lock on it. Somebody who
//! clears leftovers takes the lock first, so a live run's folder is never
//! removed; and whoever makes a folder makes sure, once it holds the lock,
//! that the path still names what it locked, so a folder that was cleared in
//! the moment before it was locked is simply made again.

use super::contents::{is_ours, listed_files, remove_run};
use super::error::{CommitError, Step};
use super::place::{MadeFolders, Place, Standing, still_names};
use sha2::{Digest, Sha256};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::hash::BuildHasher;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How often a name is tried before giving up.
pub(super) const ATTEMPTS: usize = 100;
/// Hexadecimal digits that make a name unique.
const UNIQUE: usize = 16;
/// Ends the name of an older run that was set aside to be replaced.
const ASIDE: &str = "-old";
/// Stands between the name of a run and what makes a leftover's name unique.
const MARK: &str = ".classmark-";
/// Longest output name, in bytes, that staging names repeat; names may have 255.
const LONGEST: usize = 200;
/// Bytes of the digest that stands for a longer one.
const DIGEST: usize = 16;

/// A lock on a folder, as far as the file system knows locks.
#[derive(Debug)]
pub(super) enum Hold {
    /// Held until dropped.
    Held(File),
    /// The file system has no locks.
    Unsupported(File),
    /// Somebody else holds it.
    Taken,
}

impl Hold {
    /// Takes the lock on a folder, without waiting.
    pub(super) fn on(folder: &Path) -> io::Result<Hold> {
        let handle = File::open(folder)?;
        Ok(match handle.try_lock() {
            Ok(()) => Hold::Held(handle),
            Err(TryLockError::WouldBlock) => Hold::Taken,
            Err(TryLockError::Error(_)) => Hold::Unsupported(handle),
        })
    }
}

/// A new locked folder beside `place`; folders that are missing on the way are
/// made and noted in `made`.
pub(super) fn create(
    place: &Place,
    made: &mut MadeFolders,
) -> Result<(PathBuf, File), CommitError> {
    let failed = |e| CommitError::failed(Step::Create, &place.path())(e);
    for _ in 0..ATTEMPTS {
        // Again each time: another run that made them may fail and take them away.
        place.make_parents(made)?;
        let path = place.parent.join(staging_name(&place.name));
        if let Some(made) = make_locked(&path).map_err(failed)? {
            return Ok(made);
        }
    }
    // Not because others come and go: what does the system say?
    let missing = place.first_missing();
    let stuck = missing.map_or_else(
        || place.parent.join(staging_name(&place.name)),
        Path::to_path_buf,
    );
    let tried = fs::create_dir(&stuck).and_then(|()| fs::remove_dir(&stuck));
    let e = tried.err().unwrap_or(ErrorKind::AlreadyExists.into());
    Err(CommitError::failed(
        Step::Create,
        missing.unwrap_or(&place.path()),
    )(e))
}

/// Makes the folder `path` and locks it. `None`: it, or the folder that it is to
/// lie in, was taken away at this moment, or somebody else has that name.
pub(super) fn make_locked(path: &Path) -> io::Result<Option<(PathBuf, File)>> {
    match fs::create_dir(path) {
        Err(e) if matches!(e.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            return Ok(None);
        }
        made => made?,
    }
    let handle = match Hold::on(path) {
        Ok(Hold::Held(handle) | Hold::Unsupported(handle)) => handle,
        Ok(Hold::Taken) => return Ok(None),
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            let _ = fs::remove_dir(path);
            return Err(e);
        }
    };
    Ok(still_names(path, &handle)?.then(|| (path.to_path_buf(), handle)))
}

/// Where an older run is set aside while it is replaced.
pub(super) fn aside(place: &Place) -> PathBuf {
    let mut name = staging_name(&place.name);
    name.push(ASIDE);
    place.parent.join(name)
}

/// A name for a run that is to go: if nobody removes it, it is a leftover.
pub(super) fn nameless(place: &Place) -> PathBuf {
    place.parent.join(staging_name(&place.name))
}

/// The name of the run that something with this name belongs to: its own, or that
/// of a run that left it behind. Names that are repeated in part tell nothing.
pub(super) fn owner(name: &OsStr) -> Option<&OsStr> {
    let text = name.to_str()?;
    let Some(hidden) = text.strip_prefix('.') else {
        return Some(name);
    };
    let owner = OsStr::new(hidden.rsplit_once(MARK)?.0);
    Leftover::of(name, &prefix(owner)).map(|_| owner)
}

/// Clears what killed runs left beside `place`, as far as it can be cleared:
/// runs into `place`, and runs into other folders there, which may never run
/// again under the same name.
///
/// An older run that was set aside and never replaced is put back.
pub(super) fn clear(place: &Place) {
    let Ok(entries) = fs::read_dir(&place.parent) else {
        return;
    };
    let own = prefix(&place.name);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let found = match Leftover::of(&name, &own) {
            Some(kind) => Some((kind, place.path())),
            None => Leftover::of_sibling(&name).map(|(kind, of)| (kind, place.parent.join(of))),
        };
        let Some((kind, out)) = found else {
            continue;
        };
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            // What cannot be cleared stays: it harms nobody.
            let _ = kind.clear(&entry.path(), &out);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leftover {
    /// A folder in the making.
    Staging,
    /// An older run that was set aside.
    Aside,
}

impl Leftover {
    fn of(name: &OsStr, prefix: &OsStr) -> Option<Leftover> {
        let rest = name
            .as_encoded_bytes()
            .strip_prefix(prefix.as_encoded_bytes())?;
        let (unique, end) = rest.split_at_checked(UNIQUE)?;
        match (is_unique_part(unique), end) {
            (true, b"") => Some(Leftover::Staging),
            (true, end) if end == ASIDE.as_bytes() => Some(Leftover::Aside),
            _ => None,
        }
    }

    /// What a run into another folder left, and the name of that folder.
    fn of_sibling(name: &OsStr) -> Option<(Leftover, &OsStr)> {
        let text = name.to_str()?;
        let of = OsStr::new(text.strip_prefix('.')?.rsplit_once(MARK)?.0);
        let kind = Leftover::of(name, &prefix(of))?;
        // A run that was set aside goes back only if its name is known in full.
        (kind == Leftover::Staging || !is_digest(of)).then_some((kind, of))
    }

    /// `out`: where the run was to stand.
    fn clear(self, path: &Path, out: &Path) -> io::Result<()> {
        // Without locks nobody can tell a leftover from a live run's folder.
        let Hold::Held(handle) = Hold::on(path)? else {
            return Ok(());
        };
        if !still_names(path, &handle)? {
            return Ok(());
        }
        match self {
            // The older run after an exchange; others may have put files there.
            Leftover::Staging if listed_files(path).is_some() => {
                let _ = fs::remove_dir_all(path.join(super::SCRATCH));
                remove_run(path, out)
            }
            Leftover::Staging => fs::remove_dir_all(path),
            Leftover::Aside => match Place::resolve(out).and_then(|place| place.standing(true)) {
                Ok(Standing::Absent | Standing::Empty) => fs::rename(path, out),
                Ok(Standing::Ours) if is_ours(path) => remove_run(path, out),
                _ => Ok(()),
            },
        }
    }
}

/// Whether a name is one that stands for a longer one, see [`prefix`].
fn is_digest(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.len() == 2 * DIGEST && name.iter().all(is_hex_digit)
}

/// Whether this makes the name of a staging folder unique.
pub(super) fn is_unique_part(text: &[u8]) -> bool {
    text.len() == UNIQUE && text.iter().all(is_hex_digit)
}

fn is_hex_digit(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Whether a network file system gave this name to a file that was removed
/// while it was open.
pub(super) fn is_silly_rename(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".nfs")
}

fn staging_name(name: &OsStr) -> OsString {
    let mut staging = prefix(name);
    staging.push(unique_part());
    staging
}

fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    if name.len() <= LONGEST {
        prefix.push(name);
    } else {
        let digest = Sha256::digest(name.as_encoded_bytes());
        prefix.push(super::hex(&digest[..DIGEST]));
    }
    prefix.push(MARK);
    prefix
}

/// Digits that no other run has: the keys are drawn anew for each.
pub(super) fn unique_part() -> String {
    let number = std::hash::RandomState::new().hash_one(std::process::id());
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let of = |name: &str| Leftover::of(OsStr::new(name), &prefix(OsStr::new("out")));
        let unique = "0123456789abcdef";
        assert_eq!(
            of(&format!(".out.classmark-{unique}")),
            Some(Leftover::Staging)
        );
        assert_eq!(
            of(&format!(".out.classmark-{unique}-old")),
            Some(Leftover::Aside)
        );
        for other in [
            "out".to_owned(),
            ".out.classmark-".to_owned(),
            ".out.classmark-notes".to_owned(),
            format!(".out.classmark-{unique}0"),
            format!(".out2.classmark-{unique}"),
            ".out.classmark-0123456789ABCDEF".to_owned(),
        ] {
            assert_eq!(of(&other), None, "{other}");
        }
    }

    #[test]
    fn staging_names_fit_and_differ() {
        for length in [1, 199, 200, 201, 255] {
            let name = OsString::from("n".repeat(length));
            assert!(staging_name(&name).len() + ASIDE.len() <= 255);
            assert_ne!(staging_name(&name), staging_name(&name));
        }
        let long = |end: &str| prefix(OsStr::new(&format!("{}{end}", "n".repeat(230))));
        assert_ne!(long("a"), long("b"));
    }

    fn run(dir: &Path) {
        fs::create_dir(dir).unwrap();
        fs::write(
            dir.join("manifest.json"),
            r#"{"tool": {"name": "classmark"}}"#,
        )
        .unwrap();
    }

    #[test]
    fn a_run_that_was_set_aside_and_never_replaced_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::resolve(&dir.path().join("out")).unwrap();
        run(&aside(&place));
        clear(&place);
        assert!(is_ours(&place.path()));
        run(&aside(&place));
        clear(&place);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(is_ours(&place.path()));
    }

    #[test]
    fn a_run_set_aside_stays_when_a_stranger_took_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::resolve(&dir.path().join("out")).unwrap();
        fs::create_dir(place.path()).unwrap();
        fs::write(place.path().join("theirs"), "").unwrap();
        let aside = aside(&place);
        run(&aside);
        clear(&place);
        assert!(is_ours(&aside));
    }
}

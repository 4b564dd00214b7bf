//! Putting a whole folder in its place, so that nobody sees half of it.

use super::contents::{Contents, contents, is_unsupported, remove_run};
use super::error::{CommitError, Refusal, Step};
use super::inside;
use super::leftovers::{Hold, aside};
use super::place::{Place, Standing, still_names};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// How often what stands at the place may change under us.
const ATTEMPTS: usize = 100;

/// Puts the folder `staged` at `place`, makes that last, and takes it back if
/// it cannot be made to last. `sync` forces the names in the folders around
/// the place to the disk.
pub(super) fn put(
    staged: &Path,
    place: &Place,
    force: bool,
    sync: &dyn Fn() -> Result<(), CommitError>,
) -> Result<(), CommitError> {
    for _ in 0..ATTEMPTS {
        let standing = place.standing(force)?;
        // A run that began later and may not put a folder here works inside.
        if standing != Standing::Absent && inside::is_used(&place.path()) {
            return Err(Refusal::Busy(place.path()).into());
        }
        let done = match standing {
            Standing::Ours => replace(staged, place, sync)?,
            standing => publish(staged, place, standing, sync)?,
        };
        if done {
            return Ok(());
        }
    }
    Err(Refusal::Busy(place.path()).into())
}

/// Puts the folder where nothing or an empty folder stands. `false`: something
/// else stands there now.
fn publish(
    staged: &Path,
    place: &Place,
    standing: Standing,
    sync: &dyn Fn() -> Result<(), CommitError>,
) -> Result<bool, CommitError> {
    let out = place.path();
    // The system itself refuses to put a folder over one that is not empty.
    match fs::rename(staged, &out) {
        Ok(()) => {}
        Err(e) if taken(&e) => return Ok(false),
        Err(e) => return Err(CommitError::failed(Step::Rename, &out)(e)),
    }
    sync().inspect_err(|_| {
        let _ = fs::rename(&out, staged);
        if standing == Standing::Empty {
            let _ = fs::create_dir(&out);
        }
    })?;
    Ok(true)
}

fn taken(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists | ErrorKind::NotADirectory
    )
}

/// Puts the folder where an older run stands, and removes that. `false`:
/// something else stands there now.
fn replace(
    staged: &Path,
    place: &Place,
    sync: &dyn Fn() -> Result<(), CommitError>,
) -> Result<bool, CommitError> {
    let out = place.path();
    let failed = |e| CommitError::failed(Step::Rename, &out)(e);
    // Held so that nobody takes the older run for a leftover while it is aside.
    let old = match Hold::on(&out) {
        Ok(Hold::Held(old) | Hold::Unsupported(old)) => old,
        Ok(Hold::Taken) => return Err(Refusal::Busy(out).into()),
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(failed(e)),
    };
    // Looked at once more now that it is held.
    let unchanged = still_names(&out, &old).map_err(failed)?;
    if !unchanged || place.standing(true)? != Standing::Ours {
        return Ok(false);
    }
    match exchange(staged, &out) {
        Ok(()) => settle_exchange(staged, &out, &old, sync),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) if is_unsupported(&e) => {
            replace_in_two_steps(staged, &out, &aside(place), &old, sync)
        }
        Err(e) => Err(failed(e)),
    }
}

/// After an exchange: what was there must be what we looked at.
fn settle_exchange(
    staged: &Path,
    out: &Path,
    old: &File,
    sync: &dyn Fn() -> Result<(), CommitError>,
) -> Result<bool, CommitError> {
    let undo = || exchange(staged, out).map_err(CommitError::failed(Step::Rename, out));
    if !still_names(staged, old).unwrap_or(false) {
        undo()?;
        return Ok(false);
    }
    if let Err(e) = check_only_the_run(staged, out).and_then(|()| sync()) {
        undo()?;
        return Err(e);
    }
    // The new run is whole and in place; what stays of the old one is cleared
    // by the next run.
    let _ = remove_run(staged, out);
    Ok(true)
}

/// Fails if somebody put something into the older run, which is out of its
/// place now, after it was looked at.
fn check_only_the_run(older: &Path, out: &Path) -> Result<(), CommitError> {
    match contents(older).map_err(CommitError::failed(Step::Read, out))? {
        Contents::RunAndOthers(entries) => Err(Refusal::ForeignEntries {
            folder: out.into(),
            entries,
        }
        .into()),
        Contents::Others => Err(Refusal::NotOurs(out.into()).into()),
        Contents::Empty | Contents::Run => Ok(()),
    }
}

/// Where two folders cannot be exchanged in one step: the older run goes aside,
/// the new one takes its place. Killed in between, [`super::leftovers::clear`]
/// puts the older run back.
fn replace_in_two_steps(
    staged: &Path,
    out: &Path,
    aside: &Path,
    old: &File,
    sync: &dyn Fn() -> Result<(), CommitError>,
) -> Result<bool, CommitError> {
    match fs::rename(out, aside) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(CommitError::failed(Step::Rename, out)(e)),
    }
    let put_back = || fs::rename(aside, out).map_err(CommitError::failed(Step::Rename, aside));
    if !still_names(aside, old).unwrap_or(false) {
        put_back()?;
        return Ok(false);
    }
    if let Err(e) = fs::rename(staged, out) {
        put_back()?;
        return Err(CommitError::failed(Step::Rename, out)(e));
    }
    if let Err(e) = check_only_the_run(aside, out).and_then(|()| sync()) {
        fs::rename(out, staged).map_err(CommitError::failed(Step::Rename, out))?;
        put_back()?;
        return Err(e);
    }
    // See settle_exchange.
    let _ = remove_run(aside, out);
    Ok(true)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    struct Scene {
        dir: tempfile::TempDir,
        place: Place,
        staged: PathBuf,
    }

    fn run(dir: &Path, version: &str) {
        fs::create_dir(dir).unwrap();
        let manifest = r#"{"tool": {"name": "classmark"}, "outputs": [{"name": "version"}]}"#;
        fs::write(dir.join("manifest.json"), manifest).unwrap();
        fs::write(dir.join("version"), version).unwrap();
    }

    fn version(dir: &Path) -> String {
        fs::read_to_string(dir.join("version")).unwrap()
    }

    fn scene() -> Scene {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::resolve(&dir.path().join("out")).unwrap();
        let staged = dir.path().join("staged");
        run(&staged, "new");
        Scene { dir, place, staged }
    }

    fn synced() -> Result<(), CommitError> {
        Ok(())
    }

    fn not_synced() -> Result<(), CommitError> {
        let e = io::Error::from(ErrorKind::StorageFull);
        Err(CommitError::failed(Step::Sync, Path::new("disk"))(e))
    }

    #[test]
    fn a_publication_that_cannot_be_synced_is_taken_back() {
        for was_there in [false, true] {
            let s = scene();
            if was_there {
                fs::create_dir(s.place.path()).unwrap();
            }
            put(&s.staged, &s.place, false, &not_synced).unwrap_err();
            assert_eq!(version(&s.staged), "new");
            assert_eq!(s.place.path().exists(), was_there);
        }
    }

    #[test]
    fn a_replacement_that_cannot_be_synced_is_taken_back() {
        let s = scene();
        run(&s.place.path(), "old");
        put(&s.staged, &s.place, true, &not_synced).unwrap_err();
        assert_eq!(version(&s.place.path()), "old");
        assert_eq!(version(&s.staged), "new");
        put(&s.staged, &s.place, true, &synced).unwrap();
        assert_eq!(version(&s.place.path()), "new");
        assert_eq!(fs::read_dir(s.dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_steps_replace_and_undo_too() {
        let s = scene();
        let out = s.place.path();
        run(&out, "old");
        let old = File::open(&out).unwrap();
        let side = aside(&s.place);
        replace_in_two_steps(&s.staged, &out, &side, &old, &not_synced).unwrap_err();
        assert_eq!(version(&out), "old");
        assert_eq!(version(&s.staged), "new");
        assert!(replace_in_two_steps(&s.staged, &out, &side, &old, &synced).unwrap());
        assert_eq!(version(&out), "new");
        assert_eq!(fs::read_dir(s.dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_steps_put_the_old_run_back_when_the_new_one_is_gone() {
        let s = scene();
        let out = s.place.path();
        run(&out, "old");
        let old = File::open(&out).unwrap();
        fs::remove_dir_all(&s.staged).unwrap();
        replace_in_two_steps(&s.staged, &out, &aside(&s.place), &old, &synced).unwrap_err();
        assert_eq!(version(&out), "old");
    }

    #[test]
    fn a_folder_that_is_not_the_one_looked_at_is_given_back() {
        let s = scene();
        let out = s.place.path();
        run(&out, "other");
        let elsewhere = File::open(s.dir.path()).unwrap();
        exchange(&s.staged, &out).unwrap();
        assert!(!settle_exchange(&s.staged, &out, &elsewhere, &synced).unwrap());
        assert_eq!(version(&out), "other");
        let side = aside(&s.place);
        assert!(!replace_in_two_steps(&s.staged, &out, &side, &elsewhere, &synced).unwrap());
        assert_eq!(version(&out), "other");
        assert_eq!(version(&s.staged), "new");
    }

    #[test]
    fn a_run_that_somebody_holds_is_not_replaced() {
        let s = scene();
        run(&s.place.path(), "old");
        let held = File::open(s.place.path()).unwrap();
        held.lock().unwrap();
        assert!(matches!(
            put(&s.staged, &s.place, true, &synced),
            Err(CommitError::Refused(Refusal::Busy(_)))
        ));
        assert_eq!(version(&s.place.path()), "old");
    }
}

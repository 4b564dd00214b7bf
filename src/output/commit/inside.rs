//! A run that is staged inside the folder where it is to stand.
//!
//! This is for folders that no other folder can take the place of: mount
//! points, the current folder, folders in a parent that takes nothing, folders
//! whose owner or group only somebody else can give.
//!
//! The staging folder lies in the output folder. Once it is whole, the files
//! of the earlier run move into it (its manifest first: from then on the folder
//! is no run), then the new files move out of it, the manifest last. Nothing is
//! deleted before that. The moves are written to a journal first, so that a
//! later run can undo those of a killed run.

use super::contents::{MANIFEST, contents, listed_files, rename_new};
use super::error::{CommitError, Refusal, Step};
use super::leftovers::{self, Hold};
use super::place::{Place, Standing, still_names};
use super::{SCRATCH, contents::Contents, sync_folder};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Begins the names of staging folders.
const PREFIX: &str = ".classmark-";
/// In a staging folder: what is to move.
pub(super) const JOURNAL: &str = ".journal";
/// In a staging folder: the files of the earlier run.
pub(super) const REPLACED: &str = ".replaced";

/// Whether something in an output folder is called as a staging folder is.
pub(super) fn is_staging_name(name: &OsStr) -> bool {
    let unique = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX))
        .unwrap_or_default();
    leftovers::is_unique_part(unique.as_bytes())
}

/// The staging folders in an output folder.
fn staging_folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| is_staging_name(&entry.file_name()))
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    found.sort_unstable();
    found
}

/// Whether runs are staged inside `folder`.
pub(super) fn is_used(folder: &Path) -> bool {
    !staging_folders(folder).is_empty()
}

/// A new locked staging folder inside `folder`.
pub(super) fn create(folder: &Path) -> Result<(PathBuf, File), CommitError> {
    let failed = |e| CommitError::failed(Step::CreateIn, folder)(e);
    for _ in 0..leftovers::ATTEMPTS {
        let name = OsString::from(format!("{PREFIX}{}", leftovers::unique_part()));
        match leftovers::make_locked(&folder.join(name)) {
            Ok(Some(made)) => return Ok(made),
            Ok(None) if folder.is_dir() => {}
            Ok(None) => return Err(failed(ErrorKind::NotFound.into())),
            Err(e) => return Err(failed(e)),
        }
    }
    Err(failed(ErrorKind::AlreadyExists.into()))
}

/// Removes a staging folder that is not needed any more.
pub(super) fn discard(staged: &Path) {
    // Files of an earlier run that did not find the way back are kept.
    let replaced = fs::read_dir(staged.join(REPLACED));
    if !replaced.is_ok_and(|mut entries| entries.next().is_some()) {
        // What cannot be removed is cleared by the next run.
        let _ = fs::remove_dir_all(staged);
    }
}

/// Clears what killed runs left in `folder`, as far as it can be cleared: what
/// they had moved goes back.
pub(super) fn recover(folder: &Path) {
    for staged in staging_folders(folder) {
        let Some(_leftover) = leftover(&staged) else {
            continue;
        };
        // Somebody who holds the output folder moves files in it at this moment.
        if let Ok(Hold::Held(_held)) = Hold::on(folder) {
            clear(&staged, folder);
        }
    }
}

/// The lock on a staging folder that no live run has.
fn leftover(staged: &Path) -> Option<File> {
    // Without locks nobody can tell a leftover from the folder of a live run.
    match Hold::on(staged) {
        Ok(Hold::Held(handle)) if still_names(staged, &handle).unwrap_or(false) => Some(handle),
        _ => None,
    }
}

/// Clears a leftover; what cannot move back is kept.
fn clear(staged: &Path, folder: &Path) {
    if move_back(staged, folder).is_ok() {
        let _ = fs::remove_dir_all(staged);
    }
}

/// Puts what was staged in `staged` into the folder that it lies in.
///
/// After an error the folder is as it was.
pub(super) fn put(staged: &Path, place: &Place, force: bool) -> Result<(), CommitError> {
    let folder = place.path();
    let _held = hold(&folder)?;
    for other in staging_folders(&folder) {
        if other != staged
            && let Some(_leftover) = leftover(&other)
        {
            clear(&other, &folder);
        }
    }
    let standing = place.standing(force)?;
    if standing == Standing::Absent {
        let gone = io::Error::from(ErrorKind::NotFound);
        return Err(CommitError::failed(Step::Read, &folder)(gone));
    }
    let moved = swap(staged, &folder);
    if moved.is_err() {
        // Nobody could do more about it: the staging folder stays then.
        let _ = move_back(staged, &folder);
    }
    moved?;
    let _ = fs::remove_dir_all(staged);
    Ok(())
}

/// Takes the lock on the output folder.
fn hold(folder: &Path) -> Result<File, CommitError> {
    match Hold::on(folder).map_err(CommitError::failed(Step::Read, folder))? {
        Hold::Held(handle) | Hold::Unsupported(handle) => Ok(handle),
        Hold::Taken => Err(Refusal::Busy(folder.into()).into()),
    }
}

/// The old files in, the new files out.
fn swap(staged: &Path, folder: &Path) -> Result<(), CommitError> {
    let entries = staged_entries(staged)?;
    let old = listed_files(folder);
    let replaced = staged.join(REPLACED);
    fs::create_dir(&replaced).map_err(CommitError::failed(Step::Create, &replaced))?;
    Journal::write(staged, &entries)?;
    if let Some(names) = old {
        // The manifest first: what is left is no run.
        take_away(folder, MANIFEST, &replaced)?;
        sync_folder(folder)?;
        names
            .iter()
            .try_for_each(|name| take_away(folder, name, &replaced))?;
        sync_folder(&replaced)?;
    }
    let (last, data): (Vec<_>, Vec<_>) = entries.iter().partition(|name| *name == MANIFEST);
    for names in [data, last] {
        for name in names {
            let to = folder.join(name);
            rename_new(&staged.join(name), &to).map_err(|e| moved_in(e, folder, name))?;
        }
        sync_folder(folder)?;
    }
    Ok(())
}

/// The entries of a staging folder that are to move.
fn staged_entries(staged: &Path) -> Result<Vec<String>, CommitError> {
    let failed = |e| CommitError::failed(Step::Read, staged)(e);
    let mut names = Vec::new();
    for entry in fs::read_dir(staged).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.into_string();
        names.push(name.map_err(|_| failed(ErrorKind::InvalidData.into()))?);
    }
    names.retain(|name| ![SCRATCH, JOURNAL, REPLACED].contains(&name.as_str()));
    names.sort_unstable();
    Ok(names)
}

/// Moves a file of the earlier run out of the way; one that is not there is none.
fn take_away(folder: &Path, name: &str, replaced: &Path) -> Result<(), CommitError> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Ok(there) if there.is_file() => {
            fs::rename(&path, replaced.join(name)).map_err(CommitError::failed(Step::Rename, &path))
        }
        // It became a folder or a link after it was looked at.
        _ => Err(Refusal::ForeignEntries {
            folder: folder.into(),
            entries: vec![name.into()],
        }
        .into()),
    }
}

fn moved_in(e: io::Error, folder: &Path, name: &str) -> CommitError {
    match (e.kind(), contents(folder)) {
        // Somebody else put something there meanwhile.
        (ErrorKind::AlreadyExists, Ok(Contents::Others)) => Refusal::ForeignEntries {
            folder: folder.into(),
            entries: vec![name.into()],
        }
        .into(),
        _ => CommitError::failed(Step::Rename, &folder.join(name))(e),
    }
}

/// Undoes a swap that did not come to its end; `Ok` also when it had.
fn move_back(staged: &Path, folder: &Path) -> io::Result<()> {
    if let Some(journal) = Journal::read(staged) {
        if journal.is_done(staged) {
            return Ok(());
        }
        // The manifest, which went last, first.
        let (first, rest): (Vec<_>, Vec<_>) =
            journal.moves.iter().partition(|m| m.name == MANIFEST);
        for moved in first.into_iter().chain(rest) {
            moved.take_back(staged, folder)?;
        }
    }
    let replaced = staged.join(REPLACED);
    let Ok(entries) = fs::read_dir(&replaced) else {
        return Ok(());
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name());
    }
    // The manifest last: until then the folder is no run.
    names.sort_unstable_by_key(|name| name == MANIFEST);
    for name in names {
        rename_new(&replaced.join(&name), &folder.join(&name))?;
    }
    // Before what is left of the staging folder goes.
    sync_folder(folder).map_err(io::Error::other)
}

/// What is to move out of a staging folder, by which it is known again.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    moves: Vec<Move>,
}

/// A file or folder that is to move. The number of its inode is no part of this:
/// some network file systems give another one when a file is renamed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Move {
    name: String,
    bytes: u64,
    modified: Option<u64>,
}

impl Journal {
    fn write(staged: &Path, entries: &[String]) -> Result<(), CommitError> {
        let path = staged.join(JOURNAL);
        let write = || {
            let moves = entries.iter().map(|name| Move::of(staged, name));
            let moves = moves.collect::<io::Result<_>>()?;
            let text = serde_json::to_vec(&Journal { moves })?;
            let mut file = File::create_new(&path)?;
            file.write_all(&text)?;
            file.sync_all()
        };
        write().map_err(CommitError::failed(Step::Write, &path))?;
        sync_folder(staged)
    }

    /// `None`: nothing has moved yet.
    fn read(staged: &Path) -> Option<Journal> {
        serde_json::from_slice(&fs::read(staged.join(JOURNAL)).ok()?).ok()
    }

    /// Whether all has moved.
    fn is_done(&self, staged: &Path) -> bool {
        let is_there = |m: &Move| fs::symlink_metadata(staged.join(&m.name)).is_ok();
        !self.moves.iter().any(is_there)
    }
}

impl Move {
    fn of(folder: &Path, name: &str) -> io::Result<Move> {
        let there = fs::symlink_metadata(folder.join(name))?;
        let since = |at: std::time::SystemTime| at.duration_since(UNIX_EPOCH).ok();
        Ok(Move {
            name: name.to_owned(),
            bytes: if there.is_file() { there.len() } else { 0 },
            modified: there
                .modified()
                .ok()
                .and_then(since)
                .map(|at| at.as_nanos() as u64),
        })
    }

    /// Moves it back, if it has moved and is still what it was.
    fn take_back(&self, staged: &Path, folder: &Path) -> io::Result<()> {
        let (from, to) = (folder.join(&self.name), staged.join(&self.name));
        let has_moved = fs::symlink_metadata(&to).is_err();
        match Move::of(folder, &self.name) {
            Ok(there) if has_moved && there == *self => rename_new(&from, &to),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: [&str; 3] = ["added", "data", MANIFEST];
    const OLD: [&str; 3] = ["data", "dropped", MANIFEST];

    /// A run of these files, each of which says `text`.
    fn run(dir: &Path, names: &[&str], text: &str) {
        fs::create_dir_all(dir).unwrap();
        let outputs: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"name": name, "by": text}))
            .collect();
        let manifest = serde_json::json!({"tool": {"name": "classmark"}, "outputs": outputs});
        for name in names {
            let content = if *name == MANIFEST {
                manifest.to_string()
            } else {
                text.to_owned()
            };
            fs::write(dir.join(name), content).unwrap();
        }
    }

    /// The files in a folder, and what they say.
    fn seen(dir: &Path) -> Vec<(OsString, String)> {
        let mut all: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let text = fs::read_to_string(&path).unwrap_or_default();
                (path.file_name().unwrap().to_os_string(), text)
            })
            .collect();
        all.sort();
        all
    }

    struct Scene {
        _dir: tempfile::TempDir,
        folder: PathBuf,
        staged: PathBuf,
        old: Vec<(OsString, String)>,
        new: Vec<(OsString, String)>,
    }

    /// An earlier run, and a new one in a staging folder that nobody holds.
    fn scene() -> Scene {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("out");
        run(&folder, &OLD, "old");
        let old = seen(&folder);
        let staged = folder.join(".classmark-0123456789abcdef");
        run(&staged, &NEW, "new");
        Scene {
            old,
            new: seen(&staged),
            folder,
            staged,
            _dir: dir,
        }
    }

    /// The renames of a swap, in its order.
    fn renames(scene: &Scene) -> Vec<(PathBuf, PathBuf)> {
        let (folder, staged) = (&scene.folder, &scene.staged);
        let replaced = staged.join(REPLACED);
        let out = [MANIFEST, "data", "dropped"];
        let out = out.map(|name| (folder.join(name), replaced.join(name)));
        let into = NEW.map(|name| (staged.join(name), folder.join(name)));
        out.into_iter().chain(into).collect()
    }

    /// What a run leaves that is killed after so many renames.
    fn killed_after(steps: usize) -> Scene {
        let scene = scene();
        fs::create_dir(scene.staged.join(REPLACED)).unwrap();
        Journal::write(&scene.staged, &staged_entries(&scene.staged).unwrap()).unwrap();
        for (from, to) in renames(&scene).into_iter().take(steps) {
            fs::rename(from, to).unwrap();
        }
        scene
    }

    #[test]
    fn a_swap_that_was_killed_is_undone_and_one_that_was_done_stays() {
        let all = renames(&scene()).len();
        for steps in 0..=all {
            let scene = killed_after(steps);
            let is_run = super::super::is_ours(&scene.folder);
            assert_eq!(is_run, steps == 0 || steps == all, "{steps}");
            recover(&scene.folder);
            let whole = if steps == all { &scene.new } else { &scene.old };
            assert_eq!(&seen(&scene.folder), whole, "{steps}");
        }
    }

    #[test]
    fn an_undo_that_was_killed_is_continued() {
        let all = renames(&scene()).len();
        for undone in 1..all {
            let scene = killed_after(all - 1);
            for (from, to) in renames(&scene).into_iter().take(all - 1).rev().take(undone) {
                fs::rename(to, from).unwrap();
            }
            recover(&scene.folder);
            assert_eq!(seen(&scene.folder), scene.old, "{undone}");
        }
    }

    #[test]
    fn files_that_others_put_there_meanwhile_are_left_alone() {
        let scene = killed_after(4);
        // One of ours replaced, and one more.
        fs::remove_file(scene.folder.join("added")).unwrap();
        fs::write(scene.folder.join("added"), "theirs").unwrap();
        fs::write(scene.folder.join("notes"), "theirs").unwrap();
        recover(&scene.folder);
        for name in ["added", "notes"] {
            let text = fs::read_to_string(scene.folder.join(name)).unwrap();
            assert_eq!(text, "theirs");
        }
        let manifest = fs::read_to_string(scene.folder.join(MANIFEST)).unwrap();
        assert!(manifest.contains("old"));
    }

    #[test]
    fn an_earlier_run_whose_place_is_taken_is_kept() {
        let scene = killed_after(3);
        fs::write(scene.folder.join("data"), "theirs").unwrap();
        recover(&scene.folder);
        let text = |path: PathBuf| fs::read_to_string(path).unwrap();
        assert_eq!(text(scene.folder.join("data")), "theirs");
        assert_eq!(text(scene.staged.join(REPLACED).join("data")), "old");
        discard(&scene.staged);
        assert_eq!(text(scene.staged.join(REPLACED).join("data")), "old");
    }

    #[test]
    fn the_folder_of_a_live_run_is_left_alone() {
        let scene = scene();
        let held = File::open(&scene.staged).unwrap();
        held.lock().unwrap();
        recover(&scene.folder);
        assert!(scene.staged.join("data").exists());
        drop(held);
        recover(&scene.folder);
        assert_eq!(seen(&scene.folder), scene.old);
    }

    #[test]
    fn a_swap_that_fails_leaves_the_earlier_run() {
        let scene = scene();
        // A name that the system does not take.
        fs::write(scene.staged.join("zz"), "").unwrap();
        fs::create_dir(scene.folder.join("zz")).unwrap();
        let failed = swap(&scene.staged, &scene.folder).unwrap_err();
        assert!(failed.to_string().contains("zz"), "{failed}");
        move_back(&scene.staged, &scene.folder).unwrap();
        fs::remove_dir(scene.folder.join("zz")).unwrap();
        discard(&scene.staged);
        assert_eq!(seen(&scene.folder), scene.old);
    }
}

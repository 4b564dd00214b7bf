//! What an output folder holds: an earlier run, files of other people, or nothing.

use super::inside;
use super::leftovers::is_silly_rename;
use super::place::is_mount_point;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

/// The file that lists the files of a run.
pub(super) const MANIFEST: &str = "manifest.json";
/// Largest manifest that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// The folder that file systems of the ext family keep in their root.
const LOST_AND_FOUND: &str = "lost+found";

/// What a folder holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Nothing, staging folders of runs aside.
    Empty,
    /// An earlier run and nothing else.
    Run,
    /// An earlier run, and entries that are not files of that run.
    RunAndOthers(Vec<OsString>),
    /// Something, but no run.
    Others,
}

/// Looks at what the folder `dir` holds. Only regular files that the manifest
/// lists, and the manifest itself, belong to a run.
pub(super) fn contents(dir: &Path) -> io::Result<Contents> {
    let listed = listed_files(dir);
    let mut is_empty = true;
    let mut others = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if inside::is_staging_name(&name) && kind.is_dir() || is_unused_disk(dir, &name) {
            continue;
        }
        is_empty = false;
        let is_listed = |listed: &BTreeSet<String>| {
            let name = name.to_str();
            name.is_some_and(|name| name == MANIFEST || listed.contains(name))
        };
        if !(kind.is_file() && listed.as_ref().is_some_and(is_listed)) {
            others.push(name);
        }
    }
    others.sort_unstable();
    Ok(match (listed, is_empty) {
        (_, true) => Contents::Empty,
        (None, _) => Contents::Others,
        (Some(_), _) if others.is_empty() => Contents::Run,
        (Some(_), _) => Contents::RunAndOthers(others),
    })
}

/// A fresh volume is empty, though its file system keeps a folder in it.
fn is_unused_disk(dir: &Path, name: &OsStr) -> bool {
    name == LOST_AND_FOUND
        && dir
            .parent()
            .is_some_and(|parent| is_mount_point(dir, parent))
}

/// The files that the manifest of the run in `dir` lists, without the manifest
/// itself; `None` if there is no run of classmark.
///
/// Names that are not plain file names are left out: they would name files
/// outside of the folder.
pub(super) fn listed_files(dir: &Path) -> Option<BTreeSet<String>> {
    let manifest = manifest(dir)?;
    let outputs = manifest.get("outputs").and_then(Value::as_array);
    let names = outputs.into_iter().flatten();
    let names = names.filter_map(|output| output.get("name")?.as_str());
    let is_plain = |name: &&str| Path::new(name).file_name() == Some(OsStr::new(name));
    Some(
        names
            .filter(is_plain)
            .filter(|name| *name != MANIFEST)
            .map(str::to_owned)
            .collect(),
    )
}

/// The manifest of a run of classmark.
fn manifest(dir: &Path) -> Option<Value> {
    let path = dir.join(MANIFEST);
    // Not through a link, never a pipe that would make us wait, never more
    // than fits in memory.
    if !fs::symlink_metadata(&path).is_ok_and(|there| there.is_file() && there.len() <= LARGEST) {
        return None;
    }
    let file = File::open(&path).ok()?;
    let manifest = BufReader::new(file.take(LARGEST));
    let manifest: Value = serde_json::from_reader(manifest).ok()?;
    (manifest.pointer("/tool/name") == Some(&Value::from("classmark"))).then_some(manifest)
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
    manifest(dir).is_some()
}

/// Removes the folder `dir` with the run in it, and nothing else: what other
/// people have put there is moved into the folder `out`.
///
/// The manifest goes last, so that a removal that was cut short can be continued.
pub(super) fn remove_run(dir: &Path, out: &Path) -> io::Result<()> {
    for name in listed_files(dir).unwrap_or_default() {
        remove_file(&dir.join(name))?;
    }
    remove_file(&dir.join(MANIFEST))?;
    match fs::remove_dir(dir) {
        Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => rescue(dir, out),
        removed => removed,
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => fs::remove_file(path),
        _ => Ok(()),
    }
}

/// Moves what is left in `dir` into `out`. If that is not possible, `dir` gets
/// a name that is never cleared.
fn rescue(dir: &Path, out: &Path) -> io::Result<()> {
    let mut is_stuck = false;
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        if !is_silly_rename(&name) {
            is_stuck |= rename_new(&dir.join(&name), &out.join(&name)).is_err();
        }
    }
    if is_stuck {
        let mut kept = dir.as_os_str().to_os_string();
        kept.push("-kept");
        return fs::rename(dir, kept);
    }
    fs::remove_dir(dir)
}

/// Renames, unless `to` exists.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rename_without_replacing(from, to) {
        Err(e) if is_unsupported(&e) => match fs::symlink_metadata(to) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(e) if e.kind() == ErrorKind::NotFound => fs::rename(from, to),
            Err(e) => Err(e),
        },
        renamed => renamed,
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_without_replacing(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Whether the system or the file system lacks a way of renaming.
pub(super) fn is_unsupported(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput)
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

    /// A folder with a run that lists `names`, of which `data` is there.
    fn run(dir: &Path, names: &[&str]) {
        fs::create_dir(dir).unwrap();
        let outputs: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"name": name}))
            .collect();
        let manifest = serde_json::json!({"tool": {"name": "classmark"}, "outputs": outputs});
        fs::write(dir.join(MANIFEST), manifest.to_string()).unwrap();
        fs::write(dir.join("data"), "").unwrap();
    }

    #[test]
    fn only_regular_files_that_are_listed_belong_to_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        run(
            &out,
            &["data", "../data", "/etc/hosts", "sub/x", "", ".", "folder"],
        );
        assert_eq!(
            listed_files(&out).unwrap(),
            BTreeSet::from(["data".to_owned(), "folder".to_owned()])
        );
        assert_eq!(contents(&out).unwrap(), Contents::Run);
        fs::create_dir(out.join("folder")).unwrap();
        fs::write(out.join("notes"), "").unwrap();
        let others = ["folder", "notes"].map(OsString::from).to_vec();
        assert_eq!(contents(&out).unwrap(), Contents::RunAndOthers(others));
        fs::remove_file(out.join(MANIFEST)).unwrap();
        assert_eq!(contents(&out).unwrap(), Contents::Others);
    }

    #[test]
    fn what_lies_beside_a_removed_run_moves_to_its_successor() {
        let dir = tempfile::tempdir().unwrap();
        let (old, out) = (dir.path().join("old"), dir.path().join("out"));
        run(&old, &["data"]);
        run(&out, &["data"]);
        fs::write(old.join("notes"), "keep").unwrap();
        fs::create_dir(old.join("folder")).unwrap();
        remove_run(&old, &out).unwrap();
        assert!(!old.exists());
        assert_eq!(fs::read_to_string(out.join("notes")).unwrap(), "keep");
        assert!(out.join("folder").is_dir());
    }

    #[test]
    fn what_cannot_move_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (old, out) = (dir.path().join("old"), dir.path().join("out"));
        run(&old, &["data"]);
        run(&out, &["data"]);
        for (place, text) in [(&old, "older"), (&out, "newer")] {
            fs::write(place.join("notes"), text).unwrap();
        }
        remove_run(&old, &out).unwrap();
        let kept = dir.path().join("old-kept");
        assert_eq!(fs::read_to_string(kept.join("notes")).unwrap(), "older");
        assert_eq!(fs::read_to_string(out.join("notes")).unwrap(), "newer");
    }

    #[test]
    fn renaming_never_replaces() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| dir.path().join(name));
        fs::write(&a, "a").unwrap();
        fs::write(&b, "b").unwrap();
        assert_eq!(
            rename_new(&a, &b).unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read_to_string(&b).unwrap(), "b");
        rename_new(&a, &dir.path().join("c")).unwrap();
    }
}

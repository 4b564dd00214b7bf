//! Files that are no store, or not a whole one.

use super::{ada, child, document, place};
use classmark::store::{OpenError, Options, Store, backup};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

fn refusal(path: &Path) -> OpenError {
    match Store::open(path, &Options::default()) {
        Err(error) => error,
        Ok(_) => panic!("`{}` was opened", path.display()),
    }
}

/// A store with enough in it for many pages, closed.
fn full(path: &Path) -> Vec<u8> {
    let store = Store::open(path, &Options::default()).unwrap();
    for n in 0..100 {
        let name = format!("framework {n}");
        let mut large = document(&name, &[&name]);
        large.text = name.repeat(200);
        store.create_framework(large, ada(n)).unwrap();
    }
    store.close().unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    for bytes in [
        &b"h"[..],
        b"hello",
        &[0; 4096],
        &[0xff; 100_000],
        b"SQLite format 3\0",
    ] {
        std::fs::write(&path, bytes).unwrap();
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Foreign(_)), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(refusal(&path), OpenError::Empty(_)));
    assert_eq!(std::fs::read(&path).unwrap(), b"");
    assert!(matches!(refusal(folder.path()), OpenError::NoFile(_)));
    let nowhere = folder.path().join("no/a.db");
    assert!(matches!(refusal(&nowhere), OpenError::NoFolder(_)));
    let missing = folder.path().join("b.db");
    let options = Options {
        create: false,
        ..Options::default()
    };
    let refused = Store::open(&missing, &options);
    assert!(matches!(refused, Err(OpenError::Missing(_))));
    assert!(!missing.exists());
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        ("table.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1);"),
        (
            "application.db",
            "PRAGMA application_id = 5; CREATE TABLE t (a);",
        ),
        ("version.db", "PRAGMA user_version = 1; CREATE TABLE t (a);"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = std::fs::read(&path).unwrap();
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Foreign(_)), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn a_store_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let whole = full(&path);
    for length in [
        1,
        50,
        99,
        100,
        511,
        4095,
        4096,
        5000,
        8192,
        whole.len() / 2,
        whole.len() - 4096,
        whole.len() - 1,
    ] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let refused = match Store::open(&path, &Options::default()) {
            Err(error) => error,
            Ok(store) => panic!("{length}: {:?}", store.frameworks(None).map(|f| f.len())),
        };
        assert!(
            matches!(refused, OpenError::Foreign(_) | OpenError::Broken { .. }),
            "{length}: {refused:?}"
        );
    }
    std::fs::write(&path, &whole).unwrap();
    let store = Store::open(&path, &Options::default()).unwrap();
    assert_eq!(store.frameworks(None).unwrap().len(), 100);
}

#[test]
fn damaged_pages_are_refused_or_read_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let whole = full(&path);
    let mut refused = 0;
    for page in 0..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..][..64].fill(0xa5);
        std::fs::write(&path, &damaged).unwrap();
        match Store::open(&path, &Options::default()) {
            Err(OpenError::Foreign(_) | OpenError::Broken { .. }) => refused += 1,
            Err(other) => panic!("{page}: {other:?}"),
            // A page that only continues a text has no structure to contradict.
            Ok(store) => drop(store.frameworks(None)),
        }
    }
    assert!(refused > 10, "only {refused}");
}

#[test]
fn a_log_without_its_store_is_not_overwritten() {
    let place = place();
    place
        .create_framework(document("HR", &["a"]), ada(1))
        .unwrap();
    let lost = tempfile::tempdir().unwrap();
    let path = lost.path().join("classmark.db");
    let log = lost.path().join("classmark.db-wal");
    std::fs::copy(place.folder.path().join("classmark.db-wal"), &log).unwrap();
    let before = std::fs::read(&log).unwrap();
    assert!(matches!(refusal(&path), OpenError::Orphan(_)));
    assert_eq!(std::fs::read(&log).unwrap(), before);
}

#[test]
fn a_store_without_its_tables_is_refused() {
    let place = place();
    let path = place.path();
    place.close().unwrap();
    std::fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    let ours = "PRAGMA application_id = 0x434d726b; PRAGMA user_version = 99; CREATE TABLE t (a);";
    other.execute_batch(ours).unwrap();
    drop(other);
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Unusable { .. }), "{refused:?}");
}

#[test]
fn a_newer_store_is_refused_unless_it_says_that_we_can() {
    let place = place();
    let path = place.path();
    place
        .create_framework(document("HR", &["a"]), ada(1))
        .unwrap();
    place.close().unwrap();
    let newer = Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    let store = Store::open(&path, &Options::default()).unwrap();
    assert_eq!(store.frameworks(None).unwrap().len(), 1);
    store.close().unwrap();
    newer
        .execute_batch("UPDATE format SET oldest = 98")
        .unwrap();
    drop(newer);
    let refused = refusal(&path);
    assert!(
        matches!(refused, OpenError::Newer { format: 99, .. }),
        "{refused:?}"
    );
    let copy = place.folder.path().join("copy.db");
    assert!(matches!(backup(&path, copy), Err(OpenError::Newer { .. })));
}

#[test]
fn a_store_that_another_program_holds_is_told_as_busy() {
    let place = place();
    let path = place.path();
    place.close().unwrap();
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    assert!(matches!(refusal(&path), OpenError::Busy(_)));
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    Store::open(&path, &Options::default()).unwrap();
}

/// Root may write anywhere: the child is nobody.
#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let answer = |path: &Path| -> Option<String> {
        let mut command = child::command("open", path, None);
        if std::fs::metadata("/root").is_ok_and(|_| std::fs::read_dir("/root").is_ok()) {
            command.uid(65_534).gid(65_534);
        }
        let output = command.output().ok()?;
        let output = String::from_utf8(output.stdout).unwrap();
        output.lines().find_map(child::said).map(str::to_owned)
    };
    let permit = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    permit(folder.path(), 0o777);
    // Where this program's own file cannot be reached by nobody there is no child.
    if answer(&folder.path().join("b.db")).is_none() {
        return;
    }
    permit(folder.path(), 0o555);
    let refused = answer(&path).unwrap();
    assert!(refused.starts_with("refused: "), "{refused}");
    assert!(!path.exists());

    full(&path);
    for (folder_mode, file_mode) in [(0o555, 0o666), (0o777, 0o444), (0o777, 0o000)] {
        permit(&path, file_mode);
        permit(folder.path(), folder_mode);
        let refused = answer(&path).unwrap();
        assert!(
            refused.starts_with("refused: "),
            "{folder_mode:o} {file_mode:o}: {refused}"
        );
    }
    permit(&path, 0o666);
    assert_eq!(answer(&path).unwrap(), "opened");
}

#[test]
fn messages_for_clients_hold_nothing_internal() {
    let place = place();
    let path = place.path();
    let breaker = Connection::open(&path).unwrap();
    breaker.execute_batch("DROP TABLE audit").unwrap();
    let fault = place
        .create_framework(document("HR", &["a"]), ada(1))
        .unwrap_err();
    let message = fault.to_string();
    assert_eq!(message, "the store failed");
    let cause = std::error::Error::source(&fault).unwrap().to_string();
    assert!(cause.contains("audit"), "the log gets it: {cause}");
    assert_eq!(place.frameworks(None).unwrap(), [], "nothing of it is left");
}

#[test]
fn a_store_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Store::open(&path, &Options::default()).unwrap();
    let second = Store::open(&path, &Options::default());
    assert!(matches!(second, Err(OpenError::Busy(_))));
    let other = folder.path().join("other.db");
    std::os::unix::fs::symlink(&path, &other).unwrap();
    let second = Store::open(&other, &Options::default());
    assert!(matches!(second, Err(OpenError::Busy(_))));
    std::fs::remove_file(other).unwrap();
    assert!(store.frameworks(None).unwrap().is_empty());
    store.close().unwrap();
    drop(Store::open(&path, &Options::default()).unwrap());
    let names: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    // What a killed program has left behind locks nothing.
    std::fs::write(folder.path().join("store.db-lock"), "").unwrap();
    drop(Store::open(&path, &Options::default()).unwrap());
}

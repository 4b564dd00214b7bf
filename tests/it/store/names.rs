//! One store under several names, and who may read it.

use super::{ada, child, document, place};
use classmark::store::{OpenError, Options, Store, backup};
use rusqlite::Connection;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn refusal(path: &Path) -> OpenError {
    match Store::open(path, &Options::default()) {
        Err(error) => error,
        Ok(_) => panic!("`{}` was opened", path.display()),
    }
}

/// A store that a killed process has written last, and the names of frameworks in it.
fn killed(folder: &Path) -> PathBuf {
    let path = folder.join("a.db");
    let store = Store::open(&path, &Options::default()).unwrap();
    store.create_framework(document("0", &[]), ada(0)).unwrap();
    store.close().unwrap();
    let mut storm = child::command("storm", &path, None).spawn().unwrap();
    let lines = BufReader::new(storm.stdout.take().unwrap()).lines();
    let said = lines.map_while(Result::ok);
    let said = said.filter(|line| child::said(line).is_some()).take(5);
    assert_eq!(said.count(), 5);
    storm.kill().unwrap();
    storm.wait().unwrap();
    assert!(folder.join("a.db-wal").metadata().unwrap().len() > 0);
    path
}

#[test]
fn a_hard_link_is_the_same_store() {
    let place = place();
    let other = place.folder.path().join("other.db");
    std::fs::hard_link(place.path(), &other).unwrap();
    assert!(matches!(refusal(&other), OpenError::Busy(_)));
    // A process of its own is refused, too, and this one still holds its locks then.
    let output = child::command("open", &other, None).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let told = output.lines().find_map(child::said).unwrap();
    assert!(told.contains("is open in another program"), "{told}");
    place
        .create_framework(document("HR", &["a"]), ada(1))
        .unwrap();
    assert!(!place.folder.path().join("other.db-wal").exists());
    place.close().unwrap();
    // Closed well, it may be opened by any name.
    let store = Store::open(&other, &Options::default()).unwrap();
    assert_eq!(store.frameworks(None).unwrap().len(), 1);
    assert!(matches!(refusal(&place.path()), OpenError::Busy(_)));
    store.close().unwrap();
    let store = Store::open(place.path(), &Options::default()).unwrap();
    assert_eq!(store.frameworks(None).unwrap().len(), 1);
}

#[test]
fn a_store_in_a_folder_of_another_name_is_the_same_store() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("b")).unwrap();
    let store = Store::open(folder.path().join("a/s.db"), &Options::default()).unwrap();
    let other = folder.path().join("b/s.db");
    assert!(matches!(refusal(&other), OpenError::Busy(_)));
    drop(store);
    drop(Store::open(&other, &Options::default()).unwrap());
}

#[test]
fn a_log_that_belongs_to_another_name_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = killed(folder.path());
    let other = folder.path().join("b.db");
    std::fs::hard_link(&path, &other).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = refusal(&other);
    assert!(matches!(refused, OpenError::Elsewhere { .. }), "{refused}");
    assert!(refused.to_string().contains("a.db-wal"), "{refused}");
    let copy = folder.path().join("copy.db");
    let refused = backup(&other, &copy);
    assert!(matches!(refused, Err(OpenError::Elsewhere { .. })));
    assert!(!copy.exists() && std::fs::read(&path).unwrap() == before);
    // A copy of the file without its log is refused as well, wherever it is.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("c.db");
    std::fs::copy(&path, &copy).unwrap();
    assert!(matches!(refusal(&copy), OpenError::Elsewhere { .. }));
    // With its log it is whole.
    std::fs::copy(
        folder.path().join("a.db-wal"),
        elsewhere.path().join("c.db-wal"),
    )
    .unwrap();
    let store = Store::open(&copy, &Options::default()).unwrap();
    let moved = store.framework_versions(&store.frameworks(None).unwrap()[0].id);
    let moved = moved.unwrap().len();
    assert!(moved > 5);
    store.close().unwrap();
    // Its own name goes on, and once it is closed well, so does the other one.
    let store = Store::open(&path, &Options::default()).unwrap();
    let id = store.frameworks(None).unwrap()[0].id.clone();
    assert_eq!(store.framework_versions(&id).unwrap().len(), moved);
    store.close().unwrap();
    drop(Store::open(&other, &Options::default()).unwrap());
}

#[test]
fn a_log_that_cannot_be_found_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = killed(folder.path());
    let moved = folder.path().join("moved.db");
    std::fs::rename(&path, &moved).unwrap();
    let log = folder.path().join("a.db-wal");
    std::fs::rename(&log, folder.path().join("log")).unwrap();
    assert!(matches!(refusal(&moved), OpenError::Elsewhere { .. }));
    // Who knows that it is lost can say so.
    std::fs::write(&log, "").unwrap();
    drop(Store::open(&moved, &Options::default()).unwrap());
}

#[test]
fn a_copy_of_a_store_that_is_open_has_no_log() {
    let place = place();
    place
        .create_framework(document("HR", &["a"]), ada(1))
        .unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy.db");
    backup(place.path(), &copy).unwrap();
    let store = Store::open(&copy, &Options::default()).unwrap();
    assert_eq!(store.frameworks(None).unwrap().len(), 1);
    let source = Connection::open(place.path()).unwrap();
    let logs = |connection: &Connection| -> Option<Vec<u8>> {
        let sql = "SELECT path FROM log_place";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert!(logs(&source).is_some());
    store.close().unwrap();
    assert!(logs(&Connection::open(&copy).unwrap()).is_none());
}

#[test]
fn a_store_of_the_first_format_is_opened_by_its_only_name() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/store/v1.db");
    let (path, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
    std::fs::copy(fixture, &path).unwrap();
    std::fs::hard_link(&path, &other).unwrap();
    for name in [&path, &other] {
        assert!(matches!(refusal(name), OpenError::SeveralNames(_)));
    }
    std::fs::remove_file(&other).unwrap();
    Store::open(&path, &Options::default())
        .unwrap()
        .close()
        .unwrap();
    std::fs::hard_link(&path, &other).unwrap();
    drop(Store::open(&other, &Options::default()).unwrap());
}

#[test]
fn a_store_is_its_users_alone_whatever_the_umask() {
    for umask in ["000", "022", "777"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let task = child::command("open", &path, Some(&format!("umask {umask}")));
        let output = { task }.output().unwrap();
        assert!(path.exists(), "{output:?}");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600, "umask {umask}");
        let copy = folder.path().join("copy.db");
        backup(&path, &copy).unwrap();
        assert_eq!(mode(&copy), 0o600);
        let store = Store::open(&path, &Options::default()).unwrap();
        store
            .create_framework(document("HR", &["a"]), ada(1))
            .unwrap();
        for beside in ["-wal", "-shm", "-lock"] {
            let beside = folder.path().join(format!("a.db{beside}"));
            assert_eq!(mode(&beside), 0o600, "{beside:?}");
        }
    }
}

#[test]
fn what_could_not_become_a_store_leaves_no_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let limit = Some("trap '' XFSZ; ulimit -f 1");
    let output = child::command("open", &path, limit).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let told = output.lines().find_map(child::said).unwrap();
    assert!(told.starts_with("refused"), "{told}");
    drop(Store::open(&path, &Options::default()).unwrap());
}

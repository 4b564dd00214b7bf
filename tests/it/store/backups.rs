//! Copies taken while others write.

use super::{Ends, ada, document, place, put};
use classmark::store::{OpenError, Options, Store, backup};
use std::sync::atomic::{AtomicBool, Ordering};

fn entries(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_copy_is_some_state_of_a_store_that_is_written() {
    let store = place();
    let made = store
        .create_framework(document("0", &["a"]), ada(0))
        .unwrap();
    let copies = tempfile::tempdir().unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for user in 0..8i64 {
            let (store, id, ended) = (&store, &made.id, &ended);
            scope.spawn(move || {
                for n in 0.. {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    put(store, id, document(&format!("{user} {n}"), &["a"]), ada(n)).unwrap();
                }
            });
        }
        let _ends = Ends(&ended);
        let mut last = 0;
        for number in 0..5 {
            // Writers have gone on since the last copy.
            let now = || store.framework(&made.id).unwrap().number;
            while now() <= last {}
            let before = now();
            let path = copies.path().join(format!("{number}.db"));
            backup(store.path(), &path).unwrap();
            let after = now();
            let copy = Store::open(&path, &Options::default()).unwrap();
            let versions = copy.framework_versions(&made.id).unwrap();
            let count = versions.len() as i64;
            assert!(
                before <= count && count <= after,
                "{before} {count} {after}"
            );
            assert!(versions.iter().map(|v| v.number).eq(1..=count));
            assert_eq!(
                copy.last_change().unwrap(),
                count,
                "the log is of the same moment"
            );
            last = after;
        }
    });
    // What a copy is written to, the store it is of knows nothing about.
    let path = copies.path().join("0.db");
    let copy = Store::open(&path, &Options::default()).unwrap();
    let next = put(&copy, &made.id, document("copy", &["a"]), ada(1)).unwrap();
    assert!(store.framework_version(&made.id, &next.version).is_err());
}

#[test]
fn a_closed_store_is_copied_too() {
    let store = place();
    store
        .create_framework(document("HR", &["a"]), ada(0))
        .unwrap();
    store.close().unwrap();
    let copy = store.folder.path().join("copy.db");
    backup(store.path(), &copy).unwrap();
    let copy = Store::open(copy, &Options::default()).unwrap();
    assert_eq!(copy.frameworks(None).unwrap().len(), 1);
}

#[test]
fn nothing_is_replaced_and_nothing_left_behind() {
    let store = place();
    let copies = tempfile::tempdir().unwrap();
    let path = copies.path().join("copy.db");
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(
        backup(store.path(), &path),
        Err(OpenError::Exists(_))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert!(matches!(
        backup(store.path(), store.path()),
        Err(OpenError::Exists(_))
    ));
    let nowhere = copies.path().join("no/copy.db");
    assert!(matches!(
        backup(store.path(), nowhere),
        Err(OpenError::NoFolder(_))
    ));
    let missing = copies.path().join("missing.db");
    let other = copies.path().join("other.db");
    assert!(matches!(
        backup(&missing, &other),
        Err(OpenError::Missing(_))
    ));
    assert!(matches!(backup(&path, &other), Err(OpenError::Foreign(_))));
    assert_eq!(entries(copies.path()), 1);
}

#[test]
fn a_damaged_store_is_not_copied() {
    let store = place();
    for n in 0..50i64 {
        let mut large = document(&n.to_string(), &[]);
        large.text = n.to_string().repeat(3000);
        store.create_framework(large, ada(n)).unwrap();
    }
    store.close().unwrap();
    let mut bytes = std::fs::read(store.path()).unwrap();
    for page in bytes.chunks_mut(4096).skip(3) {
        page[..64].fill(0xa5);
    }
    std::fs::write(store.path(), bytes).unwrap();
    let copies = tempfile::tempdir().unwrap();
    let refused = backup(store.path(), copies.path().join("copy.db"));
    assert!(
        matches!(refused, Err(OpenError::Broken { .. })),
        "{refused:?}"
    );
    assert_eq!(entries(copies.path()), 0);
}

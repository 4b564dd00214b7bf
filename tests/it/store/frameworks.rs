//! Classification frameworks: all operations, and what each refuses.

use super::{ada, ben, document, place, put};
use classmark::store::{Action, Clash, EditError, Resource, StoreError, StoredFramework, Wanted};

fn numbers(versions: &[StoredFramework]) -> Vec<i64> {
    versions.iter().map(|v| v.number).collect()
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.as_bytes()[14] == b'4'
}

#[test]
fn what_is_created_comes_back() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    assert!(is_uuid(&made.id) && is_uuid(&made.version), "{made:?}");
    assert_ne!(made.id, made.version);
    assert_eq!((made.number, made.active, made.system), (1, true, false));
    assert_eq!(
        (&*made.short_name, &*made.text),
        ("HR", r#"{"name": "HR"}"#)
    );
    assert_eq!((&made.created, &made.changed), (&ada(5), &ada(5)));
    assert_eq!(store.framework(&made.id).unwrap(), made);
    let store = store.again();
    assert_eq!(store.framework(&made.id).unwrap(), made);
    assert_eq!(store.framework_versions(&made.id).unwrap(), [made]);
}

#[test]
fn every_change_is_a_version_and_keeps_the_maker() {
    let store = place();
    let first = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let second = put(&store, &first.id, document("People", &["a", "b"]), ben(9)).unwrap();
    assert_eq!((&*second.id, second.number), (&*first.id, 2));
    assert_ne!(second.version, first.version);
    assert_eq!((&second.created, &second.changed), (&ada(5), &ben(9)));
    let third = store
        .set_active(&first.id, Wanted::Any, ben(10), false)
        .unwrap();
    assert_eq!((third.number, third.active), (3, false));
    assert_eq!(third.text, second.text);

    let versions = store.framework_versions(&first.id).unwrap();
    assert_eq!(versions, [first.clone(), second.clone(), third.clone()]);
    assert_eq!(store.framework(&first.id).unwrap(), third);
    let found = store.framework_version(&first.id, &second.version).unwrap();
    assert_eq!(found, second);
}

#[test]
fn what_changes_nothing_makes_no_version() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let put = put(&store, &made.id, document("HR", &["a"]), ben(9)).unwrap();
    let on = store
        .set_active(&made.id, Wanted::Any, ben(9), true)
        .unwrap();
    assert_eq!((&put, &on), (&made, &made));
    assert_eq!(store.audit(0, 100).unwrap().len(), 1);
    assert_eq!(store.last_change().unwrap(), 1);
}

#[test]
fn an_edit_sees_the_current_version_and_may_refuse() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let seen = made.clone();
    let refused = store.update_framework(&made.id, Wanted::Any, ben(9), move |current| {
        assert_eq!(*current, seen);
        Err("no good")
    });
    assert!(matches!(refused, Err(EditError::Refused("no good"))));
    assert_eq!(store.framework_versions(&made.id).unwrap().len(), 1);
}

#[test]
fn an_edit_that_panics_changes_nothing_and_harms_nobody() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let fault = store.update_framework(&made.id, Wanted::Any, ben(9), |_| -> Result<_, ()> {
        panic!("on purpose")
    });
    assert!(matches!(
        fault,
        Err(EditError::Store(StoreError::Fault { .. }))
    ));
    let next = put(&store, &made.id, document("People", &["a"]), ben(9)).unwrap();
    assert_eq!(next.number, 2);
}

#[test]
fn a_change_of_another_version_is_stale() {
    let store = place();
    let first = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let second = put(&store, &first.id, document("People", &["a"]), ada(6)).unwrap();
    let old = Wanted::OneOf(vec![first.version.clone()]);
    let stale = |error: &StoreError| matches!(error, StoreError::Stale { current } if *current == second.version);
    let update = store.update_framework(&first.id, old.clone(), ben(9), |_| Err(()));
    assert!(matches!(update, Err(EditError::Store(error)) if stale(&error)));
    let switch = store.set_active(&first.id, old.clone(), ben(9), false);
    assert!(stale(&switch.unwrap_err()));
    let delete = store.delete_framework(&first.id, old, ben(9));
    assert!(stale(&delete.unwrap_err()));

    let either = Wanted::OneOf(vec![first.version, second.version]);
    store.set_active(&first.id, either, ben(9), false).unwrap();
}

#[test]
fn lists_are_by_age_and_may_ask_for_the_active_ones() {
    let store = place();
    let mut ids = Vec::new();
    for name in ["c", "a", "b"] {
        ids.push(
            store
                .create_framework(document(name, &[name]), ada(5))
                .unwrap()
                .id,
        );
    }
    store
        .set_active(&ids[1], Wanted::Any, ada(6), false)
        .unwrap();
    let names = |active| -> Vec<String> {
        let all = store.frameworks(active).unwrap();
        all.into_iter().map(|f| f.short_name).collect()
    };
    assert_eq!(names(None), ["c", "a", "b"]);
    assert_eq!(names(Some(true)), ["c", "b"]);
    assert_eq!(names(Some(false)), ["a"]);
    store
        .delete_framework(&ids[0], Wanted::Any, ada(7))
        .unwrap();
    assert_eq!(names(None), ["a", "b"]);
}

#[test]
fn a_clone_is_new_and_asleep() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a", "b"]), ada(5))
        .unwrap();
    put(&store, &made.id, document("People", &["a", "b"]), ada(6)).unwrap();
    let clone = store.clone_framework(&made.id, ben(9)).unwrap();
    assert_ne!(clone.id, made.id);
    assert_eq!(
        (clone.number, clone.active, &*clone.short_name),
        (1, false, "People")
    );
    assert_eq!(
        (&*clone.text, &clone.created),
        (r#"{"name": "People"}"#, &ben(9))
    );

    // Its rules are its own: they clash once both are to be active.
    let clash = store.set_active(&clone.id, Wanted::Any, ben(10), true);
    let Err(StoreError::Clash(clashes)) = clash else {
        panic!("{clash:?}");
    };
    let rules: Vec<&str> = clashes.iter().map(|c| &*c.rule).collect();
    assert_eq!(rules, ["a", "b"]);
    store
        .set_active(&made.id, Wanted::Any, ben(11), false)
        .unwrap();
    store
        .set_active(&clone.id, Wanted::Any, ben(12), true)
        .unwrap();

    // A change of the clone leaves its model alone.
    put(&store, &clone.id, document("Mine", &["c"]), ben(13)).unwrap();
    assert_eq!(store.framework(&made.id).unwrap().short_name, "People");
}

#[test]
fn active_frameworks_share_no_rule_id() {
    let store = place();
    let first = store
        .create_framework(document("HR", &["a", "b"]), ada(5))
        .unwrap();
    let clash = |error: StoreError, rule: &str| match error {
        StoreError::Clash(found) => {
            let expected = Clash {
                rule: rule.into(),
                framework: first.id.clone(),
                short_name: "HR".into(),
            };
            assert_eq!(found, [expected]);
        }
        other => panic!("{other:?}"),
    };
    clash(
        store
            .create_framework(document("X", &["b", "c"]), ben(6))
            .unwrap_err(),
        "b",
    );
    assert_eq!(
        store.frameworks(None).unwrap().len(),
        1,
        "nothing is left of it"
    );

    let mut asleep = document("Y", &["a"]);
    asleep.active = false;
    let second = store.create_framework(asleep, ben(7)).unwrap();
    let on = store.set_active(&second.id, Wanted::Any, ben(8), true);
    clash(on.unwrap_err(), "a");
    clash(
        put(&store, &second.id, document("Y", &["a", "z"]), ben(8)).unwrap_err(),
        "a",
    );
    put(&store, &second.id, document("Y", &["z"]), ben(9)).unwrap();

    // Ids are free again once their framework is gone or renamed them.
    put(&store, &first.id, document("HR", &["b"]), ada(10)).unwrap();
    store
        .create_framework(document("Z", &["a"]), ada(11))
        .unwrap();
    store
        .delete_framework(&first.id, Wanted::Any, ada(12))
        .unwrap();
    store
        .create_framework(document("W", &["b"]), ada(13))
        .unwrap();
}

#[test]
fn rules_are_those_of_current_versions() {
    let store = place();
    let first = store
        .create_framework(document("HR", &["b", "a"]), ada(5))
        .unwrap();
    let mut asleep = document("Y", &["a", "c"]);
    asleep.active = false;
    let second = store.create_framework(asleep, ada(6)).unwrap();
    let rules = || store.rules().unwrap();
    let known = |id: &str, active| (id.to_owned(), active);
    assert_eq!(
        rules(),
        [known("a", true), known("b", true), known("c", false)]
    );
    let mut next = document("HR", &["b", "d"]);
    next.text = "{}".into();
    put(&store, &first.id, next, ada(7)).unwrap();
    assert_eq!(
        rules(),
        [
            known("a", false),
            known("b", true),
            known("c", false),
            known("d", true)
        ]
    );
    store
        .delete_framework(&second.id, Wanted::Any, ada(8))
        .unwrap();
    assert_eq!(rules(), [known("b", true), known("d", true)]);
}

#[test]
fn what_is_deleted_is_out_of_sight_and_kept() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    put(&store, &made.id, document("People", &["a"]), ada(6)).unwrap();
    store
        .delete_framework(&made.id, Wanted::Any, ben(7))
        .unwrap();
    let gone = |error: StoreError| {
        assert!(
            matches!(error, StoreError::NotFound(Resource::Framework)),
            "{error:?}"
        );
    };
    gone(store.framework(&made.id).unwrap_err());
    gone(store.framework_versions(&made.id).unwrap_err());
    gone(
        store
            .framework_version(&made.id, &made.version)
            .unwrap_err(),
    );
    gone(put(&store, &made.id, document("X", &[]), ada(8)).unwrap_err());
    gone(
        store
            .set_active(&made.id, Wanted::Any, ada(8), true)
            .unwrap_err(),
    );
    gone(store.clone_framework(&made.id, ada(8)).unwrap_err());
    gone(
        store
            .delete_framework(&made.id, Wanted::Any, ada(8))
            .unwrap_err(),
    );
    assert_eq!(numbers(&store.kept_versions(&made.id).unwrap()), [1, 2]);
}

#[test]
fn what_never_was_is_not_found() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let other = store
        .create_framework(document("X", &["b"]), ada(5))
        .unwrap();
    let missing = |found: Result<StoredFramework, StoreError>, what: Resource| {
        assert!(
            matches!(found, Err(StoreError::NotFound(r)) if r == what),
            "{found:?}"
        );
    };
    missing(store.framework("nobody's"), Resource::Framework);
    missing(
        store.framework_version("nobody's", &made.version),
        Resource::Framework,
    );
    missing(store.framework_version(&made.id, "none"), Resource::Version);
    missing(
        store.framework_version(&made.id, &other.version),
        Resource::Version,
    );
    assert!(store.kept_versions("nobody's").is_err());
    assert!(store.framework_versions("nobody's").is_err());
}

#[test]
fn every_write_is_in_the_log() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(5))
        .unwrap();
    let second = put(&store, &made.id, document("People", &["a"]), ben(6)).unwrap();
    let off = store
        .set_active(&made.id, Wanted::Any, ben(7), false)
        .unwrap();
    let on = store
        .set_active(&made.id, Wanted::Any, ben(8), true)
        .unwrap();
    let clone = store.clone_framework(&made.id, ada(9)).unwrap();
    store
        .delete_framework(&made.id, Wanted::Any, ada(10))
        .unwrap();
    let _ = store.framework_version(&made.id, "x");

    let log = store.audit(0, 100).unwrap();
    let told: Vec<_> = log
        .iter()
        .map(|e| {
            (
                e.at,
                e.by.user_id,
                e.action,
                &*e.id,
                e.version.as_deref().unwrap(),
            )
        })
        .collect();
    let id = &*made.id;
    assert_eq!(
        told,
        [
            (5, 7, Action::Create, id, &*made.version),
            (6, 8, Action::Update, id, &*second.version),
            (7, 8, Action::Deactivate, id, &*off.version),
            (8, 8, Action::Activate, id, &*on.version),
            (9, 7, Action::Clone, &*clone.id, &*clone.version),
            (10, 7, Action::Delete, id, &*on.version),
        ]
    );
    assert!(log.iter().all(|e| e.resource == Resource::Framework));
    assert_eq!(log[0].by.name, "ada");
    assert_eq!(store.audit_of(Resource::Framework, id).unwrap().len(), 5);
    assert_eq!(store.audit(2, 2).unwrap(), log[2..4]);
}

#[test]
fn texts_of_any_kind_come_back_as_they_were() {
    let store = place();
    for (number, text) in ["", "\0", "'; DROP TABLE framework; --", "é\u{1f980}\r\n"]
        .iter()
        .enumerate()
    {
        let mut odd = document(text, &[]);
        odd.text = text.repeat(1 + number);
        let made = store.create_framework(odd.clone(), ada(i64::MIN)).unwrap();
        let found = store.framework(&made.id).unwrap();
        assert_eq!(
            (&found.text, &found.short_name),
            (&odd.text, &odd.short_name)
        );
    }
    let mut large = document("large", &[]);
    large.text = "x".repeat(4 << 20);
    let made = store
        .create_framework(large.clone(), ada(i64::MAX))
        .unwrap();
    assert!(store.framework(&made.id).unwrap().text == large.text);
}

#[test]
fn a_closed_store_says_so() {
    let store = place();
    store.close().unwrap();
    store.close().unwrap();
    let read = store.framework("x").unwrap_err();
    let write = store
        .create_framework(document("HR", &[]), ada(5))
        .unwrap_err();
    assert!(matches!(read, StoreError::Closed) && matches!(write, StoreError::Closed));
    let log = store.folder.path().join("classmark.db-wal");
    assert!(!log.exists(), "one file holds everything");
}

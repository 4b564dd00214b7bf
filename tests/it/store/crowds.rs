//! Many clients at once.

use super::{Ends, ada, document, place, put};
use classmark::store::{EditError, FrameworkDocument, Stamp, StoreError, Wanted};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

const CLIENTS: i64 = 64;
const EDITS: i64 = 10;

#[test]
fn sixty_four_clients_lose_no_version_of_one_framework() {
    let store = place();
    let made = store
        .create_framework(document("0", &["a"]), ada(0))
        .unwrap();
    // Each edit adds one to what it found: a lost one would be missing in the sum.
    let answered: Vec<String> = std::thread::scope(|scope| {
        let client = |user| {
            let (store, id) = (&store, &made.id);
            move || -> Vec<String> {
                let edit = |n| {
                    let stamp = Stamp::new(n, user, "client");
                    let edited = store.update_framework(id, Wanted::Any, stamp, |current| {
                        let count: i64 = current.short_name.parse().map_err(|_| ())?;
                        Ok::<_, ()>(document(&(count + 1).to_string(), &["a"]))
                    });
                    edited.unwrap().version
                };
                (0..EDITS).map(edit).collect()
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|user| scope.spawn(client(user))).collect();
        clients
            .into_iter()
            .flat_map(|c| c.join().unwrap())
            .collect()
    });
    let versions = store.framework_versions(&made.id).unwrap();
    let numbers: Vec<i64> = versions.iter().map(|v| v.number).collect();
    assert_eq!(numbers, (1..=CLIENTS * EDITS + 1).collect::<Vec<_>>());
    for version in &versions {
        assert_eq!(version.short_name, (version.number - 1).to_string());
    }
    let kept: BTreeSet<&str> = versions.iter().map(|v| &*v.version).collect();
    assert_eq!(kept.len(), versions.len());
    assert!(answered.iter().all(|v| kept.contains(&**v)));
    assert_eq!(answered.len() + 1, versions.len());
    // Everybody's edits are in the log under their names.
    let log = store.audit(0, 10_000).unwrap();
    for user in 0..CLIENTS {
        let edits = log.iter().skip(1).filter(|e| e.by.user_id == user);
        assert_eq!(edits.count() as i64, EDITS, "{user}");
    }
}

#[test]
fn of_those_who_saw_one_version_one_changes_it() {
    let store = place();
    let made = store
        .create_framework(document("HR", &["a"]), ada(0))
        .unwrap();
    let won: usize = std::thread::scope(|scope| {
        let client = |user: i64| {
            let (store, made) = (&store, &made);
            move || {
                let next = document(&user.to_string(), &["a"]);
                let wanted = Wanted::OneOf(vec![made.version.clone()]);
                let edit = |_: &_| Ok::<FrameworkDocument, ()>(next);
                match store.update_framework(&made.id, wanted, ada(user), edit) {
                    Ok(_) => 1,
                    Err(EditError::Store(StoreError::Stale { .. })) => 0,
                    Err(other) => panic!("{other:?}"),
                }
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|user| scope.spawn(client(user))).collect();
        clients.into_iter().map(|c| c.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
    assert_eq!(store.framework(&made.id).unwrap().number, 2);
}

#[test]
fn of_those_who_want_one_rule_id_one_gets_it() {
    let store = place();
    let won: usize = std::thread::scope(|scope| {
        let client = |user: i64| {
            let store = &store;
            move || match store.create_framework(document("HR", &["a"]), ada(user)) {
                Ok(_) => 1,
                Err(StoreError::Clash(_)) => 0,
                Err(other) => panic!("{other:?}"),
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|user| scope.spawn(client(user))).collect();
        clients.into_iter().map(|c| c.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
    assert_eq!(store.frameworks(None).unwrap().len(), 1);
}

#[test]
fn a_reader_sees_what_was_answered_and_no_half_of_anything() {
    let store = place();
    let made = store
        .create_framework(document("0", &["a"]), ada(0))
        .unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut last = 0;
                while !ended.load(Ordering::Relaxed) {
                    let versions = store.framework_versions(&made.id).unwrap();
                    let numbers: Vec<i64> = versions.iter().map(|v| v.number).collect();
                    let length = numbers.len() as i64;
                    assert_eq!(numbers, (1..=length).collect::<Vec<_>>());
                    assert!(length >= last, "no reader goes back in time");
                    last = length;
                }
            });
        }
        let _ends = Ends(&ended);
        for n in 1..200 {
            let written = put(&store, &made.id, document(&n.to_string(), &["a"]), ada(n));
            let read = store.framework(&made.id).unwrap();
            assert_eq!(read, written.unwrap());
        }
    });
}

#[test]
fn what_was_handed_in_before_the_end_is_done_or_refused() {
    let place = place();
    let made = place
        .create_framework(document("0", &["a"]), ada(0))
        .unwrap();
    let answered: i64 = std::thread::scope(|scope| {
        let client = |user: i64| {
            let (store, id) = (&place, &made.id);
            move || {
                let mut done = 0;
                loop {
                    let name = format!("{user} {done}");
                    match put(store, id, document(&name, &["a"]), ada(user)) {
                        Ok(_) => done += 1,
                        Err(StoreError::Closed) => return done,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        };
        let clients: Vec<_> = (0..16).map(|user| scope.spawn(client(user))).collect();
        while place.framework(&made.id).unwrap().number < 50 {}
        place.close().unwrap();
        clients.into_iter().map(|c| c.join().unwrap()).sum()
    });
    let place = place.again();
    assert_eq!(place.framework(&made.id).unwrap().number, answered + 1);
}

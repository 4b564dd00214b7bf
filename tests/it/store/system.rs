//! Frameworks that come with the program.

use super::{ada, ben, document, place, put};
use classmark::store::{FrameworkDocument, Shipped, StoreError, SystemFramework, Wanted};

fn system(id: &str, document: FrameworkDocument) -> SystemFramework {
    SystemFramework {
        id: id.into(),
        document,
    }
}

fn asleep(name: &str, rules: &[&str]) -> FrameworkDocument {
    FrameworkDocument {
        active: false,
        ..document(name, rules)
    }
}

#[test]
fn they_come_once_and_are_switched_and_cloned_only() {
    let store = place();
    let base = system("s-1", asleep("Base", &["base/a"]));
    let shipped = store.ship(vec![base.clone()], ada(1)).unwrap();
    assert_eq!(shipped, [Shipped::Added]);
    let first = store.framework("s-1").unwrap();
    assert_eq!((first.system, first.active, first.number), (true, false, 1));

    let on = store.set_active("s-1", Wanted::Any, ben(2), true).unwrap();
    assert_eq!((on.active, on.number), (true, 2));
    let edit = put(&store, "s-1", document("Mine", &[]), ben(3));
    assert!(matches!(edit, Err(StoreError::System)));
    let delete = store.delete_framework("s-1", Wanted::Any, ben(3));
    assert!(matches!(delete, Err(StoreError::System)));
    let clone = store.clone_framework("s-1", ben(4)).unwrap();
    assert!(!clone.system && !clone.active);
    put(&store, &clone.id, document("Mine", &["mine/a"]), ben(5)).unwrap();

    // The next start changes nothing, and leaves it switched on.
    let store = store.again();
    let before = store.last_change().unwrap();
    assert_eq!(
        store.ship(vec![base], ada(6)).unwrap(),
        [Shipped::Unchanged]
    );
    assert_eq!(store.last_change().unwrap(), before);
    assert_eq!(store.framework("s-1").unwrap(), on);
}

#[test]
fn a_new_program_brings_a_new_version() {
    let store = place();
    store
        .ship(vec![system("s-1", asleep("Base", &["base/a"]))], ada(1))
        .unwrap();
    store.set_active("s-1", Wanted::Any, ben(2), true).unwrap();
    let newer = system("s-1", asleep("Base 2", &["base/b"]));
    assert_eq!(store.ship(vec![newer], ada(3)).unwrap(), [Shipped::Updated]);
    let now = store.framework("s-1").unwrap();
    assert_eq!(
        (now.number, now.active, &*now.short_name),
        (3, true, "Base 2")
    );
    assert_eq!(store.rules().unwrap(), [("base/b".to_owned(), true)]);
}

#[test]
fn one_that_would_clash_is_held_back() {
    let store = place();
    store
        .ship(vec![system("s-1", asleep("Base", &["base/a"]))], ada(1))
        .unwrap();
    store.set_active("s-1", Wanted::Any, ben(2), true).unwrap();
    store
        .create_framework(document("Own", &["base/b"]), ben(3))
        .unwrap();
    let newer = system("s-1", asleep("Base 2", &["base/a", "base/b"]));
    let other = system("s-2", asleep("Other", &["other/a"]));
    let shipped = store.ship(vec![newer, other], ada(4)).unwrap();
    let [Shipped::HeldBack(clashes), Shipped::Added] = &*shipped else {
        panic!("{shipped:?}");
    };
    assert_eq!(
        (&*clashes[0].rule, &*clashes[0].short_name),
        ("base/b", "Own")
    );
    assert_eq!(store.framework("s-1").unwrap().short_name, "Base");
}

#[test]
fn an_id_of_somebody_elses_is_refused_as_a_whole() {
    let store = place();
    let own = store
        .create_framework(document("Own", &["own/a"]), ben(1))
        .unwrap();
    let shipment = vec![
        system("s-1", asleep("Base", &[])),
        system(&own.id, asleep("X", &[])),
    ];
    let refused = store.ship(shipment, ada(2));
    assert!(matches!(refused, Err(StoreError::Exists(_))), "{refused:?}");
    assert_eq!(store.frameworks(None).unwrap(), [own]);
}

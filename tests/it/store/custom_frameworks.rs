//! Custom frameworks: all operations, and what each refuses.

use super::{Place, ada, ben, document, place};
use classmark::store::{Action, CustomDocument, Resource, StoreError, Wanted};

fn custom(handle: &str, version: &str) -> CustomDocument {
    CustomDocument {
        handle: handle.into(),
        version: version.into(),
        name: "Pay".into(),
        description: None,
        icon_url: Some("http://icon".into()),
        requirements: "[]".into(),
    }
}

fn rules(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A store in which the rules `a` and `b` are known.
fn with_rules() -> Place {
    let store = place();
    let mut asleep = document("B", &["b"]);
    asleep.active = false;
    store
        .create_framework(document("A", &["a"]), ada(1))
        .unwrap();
    store.create_framework(asleep, ada(1)).unwrap();
    store
}

#[test]
fn what_is_created_comes_back_and_is_replaced_whole() {
    let store = with_rules();
    let made = store
        .create_custom_framework(custom("hr", "1"), rules(&["a", "b"]), ada(5))
        .unwrap();
    assert_eq!(made.document, custom("hr", "1"));
    let store = store.again();
    assert_eq!(store.custom_framework("hr", "1").unwrap(), made);

    let mut next = custom("hr", "1");
    (next.icon_url, next.description) = (None, Some(String::new()));
    let put = store
        .update_custom_framework(next.clone(), rules(&["a"]), ben(6))
        .unwrap();
    assert_eq!(
        (&put.document, &put.created, &put.changed),
        (&next, &ada(5), &ben(6))
    );
    assert_eq!(store.custom_framework("hr", "1").unwrap(), put);
    let all = store.custom_frameworks().unwrap();
    assert_eq!(all, std::slice::from_ref(&put));
    assert_eq!(store.custom_framework_history("hr").unwrap(), [made, put]);
}

#[test]
fn a_handle_is_there_once_under_any_version() {
    let store = with_rules();
    store
        .create_custom_framework(custom("hr", "1"), rules(&["a"]), ada(5))
        .unwrap();
    for version in ["1", "2"] {
        let twice = store.create_custom_framework(custom("hr", version), rules(&["a"]), ben(6));
        assert!(matches!(
            twice,
            Err(StoreError::Exists(Resource::CustomFramework))
        ));
    }
    // `a-b` with `c` and `a` with `b-c` are two.
    store
        .create_custom_framework(custom("a-b", "c"), rules(&["a"]), ada(7))
        .unwrap();
    store
        .create_custom_framework(custom("a", "b-c"), rules(&["a"]), ada(8))
        .unwrap();
    assert_eq!(
        store.custom_framework("a", "b-c").unwrap().document,
        custom("a", "b-c")
    );
}

#[test]
fn its_pair_is_what_finds_it() {
    let store = with_rules();
    store
        .create_custom_framework(custom("hr", "1"), rules(&["a"]), ada(5))
        .unwrap();
    for (handle, version) in [("hr", "2"), ("HR", "1"), ("", "")] {
        let not_found = |error| matches!(error, StoreError::NotFound(Resource::CustomFramework));
        assert!(not_found(
            store.custom_framework(handle, version).unwrap_err()
        ));
        let put = store.update_custom_framework(custom(handle, version), rules(&["x"]), ben(6));
        assert!(
            not_found(put.unwrap_err()),
            "it is missed before its rules are"
        );
        assert!(not_found(
            store
                .delete_custom_framework(handle, version, ben(6))
                .unwrap_err()
        ));
    }
}

#[test]
fn rules_have_to_be_known() {
    let store = with_rules();
    let unknown = |error: StoreError| match error {
        StoreError::UnknownRules(ids) => ids,
        other => panic!("{other:?}"),
    };
    let ids = rules(&["z", "a", "y"]);
    let create = store.create_custom_framework(custom("hr", "1"), ids.clone(), ada(5));
    assert_eq!(unknown(create.unwrap_err()), ["z", "y"]);
    store
        .create_custom_framework(custom("hr", "1"), rules(&["a"]), ada(5))
        .unwrap();
    // Rules are looked at before the handle is.
    let create = store.create_custom_framework(custom("hr", "1"), ids.clone(), ada(5));
    assert_eq!(unknown(create.unwrap_err()), ["z", "y"]);
    let put = store.update_custom_framework(custom("hr", "1"), ids, ada(5));
    assert_eq!(unknown(put.unwrap_err()), ["z", "y"]);

    // One that goes later stays where it is named; the next change is checked.
    let holder = store.frameworks(Some(true)).unwrap()[0].id.clone();
    store
        .delete_framework(&holder, Wanted::Any, ada(6))
        .unwrap();
    assert!(store.custom_framework("hr", "1").is_ok());
    let put = store.update_custom_framework(custom("hr", "1"), rules(&["a"]), ada(7));
    assert_eq!(unknown(put.unwrap_err()), ["a"]);
}

#[test]
fn a_deleted_handle_is_free_and_remembered() {
    let store = with_rules();
    let made = store
        .create_custom_framework(custom("hr", "1"), rules(&["a"]), ada(5))
        .unwrap();
    assert_eq!(
        store.delete_custom_framework("hr", "1", ben(6)).unwrap(),
        made
    );
    assert!(store.delete_custom_framework("hr", "1", ben(6)).is_err());
    assert!(store.custom_framework("hr", "1").is_err());
    let next = store
        .create_custom_framework(custom("hr", "2"), rules(&["a"]), ben(7))
        .unwrap();
    assert_eq!(store.custom_framework_history("hr").unwrap(), [made, next]);
    let log = store.audit_of(Resource::CustomFramework, "hr").unwrap();
    let told: Vec<_> = log
        .iter()
        .map(|e| (e.action, e.version.as_deref().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (Action::Create, "1"),
            (Action::Delete, "1"),
            (Action::Create, "2")
        ]
    );
}

#[test]
fn unknown_rules_are_told_in_order_and_not_without_end() {
    let store = with_rules();
    let many: Vec<String> = (0..1_000).map(|n| format!("no {n}")).collect();
    let unknown = |rules: Vec<String>| match store.create_custom_framework(
        custom("hr", "1"),
        rules,
        ada(5),
    ) {
        Err(StoreError::UnknownRules(unknown)) => unknown,
        other => panic!("{other:?}"),
    };
    assert_eq!(unknown(rules(&["z", "a", "y", "b"])), ["z", "y"]);
    assert_eq!(unknown(many.clone()), many[..100]);
}

//! Rulesets, rules, revisions, prompts and memory.

use super::{Place, ada, ben, place};
use classmark::store::{Action, Resource, RevisionDocument, StoreError};

fn revision(text: &str, published: bool) -> RevisionDocument {
    RevisionDocument {
        id: None,
        version_id: None,
        published,
        text: text.into(),
    }
}

fn not_found<T: std::fmt::Debug>(found: Result<T, StoreError>, what: Resource) {
    assert!(
        matches!(found, Err(StoreError::NotFound(r)) if r == what),
        "{found:?}"
    );
}

fn exists<T: std::fmt::Debug>(found: Result<T, StoreError>, what: Resource) {
    assert!(
        matches!(found, Err(StoreError::Exists(r)) if r == what),
        "{found:?}"
    );
}

/// A store with the rule `set/rule`.
fn with_rule() -> Place {
    let store = place();
    store
        .create_ruleset("set", "long", "short", ada(1))
        .unwrap();
    store.create_ruleset_rule("set", "rule", ada(2)).unwrap();
    store
}

#[test]
fn rulesets_come_and_change_and_go() {
    let store = place();
    let made = store
        .create_ruleset("set", "long", "short", ada(1))
        .unwrap();
    assert_eq!(
        (&*made.description, &*made.short_description),
        ("long", "short")
    );
    assert!(made.rules.is_empty());
    exists(
        store.create_ruleset("set", "", "", ben(2)),
        Resource::Ruleset,
    );
    assert_eq!(store.ruleset("set").unwrap(), made);

    store
        .update_ruleset("set", Some("longer".into()), None, ben(3))
        .unwrap();
    let now = store.ruleset("set").unwrap();
    assert_eq!(
        (&*now.description, &*now.short_description),
        ("longer", "short")
    );
    assert_eq!(now.created, ada(1));
    let before = store.last_change().unwrap();
    store
        .update_ruleset("set", Some("longer".into()), None, ben(4))
        .unwrap();
    store.update_ruleset("set", None, None, ben(4)).unwrap();
    assert_eq!(store.last_change().unwrap(), before);
    not_found(
        store.update_ruleset("other", None, None, ben(4)),
        Resource::Ruleset,
    );

    store.delete_ruleset("set", ben(5)).unwrap();
    not_found(store.delete_ruleset("set", ben(5)), Resource::Ruleset);
    not_found(store.ruleset("set"), Resource::Ruleset);
    let log = store.audit_of(Resource::Ruleset, "set").unwrap();
    let told: Vec<Action> = log.iter().map(|e| e.action).collect();
    assert_eq!(told, [Action::Create, Action::Update, Action::Delete]);
}

#[test]
fn lists_are_read_page_by_page_by_age() {
    let store = place();
    for name in ["c", "a", "b"] {
        store.create_ruleset(name, "", "", ada(1)).unwrap();
    }
    let page = |offset, limit| -> Vec<String> {
        let page = store.rulesets(offset, limit).unwrap();
        page.into_iter().map(|r| r.name).collect()
    };
    assert_eq!(page(0, 100), ["c", "a", "b"]);
    assert_eq!(page(1, 1), ["a"]);
    assert!(page(3, 100).is_empty() && page(0, 0).is_empty());

    store.create_ruleset_rule("c", "rule", ada(2)).unwrap();
    for text in ["1", "2", "3"] {
        store
            .create_revision("c", "rule", revision(text, false), ada(3))
            .unwrap();
    }
    let page = |offset, limit| -> Vec<String> {
        let page = store.revisions("c", "rule", offset, limit).unwrap();
        page.into_iter().map(|r| r.text).collect()
    };
    assert_eq!(page(0, 2), ["1", "2"]);
    assert_eq!(page(2, 2), ["3"]);
}

#[test]
fn rules_belong_to_their_ruleset() {
    let store = with_rule();
    exists(
        store.create_ruleset_rule("set", "rule", ben(3)),
        Resource::Rule,
    );
    not_found(
        store.create_ruleset_rule("other", "rule", ben(3)),
        Resource::Ruleset,
    );
    not_found(store.ruleset_rule("other", "rule"), Resource::Ruleset);
    not_found(store.ruleset_rule("set", "other"), Resource::Rule);
    not_found(
        store.delete_ruleset_rule("set", "other", ben(3)),
        Resource::Rule,
    );
    let rule = store.ruleset_rule("set", "rule").unwrap();
    assert_eq!(
        (&*rule.name, &rule.created, &rule.last_revision),
        ("rule", &ada(2), &None)
    );
    assert_eq!(store.ruleset("set").unwrap().rules, [rule]);

    store.create_ruleset("other", "", "", ada(4)).unwrap();
    store.create_ruleset_rule("other", "rule", ada(5)).unwrap();
    store
        .create_revision("set", "rule", revision("x", true), ada(6))
        .unwrap();
    assert_eq!(
        store.ruleset_rule("other", "rule").unwrap().last_revision,
        None
    );
    store.delete_ruleset_rule("set", "rule", ben(7)).unwrap();
    assert!(store.ruleset("set").unwrap().rules.is_empty());
    assert_eq!(store.ruleset("other").unwrap().rules.len(), 1);
    not_found(store.revisions("set", "rule", 0, 9), Resource::Rule);
}

#[test]
fn a_ruleset_takes_its_rules_along() {
    let store = with_rule();
    store
        .create_revision("set", "rule", revision("x", true), ada(3))
        .unwrap();
    store.delete_ruleset("set", ben(4)).unwrap();
    assert!(store.prompts().unwrap().is_empty());
    store.create_ruleset("set", "", "", ben(5)).unwrap();
    assert!(store.ruleset("set").unwrap().rules.is_empty());
    store.create_ruleset_rule("set", "rule", ben(6)).unwrap();
    assert!(store.revisions("set", "rule", 0, 9).unwrap().is_empty());
}

#[test]
fn revisions_are_numbered_or_bring_their_number() {
    let store = with_rule();
    let first = store
        .create_revision("set", "rule", revision("x", false), ada(3))
        .unwrap();
    assert_eq!(
        (first.version_id, first.id.len(), &*first.text),
        (1, 36, "x")
    );
    let sent = RevisionDocument {
        id: Some("mine".into()),
        version_id: Some(7),
        ..revision("y", true)
    };
    let second = store
        .create_revision("set", "rule", sent.clone(), ben(4))
        .unwrap();
    assert_eq!(
        (&*second.id, second.version_id, second.published),
        ("mine", 7, true)
    );
    let third = store
        .create_revision("set", "rule", revision("z", false), ben(5))
        .unwrap();
    assert_eq!(third.version_id, 8);

    let again = |id: Option<&str>, version_id| {
        let again = RevisionDocument {
            id: id.map(str::to_owned),
            version_id,
            ..revision("", false)
        };
        exists(
            store.create_revision("set", "rule", again, ben(6)),
            Resource::Revision,
        );
    };
    again(Some("mine"), None);
    again(None, Some(1));
    let last = RevisionDocument {
        version_id: Some(i64::MAX),
        ..revision("", false)
    };
    store.create_revision("set", "rule", last, ben(6)).unwrap();
    again(None, None);

    assert_eq!(store.revision("set", "rule", "mine").unwrap(), second);
    not_found(store.revision("set", "rule", "x"), Resource::Revision);
    not_found(store.revision("set", "x", "mine"), Resource::Rule);
    not_found(store.revision("x", "rule", "mine"), Resource::Ruleset);
    not_found(
        store.create_revision("set", "x", sent, ben(7)),
        Resource::Rule,
    );
    let last = store.ruleset_rule("set", "rule").unwrap().last_revision;
    assert_eq!(last.unwrap().version_id, i64::MAX);
    let log = store.audit_of(Resource::Revision, "set/rule").unwrap();
    let versions: Vec<_> = log.iter().filter_map(|e| e.version.as_deref()).collect();
    assert_eq!(versions, ["1", "7", "8", "9223372036854775807"]);
}

#[test]
fn prompts_are_the_newest_published_revisions() {
    let store = with_rule();
    store
        .create_ruleset_rule("set", "unpublished", ada(3))
        .unwrap();
    store
        .create_revision("set", "unpublished", revision("u", false), ada(3))
        .unwrap();
    assert!(store.prompts().unwrap().is_empty());
    for (text, published) in [("1", true), ("2", true), ("3", false)] {
        store
            .create_revision("set", "rule", revision(text, published), ada(4))
            .unwrap();
    }
    let prompts = store.prompts().unwrap();
    assert_eq!(prompts.len(), 1);
    let found = (
        &*prompts[0].ruleset,
        &*prompts[0].rule,
        &*prompts[0].revision.text,
    );
    assert_eq!(found, ("set", "rule", "2"));
}

#[test]
fn memory_is_numbered_and_outlives_its_rule() {
    let store = with_rule();
    store.create_ruleset("a/b", "", "", ada(3)).unwrap();
    store.create_ruleset_rule("a/b", "c/d", ada(3)).unwrap();
    let first = store.create_memory("set/rule", "x", ada(4)).unwrap();
    let second = store.create_memory("a/b/c/d", "y", ben(5)).unwrap();
    for unknown in [
        "set/other",
        "other/rule",
        "setrule",
        "set/rule/",
        "",
        "/",
        "a/b",
    ] {
        not_found(store.create_memory(unknown, "z", ben(6)), Resource::Rule);
    }
    store.delete_ruleset("set", ben(7)).unwrap();
    let memory = store.memory().unwrap();
    let told: Vec<_> = memory
        .iter()
        .map(|m| (m.id, &*m.rule, &*m.text, &m.created))
        .collect();
    let expected = [
        (first, "set/rule", "x", &ada(4)),
        (second, "a/b/c/d", "y", &ben(5)),
    ];
    assert_eq!(told, expected);

    store.delete_memory(second, ben(8)).unwrap();
    not_found(store.delete_memory(second, ben(8)), Resource::Memory);
    let third = store.create_memory("a/b/c/d", "z", ben(9)).unwrap();
    assert!(third > second, "a number is never given twice");
}

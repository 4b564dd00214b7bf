//! Stores of every released format become stores of this program's.
//!
//! `fixtures/store/README.md` says how they are made.

use super::{ada, ben, document, put};
use classmark::store::{
    CustomDocument, Options, RevisionDocument, RunState, Store, SystemFramework, Wanted,
};
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/store")
}

/// Everything that a store can hold, once.
fn fill(store: &Store) {
    let mut base = document("Base", &["base/name"]);
    base.active = false;
    let base = SystemFramework {
        id: "b4c0ffee-0000-4000-8000-000000000001".into(),
        document: base,
    };
    store.ship(vec![base], ada(1)).unwrap();
    let made = store
        .create_framework(document("HR", &["hr/pay"]), ada(2))
        .unwrap();
    put(
        store,
        &made.id,
        document("People", &["hr/pay", "hr/age"]),
        ben(3),
    )
    .unwrap();
    store
        .set_active(&made.id, Wanted::Any, ben(4), false)
        .unwrap();
    let clone = store.clone_framework(&made.id, ben(5)).unwrap();
    store
        .delete_framework(&clone.id, Wanted::Any, ben(6))
        .unwrap();
    let custom = CustomDocument {
        handle: "gdpr".into(),
        version: "2".into(),
        name: "GDPR".into(),
        description: Some("law".into()),
        icon_url: None,
        requirements: r#"[{"name": "Pay"}]"#.into(),
    };
    let rules = vec!["hr/pay".to_owned()];
    store
        .create_custom_framework(custom, rules, ada(7))
        .unwrap();
    store
        .create_ruleset("set", "long", "short", ada(8))
        .unwrap();
    store.create_ruleset_rule("set", "rule", ada(9)).unwrap();
    let revision = RevisionDocument {
        id: Some("first".into()),
        version_id: None,
        published: true,
        text: "{}".into(),
    };
    store
        .create_revision("set", "rule", revision, ben(10))
        .unwrap();
    store.create_memory("set/rule", "TP", ben(11)).unwrap();
    store
        .create_run("{}", |_| "runs/1".into(), ada(12))
        .unwrap();
    store.start_next_run(ben(13)).unwrap();
}

fn holds_everything(store: &Store) {
    let frameworks = store.frameworks(None).unwrap();
    let told: Vec<_> = frameworks
        .iter()
        .map(|f| {
            (
                &*f.short_name,
                f.number,
                f.system,
                f.active,
                f.created.at,
                f.changed.at,
            )
        })
        .collect();
    let expected = [
        ("Base", 1, true, false, 1, 1),
        ("People", 3, false, false, 2, 4),
    ];
    assert_eq!(told, expected);
    let versions = store.framework_versions(&frameworks[1].id).unwrap();
    let texts: Vec<&str> = versions.iter().map(|v| &*v.text).collect();
    assert_eq!(
        texts,
        [
            r#"{"name": "HR"}"#,
            r#"{"name": "People"}"#,
            r#"{"name": "People"}"#
        ]
    );
    let rules: Vec<String> = store.rules().unwrap().into_iter().map(|r| r.0).collect();
    assert_eq!(rules, ["base/name", "hr/age", "hr/pay"]);
    let custom = store.custom_framework("gdpr", "2").unwrap();
    assert_eq!(custom.document.requirements, r#"[{"name": "Pay"}]"#);
    let ruleset = store.ruleset("set").unwrap();
    let last = ruleset.rules[0].last_revision.as_ref().unwrap();
    assert_eq!(
        (&*last.id, last.version_id, &last.created),
        ("first", 1, &ben(10))
    );
    assert_eq!(store.prompts().unwrap().len(), 1);
    assert_eq!(store.memory().unwrap()[0].text, "TP");
    let log = store.audit(0, 100).unwrap();
    assert!(log.iter().map(|e| e.at).eq(1..=13), "{log:?}");
    let run = store.run(&log[11].id).unwrap();
    assert_eq!((run.state, &*run.folder), (RunState::Running, "runs/1"));
}

#[test]
fn stores_of_every_released_format_are_read_and_go_on() {
    let mut found = 0;
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "db") {
            continue;
        }
        found += 1;
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let store = Store::open(&copy, &Options::default()).unwrap();
        holds_everything(&store);
        let id = store.frameworks(None).unwrap()[1].id.clone();
        let next = put(&store, &id, document("Next", &["hr/pay"]), ada(20)).unwrap();
        assert_eq!(next.number, 4);
    }
    assert_eq!(found, 2, "one for each released format");
}

/// `CLASSMARK_STORE_FIXTURE=fixtures/store/vN.db` makes one.
#[test]
#[ignore = "makes a fixture"]
fn make_fixture() {
    let Ok(path) = std::env::var("CLASSMARK_STORE_FIXTURE") else {
        return;
    };
    let store = Store::open(path, &Options::default()).unwrap();
    fill(&store);
    holds_everything(&store);
    store.close().unwrap();
}

#[test]
fn what_a_fixture_holds_is_what_this_program_would_write() {
    let store = super::place();
    fill(&store);
    holds_everything(&store);
}

//! Random changes, held to a plain model of what frameworks are.

use super::{Place, ada, document, place, put};
use classmark::store::{FrameworkDocument, Shipped, StoreError, SystemFramework, Wanted};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Change {
    Create(usize, bool),
    Put(usize, usize, bool),
    Switch(usize, bool),
    Clone(usize),
    Delete(usize),
    Ship(usize),
    Reopen,
}

/// Names and rules of documents: some share rule ids.
const DOCUMENTS: [(&str, &[&str]); 4] = [
    ("A", &["a", "b"]),
    ("B", &["b", "c"]),
    ("C", &["d"]),
    ("D", &[]),
];

fn made(number: usize, active: bool) -> FrameworkDocument {
    let (name, rules) = DOCUMENTS[number];
    FrameworkDocument {
        active,
        ..document(name, rules)
    }
}

#[derive(Debug, Clone)]
struct Modelled {
    id: String,
    system: bool,
    deleted: bool,
    /// Which document, and whether active.
    versions: Vec<(usize, bool)>,
}

impl Modelled {
    fn now(&self) -> (usize, bool) {
        *self.versions.last().unwrap()
    }
}

#[derive(Default)]
struct Model(Vec<Modelled>);

impl Model {
    fn clashes(&self, except: Option<usize>, (document, active): (usize, bool)) -> bool {
        let rules = DOCUMENTS[document].1;
        let others = self.0.iter().enumerate();
        active
            && others
                .filter(|(at, other)| Some(*at) != except && !other.deleted && other.now().1)
                .any(|(_, other)| DOCUMENTS[other.now().0].1.iter().any(|r| rules.contains(r)))
    }

    fn born(&mut self, id: String, system: bool, version: (usize, bool)) {
        self.0.push(Modelled {
            id,
            system,
            deleted: false,
            versions: vec![version],
        });
    }

    fn next(&mut self, at: usize, version: (usize, bool)) {
        let framework = &mut self.0[at];
        if framework.now() != version {
            framework.versions.push(version);
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let number = 0..DOCUMENTS.len();
    prop_oneof![
        3 => (number.clone(), any::<bool>()).prop_map(|(d, a)| Change::Create(d, a)),
        4 => (0..8usize, number.clone(), any::<bool>()).prop_map(|(f, d, a)| Change::Put(f, d, a)),
        3 => (0..8usize, any::<bool>()).prop_map(|(f, a)| Change::Switch(f, a)),
        1 => (0..8usize).prop_map(Change::Clone),
        1 => (0..8usize).prop_map(Change::Delete),
        1 => number.prop_map(Change::Ship),
        1 => Just(Change::Reopen),
    ]
}

/// Makes a change in both; the answers agree.
fn step(store: &Place, model: &mut Model, change: &Change) {
    let pick = |wanted: usize, model: &Model| match model.0.len() {
        0 => None,
        length => Some(wanted % length),
    };
    match *change {
        Change::Create(number, active) => {
            let created = store.create_framework(made(number, active), ada(1));
            match created {
                Ok(created) => {
                    assert!(!model.clashes(None, (number, active)));
                    model.born(created.id, false, (number, active));
                }
                Err(StoreError::Clash(_)) => assert!(model.clashes(None, (number, active))),
                Err(other) => panic!("{other:?}"),
            }
        }
        Change::Put(wanted, number, active) => {
            let Some(at) = pick(wanted, model) else {
                return;
            };
            let answer = put(store, &model.0[at].id, made(number, active), ada(2)).map(drop);
            if judged(model, at, true, (number, active), answer) {
                model.next(at, (number, active));
            }
        }
        Change::Switch(wanted, active) => {
            let Some(at) = pick(wanted, model) else {
                return;
            };
            let next = (model.0[at].now().0, active);
            let answer = store.set_active(&model.0[at].id, Wanted::Any, ada(3), active);
            if judged(model, at, false, next, answer.map(drop)) {
                model.next(at, next);
            }
        }
        Change::Clone(wanted) => {
            let Some(at) = pick(wanted, model) else {
                return;
            };
            let next = (model.0[at].now().0, false);
            match store.clone_framework(&model.0[at].id, ada(4)) {
                Ok(clone) => model.born(clone.id, false, next),
                Err(error) => {
                    assert!(matches!(error, StoreError::NotFound(_)) && model.0[at].deleted)
                }
            }
        }
        Change::Delete(wanted) => {
            let Some(at) = pick(wanted, model) else {
                return;
            };
            let answer = store.delete_framework(&model.0[at].id, Wanted::Any, ada(5));
            if judged(model, at, true, (0, false), answer) {
                model.0[at].deleted = true;
            }
        }
        Change::Ship(number) => ship(store, model, number),
        Change::Reopen => {}
    }
}

/// Whether a change was made, and rightly so.
fn judged(
    model: &Model,
    at: usize,
    edits: bool,
    next: (usize, bool),
    answer: Result<(), StoreError>,
) -> bool {
    let framework = &model.0[at];
    let unchanged = framework.now() == next;
    match answer {
        Err(StoreError::NotFound(_)) => assert!(framework.deleted),
        Err(StoreError::System) => assert!(!framework.deleted && framework.system && edits),
        Err(StoreError::Clash(_)) => assert!(!unchanged && model.clashes(Some(at), next)),
        Err(other) => panic!("{other:?}"),
        Ok(()) => {
            assert!(!framework.deleted);
            assert!(!framework.system || !edits);
            assert!(unchanged || !model.clashes(Some(at), next));
            return true;
        }
    }
    false
}

fn ship(store: &Place, model: &mut Model, number: usize) {
    let system = SystemFramework {
        id: "system".into(),
        document: made(number, false),
    };
    let shipped = store.ship(vec![system], ada(6)).unwrap();
    let at = model.0.iter().position(|f| f.system);
    match (at, &shipped[0]) {
        (None, Shipped::Added) => model.born("system".into(), true, (number, false)),
        (Some(at), told) => {
            let next = (number, model.0[at].now().1);
            match told {
                Shipped::Unchanged => assert_eq!(model.0[at].now(), next),
                Shipped::HeldBack(_) => assert!(model.clashes(Some(at), next)),
                Shipped::Updated => {
                    assert!(!model.clashes(Some(at), next) && model.0[at].now() != next);
                    model.next(at, next);
                }
                Shipped::Added => panic!("it was there"),
            }
        }
        other => panic!("{other:?}"),
    }
}

fn agree(store: &Place, model: &Model) {
    let listed: Vec<String> = store
        .frameworks(None)
        .unwrap()
        .into_iter()
        .map(|f| f.id)
        .collect();
    let expected = model.0.iter().filter(|f| !f.deleted).map(|f| f.id.clone());
    assert_eq!(listed, expected.collect::<Vec<_>>());
    let mut changes = 0;
    for framework in &model.0 {
        let kept = store.kept_versions(&framework.id).unwrap();
        let kept: Vec<(&str, bool, i64)> = kept
            .iter()
            .map(|v| (&*v.short_name, v.active, v.number))
            .collect();
        let versions = framework.versions.iter().zip(1..);
        let expected: Vec<_> = versions
            .map(|(&(document, active), number)| (DOCUMENTS[document].0, active, number))
            .collect();
        assert_eq!(kept, expected);
        changes += framework.versions.len() + usize::from(framework.deleted);
        assert_eq!(store.framework(&framework.id).is_err(), framework.deleted);
    }
    assert_eq!(store.audit(0, u32::MAX).unwrap().len(), changes);
    let mut rules: Vec<(String, bool)> = Vec::new();
    for framework in model.0.iter().filter(|f| !f.deleted) {
        let (document, active) = framework.now();
        rules.extend(
            DOCUMENTS[document]
                .1
                .iter()
                .map(|r| ((*r).to_owned(), active)),
        );
    }
    rules.sort_by(|a, b| (&a.0, b.1).cmp(&(&b.0, a.1)));
    rules.dedup_by(|later, first| later.0 == first.0);
    assert_eq!(store.rules().unwrap(), rules);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn frameworks_are_what_a_plain_model_says(changes in prop::collection::vec(change(), 1..40)) {
        let mut store = place();
        let mut model = Model::default();
        for change in &changes {
            if matches!(change, Change::Reopen) {
                store = store.again();
            }
            step(&store, &mut model, change);
            agree(&store, &model);
        }
    }
}

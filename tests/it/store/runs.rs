//! Runs go forward only.

use super::{Ends, Place, ada, ben, document, place, put};
use classmark::store::{Action, CustomDocument, Resource, Run, RunState, StoreError};
use std::sync::atomic::{AtomicBool, Ordering};

fn queue(store: &Place, request: &str) -> Run {
    store
        .create_run(request, |id| format!("runs/{id}"), ada(1))
        .unwrap()
}

fn refused(found: Result<Run, StoreError>, state: RunState) {
    assert!(
        matches!(found, Err(StoreError::RunState(s)) if s == state),
        "{found:?}"
    );
}

#[test]
fn a_run_goes_its_way() {
    let store = place();
    let made = queue(&store, "{}");
    assert_eq!(
        (made.state, &*made.request, &made.created),
        (RunState::Queued, "{}", &ada(1))
    );
    assert_eq!(made.folder, format!("runs/{}", made.id));
    assert_eq!(
        (made.started_at, made.ended_at, &made.outcome),
        (None, None, &None)
    );
    assert_eq!(store.run(&made.id).unwrap(), made);
    refused(
        store.finish_run(&made.id, "early", ben(2)),
        RunState::Queued,
    );

    let started = store.start_next_run(ben(3)).unwrap().unwrap();
    assert_eq!(
        (started.state, started.started_at),
        (RunState::Running, Some(3))
    );
    assert_eq!(store.start_next_run(ben(3)).unwrap(), None);
    let done = store.finish_run(&made.id, "5 columns", ben(4)).unwrap();
    assert_eq!((done.state, done.ended_at), (RunState::Done, Some(4)));
    assert_eq!(done.outcome.as_deref(), Some("5 columns"));
    refused(store.finish_run(&made.id, "", ben(5)), RunState::Done);
    refused(store.fail_run(&made.id, "", ben(5)), RunState::Done);
    let store = store.again();
    assert_eq!(store.run(&made.id).unwrap(), done);

    let log = store.audit_of(Resource::Run, &made.id).unwrap();
    let told: Vec<Action> = log.iter().map(|e| e.action).collect();
    assert_eq!(told, [Action::Create, Action::Start, Action::Finish]);
}

#[test]
fn runs_fail_before_and_after_they_start() {
    let store = place();
    let (first, second) = (queue(&store, "1"), queue(&store, "2"));
    let failed = store.fail_run(&first.id, "unwanted", ben(2)).unwrap();
    assert_eq!((failed.state, failed.started_at), (RunState::Failed, None));
    let next = store.start_next_run(ben(3)).unwrap().unwrap();
    assert_eq!(next.id, second.id, "what has failed does not start");
    store.fail_run(&second.id, "broken", ben(4)).unwrap();
    refused(
        store.fail_run(&second.id, "again", ben(5)),
        RunState::Failed,
    );
}

#[test]
fn runs_are_cancelled_before_and_after_they_start() {
    let store = place();
    let (waiting, working) = (queue(&store, "1"), queue(&store, "2"));
    let cancelled = store.cancel_run(&waiting.id, "unwanted", ben(2)).unwrap();
    assert_eq!(cancelled.state, RunState::Cancelled);
    assert_eq!((cancelled.started_at, cancelled.ended_at), (None, Some(2)));
    assert_eq!(
        store.start_next_run(ada(3)).unwrap().unwrap().id,
        working.id
    );
    store.cancel_run(&working.id, "unwanted", ben(4)).unwrap();
    for ended in [&waiting.id, &working.id] {
        refused(store.cancel_run(ended, "", ben(5)), RunState::Cancelled);
        refused(store.fail_run(ended, "", ben(5)), RunState::Cancelled);
        refused(store.finish_run(ended, "", ben(5)), RunState::Cancelled);
        let log = store.audit_of(Resource::Run, ended).unwrap();
        let last = log.last().unwrap();
        assert_eq!((last.action, &*last.by.name), (Action::Cancel, "ben"));
    }
    assert!(store.fail_interrupted_runs("", ada(6)).unwrap().is_empty());
    assert!(store.done_runs(10).unwrap().is_empty());
    let store = store.again();
    assert_eq!(store.run(&waiting.id).unwrap().state, RunState::Cancelled);
}

#[test]
fn unknown_runs_are_not_found() {
    let store = place();
    for found in [
        store.run("x"),
        store.finish_run("x", "", ada(1)),
        store.fail_run("x", "", ada(1)),
    ] {
        assert!(
            matches!(found, Err(StoreError::NotFound(Resource::Run))),
            "{found:?}"
        );
    }
}

#[test]
fn what_was_under_way_when_the_program_ended_has_failed() {
    let store = place();
    let (first, second) = (queue(&store, "1"), queue(&store, "2"));
    store.start_next_run(ben(2)).unwrap();
    let store = store.again();
    let failed = store
        .fail_interrupted_runs("the server ended", ben(3))
        .unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (&*failed[0].id, failed[0].state),
        (&*first.id, RunState::Failed)
    );
    assert_eq!(store.run(&second.id).unwrap().state, RunState::Queued);
    assert!(
        store
            .fail_interrupted_runs("again", ben(4))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn no_two_workers_get_one_run() {
    let store = place();
    for number in 0..40 {
        queue(&store, &number.to_string());
    }
    let mut started: Vec<String> = std::thread::scope(|scope| {
        let work = || -> Vec<String> {
            let next = || store.start_next_run(ben(2)).unwrap();
            std::iter::from_fn(next).map(|run| run.id).collect()
        };
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|w| w.join().unwrap())
            .collect()
    });
    assert_eq!(started.len(), 40);
    started.sort();
    started.dedup();
    assert_eq!(started.len(), 40);
}

#[test]
fn runs_are_listed_newest_first_and_in_pages() {
    let store = place();
    assert!(store.runs(None, 10).unwrap().is_empty());
    let made: Vec<Run> = (0..5).map(|n| queue(&store, &n.to_string())).collect();
    let listed = |before, limit| -> Vec<String> {
        let runs = store.runs(before, limit).unwrap();
        runs.into_iter().map(|run| run.request).collect()
    };
    assert_eq!(listed(None, 10), ["4", "3", "2", "1", "0"]);
    assert_eq!(listed(None, 2), ["4", "3"]);
    assert_eq!(listed(Some(made[3].id.as_str()), 2), ["2", "1"]);
    assert!(listed(Some(made[0].id.as_str()), 2).is_empty());
    let unknown = store.runs(Some("x"), 2);
    assert!(matches!(unknown, Err(StoreError::NotFound(Resource::Run))));
}

#[test]
fn runs_that_are_done_are_found_newest_first() {
    let store = place();
    let made: Vec<Run> = (0..4).map(|n| queue(&store, &n.to_string())).collect();
    for (number, run) in made.iter().enumerate() {
        store.start_next_run(ben(2)).unwrap();
        let stamp = ben(10 + number as i64);
        match number {
            1 => store.fail_run(&run.id, "broken", stamp),
            _ => store.finish_run(&run.id, "whole", stamp),
        }
        .unwrap();
    }
    queue(&store, "waits");
    assert_eq!(
        store.done_runs(2).unwrap(),
        [made[3].id.clone(), made[2].id.clone()]
    );
    let found = |limit, by, unwanted: &[&str]| {
        let wanted = |run: &Run| !unwanted.contains(&&*run.request);
        let run = store.find_done_run(limit, by, wanted).unwrap();
        run.map(|run| run.request)
    };
    assert_eq!(found(10, None, &[]).as_deref(), Some("3"));
    assert_eq!(found(10, None, &["3"]).as_deref(), Some("2"));
    assert_eq!(found(10, None, &["3", "2"]).as_deref(), Some("0"));
    assert_eq!(found(2, None, &["3", "2"]), None);
    assert_eq!(found(10, Some(12), &[]).as_deref(), Some("2"));
    assert_eq!(found(10, Some(10), &[]).as_deref(), Some("0"));
    assert_eq!(found(10, Some(9), &[]), None);
}

#[test]
fn no_more_runs_wait_than_may() {
    let store = place();
    let few = || store.create_run_among(2, "{}", str::to_owned, ada(1));
    few().unwrap();
    few().unwrap();
    assert_eq!(store.runs_waiting().unwrap(), 2);
    assert!(matches!(few(), Err(StoreError::QueueFull { waiting: 2 })));
    // One that runs waits no more.
    store.start_next_run(ben(2)).unwrap();
    few().unwrap();
    assert!(few().is_err());
    assert_eq!(store.runs(None, 10).unwrap().len(), 3);
}

#[test]
fn what_a_run_works_by_is_of_one_moment() {
    let store = place();
    let made = store
        .create_framework(document("a", &["a/1"]), ada(1))
        .unwrap();
    let custom = |name: &str| CustomDocument {
        handle: "h".into(),
        version: "1".into(),
        name: name.into(),
        description: None,
        icon_url: None,
        requirements: "[]".into(),
    };
    store
        .create_custom_framework(custom("0"), Vec::new(), ada(1))
        .unwrap();
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // The custom framework is never ahead of the framework, and one behind at most.
        scope.spawn(|| {
            let _ends = Ends(&ends);
            for number in 1..60 {
                let name = number.to_string();
                put(&store, &made.id, document(&name, &["a/1"]), ben(2)).unwrap();
                store
                    .update_custom_framework(custom(&name), Vec::new(), ben(2))
                    .unwrap();
            }
        });
        while !ends.load(Ordering::Relaxed) {
            let (frameworks, customs) = store.rules_and_controls().unwrap();
            let framework: i64 = frameworks[0].short_name.parse().unwrap_or(0);
            let custom: i64 = customs[0].document.name.parse().unwrap();
            assert!(
                (0..2).contains(&(framework - custom)),
                "{framework} {custom}"
            );
        }
    });
}

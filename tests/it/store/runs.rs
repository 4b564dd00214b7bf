//! Runs go forward only.

use super::{Place, ada, ben, place};
use classmark::store::{Action, Resource, Run, RunState, StoreError};

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

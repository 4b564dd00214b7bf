//! The thread that does runs, one after the other.

use super::desk::Runs;
use super::outcome::OutcomeRecord;
use super::under_way::{GivenUp, UnderWay};
use crate::output::discard;
use crate::store::{Run, RunState, Stamp, StoreError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long the worker sleeps unless it is woken: a run whose store was in
/// trouble is looked for again.
const SLEEP: Duration = Duration::from_secs(30);
/// How often the end of a run is put down if the store does not take it.
const ATTEMPTS: u32 = 5;

/// The thread that does runs.
pub(in crate::server) struct Worker {
    runs: Arc<Runs>,
    /// Behind a lock only so that threads may share a server.
    ended: Mutex<Receiver<()>>,
}

impl Worker {
    /// Fails what was under way when the program last ended, clears what it left,
    /// and begins.
    ///
    /// # Errors
    ///
    /// When the store fails, or there is no thread to be had.
    pub(in crate::server) fn start(runs: &Arc<Runs>) -> Result<Self, WorkerError> {
        let reason = "it was interrupted: the server ended before it did";
        let reason = OutcomeRecord::failed(reason).text();
        for run in runs.store.fail_interrupted_runs(reason, runs.stamp())? {
            tracing::warn!(run = run.id, "a run was interrupted");
        }
        let (says, ended) = channel();
        let working = Arc::clone(runs);
        thread::Builder::new()
            .name("classmark-runs".into())
            .spawn(move || {
                working.work();
                // Nobody may be waiting for it.
                let _ = says.send(());
            })?;
        let runs = Arc::clone(runs);
        let ended = Mutex::new(ended);
        Ok(Worker { runs, ended })
    }

    /// Gives up what is under way. What waits goes on waiting.
    pub(in crate::server) fn stop(&self) {
        self.runs.stopping.store(true, Ordering::Release);
        if let Some(under_way) = &*self.runs.current() {
            under_way.give_up(GivenUp {
                reason: "it was interrupted: the server was stopped".into(),
                by: None,
            });
        }
        self.runs.ring();
    }

    /// Waits for its end, but not for ever: what is not done then is told as
    /// interrupted at the next start.
    pub(in crate::server) fn join(self, most: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(most).is_err() {
            tracing::warn!("a run did not end in time");
        }
    }
}

impl Drop for Worker {
    /// Nobody does runs of a server that is gone.
    fn drop(&mut self) {
        self.stop();
    }
}

/// How a run ended.
enum End {
    Done(OutcomeRecord),
    Failed(OutcomeRecord),
    /// By whom, and when.
    Cancelled(OutcomeRecord, Stamp),
}

/// Why there is no worker.
#[derive(Debug, thiserror::Error)]
pub(in crate::server) enum WorkerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Runs {
    fn work(&self) {
        self.sweep();
        // Whether the end of a run could not be put down: then it still looks as if it
        // were under way.
        let mut is_one_left = false;
        while !self.is_stopping() {
            if is_one_left {
                is_one_left = self.fail_the_one_left().is_err();
            }
            match self.start_next() {
                Ok(Some((run, under_way))) => {
                    is_one_left |= !self.finish(&run, &under_way);
                    self.sweep();
                }
                Ok(None) => self.wait(SLEEP),
                Err(error) => {
                    tracing::error!(cause = ?error, "the next run cannot be started");
                    self.wait(SLEEP);
                }
            }
        }
    }

    fn start_next(&self) -> Result<Option<(Run, Arc<UnderWay>)>, StoreError> {
        let mut current = self.current();
        if self.is_stopping() {
            return Ok(None);
        }
        let Some(run) = self.store.start_next_run(self.stamp())? else {
            return Ok(None);
        };
        let under_way = Arc::new(UnderWay::new(run.id.clone()));
        *current = Some(Arc::clone(&under_way));
        Ok(Some((run, under_way)))
    }

    /// Fails what looks as if it were under way while nothing is.
    fn fail_the_one_left(&self) -> Result<(), StoreError> {
        // While this is held, no run starts.
        let _current = self.current();
        let reason = "its end could not be recorded: the store could not be written then";
        let reason = OutcomeRecord::failed(reason).text();
        for run in self.store.fail_interrupted_runs(reason, self.stamp())? {
            tracing::warn!(
                run = run.id,
                "a run has failed, for its end was not put down"
            );
        }
        Ok(())
    }

    /// Does a run, and puts down what it came to; whether that was done.
    fn finish(&self, run: &Run, under_way: &UnderWay) -> bool {
        tracing::info!(run = run.id, "a run starts");
        // Whatever is half done lies in the run's own folder, and goes with it.
        let done = catch_unwind(AssertUnwindSafe(|| self.perform(run, under_way)));
        let done = done.unwrap_or_else(|_| {
            tracing::error!(run = run.id, "a run panicked");
            let outcome = OutcomeRecord::failed("the program gave up in the middle of it");
            Err(Box::new(outcome))
        });
        let cancelled = self.leave(under_way);
        let end = match (done, cancelled) {
            (
                _,
                Some(GivenUp {
                    reason,
                    by: Some(by),
                }),
            ) => {
                tracing::info!(run = run.id, reason, "a run was cancelled");
                let at = self.clock.now();
                End::Cancelled(OutcomeRecord::failed(reason), Stamp { at, by })
            }
            (Ok(outcome), _) => {
                tracing::info!(run = run.id, "a run is done");
                End::Done(outcome)
            }
            (Err(outcome), _) => {
                let reason = outcome.reason.as_deref().unwrap_or_default();
                tracing::info!(run = run.id, reason, "a run failed");
                End::Failed(*outcome)
            }
        };
        let put_down = self.put_down(run, &end);
        if put_down.is_err() || !matches!(end, End::Done(_)) {
            self.clear(run);
        }
        !matches!(put_down, Err(StoreError::Fault { .. }))
    }

    /// Why the run was given up, if it was. From now on it is not under way: to
    /// cancel it takes the store, which knows whether its end has been put down.
    fn leave(&self, under_way: &UnderWay) -> Option<GivenUp> {
        let mut current = self.current();
        *current = None;
        under_way.why()
    }

    fn put_down(&self, run: &Run, end: &End) -> Result<(), StoreError> {
        let mut attempt = 1;
        loop {
            let (id, store) = (&run.id, &self.store);
            let put = match end {
                End::Done(outcome) => store.finish_run(id, outcome.text(), self.stamp()),
                End::Failed(outcome) => store.fail_run(id, outcome.text(), self.stamp()),
                End::Cancelled(outcome, stamp) => {
                    store.cancel_run(id, outcome.text(), stamp.clone())
                }
            };
            match put {
                Ok(_) => return Ok(()),
                // It was put down, and only the answer was lost.
                Err(StoreError::RunState(RunState::Done)) if matches!(end, End::Done(_)) => {
                    return Ok(());
                }
                Err(error @ StoreError::RunState(RunState::Cancelled)) => {
                    tracing::info!(run = run.id, "a run was cancelled when it had just ended");
                    return Err(error);
                }
                // A full disk may be emptied. One that goes on is told at the next start.
                Err(StoreError::Fault { kind, cause }) if attempt < ATTEMPTS => {
                    tracing::error!(run = run.id, %kind, %cause, "a run's end was not put down");
                    thread::sleep(Duration::from_millis(200 << attempt));
                    attempt += 1;
                }
                Err(error) => {
                    tracing::error!(run = run.id, cause = ?error, "a run's end was not put down");
                    return Err(error);
                }
            }
        }
    }

    pub(super) fn clear(&self, run: &Run) {
        if let Err(error) = discard(&self.folder(run)) {
            tracing::warn!(run = run.id, %error, "what a run left cannot be cleared");
        }
    }
}

//! What calls and the worker share.

use super::last::Cache;
use super::under_way::{GivenUp, UnderWay};
use crate::pipeline::Confinement;
use crate::server::access::Caller;
use crate::server::answer::{Refusal, unavailable};
use crate::server::clock::Clock;
use crate::store::{Run, Stamp, Store, StoreError};
use axum::http::StatusCode;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Runs that may wait; more are refused.
pub(super) const MOST_WAITING: u32 = 100;

/// Where files come from and results go.
#[derive(Debug, Clone)]
pub(in crate::server) struct Setup {
    /// The folder whose files runs may read; `None`: there are no runs.
    pub(in crate::server) root: Option<PathBuf>,
    /// The folder in which each run has one for its results.
    pub(in crate::server) folder: PathBuf,
    /// Runs that ended well whose results are kept, at least 1.
    pub(in crate::server) keep: u32,
}

/// What calls and the worker share.
pub(in crate::server) struct Runs {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<Clock>,
    pub(super) setup: Setup,
    /// Who holds this decides which run starts or is cancelled.
    pub(super) current: Mutex<Option<Arc<UnderWay>>>,
    pub(super) stopping: AtomicBool,
    rung: Mutex<bool>,
    bell: Condvar,
    pub(super) last: Cache,
}

impl Runs {
    pub(in crate::server) fn new(store: Arc<Store>, clock: Arc<Clock>, setup: Setup) -> Self {
        Runs {
            store,
            clock,
            setup,
            current: Mutex::new(None),
            stopping: AtomicBool::new(false),
            rung: Mutex::new(true),
            bell: Condvar::new(),
            last: Cache::default(),
        }
    }

    /// The folder that runs read from, opened.
    ///
    /// # Errors
    ///
    /// 409 if the server has none, 503 if it cannot be opened.
    pub(in crate::server) fn confinement(&self) -> Result<Confinement, Refusal> {
        let Some(root) = &self.setup.root else {
            let message = "no folder is set up for runs: start the server with `--files-root DIR`";
            return Err(Refusal::new(StatusCode::CONFLICT, message));
        };
        Confinement::open(root).map_err(|error| {
            tracing::error!(%error, root = %root.display(), "the files root cannot be opened");
            let message = "the folder that files are read from cannot be opened now";
            unavailable(message, 30)
        })
    }

    /// Where the results of a run are, or were.
    pub(in crate::server) fn folder(&self, run: &Run) -> PathBuf {
        self.setup.folder.join(&run.folder)
    }

    /// Queues a run.
    pub(super) fn queue(&self, request: String, stamp: Stamp) -> Result<Run, StoreError> {
        let folder = |id: &str| id.to_owned();
        let run = self
            .store
            .create_run_among(MOST_WAITING, request, folder, stamp)?;
        self.ring();
        Ok(run)
    }

    /// Cancels a run that has not ended; as it is then.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::RunState`] if it has ended.
    pub(super) fn cancel(&self, id: &str, by: &Caller) -> Result<Run, StoreError> {
        // While this is held, no run starts.
        let current = self.current();
        let run = self.store.run(id)?;
        if run.state.has_ended() {
            return Err(StoreError::RunState(run.state));
        }
        let reason = format!(
            "it was cancelled by {}",
            crate::diagnostic::quoted(&by.name)
        );
        let stamp = Stamp::new(self.clock.now(), by.user_id, by.name.as_ref());
        if let Some(under_way) = current.as_ref().filter(|run| run.id == id) {
            let by = Some(stamp.by);
            under_way.give_up(GivenUp { reason, by });
            return Ok(run);
        }
        let outcome = super::outcome::OutcomeRecord::failed(reason).text();
        self.store.cancel_run(id, outcome, stamp)
    }

    /// How far the run of this id is, if it is under way.
    pub(super) fn under_way(&self, id: &str) -> Option<Arc<UnderWay>> {
        self.current().clone().filter(|run| run.id == id)
    }

    pub(super) fn current(&self) -> MutexGuard<'_, Option<Arc<UnderWay>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program's own stamp.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp::new(self.clock.now(), 0, "classmark")
    }

    /// Tells the worker that there is something to do.
    pub(super) fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }

    /// Waits until there is something to do, or for so long.
    pub(super) fn wait(&self, most: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(rung, most, |rung| !*rung);
        let (mut rung, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *rung = false;
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// How many threads a run gets: one processor stays for requests.
    pub(super) fn threads() -> Option<NonZeroUsize> {
        let all = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        NonZeroUsize::new(all.saturating_sub(1).max(1))
    }
}

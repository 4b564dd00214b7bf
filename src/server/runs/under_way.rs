//! The run that is under way: how far it is, and whether it goes on.

use crate::pipeline::Progress;
use crate::store::Actor;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A run under way.
#[derive(Debug)]
pub(in crate::server) struct UnderWay {
    pub(super) id: String,
    phase: Mutex<Phase>,
    done: AtomicU64,
    over: AtomicBool,
    /// Why it is to be given up, once it is.
    why: Mutex<Option<GivenUp>>,
}

/// Why a run is given up.
#[derive(Debug, Clone)]
pub(super) struct GivenUp {
    pub(super) reason: String,
    /// Who cancelled it; none where it is interrupted because the server stops.
    pub(super) by: Option<Actor>,
}

#[derive(Debug, Clone, Copy)]
struct Phase {
    name: &'static str,
    rows: Option<u64>,
}

impl UnderWay {
    pub(super) fn new(id: String) -> Self {
        UnderWay {
            id,
            phase: Mutex::new(Phase {
                name: "starting",
                rows: None,
            }),
            done: AtomicU64::new(0),
            over: AtomicBool::new(false),
            why: Mutex::new(None),
        }
    }

    /// Gives it up for a reason; the first one counts.
    pub(super) fn give_up(&self, why: GivenUp) {
        locked(&self.why).get_or_insert(why);
        self.over.store(true, Ordering::Release);
    }

    /// Why it is given up, if it is.
    pub(super) fn why(&self) -> Option<GivenUp> {
        locked(&self.why).clone()
    }

    /// The phase, the rows of it that are done, and all its rows where they are known.
    pub(super) fn progress(&self) -> (&'static str, u64, Option<u64>) {
        let phase = *locked(&self.phase);
        (phase.name, self.done.load(Ordering::Relaxed), phase.rows)
    }
}

impl Progress for UnderWay {
    fn phase(&self, name: &'static str, rows: Option<u64>) {
        let mut phase = locked(&self.phase);
        *phase = Phase { name, rows };
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, rows: u64) {
        self.done.fetch_add(rows, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

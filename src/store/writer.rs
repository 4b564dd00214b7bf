//! The one thread that writes.
//!
//! Writes that wait are done together, in one transaction with a savepoint for
//! each, and answered when that is on disk: a sync, which is what a write costs,
//! is paid once for all of them. Nobody is told anything before, not even that a
//! name is taken, for whoever took it may be in the same transaction.

use super::error::{FaultKind, StoreError};
use super::log_place;
use rusqlite::Connection;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Writes in one transaction: a sync is no longer what they cost by then.
const MOST: usize = 256;

/// A write that waits. It runs in a transaction, or is told why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;

/// Tells the caller, who hears the commit's outcome before the write's.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The thread that writes, and the way to it.
pub(super) struct Writer {
    inbox: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<Connection>>>,
    /// Transactions so far.
    generation: Arc<AtomicU64>,
}

impl Writer {
    /// Starts it. `log` is the path of the store's write-ahead log.
    pub(super) fn start(connection: Connection, log: PathBuf) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(MOST);
        let generation = Arc::new(AtomicU64::new(1));
        let counted = Arc::clone(&generation);
        let thread = thread::Builder::new()
            .name("classmark-store".into())
            .spawn(move || work(connection, &log, &receiver, &counted))?;
        Ok(Writer {
            inbox: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            generation,
        })
    }

    /// Transactions so far, counted before they are answered.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Does a write, and returns when it is on disk.
    pub(super) fn write<T, E>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, receiver) = sync_channel(1);
        let job: Job = Box::new(move |connection| {
            let outcome = match connection {
                Ok(connection) => by_itself(connection, operation),
                Err(error) => Err(error.into()),
            };
            Box::new(move |committed| {
                let answer = committed.map_err(E::from).and(outcome);
                // Whoever asked may have gone.
                let _ = sender.send(answer);
            })
        });
        let inbox = locked(&self.inbox).clone().ok_or(StoreError::Closed)?;
        inbox.send(job).map_err(|_| StoreError::Closed)?;
        drop(inbox);
        receiver
            .recv()
            .unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Ends the thread when everything handed in is done; its connection, once.
    pub(super) fn close(&self) -> Option<Connection> {
        drop(locked(&self.inbox).take());
        let thread = locked(&self.thread).take()?;
        thread.join().ok()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(
    connection: Connection,
    log: &Path,
    inbox: &Receiver<Job>,
    generation: &AtomicU64,
) -> Connection {
    // Whether the file proper says where its log lies: before any write is answered.
    let mut recorded = false;
    while let Ok(first) = inbox.recv() {
        let mut answers = Vec::new();
        let ready = match recorded {
            true => Ok(()),
            false => log_place::record(&connection, log).map(|done| recorded = done),
        };
        let ready = ready.and_then(|()| connection.execute_batch("BEGIN IMMEDIATE"));
        let committed = match ready {
            Ok(()) => together(&connection, first, inbox, &mut answers),
            Err(error) => {
                refuse(&error.into(), first, inbox, &mut answers);
                Ok(())
            }
        };
        generation.fetch_add(1, Ordering::Release);
        for answer in answers {
            answer(committed.clone());
        }
    }
    connection
}

/// Tells all that wait why nothing can be written now. Each would have to wait for a
/// lock by itself otherwise, one after the other.
fn refuse(error: &StoreError, first: Job, inbox: &Receiver<Job>, answers: &mut Vec<Answer>) {
    let mut next = Some(first);
    while let Some(job) = next {
        answers.push(job(Err(error.clone())));
        let full = answers.len() >= MOST;
        next = if full { None } else { inbox.try_recv().ok() };
    }
}

/// Does what waits, in the transaction that has begun.
fn together(
    connection: &Connection,
    first: Job,
    inbox: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut next = Some(first);
    while let Some(job) = next {
        answers.push(job(Ok(connection)));
        if connection.is_autocommit() {
            // SQLite ends a transaction that it could not go on with.
            let why = "the transaction was rolled back";
            return Err(StoreError::fault(FaultKind::Disk, why));
        }
        let full = answers.len() >= MOST;
        next = if full { None } else { inbox.try_recv().ok() };
    }
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() && !connection.is_autocommit() {
        // Were this to fail too, the next one to begin would be told.
        let _ = connection.execute_batch("ROLLBACK");
    }
    Ok(committed?)
}

/// Does all of a write or nothing, and leaves the others of its transaction be.
fn by_itself<T, E: From<StoreError>>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let run = |sql: &str| -> Result<(), StoreError> {
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    run("SAVEPOINT one")?;
    // What is undone cannot be left half done, so a panic does no harm.
    let outcome = catch_unwind(AssertUnwindSafe(|| operation(connection)));
    let outcome = outcome.unwrap_or_else(|_| {
        let why = "the write panicked";
        Err(StoreError::fault(FaultKind::Other, why).into())
    });
    if connection.is_autocommit() {
        return outcome;
    }
    let undone = match outcome {
        Ok(_) => Ok(()),
        Err(_) => run("ROLLBACK TO one"),
    };
    if let Err(error) = undone.and_then(|()| run("RELEASE one")) {
        // Half a write may be left, which the others must not take along.
        let _ = connection.execute_batch("ROLLBACK");
        return Err(error.into());
    }
    outcome
}

//! Who may be served at once, and how much of memory answers may take.

use super::programs::Programs;
use crate::server::answer::Refusal;
use crate::server::guard::too_many;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls whose bodies are read, or that are worked on.
const SEATS: usize = 64;
/// Bytes of one answer; more is refused.
pub(super) const MOST_ANSWER: usize = 64 << 20;
/// Mebibytes of all answers that clients have not taken yet.
const MOST_ANSWERS: usize = 512;

/// What evaluations share.
#[derive(Debug)]
pub(in crate::server) struct Desk {
    pub(super) programs: Programs,
    seats: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    /// One preview at a time: each goes through a whole catalog.
    preview: Arc<Semaphore>,
}

impl Default for Desk {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Desk {
            programs: Programs::default(),
            seats: Arc::new(Semaphore::new(SEATS)),
            workers: Arc::new(Semaphore::new(cores)),
            answers: Arc::new(Semaphore::new(MOST_ANSWERS)),
            preview: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Desk {
    /// A place for a call, before its body is read.
    pub(super) fn seat(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let seat = Arc::clone(&self.seats).try_acquire_owned();
        seat.map_err(|_| busy("there are too many evaluations at once"))
    }

    /// A turn to work: as many as there are processors have one.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let turn = Arc::clone(&self.workers).acquire_owned();
        turn.await
            .map_err(|_| busy("there are too many evaluations at once"))
    }

    /// The turn to preview.
    pub(super) fn previewing(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let turn = Arc::clone(&self.preview).try_acquire_owned();
        turn.map_err(|_| busy("another preview is under way"))
    }

    /// An answer, counted as long as some of it is still to be sent.
    pub(super) fn counted(&self, bytes: Vec<u8>) -> Result<Bytes, Refusal> {
        let mebibytes = u32::try_from(bytes.len().div_ceil(1 << 20)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.answers).try_acquire_many_owned(mebibytes);
        let room = room.map_err(|_| busy("too many answers are not taken yet"))?;
        Ok(Bytes::from_owner(Counted { bytes, _room: room }))
    }
}

fn busy(message: &str) -> Refusal {
    too_many(&format!("{message}: wait a little"), Duration::from_secs(1))
}

struct Counted {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

//! All versions of a framework as a body: there is no end to how many there are,
//! so they are read as the client takes them.

use super::text::tell;
use crate::store::{Store, StoreError};
use bytes::Bytes;
use hyper::body::{Body, Frame};
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes of a piece, if no single version has more.
const PIECE: usize = 256 << 10;

/// A part of the list, and the number of the version that comes next, if one does.
struct Piece {
    text: String,
    next: Option<i64>,
}

/// The list, of which a piece has been read.
pub(super) struct Versions {
    store: Arc<Store>,
    id: String,
    /// The last version there was when the list was asked for: a list ends.
    last: i64,
    state: State,
}

enum State {
    Ready(Piece),
    Waiting(i64),
    Reading(JoinHandle<Result<Piece, StoreError>>),
    Over,
}

/// Why a list breaks off: the reason is in the log.
#[derive(Debug, thiserror::Error)]
#[error("the list of versions breaks off")]
pub(super) struct BrokenOff;

impl Versions {
    /// Reads the first piece, so that what is not there is known at once. Waits for
    /// the disk.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) fn of(store: Arc<Store>, id: String) -> Result<Self, StoreError> {
        let last = store.framework(&id)?.number;
        let first = read(&store, &id, 1..=last)?;
        Ok(Versions {
            store,
            id,
            last,
            state: State::Ready(first),
        })
    }

    fn give(&mut self, piece: Piece) -> Frame<Bytes> {
        self.state = match piece.next {
            Some(next) => State::Waiting(next),
            None => State::Over,
        };
        Frame::data(piece.text.into())
    }
}

impl Body for Versions {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let mut reading = match std::mem::replace(&mut self.state, State::Over) {
            State::Ready(piece) => return Poll::Ready(Some(Ok(self.give(piece)))),
            State::Waiting(next) => {
                let (store, id, last) = (Arc::clone(&self.store), self.id.clone(), self.last);
                spawn_blocking(move || read(&store, &id, next..=last))
            }
            State::Reading(reading) => reading,
            State::Over => return Poll::Ready(None),
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(cx) else {
            self.state = State::Reading(reading);
            return Poll::Pending;
        };
        Poll::Ready(Some(match read {
            Ok(Ok(piece)) => Ok(self.give(piece)),
            Ok(Err(error)) => Err(broken_off(&error)),
            Err(error) => Err(broken_off(&error)),
        }))
    }
}

fn broken_off(error: &dyn std::error::Error) -> BrokenOff {
    tracing::error!(%error, "a list of versions was not told to its end");
    BrokenOff
}

/// As many of these versions as make a piece.
fn read(store: &Store, id: &str, numbers: RangeInclusive<i64>) -> Result<Piece, StoreError> {
    let mut text = String::new();
    let mut next = None;
    store.visit_framework_versions(id, numbers, |version| {
        if text.len() >= PIECE {
            next = Some(version.number);
            return false;
        }
        let before = match version.number {
            1 => "{\"versions\":[",
            _ => ",",
        };
        text.push_str(before);
        tell(&version, &mut text);
        true
    })?;
    if next.is_none() {
        text.push_str("]}");
    }
    Ok(Piece { text, next })
}

//! A file as a body: read piece by piece, where waiting harms nobody.

use crate::pipeline::{ArchiveError, ResultFile};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// Bytes of a piece: one is read while the client takes the one before.
const PIECE: usize = 256 << 10;

type Reading = JoinHandle<(Box<ResultFile>, Result<Vec<u8>, ArchiveError>)>;

/// A file that is read as its client takes it. A thread is needed only while a
/// piece is read, so clients that take their time hold none.
pub(super) struct Pieces {
    left: u64,
    state: State,
}

enum State {
    /// A piece that is read, and the file with the rest.
    Ready(Vec<u8>, Box<ResultFile>),
    Waiting(Box<ResultFile>),
    Reading(Reading),
    Over,
}

/// Why a file could not be given out to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum PiecesError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Thread(#[from] JoinError),
}

impl Pieces {
    /// A file's pieces, the first of which is read here: what is wrong with a small
    /// file is known before anything is answered.
    pub(super) fn of(file: ResultFile) -> Result<Self, ArchiveError> {
        let left = file.left();
        let (file, piece) = next(Box::new(file));
        let state = State::Ready(piece?, file);
        Ok(Pieces { left, state })
    }

    fn give(&mut self, piece: Vec<u8>, file: Box<ResultFile>) -> Frame<Bytes> {
        self.left = file.left();
        self.state = State::Waiting(file);
        Frame::data(piece.into())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = PiecesError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PiecesError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut reading = match std::mem::replace(&mut self.state, State::Over) {
            State::Ready(piece, file) => return Poll::Ready(Some(Ok(self.give(piece, file)))),
            State::Waiting(file) => spawn_blocking(move || next(file)),
            State::Reading(reading) => reading,
            State::Over => return Poll::Ready(None),
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(cx) else {
            self.state = State::Reading(reading);
            return Poll::Pending;
        };
        let told = read
            .map_err(PiecesError::from)
            .and_then(|(file, piece)| Ok(self.give(piece?, file)));
        if let Err(error) = &told {
            tracing::error!(%error, "a file of results was not given out to its end");
        }
        Poll::Ready(Some(told))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn next(mut file: Box<ResultFile>) -> (Box<ResultFile>, Result<Vec<u8>, ArchiveError>) {
    let piece = file.next_piece(PIECE);
    (file, piece)
}

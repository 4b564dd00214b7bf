//! A run read by a thread of its own, some data sources at a time.

use super::started;
use crate::archive::{ArchiveError, RunReader, StoredColumn, Visitor};
use crate::diff::BlockWriter;
use crate::pipeline::PipelineError;
use crate::pipeline::ordered::calmly;
use crate::tag::Tag;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

/// Bytes of a buffer; a data source that is larger has one for itself.
const BUFFER_BYTES: usize = 256 << 10;
/// Buffers that wait to be taken.
const AHEAD: usize = 4;

/// Some data sources of a run, in the order of its files.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Blocks, one after the other.
    pub(super) bytes: Vec<u8>,
    /// The tags that are new in them.
    pub(super) tags: Vec<Tag>,
    /// Data sources and assignments.
    pub(super) weight: u64,
}

type Told = Result<Buffer, PipelineError>;

/// What comes of reading a run.
pub(super) struct Feed {
    /// `None`: at its end.
    from: Option<Receiver<Told>>,
    /// Data sources and assignments that were taken, of so many.
    pub(super) taken: u64,
    pub(super) all: u64,
}

impl Feed {
    pub(super) fn has_ended(&self) -> bool {
        self.from.is_none()
    }

    /// The next data sources; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Buffer>, PipelineError> {
        let told = self.from.as_ref().and_then(|from| from.recv().ok());
        match told.transpose()? {
            Some(buffer) => {
                self.taken += buffer.weight;
                Ok(Some(buffer))
            }
            None => {
                self.from = None;
                Ok(None)
            }
        }
    }
}

/// Data sources and assignments of a run.
pub(super) fn weight(reader: &RunReader) -> u64 {
    reader.data_sources() + reader.assignments()
}

/// Has a run read by a thread. Rules are numbered by their places in `rules`.
pub(super) fn feed<'scope>(
    scope: &'scope Scope<'scope, '_>,
    reader: RunReader,
    rules: &'scope [String],
) -> Result<Feed, PipelineError> {
    let (to, from) = sync_channel(AHEAD);
    let all = weight(&reader);
    started(scope, "classmark-read", move || {
        if let Err(error) = calmly(|| read(reader, rules, &to)) {
            // Whoever does not listen any more has an error of its own to tell.
            let _ = to.send(Err(error));
        }
    })?;
    Ok(Feed {
        from: Some(from),
        taken: 0,
        all,
    })
}

fn read(reader: RunReader, rules: &[String], to: &SyncSender<Told>) -> Result<(), PipelineError> {
    let mut reading = Reading {
        writer: BlockWriter::default(),
        buffer: Buffer::default(),
        tags: 0,
        to,
    };
    reader.read(rules, &mut reading)?;
    Ok(reading.send()?)
}

struct Reading<'r> {
    writer: BlockWriter,
    buffer: Buffer,
    /// How many tags were told of.
    tags: usize,
    to: &'r SyncSender<Told>,
}

impl Reading<'_> {
    fn send(&mut self) -> Result<(), ArchiveError> {
        let buffer = std::mem::take(&mut self.buffer);
        let sent = self.to.send(Ok(buffer));
        // Nobody listens, so nobody is told: it only ends the reading.
        sent.map_err(|_| ArchiveError::Spill(io::ErrorKind::BrokenPipe.into()))
    }
}

impl Visitor for Reading<'_> {
    fn column(&mut self, column: &StoredColumn<'_>) -> Result<(), ArchiveError> {
        let tags = column.tags();
        let untold = tags.get(self.tags..).unwrap_or_default();
        self.buffer.tags.extend_from_slice(untold);
        self.tags = tags.len();
        let rows = column.rows.iter();
        let rows = rows.map(|row| (row.tag, row.state, column.rules(row)));
        self.writer.column(column.name, rows);
        self.buffer.weight += column.rows.len() as u64;
        Ok(())
    }

    fn end_data_source(&mut self, id: &str) -> Result<(), ArchiveError> {
        self.writer.end(id, &mut self.buffer.bytes);
        self.buffer.weight += 1;
        match self.buffer.bytes.len() >= BUFFER_BYTES {
            true => self.send(),
            false => Ok(()),
        }
    }
}

//! The messages of a stream, held against its bytes.

use super::super::CatalogError;
use super::StreamLimits;
use super::views::{Columns, dictionaries_in, said_by_views};
use arrow::datatypes::Schema;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::{Message, MessageHeader, RecordBatch, root_as_message};
use std::path::Path;

/// Before the length of every message.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// What is wrong with a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Broken(&'static str),
    /// Too much of something, and how much there may be.
    TooMuch(&'static str, u64),
}

use Fault::{Broken, TooMuch};

impl Fault {
    pub(super) fn told(self, name: &Path) -> CatalogError {
        match self {
            Broken(reason) => CatalogError::Broken {
                file: name.to_owned(),
                reason: reason.to_owned(),
            },
            TooMuch(what, limit) => CatalogError::TooMuch { what, limit },
        }
    }
}

/// Looks at every message of a stream, and at no value.
pub(super) fn check(bytes: &[u8], limits: &StreamLimits) -> Result<(), Fault> {
    let mut walk = Walk {
        rest: bytes,
        limits,
        messages: 0,
        rows: 0,
        dictionary_bytes: 0,
        repeated: 0,
        schema: None,
    };
    while walk.message()? {}
    match walk.schema {
        Some(_) => Ok(()),
        None => Err(Broken("the stream has no schema")),
    }
}

struct Walk<'b> {
    rest: &'b [u8],
    limits: &'b StreamLimits,
    messages: u64,
    rows: u64,
    /// Bytes of all dictionaries so far: one that grows may be all of them.
    dictionary_bytes: u64,
    repeated: u64,
    schema: Option<Schema>,
}

impl<'b> Walk<'b> {
    /// Looks at the next message; whether there was one.
    fn message(&mut self) -> Result<bool, Fault> {
        match self.take(4) {
            Some(mark) if *mark == CONTINUATION => {}
            _ if self.messages == 0 => return Err(Broken("it is no Arrow IPC stream")),
            _ => return Err(Broken("the stream has no end mark: it was cut off")),
        }
        let length = self.take(4).and_then(|length| length.try_into().ok());
        let length = length.map(i32::from_le_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or(Broken("a message has no length"))?;
        if length == 0 {
            return match self.rest {
                [] => Ok(false),
                _ => Err(Broken("something follows the end of the stream")),
            };
        }
        self.messages += 1;
        if self.messages > self.limits.messages {
            return Err(TooMuch("messages", self.limits.messages));
        }
        let short = Broken("a message is longer than the stream");
        let head = self.take(length).ok_or(short)?;
        let message = root_as_message(head).map_err(|_| Broken("a message has a broken head"))?;
        let body = usize::try_from(message.bodyLength()).ok();
        let body = body.and_then(|length| self.take(length));
        let body = body.ok_or(Broken("a message claims more bytes than are there"))?;
        self.header(&message, body)?;
        Ok(true)
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn header(&mut self, message: &Message<'_>, body: &[u8]) -> Result<(), Fault> {
        match (message.header_type(), &self.schema) {
            (MessageHeader::Schema, None) => {
                let schema = message.header_as_schema();
                let schema = schema.ok_or(Broken("the stream has no schema"))?;
                self.schema = Some(fb_to_schema(schema));
                Ok(())
            }
            (MessageHeader::RecordBatch, Some(_)) => {
                let batch = message.header_as_record_batch();
                self.batch(batch.ok_or(Broken("a batch has a broken head"))?, body)
            }
            (MessageHeader::DictionaryBatch, Some(_)) => {
                let dictionary = message.header_as_dictionary_batch();
                let values = dictionary.and_then(|dictionary| dictionary.data());
                self.dictionary(
                    values.ok_or(Broken("a dictionary has a broken head"))?,
                    body,
                )
            }
            _ => Err(Broken("a message is none that a stream has at this place")),
        }
    }

    fn batch(&mut self, batch: RecordBatch<'_>, body: &[u8]) -> Result<(), Fault> {
        check_buffers(&batch, body)?;
        let rows = u64::try_from(batch.length()).map_err(|_| Broken("a batch has no length"))?;
        self.rows = self.rows.saturating_add(rows);
        if self.rows > self.limits.rows {
            return Err(TooMuch("rows", self.limits.rows));
        }
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        let again = dictionaries_in(schema.fields()).saturating_mul(self.dictionary_bytes);
        let views = said_by_views(Columns::Fields(schema.fields()), &batch, body)?;
        self.repeat(again.saturating_add(views))
    }

    fn dictionary(&mut self, values: RecordBatch<'_>, body: &[u8]) -> Result<(), Fault> {
        check_buffers(&values, body)?;
        self.dictionary_bytes = self.dictionary_bytes.saturating_add(body.len() as u64);
        let views = said_by_views(Columns::Values, &values, body)?;
        // One that adds to another one is put behind it, and both are copied.
        self.repeat(self.dictionary_bytes.saturating_add(views))
    }

    fn repeat(&mut self, bytes: u64) -> Result<(), Fault> {
        self.repeated = self.repeated.saturating_add(bytes);
        match self.repeated > self.limits.repeated_bytes {
            true => Err(TooMuch("bytes said again", self.limits.repeated_bytes)),
            false => Ok(()),
        }
    }
}

/// Buffers lie in the body, and not over one another: the reader may copy each.
fn check_buffers(batch: &RecordBatch<'_>, body: &[u8]) -> Result<(), Fault> {
    if batch.compression().is_some() {
        return Err(Broken(
            "its batches are compressed: write the stream without compression",
        ));
    }
    let outside = Broken("a buffer lies outside its message");
    let mut sum = 0u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let (Ok(start), Ok(length)) = (
            u64::try_from(buffer.offset()),
            u64::try_from(buffer.length()),
        ) else {
            return Err(outside);
        };
        sum = sum.saturating_add(length);
        if start.saturating_add(length) > body.len() as u64 {
            return Err(outside);
        }
    }
    if sum > body.len() as u64 {
        return Err(Broken("buffers of a message lie over one another"));
    }
    let mut nodes = batch.nodes().into_iter().flatten();
    match nodes.any(|node| node.length() < 0 || node.null_count() < 0) {
        true => Err(Broken("a column of a batch has no length")),
        false => Ok(()),
    }
}

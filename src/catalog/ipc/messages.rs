//! The messages of a file or a stream: where they are, within the bytes that are there.

use super::footer::Footer;
use super::{Fault, schema_of};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::SchemaRef;
use arrow::ipc::{Message, root_as_message};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// Before the length of every message, but for the oldest writers.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The end mark of a stream.
const STREAM_END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

pub(super) const BROKEN_HEAD: &str = "the head of a message is damaged";

/// Where a message is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Frame {
    /// Where it begins, with its length.
    pub(super) start: u64,
    /// Where its head begins.
    pub(super) head: u64,
    /// Where its body begins.
    pub(super) body: u64,
    /// Where it ends.
    pub(super) end: u64,
}

/// The messages behind the schema.
pub(super) struct Messages {
    bytes: Bytes,
    kind: Kind,
}

enum Kind {
    /// The next message, and where the stream ends.
    Stream { next: u64, end: u64 },
    /// The record batches that the footer names, still to be read.
    File {
        dictionaries: VecDeque<Frame>,
        batches: VecDeque<Frame>,
    },
}

impl Messages {
    /// Opens a file or a stream; gives the schema, too.
    pub(super) fn open(file: File) -> Result<(Self, SchemaRef), Fault> {
        let mut bytes = Bytes::of(file)?;
        match bytes.take::<6>(0)? == *b"ARROW1" {
            true => Messages::of_file(bytes),
            false => Messages::of_stream(bytes),
        }
    }

    fn of_stream(mut bytes: Bytes) -> Result<(Self, SchemaRef), Fault> {
        let size = bytes.size;
        if size < 8 || bytes.take::<8>(size - 8)? != STREAM_END {
            return Err("the Arrow stream has no end mark: it was cut off".into());
        }
        let frame = bytes.frame(0, size)?.ok_or("the stream has no schema")?;
        let schema = bytes.schema(frame)?;
        let kind = Kind::Stream {
            next: frame.end,
            end: size,
        };
        Ok((Messages { bytes, kind }, schema))
    }

    fn of_file(mut bytes: Bytes) -> Result<(Self, SchemaRef), Fault> {
        let footer = Footer::read(&mut bytes)?;
        let mut named: Vec<Frame> = [&footer.dictionaries[..], &footer.batches].concat();
        named.sort_unstable();
        let first = named.first().map(|frame| frame.start);
        let there = bytes.walk(first, footer.start)?;
        if named != there {
            let (named, there) = (named.len(), there.len());
            return Err(Fault::Broken(match named == there {
                true => "its footer names other messages than the file has".into(),
                false => format!("its footer names {named} messages, and the file has {there}"),
            }));
        }
        let kind = Kind::File {
            dictionaries: footer.dictionaries.into(),
            batches: footer.batches.into(),
        };
        Ok((Messages { bytes, kind }, footer.schema))
    }

    /// The same file, opened again.
    pub(super) fn file(&self) -> std::io::Result<File> {
        self.bytes.reader.get_ref().try_clone()
    }

    /// The dictionaries that are to be read before all batches.
    pub(super) fn dictionaries(&mut self) -> Result<VecDeque<Frame>, Fault> {
        Ok(match &mut self.kind {
            Kind::Stream { .. } => VecDeque::new(),
            Kind::File { dictionaries, .. } => std::mem::take(dictionaries),
        })
    }

    /// The next message.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, Fault> {
        let (next, end) = match &mut self.kind {
            Kind::File { batches, .. } => return Ok(batches.pop_front()),
            Kind::Stream { next, end } => (next, *end),
        };
        match self.bytes.frame(*next, end)? {
            Some(frame) => {
                *next = frame.end;
                Ok(Some(frame))
            }
            None if *next + STREAM_END.len() as u64 == end => Ok(None),
            None => Err("something follows the end of the Arrow stream".into()),
        }
    }

    /// The head and the body of a message.
    pub(super) fn read(&mut self, frame: Frame) -> Result<(Vec<u8>, Buffer), Fault> {
        let head = self.bytes.vec(frame.head, frame.body)?;
        let length = usize::try_from(frame.end - frame.body);
        let mut body = MutableBuffer::from_len_zeroed(length.unwrap_or(usize::MAX));
        self.bytes.read(frame.body, &mut body)?;
        Ok((head, body.into()))
    }
}

/// The bytes of a file, none of which is read before it is known to be there.
pub(super) struct Bytes {
    reader: BufReader<File>,
    at: u64,
    pub(super) size: u64,
}

impl Bytes {
    fn of(file: File) -> Result<Self, Fault> {
        let size = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        reader.seek(SeekFrom::Start(0))?;
        Ok(Bytes {
            reader,
            at: 0,
            size,
        })
    }

    fn read(&mut self, from: u64, into: &mut [u8]) -> Result<(), Fault> {
        let end = from.checked_add(into.len() as u64);
        if end.is_none_or(|end| end > self.size) {
            return Err("it ends too early".into());
        }
        if self.at != from {
            self.reader.seek(SeekFrom::Start(from))?;
            self.at = from;
        }
        self.reader.read_exact(into)?;
        self.at += into.len() as u64;
        Ok(())
    }

    /// The bytes from `from` to `to`.
    pub(super) fn vec(&mut self, from: u64, to: u64) -> Result<Vec<u8>, Fault> {
        if from > to || to > self.size {
            return Err("it ends too early".into());
        }
        let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(usize::MAX)];
        self.read(from, &mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn take<const N: usize>(&mut self, from: u64) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.read(from, &mut bytes)?;
        Ok(bytes)
    }

    /// The message that begins at `start` and may not go beyond `end`; `None`: the
    /// end mark is there.
    pub(super) fn frame(&mut self, start: u64, end: u64) -> Result<Option<Frame>, Fault> {
        if start + 4 > end {
            return Err("there is no message where one should begin".into());
        }
        let mut length = self.take::<4>(start)?;
        let mut head = start + 4;
        if length == CONTINUATION {
            length = self.take::<4>(head)?;
            head += 4;
        }
        let length = u64::try_from(i32::from_le_bytes(length));
        let length = length.map_err(|_| Fault::from("a message has no length"))?;
        if length == 0 {
            return Ok(None);
        }
        let body = head + length;
        if body > end {
            return Err("the head of a message is longer than the file".into());
        }
        let bytes = self.vec(head, body)?;
        let message = root_as_message(&bytes).map_err(|_| Fault::from(BROKEN_HEAD))?;
        let length = u64::try_from(message.bodyLength()).ok();
        match length.and_then(|length| body.checked_add(length)) {
            Some(ends) if ends <= end => Ok(Some(Frame {
                start,
                head,
                body,
                end: ends,
            })),
            _ => Err("a message claims more bytes than the file has".into()),
        }
    }

    fn schema(&mut self, frame: Frame) -> Result<SchemaRef, Fault> {
        let head = self.vec(frame.head, frame.body)?;
        let message = root_as_message(&head).map_err(|_| Fault::from(BROKEN_HEAD))?;
        let schema = Message::header_as_schema(&message);
        schema_of(schema.ok_or("the stream does not begin with its schema")?)
    }

    /// All messages of a file behind its schema, in the order in which they lie;
    /// `first` is where the first one is by the footer.
    fn walk(&mut self, first: Option<u64>, end: u64) -> Result<Vec<Frame>, Fault> {
        // Writers pad what stands before the first message.
        let mut start = 8;
        while start + 8 < end && self.take::<8>(start)? == [0; 8] {
            start += 8;
        }
        let mut next = match (self.frame(start, end), first) {
            (Ok(Some(schema)), _) => schema.end,
            (Err(Fault::System(error)), _) => return Err(Fault::System(error)),
            // Polars writes the schema there without its length.
            (_, Some(first)) => first,
            (_, None) => return Ok(Vec::new()),
        };
        let mut frames = Vec::new();
        // Not all writers put an end mark before the footer.
        while next + 4 <= end {
            let Some(frame) = self.frame(next, end)? else {
                break;
            };
            next = frame.end;
            frames.push(frame);
        }
        Ok(frames)
    }
}

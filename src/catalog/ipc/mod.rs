//! Arrow IPC, the file and the stream.
//!
//! The readers of the `arrow` crate take the memory that a message claims before
//! they know that it is there. So the framing is read here, and of each message
//! every length is held against the bytes that are there ([`check`](check::check))
//! before the crate decodes it. A file's footer must name the very messages that
//! the file has.

mod check;
mod compressed;
mod footer;
mod messages;
mod not_utf8;

use super::error::CatalogError;
use super::file::calmly;
use super::parquet_file::of_arrow;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow::ipc::{self, Message, MessageHeader, root_as_message};
use check::{Parts, check};
use messages::{Frame, Messages};
use not_utf8::{as_bytes, find_not_utf8};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is wrong with a file.
enum Fault {
    /// The system did not read it.
    System(std::io::Error),
    /// It is broken.
    Broken(String),
    /// What the `arrow` crate says.
    Arrow(ArrowError),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Fault::System(error)
    }
}

impl From<ArrowError> for Fault {
    fn from(error: ArrowError) -> Self {
        Fault::Arrow(error)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Fault::Broken(reason.to_owned())
    }
}

impl Fault {
    fn of_file(self, path: &Path) -> CatalogError {
        match self {
            Fault::System(error) => CatalogError::reading(path, error),
            Fault::Broken(reason) => CatalogError::Broken {
                file: path.to_owned(),
                reason,
            },
            Fault::Arrow(error) => of_arrow(path, error),
        }
    }
}

/// The schema of a file or a stream.
pub(super) fn schema(path: &Path, file: &File) -> Result<SchemaRef, CatalogError> {
    let opened = file.try_clone().map_err(Fault::System);
    let opened = opened.and_then(Messages::open);
    opened
        .map(|(_, schema)| schema)
        .map_err(|fault| fault.of_file(path))
}

/// Reads the record batches of a file or a stream.
pub(super) struct IpcReader {
    path: PathBuf,
    batches: Batches,
    /// How many batches have been given out.
    given: usize,
    /// Columns that are read; none: all.
    columns: Option<Vec<usize>>,
    over: bool,
}

impl IpcReader {
    /// Begins to read; `columns` are the places of those wanted, `None`: all.
    pub(super) fn open(
        path: &Path,
        file: File,
        columns: Option<&[usize]>,
    ) -> Result<Self, CatalogError> {
        let columns = columns.map(<[usize]>::to_vec);
        let batches = calmly(path, || {
            let opened = Batches::open(file, columns.clone(), Text::AsText);
            opened.map_err(|fault| fault.of_file(path))
        });
        let reader = |batches| IpcReader {
            path: path.to_owned(),
            batches,
            given: 0,
            columns: columns.clone(),
            over: false,
        };
        batches.map(reader)
    }

    /// Where text is that is not UTF-8, if that is why a batch could not be read.
    fn explained(&self, error: CatalogError) -> CatalogError {
        if !matches!(error, CatalogError::Broken { .. }) {
            return error;
        }
        let look = || -> Result<Option<String>, Fault> {
            let file = self.batches.messages.file()?;
            let mut batches = Batches::open(file, self.columns.clone(), Text::AsBytes)?;
            let mut number = 0;
            while let Some(batch) = batches.next()? {
                if let Some(reason) = find_not_utf8(number, &batch) {
                    return Ok(Some(reason));
                }
                number += 1;
            }
            Ok(None)
        };
        let look = || look().map_err(|fault| fault.of_file(&self.path));
        match calmly(&self.path, look) {
            Ok(Some(reason)) => CatalogError::Broken {
                file: self.path.clone(),
                reason,
            },
            _ => error,
        }
    }
}

impl Iterator for IpcReader {
    type Item = Result<RecordBatch, CatalogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let (path, batches, given) = (&self.path, &mut self.batches, self.given);
        let placed = |fault: Fault| match fault {
            Fault::Broken(reason) => Fault::Broken(format!("record batch {given}: {reason}")),
            other => other,
        };
        let next = || batches.next().map_err(|fault| placed(fault).of_file(path));
        match calmly(path, next) {
            Ok(Some(batch)) => {
                self.given += 1;
                Some(Ok(batch))
            }
            Ok(None) => {
                self.over = true;
                None
            }
            Err(error) => {
                self.over = true;
                Some(Err(self.explained(error)))
            }
        }
    }
}

/// How text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    AsText,
    /// Unchecked, as bytes.
    AsBytes,
}

/// The batches as the crate decodes them.
struct Batches {
    messages: Messages,
    schema: SchemaRef,
    columns: Option<Vec<usize>>,
    dictionaries: HashMap<i64, ArrayRef>,
    /// The dictionaries of the columns that are read.
    wanted: Vec<i64>,
    /// Of a file: the dictionaries that its footer names, still to be read.
    first: VecDeque<Frame>,
}

impl Batches {
    fn open(file: File, columns: Option<Vec<usize>>, text: Text) -> Result<Self, Fault> {
        let (mut messages, schema) = Messages::open(file)?;
        let mut wanted = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            if columns
                .as_ref()
                .is_none_or(|columns| columns.contains(&place))
            {
                add_dictionaries(field, &mut wanted);
            }
        }
        Ok(Batches {
            wanted,
            first: messages.dictionaries()?,
            messages,
            schema: match text {
                Text::AsText => schema,
                Text::AsBytes => Arc::new(as_bytes(&schema)),
            },
            columns,
            dictionaries: HashMap::new(),
        })
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, Fault> {
        loop {
            let frame = match self.first.pop_front() {
                Some(frame) => Some(frame),
                None => self.messages.next()?,
            };
            let Some(frame) = frame else {
                return Ok(None);
            };
            let (head, body) = self.messages.read(frame)?;
            let message = root_as_message(&head).map_err(|_| Fault::from(messages::BROKEN_HEAD))?;
            match message.header_type() {
                MessageHeader::RecordBatch => return self.batch(&message, &body).map(Some),
                MessageHeader::DictionaryBatch => self.dictionary(&message, &body)?,
                _ => return Err("there is a message that is neither batch nor dictionary".into()),
            }
        }
    }

    fn batch(&self, message: &Message<'_>, body: &Buffer) -> Result<RecordBatch, Fault> {
        let batch = message.header_as_record_batch();
        let batch = batch.ok_or("its head is damaged")?;
        let columns = self.columns.as_deref();
        let parts = Parts {
            version: message.version(),
            batch,
            body,
        };
        check(&parts, self.schema.fields(), columns)?;
        let schema = Arc::clone(&self.schema);
        let version = message.version();
        let decoder =
            RecordBatchDecoder::try_new(body, batch, schema, &self.dictionaries, &version)?;
        Ok(decoder.with_projection(columns).read_record_batch()?)
    }

    fn dictionary(&mut self, message: &Message<'_>, body: &Buffer) -> Result<(), Fault> {
        let dictionary = message.header_as_dictionary_batch();
        let dictionary = dictionary.ok_or("a dictionary has a damaged head")?;
        if !self.wanted.contains(&dictionary.id()) {
            return Ok(());
        }
        let values = dictionary.data().ok_or("a dictionary has no values")?;
        let parts = Parts {
            version: message.version(),
            batch: values,
            body,
        };
        let Some(fields) = values_of(&self.schema, dictionary.id()) else {
            return Err("a dictionary belongs to no column".into());
        };
        check(&parts, &fields, None)?;
        let (schema, dictionaries) = (&self.schema, &mut self.dictionaries);
        read_dictionary(body, dictionary, schema, dictionaries, &message.version())?;
        Ok(())
    }
}

/// Adds the numbers of the dictionaries that a column has keys into.
fn add_dictionaries(field: &Field, wanted: &mut Vec<i64>) {
    match field.data_type() {
        DataType::Dictionary(_, _) => {
            #[expect(deprecated, reason = "nothing else says which dictionary it is")]
            let id = field.dict_id();
            wanted.extend(id);
        }
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => add_dictionaries(child, wanted),
        DataType::Struct(parts) => parts.iter().for_each(|part| add_dictionaries(part, wanted)),
        _ => {}
    }
}

/// The values of a dictionary, as the only field of a table.
fn values_of(schema: &Schema, id: i64) -> Option<Fields> {
    #[expect(
        deprecated,
        reason = "nothing else says which column a dictionary is of"
    )]
    let fields = schema.fields_with_dict_id(id);
    let DataType::Dictionary(_, values) = fields.first()?.data_type() else {
        return None;
    };
    let field = Field::new("", values.as_ref().clone(), true);
    Some(vec![field].into())
}

/// The schema of a message or a footer.
fn schema_of(schema: ipc::Schema<'_>) -> Result<SchemaRef, Fault> {
    match schema.endianness().equals_to_target_endianness() {
        true => Ok(Arc::new(fb_to_schema(schema))),
        false => Err("it was written in another byte order than this machine has".into()),
    }
}

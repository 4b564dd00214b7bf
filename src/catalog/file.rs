//! One catalog file: what it is, which columns it has, how it is cut into segments.

use super::error::CatalogError;
use super::files::Files;
use super::forms::marked;
use super::held::Held;
use super::schema::{Fields, Search};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::ipc::reader::{FileReader, StreamReader};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{ConvertedType, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A catalog file that is there, is of a known format and has the columns wanted.
#[derive(Debug, Clone)]
pub(crate) struct CatalogFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    files: Files,
    pub(super) container: Container,
    pub(super) fields: Fields,
}

/// The format of a file.
#[derive(Debug, Clone)]
pub(super) enum Container {
    Parquet(ArrowReaderMetadata),
    IpcFile,
    IpcStream,
    /// No file: batches in memory.
    Held(Held),
}

/// The end mark of an Arrow IPC stream.
const STREAM_END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

impl CatalogFile {
    /// Opens a file far enough to know that it can be read.
    pub(crate) fn open(
        path: &Path,
        files: &Files,
        search: Search<'_>,
    ) -> Result<Self, CatalogError> {
        calmly(path, || Self::look_into(path, files, search))
    }

    fn look_into(path: &Path, files: &Files, search: Search<'_>) -> Result<Self, CatalogError> {
        let broken = |reason: String| CatalogError::Broken {
            file: path.to_owned(),
            reason,
        };
        let mut file = files.open(path).map_err(|e| broken(e.to_string()))?;
        let bytes = file.metadata().map_err(|e| broken(e.to_string()))?.len();
        let container = match sniff(&mut file, bytes).map_err(|e| broken(e.to_string()))? {
            Magic::Parquet => Container::Parquet(parquet_metadata(&file).map_err(broken)?),
            Magic::IpcFile => Container::IpcFile,
            Magic::IpcStream => Container::IpcStream,
            Magic::Other(found) => {
                return Err(CatalogError::NoCatalog {
                    file: path.to_owned(),
                    found,
                });
            }
        };
        let schema = match &container {
            Container::Parquet(metadata) => marked(metadata),
            Container::IpcFile => {
                let reader = FileReader::try_new_buffered(file, None);
                reader.map_err(|e| broken(e.to_string()))?.schema()
            }
            Container::IpcStream => {
                ends_with_mark(&mut file).map_err(broken)?;
                file.seek(SeekFrom::Start(0))
                    .map_err(|e| broken(e.to_string()))?;
                let reader = StreamReader::try_new_buffered(file, None);
                reader.map_err(|e| broken(e.to_string()))?.schema()
            }
            Container::Held(table) => Arc::clone(table.schema()),
        };
        let fields = Fields::find(&schema, search, path)?;
        let container = match container {
            Container::Parquet(plain) => Container::Parquet(hinted(&plain, &fields)),
            other => other,
        };
        Ok(CatalogFile {
            path: path.to_owned(),
            bytes,
            files: files.clone(),
            container,
            fields,
        })
    }

    /// A table in memory, as if it were a file.
    pub(super) fn held(table: &Held, search: Search<'_>) -> Result<Self, CatalogError> {
        let path = PathBuf::from(table.name());
        Ok(CatalogFile {
            files: Files::default(),
            bytes: 0,
            fields: Fields::find(table.schema(), search, &path)?,
            container: Container::Held(table.clone()),
            path,
        })
    }

    /// The segments that are read apart: row groups, or the whole of an Arrow file.
    pub(crate) fn segments(&self) -> usize {
        match &self.container {
            Container::Parquet(metadata) => metadata.metadata().num_row_groups(),
            Container::IpcFile | Container::IpcStream | Container::Held(_) => 1,
        }
    }

    pub(super) fn broken(&self, reason: impl std::fmt::Display) -> CatalogError {
        CatalogError::Broken {
            file: self.path.clone(),
            reason: reason.to_string(),
        }
    }

    /// Work on the file's content: the libraries that read it panic over some
    /// damage, and nobody else knows which file it is in.
    pub(super) fn calmly<T>(
        &self,
        work: impl FnOnce() -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        calmly(&self.path, work)
    }

    pub(super) fn reader(&self) -> Result<File, CatalogError> {
        self.files.open(&self.path).map_err(|e| self.broken(e))
    }

    pub(super) fn buffered(&self) -> Result<BufReader<File>, CatalogError> {
        Ok(BufReader::with_capacity(1 << 20, self.reader()?))
    }
}

/// Work on the content of the file at `path`, see [`CatalogFile::calmly`].
pub(super) fn calmly<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, CatalogError>,
) -> Result<T, CatalogError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(CatalogError::Broken {
            file: path.to_owned(),
            reason: said.unwrap_or_else(|| "its reader gave up".into()),
        })
    })
}

/// What the first bytes of a file say it is.
enum Magic {
    Parquet,
    IpcFile,
    IpcStream,
    Other(String),
}

fn sniff(file: &mut File, bytes: u64) -> std::io::Result<Magic> {
    let mut head = Vec::new();
    file.take(8).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(match head.as_slice() {
        [] => Magic::Other("the file is empty".into()),
        [b'P', b'A', b'R', b'1', ..] if bytes >= 12 => Magic::Parquet,
        [b'P', b'A', b'R', b'E', ..] => Magic::Other("the Parquet file is encrypted".into()),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Magic::IpcFile,
        [0xff, 0xff, 0xff, 0xff, ..] => Magic::IpcStream,
        _ => Magic::Other("it is neither Parquet nor Arrow IPC".into()),
    })
}

/// A stream that was cut off between two batches reads like a whole one, but
/// for the mark at its end.
fn ends_with_mark(file: &mut File) -> Result<(), String> {
    let mut tail = [0; 8];
    file.seek(SeekFrom::End(-8)).map_err(|e| e.to_string())?;
    file.read_exact(&mut tail).map_err(|e| e.to_string())?;
    match tail == STREAM_END {
        true => Ok(()),
        false => Err("the Arrow stream has no end mark: it was cut off".into()),
    }
}

fn parquet_metadata(file: &File) -> Result<ArrowReaderMetadata, String> {
    ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).map_err(|e| e.to_string())
}

/// The same file, with text that is stored as a dictionary read as one: a
/// string is then looked at once an entry and not once a row.
fn hinted(plain: &ArrowReaderMetadata, fields: &Fields) -> ArrowReaderMetadata {
    let wanted = fields.indices();
    let mut leaf = 0;
    let of_root = |(place, field): (usize, &FieldRef)| {
        let hint = hint(field.data_type(), plain.metadata(), &mut leaf);
        match wanted.contains(&place) {
            true => Arc::new(field.as_ref().clone().with_data_type(hint)),
            false => Arc::clone(field),
        }
    };
    let hinted: Vec<FieldRef> = plain
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(of_root)
        .collect();
    let schema = Arc::new(Schema::new_with_metadata(
        hinted,
        plain.schema().metadata().clone(),
    ));
    let options = ArrowReaderOptions::new().with_schema(schema);
    // A hint is a wish: a file that cannot be read by it is read without.
    ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options)
        .unwrap_or_else(|_| plain.clone())
}

/// The type to ask for; `leaf` counts the leaves of the Parquet schema, which
/// stand in the order in which types are walked.
fn hint(data_type: &DataType, metadata: &ParquetMetaData, leaf: &mut usize) -> DataType {
    let mut inner = |field: &FieldRef| -> FieldRef {
        let hinted: Field =
            field
                .as_ref()
                .clone()
                .with_data_type(hint(field.data_type(), metadata, leaf));
        Arc::new(hinted)
    };
    match data_type {
        DataType::List(element) => DataType::List(inner(element)),
        DataType::LargeList(element) => DataType::LargeList(inner(element)),
        DataType::ListView(element) => DataType::ListView(inner(element)),
        DataType::LargeListView(element) => DataType::LargeListView(inner(element)),
        DataType::FixedSizeList(element, size) => DataType::FixedSizeList(inner(element), *size),
        DataType::Struct(parts) => DataType::Struct(parts.iter().map(inner).collect()),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        other => {
            let place = *leaf;
            *leaf += 1;
            let (keyed, values) = match other {
                DataType::Dictionary(_, values) => (true, values.as_ref()),
                plain => (false, plain),
            };
            // Keys as narrow as those of the writer may not do for a whole column chunk.
            let is_text = is_text(values) && is_string(metadata, place);
            match is_text && (keyed || is_dictionary_throughout(metadata, place)) {
                true => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
                false => values.clone(),
            }
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Whether a leaf is a string in Parquet's own terms. The parquet crate panics when
/// it is to keep dictionaries of others that are text as well, such as JSON.
fn is_string(metadata: &ParquetMetaData, leaf: usize) -> bool {
    let schema = metadata.file_metadata().schema_descr();
    let column = schema.columns().get(leaf);
    column.is_some_and(|column| column.converted_type() == ConvertedType::UTF8)
}

/// Whether a leaf is stored as dictionary keys in every page of every row group.
fn is_dictionary_throughout(metadata: &ParquetMetaData, leaf: usize) -> bool {
    metadata.row_groups().iter().all(|group| {
        let Some(column) = group.columns().get(leaf) else {
            return false;
        };
        is_dictionary(column)
    })
}

/// Whether a column chunk is stored as dictionary keys in every page, as far as
/// its metadata say.
pub(super) fn is_dictionary(column: &ColumnChunkMetaData) -> bool {
    let keys_only = |encoding: Encoding| {
        matches!(
            encoding,
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY
        )
    };
    let only = column
        .page_encoding_stats_mask()
        .map(|mask| mask.encodings().all(keys_only));
    column.num_values() == 0 || column.dictionary_page_offset().is_some() && only.unwrap_or(true)
}

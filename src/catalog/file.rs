//! One catalog file: what it is, which columns it has, how it is cut into segments.

use super::error::CatalogError;
use super::files::Files;
use super::forms::marked;
use super::held::Held;
use super::ipc;
use super::looks::{Looks, looks_of};
use super::parquet_file;
use super::partition::PathColumns;
use super::schema::{Fields, Search};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{ConvertedType, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
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
    pub(super) path_columns: PathColumns,
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
        let mut file = files
            .open(path)
            .map_err(|error| CatalogError::opening(path, error))?;
        let reading = |error| CatalogError::reading(path, error);
        let bytes = file.metadata().map_err(reading)?.len();
        let format = format_of(&mut file, bytes).map_err(reading)?;
        let container = match format {
            Format::Parquet => Container::Parquet(parquet_file::load(path, &file)?),
            Format::IpcFile => Container::IpcFile,
            Format::IpcStream => Container::IpcStream,
            Format::Other => return Err(foreign(path, &mut file)),
        };
        let schema = match &container {
            Container::Parquet(metadata) => marked(metadata),
            Container::IpcFile | Container::IpcStream => ipc::schema(path, &file)?,
            Container::Held(table) => Arc::clone(table.schema()),
        };
        let path_columns = PathColumns::find(&schema, search, path)?;
        let fields = Fields::find(&path_columns.extend(schema), search, path)?;
        let container = match container {
            Container::Parquet(plain) => {
                let columns = fields.indices();
                let (stored, _) = path_columns.split(&columns);
                parquet_file::check(path, plain.metadata(), stored, bytes)
                    .map_err(|error| parquet_file::or_encrypted(error, &file))?;
                Container::Parquet(hinted(&plain, &fields))
            }
            other => other,
        };
        Ok(CatalogFile {
            path: path.to_owned(),
            bytes,
            files: files.clone(),
            container,
            fields,
            path_columns,
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
            path_columns: PathColumns::default(),
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
            reason: parquet_file::plain(&reason.to_string()),
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
        let opened = self.files.open(&self.path);
        opened.map_err(|error| CatalogError::opening(&self.path, error))
    }
}

/// The reason where a library panicked over a file.
pub(super) const DAMAGED: &str = "it is damaged, and cannot be read to its end";

/// Work on the content of the file at `path`, see [`CatalogFile::calmly`].
pub(super) fn calmly<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, CatalogError>,
) -> Result<T, CatalogError> {
    // What a panic says is about the reader, and nothing that helps to mend the file.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(CatalogError::Broken {
            file: path.to_owned(),
            reason: DAMAGED.into(),
        })
    })
}

/// What a file is by its first bytes.
enum Format {
    Parquet,
    IpcFile,
    IpcStream,
    Other,
}

fn format_of(file: &mut File, bytes: u64) -> std::io::Result<Format> {
    let mut head = Vec::new();
    file.take(8).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(match head.as_slice() {
        [b'P', b'A', b'R', b'1', ..] if bytes >= 12 => Format::Parquet,
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Format::IpcFile,
        [0xff, 0xff, 0xff, 0xff, ..] => Format::IpcStream,
        _ => Format::Other,
    })
}

/// The error of a file that is neither Parquet nor Arrow IPC.
fn foreign(path: &Path, file: &mut File) -> CatalogError {
    let looks = match looks_of(file) {
        Ok(looks) => looks,
        Err(error) => return CatalogError::reading(path, error),
    };
    if looks == Looks::EncryptedParquet {
        return CatalogError::Encrypted {
            file: path.to_owned(),
        };
    }
    CatalogError::NoCatalog {
        file: path.to_owned(),
        found: match looks {
            Looks::Empty => "the file is empty".into(),
            Looks::Parquet => "the Parquet file was cut off".into(),
            Looks::Unknown => "it is neither Parquet nor Arrow IPC".into(),
            known => format!("it looks like {known}, and is neither Parquet nor Arrow IPC"),
        },
        help: looks.help_for_catalog().map(str::to_owned),
    }
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

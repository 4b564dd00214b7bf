//! Parquet files of ours: how they are written.

use super::encode::EncodedChunk;
use super::{CommitError, StagedFile, Staging, Written};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use std::io;
use std::sync::Arc;

/// What can go wrong when results are written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The output folder.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A Parquet file.
    #[error("`{name}` could not be written: {reason}")]
    Table {
        /// The file's name in the output folder.
        name: &'static str,
        /// What the writer says.
        reason: ParquetError,
    },
    /// Rows that fit no Arrow array.
    #[error("results could not be put into rows: {0}")]
    Rows(#[from] ArrowError),
    /// A file that is no Parquet: JSON, CSV, NDJSON.
    #[error("`{name}` could not be written: {reason}")]
    Json {
        /// The file's name in the output folder.
        name: &'static str,
        /// What the writer says.
        reason: io::Error,
    },
}

impl OutputError {
    /// What stopped the writer of the table `name`.
    fn table(name: &'static str, reason: ParquetError) -> Self {
        let reason = match reason {
            ParquetError::External(e) => match e.downcast::<io::Error>() {
                Ok(e) => match CommitError::of_io(*e) {
                    Ok(error) => return error.into(),
                    Err(e) => ParquetError::External(Box::new(e)),
                },
                Err(e) => ParquetError::External(e),
            },
            other => other,
        };
        OutputError::Table { name, reason }
    }

    /// What stopped the writer of the file `name`, which is no table.
    pub(super) fn file(name: &'static str, reason: io::Error) -> Self {
        match CommitError::of_io(reason) {
            Ok(error) => error.into(),
            Err(reason) => OutputError::Json { name, reason },
        }
    }
}

/// A Parquet file in the making.
pub struct Table {
    name: &'static str,
    writer: SerializedFileWriter<StagedFile>,
    schema: SchemaRef,
    rows: u64,
}

/// The columns of a table's file that hold values.
#[derive(Debug, Clone)]
pub struct Leaves {
    /// The file's name.
    pub(super) file: &'static str,
    pub(super) columns: Arc<[ColumnDescPtr]>,
}

/// An encoded row group: some bytes, still without a place in a file.
pub struct EncodedRowGroup {
    columns: Vec<EncodedChunk>,
    rows: u64,
}

impl EncodedRowGroup {
    pub(super) fn of_chunks(columns: Vec<EncodedChunk>, rows: u64) -> Self {
        EncodedRowGroup { columns, rows }
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl Table {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub fn create(
        staging: &Staging,
        name: &'static str,
        schema: &SchemaRef,
    ) -> Result<Self, OutputError> {
        let fault = |reason| OutputError::table(name, reason);
        let parquet = ArrowSchemaConverter::new()
            .schema_root("classmark")
            .convert(schema)
            .map_err(fault)?;
        let file = staging.create(name)?;
        let writer =
            SerializedFileWriter::new(file, parquet.root_schema_ptr(), Arc::new(properties()));
        Ok(Table {
            name,
            writer: writer.map_err(fault)?,
            schema: Arc::clone(schema),
            rows: 0,
        })
    }

    /// The columns of the file.
    pub fn leaves(&self) -> Leaves {
        Leaves {
            file: self.name,
            columns: self.writer.schema_descr().columns().into(),
        }
    }

    /// Appends a row group.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn append(&mut self, group: EncodedRowGroup) -> Result<(), OutputError> {
        let fault = |reason| OutputError::table(self.name, reason);
        let mut place = self.writer.next_row_group().map_err(fault)?;
        for chunk in group.columns {
            place
                .append_column(&Bytes::from(chunk.bytes), chunk.close)
                .map_err(fault)?;
        }
        place.close().map_err(fault)?;
        self.rows += group.rows;
        Ok(())
    }

    /// Writes some batches as one row group.
    ///
    /// # Errors
    ///
    /// When they cannot be encoded or written.
    pub fn write_all(&mut self, batches: &[RecordBatch]) -> Result<(), OutputError> {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows == 0 {
            return Ok(());
        }
        let done = write(&mut self.writer, &self.schema, batches);
        self.rows += rows as u64;
        done.map_err(|reason| OutputError::table(self.name, reason))
    }

    /// Ends the file; how many rows it has and what was written.
    ///
    /// # Errors
    ///
    /// When the rest of it cannot be written or synced.
    pub fn finish(self) -> Result<(u64, Written), OutputError> {
        let fault = |reason| OutputError::table(self.name, reason);
        let file = self.writer.into_inner().map_err(fault)?;
        Ok((self.rows, file.finish()?))
    }
}

/// Writes batches as one row group, by the parquet crate's own encoders.
fn write(
    file: &mut SerializedFileWriter<StagedFile>,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ParquetError> {
    let factory = ArrowRowGroupWriterFactory::new(file, Arc::clone(schema));
    let mut columns = factory.create_column_writers(0)?;
    for batch in batches {
        let mut writers = columns.iter_mut();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            for (leaf, writer) in compute_leaves(field, column)?.iter().zip(&mut writers) {
                writer.write(leaf)?;
            }
        }
    }
    let mut place = file.next_row_group()?;
    for column in columns {
        column.close()?.append_to_row_group(&mut place)?;
    }
    place.close()?;
    Ok(())
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(concat!("classmark ", env!("CARGO_PKG_VERSION")).into())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build()
}

//! Parquet files of ours: how they are written, row group by row group.

use super::{CommitError, StagedFile, Staging, Written};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
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
    /// A JSON file.
    #[error("`{name}` could not be written: {reason}")]
    Json {
        /// The file's name in the output folder.
        name: &'static str,
        /// What the writer says.
        reason: io::Error,
    },
}

/// A Parquet file in the making.
pub struct Table {
    name: &'static str,
    writer: SerializedFileWriter<StagedFile>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    rows: u64,
}

/// Encodes row groups of a [`Table`]: any number at once, in any thread.
#[derive(Clone, Copy)]
pub struct RowGroups<'t> {
    name: &'static str,
    factory: &'t ArrowRowGroupWriterFactory,
    schema: &'t SchemaRef,
}

/// A row group in the making.
pub struct RowGroup<'t> {
    groups: RowGroups<'t>,
    writers: Vec<ArrowColumnWriter>,
    rows: u64,
}

/// An encoded row group: some bytes, still without a place in a file.
pub struct EncodedRowGroup {
    columns: Vec<ArrowColumnChunk>,
    rows: u64,
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
        let fault = |reason| OutputError::Table { name, reason };
        let parquet = ArrowSchemaConverter::new()
            .schema_root("classmark")
            .convert(schema)
            .map_err(fault)?;
        let file = staging.create(name)?;
        let writer =
            SerializedFileWriter::new(file, parquet.root_schema_ptr(), Arc::new(properties()));
        let writer = writer.map_err(fault)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(schema));
        Ok(Table {
            name,
            writer,
            factory,
            schema: Arc::clone(schema),
            rows: 0,
        })
    }

    /// The encoder of its row groups and the file that they are appended to.
    pub fn split(&mut self) -> (RowGroups<'_>, TableFile<'_>) {
        let groups = RowGroups {
            name: self.name,
            factory: &self.factory,
            schema: &self.schema,
        };
        let file = TableFile {
            name: self.name,
            writer: &mut self.writer,
            rows: &mut self.rows,
        };
        (groups, file)
    }

    /// Writes some batches as one row group.
    ///
    /// # Errors
    ///
    /// When they cannot be encoded or written.
    pub fn write_all(&mut self, batches: &[RecordBatch]) -> Result<(), OutputError> {
        let (groups, mut file) = self.split();
        let mut group = groups.begin()?;
        for batch in batches {
            group.write(batch)?;
        }
        match group.finish()? {
            Some(encoded) => file.append(encoded),
            None => Ok(()),
        }
    }

    /// Ends the file; how many rows it has and what was written.
    ///
    /// # Errors
    ///
    /// When the rest of it cannot be written or synced.
    pub fn finish(self) -> Result<(u64, Written), OutputError> {
        let fault = |reason| OutputError::Table {
            name: self.name,
            reason,
        };
        let file = self.writer.into_inner().map_err(fault)?;
        Ok((self.rows, file.finish()?))
    }
}

/// The file of a [`Table`], to which row groups are appended in order.
pub struct TableFile<'t> {
    name: &'static str,
    writer: &'t mut SerializedFileWriter<StagedFile>,
    rows: &'t mut u64,
}

impl TableFile<'_> {
    /// Appends a row group.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn append(&mut self, group: EncodedRowGroup) -> Result<(), OutputError> {
        let fault = |reason| OutputError::Table {
            name: self.name,
            reason,
        };
        let mut place = self.writer.next_row_group().map_err(fault)?;
        for column in group.columns {
            column.append_to_row_group(&mut place).map_err(fault)?;
        }
        place.close().map_err(fault)?;
        *self.rows += group.rows;
        Ok(())
    }
}

impl<'t> RowGroups<'t> {
    /// Begins a row group.
    ///
    /// # Errors
    ///
    /// When the writer refuses the schema.
    pub fn begin(&self) -> Result<RowGroup<'t>, OutputError> {
        let writers = self.factory.create_column_writers(0);
        let writers = writers.map_err(|reason| OutputError::Table {
            name: self.name,
            reason,
        })?;
        Ok(RowGroup {
            groups: *self,
            writers,
            rows: 0,
        })
    }
}

impl RowGroup<'_> {
    /// Adds rows.
    ///
    /// # Errors
    ///
    /// When they cannot be encoded.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let fault = |reason| OutputError::Table {
            name: self.groups.name,
            reason,
        };
        let mut writers = self.writers.iter_mut();
        for (field, column) in self.groups.schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, column).map_err(fault)? {
                if let Some(writer) = writers.next() {
                    writer.write(&leaf).map_err(fault)?;
                }
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Ends the row group; `None` when it has no row.
    ///
    /// # Errors
    ///
    /// When the rest cannot be encoded.
    pub fn finish(self) -> Result<Option<EncodedRowGroup>, OutputError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let name = self.groups.name;
        let columns: Result<Vec<_>, _> = self
            .writers
            .into_iter()
            .map(ArrowColumnWriter::close)
            .collect();
        let columns = columns.map_err(|reason| OutputError::Table { name, reason })?;
        Ok(Some(EncodedRowGroup {
            columns,
            rows: self.rows,
        }))
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(concat!("classmark ", env!("CARGO_PKG_VERSION")).into())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build()
}

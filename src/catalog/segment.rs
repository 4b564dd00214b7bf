//! A segment's rows, batch by batch.

use super::convert::{Converter, RowFault};
use super::decode::Rows;
use super::error::CatalogError;
use super::file::{CatalogFile, Container};
use super::partition::{Constant, with_constants};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::io::BufRead;
use std::ops::Range;

/// A batch at hand.
struct AtHand {
    batch: RecordBatch,
    /// How many of its rows have been passed over or given out.
    given: usize,
    /// The rows whose tags cannot be read, once the batch is converted.
    faults: Option<Vec<RowFault>>,
}

/// Some rows of one segment.
pub(super) struct SegmentReader<'a> {
    file: &'a CatalogFile,
    batches: Box<dyn RecordBatchReader + Send>,
    /// Columns that are not stored: they stand behind the others.
    constants: Vec<Constant>,
    converter: Converter,
    batch_rows: usize,
    /// Rows of the segment that are still to be passed over, and then read.
    skip: u64,
    take: u64,
    at_hand: Option<AtHand>,
    row_group: u64,
    row: u64,
    /// Whether batches are counted as row groups.
    count_batches: bool,
}

impl<'a> SegmentReader<'a> {
    /// Reads `rows` of a segment, of the file's columns only those given.
    pub(super) fn open(
        file: &'a CatalogFile,
        segment: usize,
        columns: &[usize],
        rows: Range<u64>,
        batch_rows: usize,
    ) -> Result<Self, CatalogError> {
        let count = rows.end - rows.start;
        let (stored, constants) = file.path_columns.split(columns);
        let mut reader = SegmentReader {
            file,
            batches: file.calmly(|| batches(file, segment, stored, &rows, batch_rows))?,
            constants,
            converter: Converter::new(&file.fields, columns),
            batch_rows: batch_rows.max(1),
            skip: rows.start,
            take: count,
            at_hand: None,
            row_group: segment as u64,
            row: 0,
            count_batches: true,
        };
        if matches!(file.container, Container::Parquet(_)) {
            // The Parquet reader passes over rows by itself.
            (reader.skip, reader.row) = (0, rows.start);
            reader.count_batches = false;
        } else {
            reader.row_group = u64::MAX;
        }
        Ok(reader)
    }

    fn load(&mut self) -> Option<Result<(), CatalogError>> {
        let (file, batches) = (self.file, &mut self.batches);
        let next = || {
            let next = batches.next().transpose();
            next.map_err(|error| file.broken(short(&error)))
        };
        let batch = match file.calmly(next).transpose()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let batch = match self.constants.is_empty() {
            true => batch,
            false => match with_constants(&batch, &self.constants) {
                Ok(batch) => batch,
                Err(error) => return Some(Err(file.broken(error))),
            },
        };
        if self.count_batches {
            self.row_group = self.row_group.wrapping_add(1);
            self.row = 0;
        }
        self.at_hand = Some(AtHand {
            batch,
            given: 0,
            faults: None,
        });
        Some(Ok(()))
    }

    /// Converts the batch at hand if it is not converted yet. This takes the whole
    /// of it, for lists that are parts of one array are not converted one by one.
    fn convert(&mut self) -> Result<(), CatalogError> {
        let Some(at_hand) = self.at_hand.as_mut().filter(|at| at.faults.is_none()) else {
            return Ok(());
        };
        let (file, converter) = (self.file, &mut self.converter);
        let first = (self.row_group, self.row - at_hand.given as u64);
        let batch = at_hand.batch.clone();
        let (batch, faults) = file.calmly(|| converter.convert(batch, &file.path, first))?;
        (at_hand.batch, at_hand.faults) = (batch, Some(faults));
        Ok(())
    }
}

/// The faults of some rows of a batch, counted from the first of them.
fn faults_of(faults: Option<&Vec<RowFault>>, rows: Range<usize>) -> Vec<RowFault> {
    let faults = faults.map_or(&[][..], Vec::as_slice);
    let faults = faults.iter().filter(|fault| rows.contains(&fault.row));
    faults
        .map(|fault| RowFault {
            row: fault.row - rows.start,
            reason: fault.reason.clone(),
        })
        .collect()
}

impl Iterator for SegmentReader<'_> {
    type Item = Result<Rows, CatalogError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.take > 0 {
            if self.skip == 0
                && let Err(error) = self.convert()
            {
                self.take = 0;
                return Some(Err(error));
            }
            let Some(AtHand {
                batch,
                given,
                faults,
            }) = &mut self.at_hand
            else {
                match self.load()? {
                    Ok(()) => continue,
                    Err(error) => {
                        self.take = 0;
                        return Some(Err(error));
                    }
                }
            };
            let left = (batch.num_rows() - *given) as u64;
            if left == 0 {
                self.at_hand = None;
                continue;
            }
            let wanted = if self.skip > 0 {
                self.skip
            } else {
                self.take.min(self.batch_rows as u64)
            };
            let count = left.min(wanted);
            let rows = Rows {
                batch: batch.slice(*given, count as usize),
                faults: faults_of(faults.as_ref(), *given..*given + count as usize),
                row_group: self.row_group,
                row: self.row,
                position: 0,
            };
            *given += count as usize;
            self.row += count;
            if self.skip > 0 {
                self.skip -= count;
            } else {
                self.take -= count;
                return Some(Ok(rows));
            }
        }
        None
    }
}

fn batches(
    file: &CatalogFile,
    segment: usize,
    columns: &[usize],
    rows: &Range<u64>,
    batch_rows: usize,
) -> Result<Box<dyn RecordBatchReader + Send>, CatalogError> {
    match &file.container {
        Container::Parquet(metadata) => {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
                file.reader()?,
                metadata.clone(),
            );
            let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
            let in_group = metadata.metadata().row_groups().get(segment);
            let in_group = in_group.map_or(0, |g| u64::try_from(g.num_rows()).unwrap_or(0));
            let mut builder = builder
                .with_projection(mask)
                .with_row_groups(vec![segment])
                .with_batch_size(batch_rows.max(1));
            if rows.start > 0 {
                builder = builder.with_offset(rows.start as usize);
            }
            if rows.end < in_group {
                builder = builder.with_limit((rows.end - rows.start) as usize);
            }
            Ok(Box::new(builder.build().map_err(|e| file.broken(e))?))
        }
        Container::IpcFile => {
            let reader = FileReader::try_new(file.buffered()?, Some(columns.to_vec()));
            Ok(Box::new(reader.map_err(|e| file.broken(short(&e)))?))
        }
        Container::IpcStream => {
            let reader = StreamReader::try_new(file.buffered()?, Some(columns.to_vec()));
            Ok(Box::new(WholeStream(
                reader.map_err(|e| file.broken(short(&e)))?,
            )))
        }
        Container::Held(table) => table
            .reader(columns)
            .map_err(|error| file.broken(short(&error))),
    }
}

/// A stream after whose end nothing more may come: the reader would pass over it.
struct WholeStream<R>(StreamReader<R>);

impl<R: BufRead> Iterator for WholeStream<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.0.next() {
            return Some(batch);
        }
        match self.0.get_mut().fill_buf() {
            Ok([]) => None,
            Ok(_) => Some(Err(ArrowError::IpcError(
                "something follows the end of the Arrow stream".into(),
            ))),
            Err(error) => Some(Err(error.into())),
        }
    }
}

impl<R: BufRead> RecordBatchReader for WholeStream<R> {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

/// An error's own words, without the wrappings of the crates that it came through.
fn short(error: &ArrowError) -> String {
    match error {
        ArrowError::ParquetError(text) | ArrowError::IpcError(text) => text.clone(),
        other => other.to_string(),
    }
}

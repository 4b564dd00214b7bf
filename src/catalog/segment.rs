//! A segment's rows, batch by batch.

use super::convert::{Converter, RowFault};
use super::decode::Rows;
use super::error::CatalogError;
use super::file::{CatalogFile, Container, DAMAGED};
use super::ipc;
use super::parquet_file::{find_not_utf8, of_arrow, of_parquet, open_rows, or_encrypted};
use super::partition::{Constant, with_constants};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use std::ops::Range;
use std::path::Path;

/// The batches of a file.
type BatchReader = Box<dyn Iterator<Item = Result<RecordBatch, CatalogError>> + Send>;

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
    batches: BatchReader,
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
    segment: usize,
    /// The columns that are stored.
    columns: Vec<usize>,
    /// Whether an error has ended it.
    is_over: bool,
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
        let (stored, constants) = file.path_columns.split(columns);
        let mut reader = SegmentReader {
            file,
            batches: file.calmly(|| batches(file, segment, stored, &rows, batch_rows))?,
            constants,
            converter: Converter::new(&file.fields, columns),
            batch_rows: batch_rows.max(1),
            skip: rows.start,
            take: rows.end - rows.start,
            columns: stored.to_vec(),
            segment,
            is_over: false,
            at_hand: None,
            row_group: segment as u64,
            row: 0,
            count_batches: true,
        };
        if matches!(file.container, Container::Parquet(_)) {
            // The Parquet reader passes over rows by itself, counts them, and
            // ends where they do.
            (reader.skip, reader.row, reader.take) = (0, rows.start, u64::MAX);
            reader.count_batches = false;
        } else {
            reader.row_group = u64::MAX;
        }
        Ok(reader)
    }

    fn load(&mut self) -> Option<Result<(), CatalogError>> {
        let (file, batches) = (self.file, &mut self.batches);
        let next = || batches.next().transpose();
        let batch = match file.calmly(next).transpose()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(self.explained(error))),
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

impl SegmentReader<'_> {
    /// The same error, or where the text is that is not UTF-8, if that is what it
    /// comes from.
    fn explained(&self, error: CatalogError) -> CatalogError {
        let (CatalogError::Broken { .. }, Container::Parquet(metadata)) =
            (&error, &self.file.container)
        else {
            return error;
        };
        let look = || {
            let file = self.file.reader()?;
            let metadata = metadata.metadata();
            let found = find_not_utf8(&file, metadata, self.segment, &self.columns);
            Ok((found, file))
        };
        match self.file.calmly(look) {
            Ok((Some(reason), _)) => self.file.broken(reason),
            Ok((None, file)) => or_encrypted(self.placed(error), &file),
            Err(_) => self.placed(error),
        }
    }

    /// The same error; where a library gave up, with the row group.
    fn placed(&self, error: CatalogError) -> CatalogError {
        match error {
            CatalogError::Broken { reason, .. } if reason == DAMAGED => self
                .file
                .broken(format!("row group {}: {reason}", self.segment)),
            other => other,
        }
    }
}

impl Iterator for SegmentReader<'_> {
    type Item = Result<Rows, CatalogError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.take > 0 && !self.is_over {
            if self.skip == 0
                && let Err(error) = self.convert()
            {
                self.is_over = true;
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
                        self.is_over = true;
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
) -> Result<BatchReader, CatalogError> {
    match &file.container {
        Container::Parquet(metadata) => {
            let (columns, rows) = (columns, rows.clone());
            let reader = open_rows(file.reader()?, metadata, segment, columns, rows, batch_rows);
            let reader = reader.map_err(|error| of_parquet(&file.path, error))?;
            Ok(in_file(&file.path, reader))
        }
        Container::IpcFile | Container::IpcStream => {
            let reader = ipc::IpcReader::open(&file.path, file.reader()?, Some(columns))?;
            Ok(Box::new(reader))
        }
        Container::Held(table) => {
            let reader = table.reader(columns);
            let reader = reader.map_err(|error| of_arrow(&file.path, error))?;
            Ok(in_file(&file.path, reader))
        }
    }
}

/// The same batches, with errors of the file.
fn in_file(
    path: &Path,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
) -> BatchReader {
    let path = path.to_owned();
    Box::new(batches.map(move |batch| batch.map_err(|error| of_arrow(&path, error))))
}

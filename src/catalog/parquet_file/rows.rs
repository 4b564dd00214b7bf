//! The rows of a row group, batch by batch.

use super::pages::CheckedPages;
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::column::page::{PageIterator, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

/// Reads some rows of a row group. That there are fewer or more of them than the
/// footer says is an error.
pub(in crate::catalog) struct RowGroupReader {
    batches: ParquetRecordBatchReader,
    group: usize,
    /// Rows that are to be passed over.
    skip: u64,
    /// Rows by the footer that are still to come, those to be passed over included.
    left: u64,
    /// Whether the rows go to the end of the row group.
    to_end: bool,
}

/// Begins to read `rows` of a row group, and of the columns at the top of the
/// schema only those given.
pub(in crate::catalog) fn open_rows(
    file: File,
    metadata: &ArrowReaderMetadata,
    group: usize,
    columns: &[usize],
    rows: Range<u64>,
    batch_rows: usize,
) -> Result<RowGroupReader> {
    let one = OneGroup {
        file: Arc::new(file),
        metadata: metadata.metadata(),
        number: group,
    };
    let in_group = one.num_rows() as u64;
    let rows = rows.start.min(in_group)..rows.end.min(in_group);
    let to_end = rows.end == in_group;
    let count = rows.end - rows.start;
    // A selection ends where it says, whether more rows follow or not: to see that
    // none do, the rows before those wanted are read, too.
    let (selection, skip) = match to_end {
        true => (None, rows.start),
        false => {
            let skipped = RowSelector::skip(rows.start as usize);
            let selected = RowSelector::select(count as usize);
            (Some(RowSelection::from(vec![skipped, selected])), 0)
        }
    };
    let schema = metadata.metadata().file_metadata().schema_descr();
    let mask = ProjectionMask::roots(schema, columns.iter().copied());
    let hint = metadata.schema().fields();
    let levels = parquet_to_arrow_field_levels(schema, mask, Some(hint))?;
    let batch_rows = batch_rows.min(one.num_rows()).max(1);
    Ok(RowGroupReader {
        batches: ParquetRecordBatchReader::try_new_with_row_groups(
            &levels, &one, batch_rows, selection,
        )?,
        group,
        skip,
        left: skip + count,
        to_end,
    })
}

/// One row group, as the reader of the `parquet` crate asks for it.
struct OneGroup<'m> {
    file: Arc<File>,
    metadata: &'m ParquetMetaData,
    number: usize,
}

impl OneGroup<'_> {
    fn group(&self) -> Option<&RowGroupMetaData> {
        self.metadata.row_groups().get(self.number)
    }
}

impl RowGroups for OneGroup<'_> {
    fn num_rows(&self) -> usize {
        let rows = self.group().map(RowGroupMetaData::num_rows);
        rows.and_then(|rows| usize::try_from(rows).ok())
            .unwrap_or(0)
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let column = self.group().and_then(|group| group.columns().get(leaf));
        let column = column.ok_or_else(|| ParquetError::General("it lacks a column".into()))?;
        let file = Arc::clone(&self.file);
        let pages = CheckedPages::new(file, column, self.number, self.num_rows())?;
        Ok(Box::new(OneChunk(Some(Box::new(pages)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.group().into_iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata
    }
}

/// The only column chunk.
struct OneChunk(Option<Box<dyn PageReader>>);

impl Iterator for OneChunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for OneChunk {}

impl RowGroupReader {
    fn miscounted(&self, what: &str) -> ArrowError {
        ArrowError::ParquetError(format!(
            "row group {} has {what} rows than its footer says",
            self.group
        ))
    }
}

impl Iterator for RowGroupReader {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 || self.to_end {
            let batch = match self.batches.next() {
                Some(Ok(batch)) => batch,
                None if self.left > 0 => {
                    (self.left, self.to_end) = (0, false);
                    return Some(Err(self.miscounted("fewer")));
                }
                other => return other,
            };
            let rows = batch.num_rows();
            match self.left.checked_sub(rows as u64) {
                Some(left) => self.left = left,
                None => return Some(Err(self.miscounted("more"))),
            }
            let skipped = rows.min(usize::try_from(self.skip).unwrap_or(rows));
            self.skip -= skipped as u64;
            if skipped < rows {
                return Some(Ok(batch.slice(skipped, rows - skipped)));
            }
        }
        None
    }
}

impl RecordBatchReader for RowGroupReader {
    fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}

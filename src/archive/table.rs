//! Small tables, read whole.

use super::ArchiveError;
use arrow::array::{Array, ArrayRef, AsArray, Int8Array, RecordBatch};
use arrow::datatypes::Int8Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;

/// All rows of a file, as `rows` reads a batch of them; `what` is what it
/// should hold, if that cannot be read.
pub(super) fn read_all<T>(
    path: &Path,
    what: &str,
    rows: impl Fn(&RecordBatch) -> Option<Vec<T>>,
) -> Result<Vec<T>, ArchiveError> {
    let broken = |error: &dyn ToString| ArchiveError::broken(path, error.to_string());
    let file = File::open(path).map_err(|error| broken(&error))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| broken(&error))?;
    let mut all = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| broken(&error))?;
        let wrong = || broken(&format!("it has other columns than those of {what}"));
        all.extend(rows(&batch).ok_or_else(wrong)?);
    }
    Ok(all)
}

/// A column by its name.
pub(super) fn column<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b ArrayRef> {
    batch.column_by_name(name)
}

/// The same, if every row has a value.
pub(super) fn filled<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b ArrayRef> {
    column(batch, name).filter(|column| column.null_count() == 0)
}

/// The column of sensitivities: 0, 1 and 2, and null for what is not rated.
pub(super) struct Sensitivities(Int8Array);

impl Sensitivities {
    /// `None` where it is missing or holds anything else.
    pub(super) fn of(batch: &RecordBatch) -> Option<Self> {
        let levels = column(batch, "sensitivity")?.as_primitive_opt::<Int8Type>()?;
        let sound = levels
            .iter()
            .flatten()
            .all(|level| (0..=2).contains(&level));
        sound.then(|| Sensitivities(levels.clone()))
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<u8> {
        let rated = self.0.is_valid(row);
        rated.then(|| self.0.value(row).unsigned_abs())
    }
}

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
    let file = File::open(path).map_err(|error| ArchiveError::unreadable(path, error))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| ArchiveError::of_parquet(path, error))?;
    let mut all = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| ArchiveError::of_parquet(path, error.into()))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use std::sync::Arc;

    fn read(array: ArrayRef) -> Option<Vec<Option<u8>>> {
        let batch = RecordBatch::try_from_iter_with_nullable([("sensitivity", array, true)]);
        let levels = Sensitivities::of(&batch.unwrap())?;
        Some((0..levels.0.len()).map(|row| levels.get(row)).collect())
    }

    #[test]
    fn sensitivities_are_those_that_there_are() {
        let levels = |levels: &[Option<i8>]| read(Arc::new(levels.iter().collect::<Int8Array>()));
        let all = [Some(2), None, Some(0), Some(1)];
        let told = vec![Some(2), None, Some(0), Some(1)];
        assert_eq!(levels(&all), Some(told));
        assert_eq!(levels(&[]), Some(Vec::new()));
        for wrong in [-1, 3, i8::MIN, i8::MAX] {
            assert_eq!(levels(&[Some(1), Some(wrong)]), None);
        }
        assert_eq!(read(Arc::new(Int64Array::from(vec![1]))), None);
        assert_eq!(read(Arc::new(StringArray::from(vec!["1"]))), None);
    }

    #[test]
    fn what_has_to_be_there_is_not_null() {
        let array: ArrayRef = Arc::new([Some(1), None].into_iter().collect::<Int64Array>());
        let batch = RecordBatch::try_from_iter_with_nullable([("columns", array, true)]).unwrap();
        assert!(column(&batch, "columns").is_some());
        assert!(filled(&batch, "columns").is_none() && filled(&batch, "others").is_none());
    }
}

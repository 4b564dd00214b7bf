//! A run data source by data source, those without assignments, too.

use super::table::column;
use super::text::TextColumn;
use super::{ArchiveError, AssignmentFile, Run, StoredColumn, Visitor, Walker};
use crate::catalog::DATA_SOURCE_ID;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::PathBuf;

/// Ids that are read at once.
const BATCH_ROWS: usize = 1 << 13;

/// Reads a run from its first data source to its last.
pub struct RunReader {
    listed: ListedSources,
    assignments: AssignmentFile,
    /// The rules that the run evaluated, ascending by id.
    evaluated: Vec<String>,
}

impl RunReader {
    /// Opens the files of a run.
    ///
    /// # Errors
    ///
    /// When one of them is broken.
    pub fn open(run: &Run) -> Result<Self, ArchiveError> {
        Ok(RunReader {
            listed: ListedSources::open(run.data_sources())?,
            assignments: run.assignments()?,
            evaluated: run.evaluated(),
        })
    }

    /// How many data sources the run has.
    pub fn data_sources(&self) -> u64 {
        self.listed.all
    }

    /// How many assignments the run has.
    pub fn assignments(&self) -> u64 {
        self.assignments.rows()
    }

    /// Tells of every data source in the order of the files: its columns that
    /// have assignments, if any, then its end. Rules are numbered by their
    /// places in `rules`, which may hold others than those of the run.
    ///
    /// # Errors
    ///
    /// Broken files, and what the visitor says.
    pub fn read(
        mut self,
        rules: &[String],
        visitor: &mut impl Visitor,
    ) -> Result<(), ArchiveError> {
        let own = rules.iter().map(|id| self.evaluated.binary_search(id));
        let own: Vec<bool> = own.map(|place| place.is_ok()).collect();
        let mut walker = Walker::new(rules);
        let mut walk = Walk {
            listed: &mut self.listed,
            file: &self.assignments,
            own: &own,
            open: false,
            visitor: &mut *visitor,
        };
        for group in 0..self.assignments.groups() {
            walker.walk(&self.assignments, group, &mut walk)?;
        }
        while let Some(id) = self.listed.next()? {
            visitor.end_data_source(id)?;
        }
        Ok(())
    }
}

/// Tells of the data sources without assignments between the others.
struct Walk<'w, V> {
    listed: &'w mut ListedSources,
    file: &'w AssignmentFile,
    /// Per rule whether the run evaluated it.
    own: &'w [bool],
    /// Whether the data source at hand has had a column.
    open: bool,
    visitor: &'w mut V,
}

impl<V: Visitor> Visitor for Walk<'_, V> {
    fn column(&mut self, column: &StoredColumn<'_>) -> Result<(), ArchiveError> {
        if !self.open {
            self.go_to(column.data_source)?;
            self.open = true;
        }
        let mut rules = column.rows.iter().flat_map(|row| column.rules(row));
        if rules.any(|rule| self.own.get(*rule as usize) != Some(&true)) {
            let what = "it names a rule that the run did not evaluate";
            return Err(ArchiveError::broken(self.file.path(), what));
        }
        self.visitor.column(column)
    }

    fn end_data_source(&mut self, id: &str) -> Result<(), ArchiveError> {
        self.open = false;
        self.visitor.end_data_source(id)
    }
}

impl<V: Visitor> Walk<'_, V> {
    /// Goes on in the list until it comes to a data source.
    fn go_to(&mut self, id: &str) -> Result<(), ArchiveError> {
        while let Some(listed) = self.listed.next()? {
            if listed == id {
                return Ok(());
            }
            self.visitor.end_data_source(listed)?;
        }
        let what = "it does not list the data sources of the assignments in their order";
        Err(ArchiveError::broken(&self.listed.path, what))
    }
}

/// `data_sources.parquet`, id by id.
struct ListedSources {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    all: u64,
    ids: Option<TextColumn>,
    /// Rows of the batch at hand, and the next one.
    rows: usize,
    row: usize,
}

impl ListedSources {
    fn open(path: PathBuf) -> Result<Self, ArchiveError> {
        let file = File::open(&path).map_err(|error| ArchiveError::unreadable(&path, error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| ArchiveError::of_parquet(&path, error))?;
        let all = builder.metadata().file_metadata().num_rows().unsigned_abs();
        let ids = ProjectionMask::columns(builder.parquet_schema(), [DATA_SOURCE_ID]);
        let reader = builder
            .with_projection(ids)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| ArchiveError::of_parquet(&path, error))?;
        Ok(ListedSources {
            path,
            reader,
            all,
            ids: None,
            rows: 0,
            row: 0,
        })
    }

    fn next(&mut self) -> Result<Option<&str>, ArchiveError> {
        while self.row == self.rows {
            let Some(batch) = self.reader.next() else {
                return Ok(None);
            };
            let batch =
                batch.map_err(|error| ArchiveError::of_parquet(&self.path, error.into()))?;
            let ids = column(&batch, DATA_SOURCE_ID).and_then(TextColumn::of);
            let wrong = || ArchiveError::broken(&self.path, "it has no ids of data sources");
            self.ids = Some(ids.ok_or_else(wrong)?);
            (self.rows, self.row) = (batch.num_rows(), 0);
        }
        let row = self.row;
        self.row += 1;
        Ok(self.ids.as_ref().map(|ids| ids.get(row)))
    }
}

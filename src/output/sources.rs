//! `data_sources.parquet`: every data source of the catalog, tagged or not.
//!
//! Without it nobody could tell a data source that has nothing to say any
//! more from one that has gone away.

use super::{OutputError, Staging, Table, Written};
use crate::catalog::{DATA_SOURCE_ID, Piece};
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 18;

/// A piece's data sources, with how many columns each has.
///
/// # Errors
///
/// None in practice: ids and counts are of one length.
pub fn source_batch(piece: &Piece) -> Result<RecordBatch, ArrowError> {
    let columns = piece
        .chunk
        .sources()
        .map(|(columns, _)| columns.len() as u32);
    let columns = UInt32Array::from_iter_values(columns);
    let schema = schema(piece.ids.data_type());
    RecordBatch::try_new(schema, vec![Arc::clone(&piece.ids), Arc::new(columns)])
}

fn schema(ids: &DataType) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(DATA_SOURCE_ID, ids.clone(), false),
        Field::new("columns", DataType::UInt32, false),
    ]))
}

/// The file in the making.
pub struct SourceTable {
    table: Table,
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    rows: usize,
}

impl SourceTable {
    /// Begins the file, for ids of the type that assignments have.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub fn create(staging: &Staging, assignments: &SchemaRef) -> Result<Self, OutputError> {
        let ids = assignments.field_with_name(DATA_SOURCE_ID)?;
        let schema = schema(ids.data_type());
        Ok(SourceTable {
            table: Table::create(staging, "data_sources.parquet", &schema)?,
            schema,
            waiting: Vec::new(),
            rows: 0,
        })
    }

    /// Appends data sources. Row groups end after a number of rows, however these come.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn append(&mut self, mut batch: RecordBatch) -> Result<(), OutputError> {
        while self.rows + batch.num_rows() >= GROUP_ROWS {
            let fitting = GROUP_ROWS - self.rows;
            self.waiting.push(batch.slice(0, fitting));
            batch = batch.slice(fitting, batch.num_rows() - fitting);
            self.write()?;
        }
        self.rows += batch.num_rows();
        self.waiting.push(batch);
        Ok(())
    }

    fn write(&mut self) -> Result<(), OutputError> {
        // A batch a piece may be a batch a data source: one for all is encoded faster.
        let all = concat_batches(&self.schema, &self.waiting)?;
        self.waiting.clear();
        self.rows = 0;
        self.table.write_all(&[all])
    }

    /// Ends the file; how many rows it has and what was written.
    ///
    /// # Errors
    ///
    /// When the rest of it cannot be written or synced.
    pub fn finish(mut self) -> Result<(u64, Written), OutputError> {
        self.write()?;
        self.table.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use std::fs::File;

    #[test]
    fn row_groups_end_after_a_number_of_rows_however_these_come() {
        let all = 2 * GROUP_ROWS + 1;
        for per_batch in [1_000, GROUP_ROWS - 1, GROUP_ROWS, GROUP_ROWS + 1, all] {
            let folder = tempfile::tempdir().unwrap();
            let staging = Staging::begin(&folder.path().join("out"), false).unwrap();
            let field = Field::new(DATA_SOURCE_ID, DataType::Int64, false);
            let assignments = Arc::new(Schema::new(vec![field]));
            let mut table = SourceTable::create(&staging, &assignments).unwrap();
            let mut first = 0;
            while first < all {
                let end = all.min(first + per_batch);
                let ids = Int64Array::from_iter_values(first as i64..end as i64);
                let columns = UInt32Array::from_value(3, end - first);
                let batch = RecordBatch::try_new(
                    schema(&DataType::Int64),
                    vec![Arc::new(ids), Arc::new(columns)],
                );
                table.append(batch.unwrap()).unwrap();
                first = end;
            }
            assert_eq!(table.finish().unwrap().0, all as u64);
            let file = File::open(staging.path().join("data_sources.parquet")).unwrap();
            let reader = SerializedFileReader::new(file).unwrap();
            let groups = reader.metadata().row_groups().iter();
            let rows: Vec<_> = groups.map(|group| group.num_rows() as usize).collect();
            assert_eq!(rows, [GROUP_ROWS, GROUP_ROWS, 1], "{per_batch}");
        }
    }
}

//! A table of a catalog that is in memory, as if it were a file.

use super::error::CatalogError;
use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use std::path::PathBuf;
use std::sync::Arc;

/// A table of a catalog in memory.
///
/// It is read as a file with these batches would be, and comes to the same.
#[derive(Debug, Clone)]
pub struct Held {
    name: &'static str,
    schema: SchemaRef,
    batches: Arc<[RecordBatch]>,
}

impl Held {
    /// A table of these batches; `name` stands for its file where one is told of.
    ///
    /// # Errors
    ///
    /// [`CatalogError::Broken`] when a batch has another schema.
    ///
    /// ```
    /// use classmark::arrow::datatypes::Schema;
    /// use classmark::catalog::Held;
    /// let table = Held::new("columns", Schema::empty().into(), Vec::new())?;
    /// assert_eq!(table.rows(), 0);
    /// # Ok::<(), classmark::catalog::CatalogError>(())
    /// ```
    pub fn new(
        name: &'static str,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> Result<Self, CatalogError> {
        if batches.iter().any(|batch| batch.schema_ref() != &schema) {
            return Err(CatalogError::Broken {
                file: PathBuf::from(name),
                reason: "a batch has another schema than announced".into(),
            });
        }
        Ok(Held {
            name,
            schema,
            batches: batches.into(),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its schema.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Its batches.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        let rows = self.batches.iter().map(|batch| batch.num_rows() as u64);
        rows.sum()
    }

    /// The batches with only these columns.
    pub(super) fn reader(
        &self,
        columns: &[usize],
    ) -> Result<Box<dyn RecordBatchReader + Send>, ArrowError> {
        let schema = Arc::new(self.schema.project(columns)?);
        let (batches, columns) = (Arc::clone(&self.batches), columns.to_vec());
        let batch = move |place: usize| match batches.get(place) {
            Some(batch) => batch.project(&columns),
            None => Err(ArrowError::InvalidArgumentError("no such batch".into())),
        };
        let all = (0..self.batches.len()).map(batch);
        Ok(Box::new(RecordBatchIterator::new(all, schema)))
    }
}

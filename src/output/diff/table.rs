//! `diff.parquet`: a row for each assignment and finding that is not unchanged.

use crate::diff::Change;
use crate::output::{OutputError, OutputRecord, Staging, Table};
use arrow::array::{ArrayRef, BooleanBuilder, RecordBatch, StringBuilder, StringDictionaryBuilder};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use std::sync::Arc;

/// Rows of a record batch.
const BATCH_ROWS: usize = 1 << 16;
/// Record batches of a row group.
const GROUP_BATCHES: usize = 4;

/// The file in the making. The rows of a column are together: its assignments
/// by tag, then its findings by rule.
pub struct ChangeTable {
    table: Table,
    schema: SchemaRef,
    rows: Rows,
    waiting: Vec<RecordBatch>,
}

type Names = StringDictionaryBuilder<Int32Type>;

#[derive(Default)]
struct Rows {
    kinds: Names,
    data_sources: StringBuilder,
    columns: StringBuilder,
    tag_names: Names,
    tag_sources: Names,
    rules: Names,
    old: Names,
    new: Names,
    comparable: BooleanBuilder,
    count: usize,
}

fn schema() -> SchemaRef {
    let name = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Arc::new(Schema::new(vec![
        Field::new("kind", name(), false),
        Field::new("data_source_id", DataType::Utf8, false),
        Field::new("column_name", DataType::Utf8, false),
        Field::new("tag_name", name(), false),
        Field::new("tag_source", name(), false),
        Field::new("rule", name(), true),
        Field::new("old", name(), true),
        Field::new("new", name(), true),
        Field::new("comparable", DataType::Boolean, false),
    ]))
}

impl ChangeTable {
    /// Begins the file.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn create(staging: &Staging) -> Result<Self, OutputError> {
        let schema = schema();
        Ok(ChangeTable {
            table: Table::create(staging, "diff.parquet", &schema)?,
            schema,
            rows: Rows::default(),
            waiting: Vec::new(),
        })
    }

    /// Appends a row.
    ///
    /// # Errors
    ///
    /// When rows cannot be encoded or written.
    pub fn push(&mut self, change: &Change<'_>) -> Result<(), OutputError> {
        self.rows.push(change)?;
        if self.rows.count == BATCH_ROWS {
            self.waiting.push(self.rows.take(&self.schema)?);
            if self.waiting.len() == GROUP_BATCHES {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Ends the file; its entry for the manifest.
    ///
    /// # Errors
    ///
    /// When the rest of it cannot be written or synced.
    pub fn finish(mut self) -> Result<OutputRecord, OutputError> {
        self.waiting.push(self.rows.take(&self.schema)?);
        self.write()?;
        Ok(OutputRecord::table(self.table.finish()?))
    }

    fn write(&mut self) -> Result<(), OutputError> {
        let done = self.table.write_all(&self.waiting);
        self.waiting.clear();
        done
    }
}

impl Rows {
    fn push(&mut self, change: &Change<'_>) -> Result<(), OutputError> {
        let kind = match change.rule {
            Some(_) => "finding",
            None => "assignment",
        };
        self.kinds.append(kind)?;
        self.data_sources.append_value(change.data_source);
        self.columns.append_value(change.column);
        self.tag_names.append(&change.tag.name)?;
        self.tag_sources.append(&change.tag.source)?;
        self.rules.append_option(change.rule);
        self.old.append_option(change.old);
        self.new.append_option(change.new);
        self.comparable.append_value(change.comparable);
        self.count += 1;
        Ok(())
    }

    fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch, OutputError> {
        self.count = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.kinds.finish()),
            Arc::new(self.data_sources.finish()),
            Arc::new(self.columns.finish()),
            Arc::new(self.tag_names.finish()),
            Arc::new(self.tag_sources.finish()),
            Arc::new(self.rules.finish()),
            Arc::new(self.old.finish()),
            Arc::new(self.new.finish()),
            Arc::new(self.comparable.finish()),
        ];
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }
}

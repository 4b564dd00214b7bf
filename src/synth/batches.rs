//! Rows as Arrow batches.

use super::rows::{Catalog, Cursor};
use super::{Spec, SynthError};
use crate::tag::Tag;
use arrow::array::{ArrayBuilder, ArrayRef, ListArray, RecordBatch, StringBuilder, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use std::sync::Arc;

/// Most rows in a batch: more tags than 32-bit offsets reach never fit in.
const MOST_ROWS: usize = 1 << 16;

/// The schema of a catalog in one table: `data_source_id`, `column_name`,
/// `column_tags`, `table_tags`.
pub fn catalog_schema() -> SchemaRef {
    let tags = ["column_tags", "table_tags"].map(tag_list);
    let names = ["data_source_id", "column_name"].map(text);
    Arc::new(Schema::new(Fields::from_iter(
        names.into_iter().chain(tags),
    )))
}

/// The schema of the columns in a catalog of two tables: `data_source_id`,
/// `column_name`, `column_tags`.
pub fn columns_schema() -> SchemaRef {
    let fields = [
        text("data_source_id"),
        text("column_name"),
        tag_list("column_tags"),
    ];
    Arc::new(Schema::new(Fields::from_iter(fields)))
}

/// The schema of the data sources in a catalog of two tables:
/// `data_source_id`, `table_tags`.
pub fn sources_schema() -> SchemaRef {
    let fields = [text("data_source_id"), tag_list("table_tags")];
    Arc::new(Schema::new(Fields::from_iter(fields)))
}

fn text(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Utf8, true))
}

fn tag_fields() -> Fields {
    Fields::from_iter(["name", "source"].map(text))
}

fn tag_item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Struct(tag_fields()), true))
}

fn tag_list(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::List(tag_item()), true))
}

/// The columns of a catalog, in batches of `rows_per_batch` rows, the last one
/// shorter; a batch has 1 to 65,536 rows. The schema is [`catalog_schema`], or
/// [`columns_schema`] if the specification asks for two tables.
///
/// # Errors
///
/// When the specification cannot be met; see [`SynthError`].
pub fn record_batches(
    spec: &Spec,
    rows_per_batch: usize,
) -> Result<impl Iterator<Item = RecordBatch> + use<>, SynthError> {
    let catalog = Catalog::new(spec)?;
    let mut cursor = Cursor::new(&catalog);
    let two_tables = spec.two_tables;
    Ok(steps(catalog.columns, rows_per_batch)
        .map(move |(from, to)| column_batch(&catalog, &mut cursor, two_tables, from, to)))
}

/// The data sources of a catalog with their table tags, in batches of
/// `rows_per_batch` rows. The schema is [`sources_schema`].
///
/// # Errors
///
/// When the specification cannot be met; see [`SynthError`].
pub fn source_batches(
    spec: &Spec,
    rows_per_batch: usize,
) -> Result<impl Iterator<Item = RecordBatch> + use<>, SynthError> {
    let catalog = Catalog::new(spec)?;
    Ok(steps(catalog.data_sources(), rows_per_batch)
        .map(move |(from, to)| source_batch(&catalog, from, to)))
}

/// Where each batch begins and ends.
fn steps(rows: u64, rows_per_batch: usize) -> impl Iterator<Item = (u64, u64)> {
    let step = rows_per_batch.clamp(1, MOST_ROWS);
    (0..rows)
        .step_by(step)
        .map(move |from| (from, rows.min(from.saturating_add(step as u64))))
}

fn column_batch(
    catalog: &Catalog,
    cursor: &mut Cursor,
    two_tables: bool,
    from: u64,
    to: u64,
) -> RecordBatch {
    let mut ids = StringBuilder::new();
    let mut names = StringBuilder::new();
    let mut tags = TagLists::default();
    let mut table_tags = TagLists::default();
    for number in from..to {
        let row = cursor.row(catalog, number);
        ids.append_value(&row.source.id);
        names.append_value(row.name);
        tags.push(catalog.tags(), row.tags);
        if !two_tables {
            table_tags.push(catalog.table_tags(), &row.source.table_tags);
        }
    }
    let mut columns: Vec<(FieldRef, ArrayRef)> = vec![
        (text("data_source_id"), Arc::new(ids.finish())),
        (text("column_name"), Arc::new(names.finish())),
        (tag_list("column_tags"), tags.finish()),
    ];
    if !two_tables {
        columns.push((tag_list("table_tags"), table_tags.finish()));
    }
    RecordBatch::from(StructArray::from(columns))
}

fn source_batch(catalog: &Catalog, from: u64, to: u64) -> RecordBatch {
    let mut ids = StringBuilder::new();
    let mut table_tags = TagLists::default();
    for number in from..to {
        let source = catalog.source(number);
        ids.append_value(&source.id);
        table_tags.push(catalog.table_tags(), &source.table_tags);
    }
    let columns: Vec<(FieldRef, ArrayRef)> = vec![
        (text("data_source_id"), Arc::new(ids.finish())),
        (tag_list("table_tags"), table_tags.finish()),
    ];
    RecordBatch::from(StructArray::from(columns))
}

/// Lists of tags in the making.
#[derive(Default)]
struct TagLists {
    lengths: Vec<usize>,
    names: StringBuilder,
    sources: StringBuilder,
}

impl TagLists {
    /// The next list: the tags at these numbers.
    fn push(&mut self, tags: &[Tag], numbers: &[usize]) {
        let before = self.names.len();
        for tag in numbers.iter().filter_map(|&number| tags.get(number)) {
            self.names.append_value(&tag.name);
            self.sources.append_value(&tag.source);
        }
        self.lengths.push(self.names.len() - before);
    }

    fn finish(mut self) -> ArrayRef {
        let names: ArrayRef = Arc::new(self.names.finish());
        let sources: ArrayRef = Arc::new(self.sources.finish());
        let tags = StructArray::new(tag_fields(), vec![names, sources], None);
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Arc::new(ListArray::new(tag_item(), offsets, Arc::new(tags), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::compute::concat_batches;

    fn spec() -> Spec {
        Spec {
            data_sources: 30,
            columns_per_source: 11,
            ..Spec::default()
        }
    }

    fn whole(spec: &Spec, rows: usize) -> RecordBatch {
        let batches: Vec<_> = record_batches(spec, rows).unwrap().collect();
        concat_batches(&batches[0].schema(), &batches).unwrap()
    }

    #[test]
    fn the_size_of_batches_changes_nothing() {
        let all = whole(&spec(), 1_000_000);
        assert_eq!(all.num_rows(), 330);
        for rows in [0, 1, 7, 330, 331] {
            assert_eq!(whole(&spec(), rows), all);
        }
        assert_ne!(whole(&Spec { seed: 2, ..spec() }, 100), all);
    }

    #[test]
    fn schemas_are_as_told() {
        assert_eq!(whole(&spec(), 100).schema(), catalog_schema());
        let two_tables = Spec {
            two_tables: true,
            ..spec()
        };
        assert_eq!(whole(&two_tables, 100).schema(), columns_schema());
        let sources: Vec<_> = source_batches(&spec(), 20).unwrap().collect();
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].schema(), sources_schema());
        assert_eq!(sources[1].num_rows(), 10);
    }

    #[test]
    fn nothing_asked_is_nothing_made() {
        let none = Spec {
            data_sources: 0,
            ..spec()
        };
        assert_eq!(record_batches(&none, 10).unwrap().count(), 0);
        assert_eq!(source_batches(&none, 10).unwrap().count(), 0);
    }
}

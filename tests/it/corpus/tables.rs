//! Rows of a case as Arrow tables.

use classmark::arrow::array::{
    ArrayRef, ListBuilder, RecordBatch, StringArray, StringBuilder, StructBuilder,
};
use classmark::arrow::datatypes::{DataType, Field};
use classmark::reference::Row;
use classmark::tag::Tag;
use std::sync::Arc;

/// Rows in the one-table shape.
pub(crate) fn one_table(rows: &[Row]) -> RecordBatch {
    table(
        rows,
        &["data_source_id", "column_name", "column_tags", "table_tags"],
    )
}

/// Rows without their table tags.
pub(crate) fn column_batch(rows: &[Row]) -> RecordBatch {
    table(rows, &["data_source_id", "column_name", "column_tags"])
}

/// The second table: every row's table tags, data sources as often as they come.
pub(crate) fn source_batch(rows: &[Row]) -> RecordBatch {
    table(rows, &["data_source_id", "table_tags"])
}

fn table(rows: &[Row], columns: &[&'static str]) -> RecordBatch {
    let text = |of: fn(&Row) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let column = |name: &'static str| match name {
        "data_source_id" => (name, text(|row| &row.data_source)),
        "column_name" => (name, text(|row| &row.column)),
        "column_tags" => (name, tags(rows.iter().map(|row| &*row.column_tags))),
        _ => (name, tags(rows.iter().map(|row| &*row.table_tags))),
    };
    RecordBatch::try_from_iter(columns.iter().map(|name| column(name))).unwrap()
}

fn tags<'a>(lists: impl Iterator<Item = &'a [Tag]>) -> ArrayRef {
    let parts = ["name", "source"].map(|name| Field::new(name, DataType::Utf8, true));
    let mut builder = ListBuilder::new(StructBuilder::from_fields(parts.to_vec(), 0));
    for list in lists {
        for tag in list {
            let pair = builder.values();
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_value(&tag.name);
            pair.field_builder::<StringBuilder>(1)
                .unwrap()
                .append_value(&tag.source);
            pair.append(true);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

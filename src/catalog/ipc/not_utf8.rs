//! Where a batch holds text that is not UTF-8. The reader of the `arrow` crate says
//! only that it does, so the batch is read again with its text as bytes.

use crate::catalog::lists::Bounds;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type, Schema};
use std::sync::Arc;

/// The same schema with all text as bytes, which lie as text does.
pub(super) fn as_bytes(schema: &Schema) -> Schema {
    let fields: Fields = schema.fields().iter().map(field_as_bytes).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn field_as_bytes(field: &FieldRef) -> FieldRef {
    let data_type = type_as_bytes(field.data_type());
    let field: Field = field.as_ref().clone().with_data_type(data_type);
    Arc::new(field)
}

fn type_as_bytes(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 => DataType::Binary,
        DataType::LargeUtf8 => DataType::LargeBinary,
        DataType::Utf8View => DataType::BinaryView,
        DataType::Dictionary(keys, values) => {
            DataType::Dictionary(keys.clone(), Box::new(type_as_bytes(values)))
        }
        DataType::List(element) => DataType::List(field_as_bytes(element)),
        DataType::LargeList(element) => DataType::LargeList(field_as_bytes(element)),
        DataType::ListView(element) => DataType::ListView(field_as_bytes(element)),
        DataType::LargeListView(element) => DataType::LargeListView(field_as_bytes(element)),
        DataType::FixedSizeList(element, size) => {
            DataType::FixedSizeList(field_as_bytes(element), *size)
        }
        DataType::Struct(parts) => DataType::Struct(parts.iter().map(field_as_bytes).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field_as_bytes(entries), *sorted),
        other => other.clone(),
    }
}

/// Where the first text of a batch is that is not UTF-8, if there is one.
pub(super) fn find_not_utf8(number: usize, batch: &RecordBatch) -> Option<String> {
    let mut first: Option<(usize, String)> = None;
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        for (path, bad) in bad_rows(column, field.name()) {
            let row = bad.iter().position(|bad| *bad);
            if let Some(row) = row
                && first.as_ref().is_none_or(|(known, _)| row < *known)
            {
                first = Some((row, path));
            }
        }
    }
    let (row, path) = first?;
    Some(format!(
        "record batch {number}, row {row}, column `{path}`: the text is not UTF-8"
    ))
}

/// Per column of bytes in an array: its path, and which rows hold what is not UTF-8.
fn bad_rows(array: &ArrayRef, path: &str) -> Vec<(String, Vec<bool>)> {
    match array.data_type() {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let Ok(array) = cast(array, &DataType::LargeBinary) else {
                return Vec::new();
            };
            let bytes = array.as_binary::<i64>();
            let bad = |value: Option<&[u8]>| {
                value.is_some_and(|value| std::str::from_utf8(value).is_err())
            };
            vec![(path.to_owned(), bytes.iter().map(bad).collect())]
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let Ok(keys) = cast(dictionary.keys(), &DataType::Int64) else {
                return Vec::new();
            };
            let keys = keys.as_primitive::<Int64Type>().clone();
            let is_bad = |bad: &[bool], key: Option<i64>| {
                let key = key.and_then(|key| usize::try_from(key).ok());
                key.is_some_and(|key| bad.get(key).copied().unwrap_or(false))
            };
            let of_values = bad_rows(dictionary.values(), path).into_iter();
            let of_rows = |(path, bad): (String, Vec<bool>)| {
                (path, keys.iter().map(|key| is_bad(&bad, key)).collect())
            };
            of_values.map(of_rows).collect()
        }
        DataType::Struct(_) => {
            let parts = array.as_struct();
            let there = |row: usize| array.is_valid(row);
            let of_part =
                |(name, part): (&str, &ArrayRef)| bad_rows(part, &format!("{path}.{name}"));
            let all = parts.column_names().into_iter().zip(parts.columns());
            let mut all: Vec<_> = all.flat_map(of_part).collect();
            for (_, bad) in &mut all {
                for (row, bad) in bad.iter_mut().enumerate() {
                    *bad &= there(row);
                }
            }
            all
        }
        _ => {
            let Ok((bounds, elements)) = Bounds::of(array) else {
                return Vec::new();
            };
            let of_row = |bad: &[bool], row: usize| {
                let elements = bounds.elements(row);
                array.is_valid(row) && bad.get(elements).is_some_and(|bad| bad.contains(&true))
            };
            let of_elements = bad_rows(&elements, path).into_iter();
            let of_rows = |(path, bad): (String, Vec<bool>)| {
                (
                    path,
                    (0..array.len()).map(|row| of_row(&bad, row)).collect(),
                )
            };
            of_elements.map(of_rows).collect()
        }
    }
}

//! Columns of text, by dictionary or not, and integers as text.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};

/// A column of text without nulls.
#[derive(Debug, Clone)]
pub(super) struct TextColumn {
    /// `None`: every row has its own value.
    keys: Option<Int32Array>,
    values: StringArray,
}

impl TextColumn {
    /// Text, a dictionary of it, or integers; `None` for anything else, or with nulls.
    pub(super) fn of(array: &ArrayRef) -> Option<Self> {
        if array.null_count() > 0 {
            return None;
        }
        if let Some(dictionary) = array.as_dictionary_opt::<Int32Type>() {
            return Some(TextColumn {
                keys: Some(dictionary.keys().clone()),
                values: dictionary.values().as_string_opt::<i32>()?.clone(),
            });
        }
        if !array.data_type().is_integer() && !array.data_type().is_string() {
            return None;
        }
        let plain = cast(array, &DataType::Utf8).ok()?;
        Some(TextColumn {
            keys: None,
            values: plain.as_string_opt::<i32>()?.clone(),
        })
    }

    /// The text of a row.
    pub(super) fn get(&self, row: usize) -> &str {
        self.values.value(self.place(row))
    }

    /// The place of a row's text in the dictionary.
    #[inline]
    pub(super) fn place(&self, row: usize) -> usize {
        match &self.keys {
            Some(keys) => keys.value(row) as usize,
            None => row,
        }
    }

    /// Whether two rows have one text.
    #[inline]
    pub(super) fn is_same(&self, row: usize, other: usize) -> bool {
        let (row, other) = (self.place(row), self.place(other));
        row == other || self.values.value(row) == self.values.value(other)
    }

    /// The dictionary, or the values of all rows.
    pub(super) fn values(&self) -> &StringArray {
        &self.values
    }
}

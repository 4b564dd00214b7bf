//! One view of every variety of string array.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Strings, each either standing for itself or as a key into a dictionary.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    keys: Option<Int32Array>,
    values: StringArray,
    /// The dictionary as it came, to tell whether two batches share it.
    dictionary: Option<ArrayRef>,
}

impl Text {
    /// The strings of an array of any string type.
    pub(crate) fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        if !matches!(array.data_type(), DataType::Dictionary(_, _)) {
            let plain = cast(array, &DataType::Utf8)?;
            return Ok(Text {
                keys: None,
                values: plain.as_string::<i32>().clone(),
                dictionary: None,
            });
        }
        let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let array = if *array.data_type() == wanted {
            Arc::clone(array)
        } else {
            cast(array, &wanted)?
        };
        let dictionary = array.as_dictionary::<Int32Type>();
        Ok(Text {
            keys: Some(dictionary.keys().clone()),
            values: dictionary.values().as_string::<i32>().clone(),
            dictionary: Some(Arc::clone(dictionary.values())),
        })
    }

    /// Strings given as keys into a dictionary; none is null.
    pub(super) fn keyed(keys: Vec<u32>, dictionary: &ArrayRef) -> Self {
        let keys: Vec<i32> = keys.into_iter().map(|key| key as i32).collect();
        Text {
            keys: Some(Int32Array::from(keys)),
            values: dictionary.as_string::<i32>().clone(),
            dictionary: Some(Arc::clone(dictionary)),
        }
    }

    /// The keys, where strings are given as keys and none of them is null.
    pub(super) fn sound_keys(&self) -> Option<&[i32]> {
        let keys = self.keys.as_ref()?;
        (keys.null_count() == 0).then(|| &keys.values()[..])
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.as_ref().map_or(self.values.len(), Array::len)
    }

    /// How many different places strings can stand at.
    pub(super) fn places(&self) -> usize {
        self.values.len()
    }

    /// Where a row's string stands: its key, or the row itself.
    pub(super) fn place(&self, row: usize) -> Option<usize> {
        match &self.keys {
            None => Some(row),
            Some(keys) if keys.is_valid(row) => usize::try_from(keys.value(row)).ok(),
            Some(_) => None,
        }
    }

    /// The string that stands at a place.
    pub(super) fn at(&self, place: usize) -> Option<&str> {
        (place < self.values.len() && self.values.is_valid(place)).then(|| self.values.value(place))
    }

    /// A row's string; `None` for null.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.at(self.place(row)?)
    }

    /// Whether strings are given as keys.
    pub(super) fn is_dictionary(&self) -> bool {
        self.keys.is_some()
    }

    /// Whether places mean the same strings here and there: one dictionary, or
    /// the very same strings.
    pub(super) fn is_same(&self, other: &Text) -> bool {
        self.shares_dictionary(other)
            || !self.is_dictionary()
                && !other.is_dictionary()
                && lies_at(&self.values) == lies_at(&other.values)
    }

    /// Whether a place means the same string here and there.
    pub(super) fn shares_dictionary(&self, other: &Text) -> bool {
        match (&self.dictionary, &other.dictionary) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
            _ => false,
        }
    }
}

/// Where in memory strings lie: bounds alone may be shared by other strings.
fn lies_at(strings: &StringArray) -> impl PartialEq {
    let nulls = strings.nulls().map(|n| (n.validity().as_ptr(), n.offset()));
    let bounds = strings.value_offsets();
    let bytes = strings.value_data();
    (
        bounds.as_ptr(),
        bounds.len(),
        bytes.as_ptr(),
        bytes.len(),
        nulls,
    )
}

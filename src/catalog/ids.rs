//! Data source ids, text or integers.

use super::schema::IdKind;
use super::text::Text;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, UInt64Type};
use arrow::error::ArrowError;
use std::fmt;
use std::sync::Arc;
use twox_hash::{XxHash3_64, XxHash3_128};

/// The ids of a batch's rows.
#[derive(Debug, Clone)]
pub(crate) enum Ids {
    Text(Text),
    Signed(Int64Array),
    Unsigned(UInt64Array),
}

/// One id, out of its batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    /// An id of kind [`IdKind::Text`].
    Text(String),
    /// An id of a signed integer type.
    Signed(i64),
    /// An id of an unsigned integer type.
    Unsigned(u64),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Text(id) => f.write_str(id),
            Id::Signed(id) => id.fmt(f),
            Id::Unsigned(id) => id.fmt(f),
        }
    }
}

impl Ids {
    pub(crate) fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let values = match array.data_type() {
            DataType::Dictionary(_, values) => values.as_ref(),
            plain => plain,
        };
        if values.is_unsigned_integer() {
            let plain = cast(array, &DataType::UInt64)?;
            Ok(Ids::Unsigned(plain.as_primitive::<UInt64Type>().clone()))
        } else if values.is_signed_integer() {
            let plain = cast(array, &DataType::Int64)?;
            Ok(Ids::Signed(plain.as_primitive::<Int64Type>().clone()))
        } else {
            Ok(Ids::Text(Text::of(array)?))
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Ids::Text(text) => text.len(),
            Ids::Signed(ids) => ids.len(),
            Ids::Unsigned(ids) => ids.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is wrong with a row's id, if anything.
    pub(crate) fn fault(&self, row: usize) -> Option<&'static str> {
        let null = match self {
            Ids::Text(text) => match text.get(row) {
                Some("") => return Some("empty"),
                id => id.is_none(),
            },
            Ids::Signed(ids) => ids.is_null(row),
            Ids::Unsigned(ids) => ids.is_null(row),
        };
        null.then_some("null")
    }

    /// The rows but the first whose id is another than that of the row before.
    pub(crate) fn changes(&self) -> Vec<usize> {
        let keys = match self {
            Ids::Text(text) => text.sound_keys(),
            _ => None,
        };
        let rows = 1..self.len();
        match keys {
            // A dictionary may hold a string twice, so a new key is looked into.
            Some(keys) => rows
                .filter(|row| keys[row - 1] != keys[*row] && !self.same(row - 1, *row))
                .collect(),
            None => rows.filter(|row| !self.same(row - 1, *row)).collect(),
        }
    }

    /// Whether two rows have one id.
    pub(crate) fn same(&self, a: usize, b: usize) -> bool {
        match self {
            Ids::Text(text) => {
                text.is_dictionary() && text.place(a) == text.place(b) || text.get(a) == text.get(b)
            }
            Ids::Signed(ids) => ids.value(a) == ids.value(b),
            Ids::Unsigned(ids) => ids.value(a) == ids.value(b),
        }
    }

    /// Whether a row has this id.
    pub(crate) fn is(&self, row: usize, id: &Id) -> bool {
        match (self, id) {
            (Ids::Text(text), Id::Text(id)) => text.get(row) == Some(id),
            (Ids::Signed(ids), Id::Signed(id)) => ids.value(row) == *id,
            (Ids::Unsigned(ids), Id::Unsigned(id)) => ids.value(row) == *id,
            _ => false,
        }
    }

    /// A row's id.
    pub(crate) fn get(&self, row: usize) -> Id {
        match self {
            Ids::Text(text) => Id::Text(text.get(row).unwrap_or_default().to_owned()),
            Ids::Signed(ids) => Id::Signed(ids.value(row)),
            Ids::Unsigned(ids) => Id::Unsigned(ids.value(row)),
        }
    }

    /// A hash of a row's id: the same on every machine and in every run.
    pub(crate) fn hash(&self, row: usize) -> u64 {
        match self {
            Ids::Text(text) => XxHash3_64::oneshot(text.get(row).unwrap_or_default().as_bytes()),
            Ids::Signed(ids) => XxHash3_64::oneshot(&ids.value(row).to_le_bytes()),
            Ids::Unsigned(ids) => XxHash3_64::oneshot(&ids.value(row).to_le_bytes()),
        }
    }

    /// A hash of a row's id by which it is known again: 128 bits, so that two ids of
    /// one catalog do not share it in practice.
    pub(crate) fn wide_hash(&self, row: usize) -> u128 {
        match self {
            Ids::Text(text) => XxHash3_128::oneshot(text.get(row).unwrap_or_default().as_bytes()),
            Ids::Signed(ids) => XxHash3_128::oneshot(&ids.value(row).to_le_bytes()),
            Ids::Unsigned(ids) => XxHash3_128::oneshot(&ids.value(row).to_le_bytes()),
        }
    }

    /// The ids of some rows as they are written.
    pub(crate) fn gather(&self, rows: &[usize], kind: &IdKind) -> Result<ArrayRef, ArrowError> {
        let array: ArrayRef = match self {
            Ids::Text(text) => Arc::new(
                rows.iter()
                    .map(|row| text.get(*row))
                    .collect::<StringArray>(),
            ),
            Ids::Signed(ids) => Arc::new(
                rows.iter()
                    .map(|row| Some(ids.value(*row)))
                    .collect::<Int64Array>(),
            ),
            Ids::Unsigned(ids) => Arc::new(
                rows.iter()
                    .map(|row| Some(ids.value(*row)))
                    .collect::<UInt64Array>(),
            ),
        };
        cast(&array, &kind.data_type())
    }
}

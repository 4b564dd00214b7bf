//! Ids and names: a value a row.

use super::leaf::Leaf;
use crate::catalog::ids::Ids;
use crate::catalog::schema::IdKind;
use crate::catalog::text::Text;
use arrow::array::{ArrayRef, Int64Array, StringArray, UInt64Array};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::DataType;
use parquet::basic::Type as Stored;
use std::sync::Arc;

/// A column of text, none of it null or empty.
pub(super) struct TextColumn {
    leaf: Leaf,
    dictionary: ArrayRef,
}

impl TextColumn {
    pub(super) fn new(leaf: Leaf) -> Option<Self> {
        let strings = strings(&leaf)?;
        let lengths = strings.offsets().lengths();
        let empty = lengths.into_iter().any(|length| length == 0);
        (!empty && leaf.highest().repetition == 0).then_some(TextColumn {
            leaf,
            dictionary: Arc::new(strings),
        })
    }

    pub(super) fn read(&mut self, count: usize) -> Option<Text> {
        let mut keys = Vec::with_capacity(count);
        self.leaf.rows(count, &mut keys)?;
        Some(Text::keyed(keys, &self.dictionary))
    }
}

/// A column of ids, none of them null or empty.
pub(super) enum IdColumn {
    Text(TextColumn),
    Signed(Leaf, Vec<i64>),
    Unsigned(Leaf, Vec<u64>),
}

impl IdColumn {
    /// The ids of a leaf that stores them as `stored`.
    pub(super) fn new(leaf: Leaf, stored: Stored, kind: &IdKind) -> Option<Self> {
        if leaf.highest().repetition > 0 {
            return None;
        }
        match (kind, stored) {
            (IdKind::Text, Stored::BYTE_ARRAY) => Some(IdColumn::Text(TextColumn::new(leaf)?)),
            (IdKind::Integer(DataType::Int32), Stored::INT32) => {
                let ids = integers(&leaf, |bytes| i64::from(i32::from_le_bytes(bytes)))?;
                Some(IdColumn::Signed(leaf, ids))
            }
            (IdKind::Integer(DataType::Int64), Stored::INT64) => {
                let ids = integers(&leaf, i64::from_le_bytes)?;
                Some(IdColumn::Signed(leaf, ids))
            }
            (IdKind::Integer(DataType::UInt32), Stored::INT32) => {
                let ids = integers(&leaf, |bytes| u64::from(u32::from_le_bytes(bytes)))?;
                Some(IdColumn::Unsigned(leaf, ids))
            }
            (IdKind::Integer(DataType::UInt64), Stored::INT64) => {
                let ids = integers(&leaf, u64::from_le_bytes)?;
                Some(IdColumn::Unsigned(leaf, ids))
            }
            _ => None,
        }
    }

    pub(super) fn read(&mut self, count: usize) -> Option<Ids> {
        match self {
            IdColumn::Text(text) => Some(Ids::Text(text.read(count)?)),
            IdColumn::Signed(leaf, values) => {
                let ids: Vec<i64> = keyed(leaf, values, count)?;
                Some(Ids::Signed(Int64Array::from(ids)))
            }
            IdColumn::Unsigned(leaf, values) => {
                let ids: Vec<u64> = keyed(leaf, values, count)?;
                Some(Ids::Unsigned(UInt64Array::from(ids)))
            }
        }
    }
}

fn keyed<T: Copy>(leaf: &mut Leaf, values: &[T], count: usize) -> Option<Vec<T>> {
    let mut keys = Vec::with_capacity(count);
    leaf.rows(count, &mut keys)?;
    keys.iter()
        .map(|key| values.get(*key as usize).copied())
        .collect()
}

fn integers<const N: usize, T>(leaf: &Leaf, of: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
    let (bytes, entries) = leaf.dictionary();
    let (numbers, rest) = bytes.as_chunks::<N>();
    let sound = numbers.len() == entries && rest.is_empty();
    sound.then(|| numbers.iter().map(|bytes| of(*bytes)).collect())
}

/// The strings of a leaf's dictionary; `None` when they are not UTF-8.
pub(super) fn strings(leaf: &Leaf) -> Option<StringArray> {
    let (bytes, entries) = leaf.dictionary();
    let mut rest = &bytes[..];
    // No entry takes less than its length does, whatever the page says of itself.
    if entries > rest.len() / 4 {
        return None;
    }
    let mut ends: Vec<i32> = Vec::with_capacity(entries + 1);
    ends.push(0);
    let mut text = Vec::with_capacity(rest.len());
    for _ in 0..entries {
        let (length, after) = rest.split_first_chunk()?;
        let (string, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        text.extend_from_slice(string);
        ends.push(i32::try_from(text.len()).ok()?);
        rest = after;
    }
    StringArray::try_new(OffsetBuffer::new(ends.into()), Buffer::from_vec(text), None).ok()
}

//! Ids and names: a value a row.

use super::leaf::{Leaf, Storage};
use super::strings::{Strings, front, strings};
use crate::catalog::forms::IdForm;
use crate::catalog::ids::Ids;
use crate::catalog::schema::IdKind;
use crate::catalog::text::Text;
use arrow::array::{Array, ArrayRef, Int64Array, StringArray, UInt64Array};
use arrow::datatypes::DataType;
use parquet::basic::Type as Stored;
use std::sync::Arc;

/// A column of text, none of it null or empty.
pub(super) struct TextColumn {
    leaf: Leaf,
    dictionary: ArrayRef,
    ready: Ready,
}

/// Rows that have been read and not been taken yet, all stored alike.
enum Ready {
    Keys(Vec<u32>),
    Plain(StringArray),
}

impl Ready {
    fn len(&self) -> usize {
        match self {
            Ready::Keys(keys) => keys.len(),
            Ready::Plain(strings) => strings.len(),
        }
    }
}

impl TextColumn {
    pub(super) fn new(leaf: Leaf) -> Option<Self> {
        let dictionary = strings(&leaf)?;
        (none_empty(&dictionary) && leaf.highest().repetition == 0).then_some(TextColumn {
            leaf,
            dictionary: Arc::new(dictionary),
            ready: Ready::Keys(Vec::new()),
        })
    }

    /// Whether all rows have been taken.
    pub(super) fn is_exhausted(&mut self) -> bool {
        self.ready.len() == 0 && self.leaf.is_exhausted()
    }

    /// Makes rows ready to be taken: `count` of them or, where they begin to
    /// be stored in another way, fewer; how many.
    pub(super) fn prepare(&mut self, count: usize) -> Option<usize> {
        while self.ready.len() < count {
            let empty = self.ready.len() == 0;
            match (self.leaf.storage()?, &mut self.ready) {
                (Some(Storage::Keys), Ready::Keys(keys)) => {
                    self.leaf.keys_of_rows(count - keys.len(), keys)?;
                }
                (Some(Storage::Keys), ready) if empty => *ready = Ready::Keys(Vec::new()),
                (Some(Storage::Plain), ready) if empty => {
                    *ready = Ready::Plain(plain_strings(&mut self.leaf, count)?);
                }
                _ => break,
            }
        }
        Some(self.ready.len().min(count))
    }

    /// Takes `count` of the rows that are ready.
    pub(super) fn take(&mut self, count: usize) -> Option<Text> {
        match &mut self.ready {
            Ready::Keys(keys) if keys.len() == count => {
                Some(Text::keyed(std::mem::take(keys), &self.dictionary))
            }
            Ready::Keys(keys) => {
                let rest = keys.split_off(count.min(keys.len()));
                Some(Text::keyed(std::mem::replace(keys, rest), &self.dictionary))
            }
            Ready::Plain(strings) => {
                let left = strings.len().checked_sub(count)?;
                let taken: ArrayRef = Arc::new(strings.slice(0, count));
                *strings = strings.slice(count, left);
                Text::of(&taken).ok()
            }
        }
    }
}

/// A column of ids, none of them null or empty.
pub(super) enum IdColumn {
    Text(TextColumn),
    Signed(IntegerColumn<i64>),
    Unsigned(IntegerColumn<u64>),
}

impl IdColumn {
    /// The ids of a leaf that stores them as `stored`, as ids of a kind.
    pub(super) fn new(
        leaf: Leaf,
        stored: Stored,
        (form, kind): (&IdForm, &IdKind),
    ) -> Option<Self> {
        if leaf.highest().repetition > 0 {
            return None;
        }
        let data_type = match (form, kind) {
            (IdForm::Text(_), IdKind::Text) if stored == Stored::BYTE_ARRAY => {
                return Some(IdColumn::Text(TextColumn::new(leaf)?));
            }
            (IdForm::Decimal, IdKind::Integer(_)) => match stored {
                Stored::INT32 => &DataType::Int32,
                _ => &DataType::Int64,
            },
            (IdForm::Integer(data_type), IdKind::Integer(_)) => data_type,
            _ => return None,
        };
        let all_signed = kind.data_type().is_signed_integer();
        match (data_type, stored) {
            (DataType::Int32, Stored::INT32) => Self::signed(leaf, |bytes| {
                Some(i64::from(i32::from_le_bytes(front(bytes)?)))
            }),
            (DataType::Int64, Stored::INT64) => {
                Self::signed(leaf, |bytes| Some(i64::from_le_bytes(front(bytes)?)))
            }
            (DataType::UInt32, Stored::INT32) if all_signed => Self::signed(leaf, |bytes| {
                Some(i64::from(u32::from_le_bytes(front(bytes)?)))
            }),
            // One that does not fit is for the general reader to tell.
            (DataType::UInt64, Stored::INT64) if all_signed => Self::signed(leaf, |bytes| {
                i64::try_from(u64::from_le_bytes(front(bytes)?)).ok()
            }),
            (DataType::UInt32, Stored::INT32) => {
                let of = |bytes: &mut &[u8]| Some(u64::from(u32::from_le_bytes(front(bytes)?)));
                Some(IdColumn::Unsigned(IntegerColumn::new(leaf, of)?))
            }
            (DataType::UInt64, Stored::INT64) => {
                let of = |bytes: &mut &[u8]| Some(u64::from_le_bytes(front(bytes)?));
                Some(IdColumn::Unsigned(IntegerColumn::new(leaf, of)?))
            }
            _ => None,
        }
    }

    fn signed(leaf: Leaf, of: fn(&mut &[u8]) -> Option<i64>) -> Option<Self> {
        Some(IdColumn::Signed(IntegerColumn::new(leaf, of)?))
    }

    /// As [`TextColumn::is_exhausted`].
    pub(super) fn is_exhausted(&mut self) -> bool {
        match self {
            IdColumn::Text(text) => text.is_exhausted(),
            IdColumn::Signed(ids) => ids.leaf.is_exhausted(),
            IdColumn::Unsigned(ids) => ids.leaf.is_exhausted(),
        }
    }

    /// As [`TextColumn::prepare`].
    pub(super) fn prepare(&mut self, count: usize) -> Option<usize> {
        match self {
            IdColumn::Text(text) => text.prepare(count),
            // However they are stored, integers come out alike.
            IdColumn::Signed(_) | IdColumn::Unsigned(_) => Some(count),
        }
    }

    /// Takes `count` of the rows that are ready.
    pub(super) fn take(&mut self, count: usize) -> Option<Ids> {
        match self {
            IdColumn::Text(text) => Some(Ids::Text(text.take(count)?)),
            IdColumn::Signed(ids) => Some(Ids::Signed(Int64Array::from(ids.read(count)?))),
            IdColumn::Unsigned(ids) => Some(Ids::Unsigned(UInt64Array::from(ids.read(count)?))),
        }
    }
}

/// A column of integers, none of them null.
pub(super) struct IntegerColumn<T> {
    leaf: Leaf,
    dictionary: Vec<T>,
    /// Splits an integer off plain values.
    of: fn(&mut &[u8]) -> Option<T>,
}

impl<T: Copy> IntegerColumn<T> {
    fn new(leaf: Leaf, of: fn(&mut &[u8]) -> Option<T>) -> Option<Self> {
        let (bytes, entries) = leaf.dictionary();
        let mut rest = &bytes[..];
        let mut dictionary = Vec::new();
        for _ in 0..entries {
            dictionary.push(of(&mut rest)?);
        }
        Some(IntegerColumn {
            leaf,
            dictionary,
            of,
        })
    }

    fn read(&mut self, count: usize) -> Option<Vec<T>> {
        let mut all = Vec::with_capacity(count);
        let mut keys = Vec::new();
        while all.len() < count {
            let wanted = count - all.len();
            match self.leaf.storage()?? {
                Storage::Keys => {
                    keys.clear();
                    self.leaf.keys_of_rows(wanted, &mut keys)?;
                    for key in &keys {
                        all.push(*self.dictionary.get(*key as usize)?);
                    }
                }
                Storage::Plain => {
                    let of = self.of;
                    let take = |rest: &mut &[u8]| of(rest).map(|value| all.push(value));
                    self.leaf.plain_rows(wanted, take)?;
                }
            }
        }
        Some(all)
    }
}

/// At most `count` strings of pages of plain values; none of them is empty.
fn plain_strings(leaf: &mut Leaf, count: usize) -> Option<StringArray> {
    let mut strings = Strings::default();
    while strings.len() < count && leaf.storage()? == Some(Storage::Plain) {
        leaf.plain_rows(count - strings.len(), |rest| strings.take(rest))?;
    }
    strings.finish().filter(none_empty)
}

fn none_empty(strings: &StringArray) -> bool {
    strings
        .value_offsets()
        .windows(2)
        .all(|bounds| bounds[0] < bounds[1])
}

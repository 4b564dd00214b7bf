//! What a table in memory comes to once everything that it says is written out.
//!
//! A few bytes of Arrow can say much: a dictionary's value stands in every row
//! by a key of one byte, and views may all look at the same long text. So a
//! table whose bytes were counted is weighed all the same, before anything is
//! made of it.

use super::forms::{TextForm, text_form};
use super::lists::Bounds;
use super::schema::{COLUMN_NAME, COLUMN_TAGS, DATA_SOURCE_ID, Mapping, TABLE_TAGS};
use super::{CatalogError, Held};
use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use std::path::PathBuf;

/// What a table comes to; sums that do not fit stay at the largest number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Rows.
    pub rows: u64,
    /// Tags in the lists of all rows together.
    pub tags: u64,
    /// Bytes of all texts, each as often as it is said.
    pub text_bytes: u64,
}

impl Held {
    /// What the columns of a catalog come to that are in this table.
    ///
    /// # Errors
    ///
    /// [`CatalogError::Broken`] when a column is of a type that no catalog has.
    pub fn weight(&self, mapping: &Mapping) -> Result<Weight, CatalogError> {
        let broken = |error: ArrowError| CatalogError::Broken {
            file: PathBuf::from(self.name()),
            reason: error.to_string(),
        };
        let mut weight = Weight {
            rows: self.rows(),
            ..Weight::default()
        };
        for batch in self.batches() {
            for name in [DATA_SOURCE_ID, COLUMN_NAME] {
                if let Some(column) = batch.column_by_name(mapping.name(name)) {
                    weight.add_texts(column).map_err(broken)?;
                }
            }
            for name in [COLUMN_TAGS, TABLE_TAGS] {
                if let Some(column) = batch.column_by_name(mapping.name(name)) {
                    weight.add_tags(column).map_err(broken)?;
                }
            }
        }
        Ok(weight)
    }
}

impl Weight {
    /// Both together.
    pub fn and(self, other: Weight) -> Weight {
        Weight {
            rows: self.rows.saturating_add(other.rows),
            tags: self.tags.saturating_add(other.tags),
            text_bytes: self.text_bytes.saturating_add(other.text_bytes),
        }
    }

    fn add_text(&mut self, bytes: u64) {
        self.text_bytes = self.text_bytes.saturating_add(bytes);
    }

    fn add_texts(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        for bytes in self.lengths(array)? {
            self.add_text(bytes);
        }
        Ok(())
    }

    fn add_tags(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        let field = Field::new("tags", array.data_type().clone(), true);
        match text_form(&field) {
            None => self.add_lists(array),
            Some(TextForm::Null) => Ok(()),
            Some(_) => {
                self.add_texts(array)?;
                let tags = tags_in_json(array)?.into_iter();
                self.tags = tags.fold(self.tags, u64::saturating_add);
                Ok(())
            }
        }
    }

    fn add_lists(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        let (bounds, elements) = Bounds::of(array)?;
        // Texts before each element: what a row says is a difference.
        let mut before = vec![0u64];
        let mut sum = 0u64;
        for bytes in self.lengths(&elements)? {
            sum = sum.saturating_add(bytes);
            before.push(sum);
        }
        self.add_text(sum);
        let at = |element: usize| before.get(element).copied().unwrap_or(sum);
        for row in 0..array.len() {
            let said = bounds.elements(row);
            self.tags = self.tags.saturating_add(said.len() as u64);
            self.add_text(at(said.end).saturating_sub(at(said.start)));
        }
        Ok(())
    }

    /// The bytes of the texts of every slot. What dictionaries hold is added at once.
    fn lengths(&mut self, array: &ArrayRef) -> Result<Vec<u64>, ArrowError> {
        Ok(match array.data_type() {
            DataType::Utf8 => bounded::<i32>(array),
            DataType::LargeUtf8 => bounded::<i64>(array),
            DataType::Utf8View => {
                let views = array.as_string_view().views().iter();
                views.map(|view| u64::from(*view as u32)).collect()
            }
            DataType::Binary => bytes_bounded::<i32>(array),
            DataType::LargeBinary => bytes_bounded::<i64>(array),
            DataType::BinaryView => {
                let views = array.as_binary_view().views().iter();
                views.map(|view| u64::from(*view as u32)).collect()
            }
            // A byte of a UUID is written as two digits, and there are four hyphens.
            DataType::FixedSizeBinary(size) => {
                let bytes = u64::try_from(*size).unwrap_or_default();
                vec![bytes.saturating_mul(2).saturating_add(4); array.len()]
            }
            DataType::Null => vec![0; array.len()],
            DataType::Dictionary(_, _) => self.keyed(array)?,
            DataType::Struct(_) => {
                let mut sums = vec![0u64; array.len()];
                for part in array.as_struct().columns() {
                    // What is no text is not read.
                    let field = Field::new("part", part.data_type().clone(), true);
                    if text_form(&field).is_some() {
                        let part = self.lengths(part)?;
                        let pairs = sums.iter_mut().zip(part);
                        pairs.for_each(|(sum, bytes)| *sum = sum.saturating_add(bytes));
                    }
                }
                sums
            }
            number if number.is_integer() || number.is_decimal() => Vec::new(),
            other => {
                let what = format!("texts of type {other}");
                return Err(ArrowError::NotYetImplemented(what));
            }
        })
    }

    fn keyed(&mut self, array: &ArrayRef) -> Result<Vec<u64>, ArrowError> {
        let dictionary = array.as_any_dictionary();
        let values = self.lengths(dictionary.values())?;
        for bytes in &values {
            self.add_text(*bytes);
        }
        if dictionary.values().is_empty() {
            return Ok(vec![0; array.len()]);
        }
        let keys = dictionary.normalized_keys().into_iter();
        Ok(keys
            .map(|key| values.get(key).copied().unwrap_or_default())
            .collect())
    }
}

/// How many tags the JSON text of every slot has at most: one more than commas.
fn tags_in_json(array: &ArrayRef) -> Result<Vec<u64>, ArrowError> {
    fn count<'a>(texts: impl Iterator<Item = Option<&'a [u8]>>) -> Vec<u64> {
        let commas = |text: &[u8]| text.iter().filter(|byte| **byte == b',').count() as u64;
        texts
            .map(|text| text.map_or(0, |text| commas(text) + 1))
            .collect()
    }
    Ok(match array.data_type() {
        DataType::Utf8 => count(
            array
                .as_string::<i32>()
                .iter()
                .map(|t| t.map(str::as_bytes)),
        ),
        DataType::LargeUtf8 => count(
            array
                .as_string::<i64>()
                .iter()
                .map(|t| t.map(str::as_bytes)),
        ),
        DataType::Utf8View => count(array.as_string_view().iter().map(|t| t.map(str::as_bytes))),
        DataType::Binary => count(array.as_binary::<i32>().iter()),
        DataType::LargeBinary => count(array.as_binary::<i64>().iter()),
        DataType::BinaryView => count(array.as_binary_view().iter()),
        DataType::FixedSizeBinary(_) => count(array.as_fixed_size_binary().iter()),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let values = tags_in_json(dictionary.values())?;
            if values.is_empty() {
                return Ok(Vec::new());
            }
            let keys = dictionary.normalized_keys().into_iter();
            keys.map(|key| values.get(key).copied().unwrap_or_default())
                .collect()
        }
        other => {
            let what = format!("texts of type {other}");
            return Err(ArrowError::NotYetImplemented(what));
        }
    })
}

fn bytes_bounded<O: OffsetSizeTrait>(array: &ArrayRef) -> Vec<u64> {
    differences(array.as_binary::<O>().value_offsets())
}

fn bounded<O: OffsetSizeTrait>(array: &ArrayRef) -> Vec<u64> {
    differences(array.as_string::<O>().value_offsets())
}

fn differences<O: OffsetSizeTrait>(offsets: &[O]) -> Vec<u64> {
    let pairs = offsets.windows(2);
    pairs
        .map(|pair| match pair {
            [start, end] => end.as_usize().saturating_sub(start.as_usize()) as u64,
            _ => 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        DictionaryArray, Int8Array, ListArray, ListViewArray, RecordBatch, StringArray,
        StringViewArray,
    };
    use arrow::buffer::{OffsetBuffer, ScalarBuffer};
    use std::sync::Arc;

    fn weight(ids: ArrayRef, tags: ArrayRef) -> Weight {
        let batch =
            RecordBatch::try_from_iter([("data_source_id", ids), ("table_tags", tags)]).unwrap();
        let table = Held::new("sources", batch.schema(), vec![batch]).unwrap();
        table.weight(&Mapping::default()).unwrap()
    }

    fn element() -> Arc<Field> {
        Arc::new(Field::new("element", DataType::Utf8, true))
    }

    fn texts(all: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(all.to_vec()))
    }

    #[test]
    fn plain_texts_weigh_what_they_are() {
        let offsets = OffsetBuffer::new(vec![0, 2, 3].into());
        let tags = ListArray::new(element(), offsets, texts(&["ab", "c", "def"]), None);
        let found = weight(texts(&["s", "tt"]), Arc::new(tags));
        // The elements once as they lie there, and once as rows say them.
        let text_bytes = 3 + 6 + 6;
        assert_eq!(
            found,
            Weight {
                rows: 2,
                tags: 3,
                text_bytes
            }
        );
    }

    #[test]
    fn what_is_said_again_and_again_weighs_so_often() {
        let long = "x".repeat(1000);
        let keys = Int8Array::from(vec![0; 50]);
        let ids = DictionaryArray::new(keys, texts(&[&long]));
        let starts = ScalarBuffer::from(vec![0i32; 50]);
        let sizes = ScalarBuffer::from(vec![1i32; 50]);
        let tags = ListViewArray::new(element(), starts, sizes, texts(&[&long]), None);
        let found = weight(Arc::new(ids), Arc::new(tags));
        assert_eq!((found.rows, found.tags), (50, 50));
        assert_eq!(found.text_bytes, 51_000 + 51_000);
        let views = StringViewArray::from(vec![&*long; 50]);
        let none = ListArray::new_null(element(), 50);
        let found = weight(Arc::new(views), Arc::new(none));
        assert_eq!(found.text_bytes, 50_000);
    }
}

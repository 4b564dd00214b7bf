//! The column `data_source_id`: a value and a run for each data source.

use super::bounds::TextBounds;
use super::chunk::{DictionaryPage, EncodedChunk};
use super::dictionary::put_text;
use super::press::Press;
use super::runs::Runs;
use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, UInt64Type};
use arrow::error::ArrowError;
use parquet::basic::Type;
use parquet::errors::Result;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

/// The ids of a piece's data sources.
pub(super) enum IdValues {
    Text(StringArray),
    /// Wide enough for every integer type.
    Integers(Vec<i128>),
}

impl IdValues {
    pub(super) fn of(ids: &ArrayRef) -> std::result::Result<Self, ArrowError> {
        let kind = ids.data_type();
        if kind.is_unsigned_integer() {
            let ids = cast(ids, &DataType::UInt64)?;
            let ids = ids.as_primitive::<UInt64Type>();
            Ok(Self::Integers(
                ids.values().iter().map(|id| i128::from(*id)).collect(),
            ))
        } else if kind.is_signed_integer() {
            let ids = cast(ids, &DataType::Int64)?;
            let ids = ids.as_primitive::<Int64Type>();
            Ok(Self::Integers(
                ids.values().iter().map(|id| i128::from(*id)).collect(),
            ))
        } else {
            let ids = cast(ids, &DataType::Utf8)?;
            Ok(Self::Text(ids.as_string::<i32>().clone()))
        }
    }
}

/// The column `data_source_id` of a row group.
pub(super) struct IdColumn {
    runs: Runs,
    /// How many bytes an integer takes.
    size: usize,
    most: usize,
    dictionary: Vec<u8>,
    entries: u32,
    texts: TextBounds,
    integers: Option<(i128, i128)>,
    /// The id at hand as plain pages have it, and its place if it has one.
    current: Vec<u8>,
    place: Option<u32>,
}

impl IdColumn {
    /// A column with a dictionary of at most `most` bytes.
    pub(super) fn new(physical: Type, most: usize) -> Self {
        IdColumn {
            runs: Runs::new(),
            size: match physical {
                Type::INT32 => size_of::<i32>(),
                _ => size_of::<i64>(),
            },
            most,
            dictionary: Vec::new(),
            entries: 0,
            texts: TextBounds::default(),
            integers: None,
            current: Vec::new(),
            place: None,
        }
    }

    /// Begins a data source that has at least one row.
    pub(super) fn begin(&mut self, press: &mut Press, ids: &IdValues, source: usize) -> Result<()> {
        self.current.clear();
        match ids {
            IdValues::Text(ids) => {
                put_text(ids.value(source), &mut self.current);
                self.texts.see(ids.value(source));
            }
            IdValues::Integers(ids) => {
                let id = ids[source];
                self.current
                    .extend_from_slice(&id.to_le_bytes()[..self.size]);
                let (least, greatest) = self.integers.unwrap_or((id, id));
                self.integers = Some((least.min(id), greatest.max(id)));
            }
        }
        self.place = None;
        if self.runs.is_full() {
            return Ok(());
        }
        if self.dictionary.len() + self.current.len() > self.most {
            return self.runs.fill(press, self.entries as usize);
        }
        self.dictionary.extend_from_slice(&self.current);
        self.place = Some(self.entries);
        self.entries += 1;
        Ok(())
    }

    /// Adds rows of the data source at hand.
    pub(super) fn rows(&mut self, press: &mut Press, rows: usize) -> Result<()> {
        match self.place {
            Some(place) => {
                self.runs.place(place, rows);
                Ok(())
            }
            None => self.runs.plain(press, &self.current, rows),
        }
    }

    pub(super) fn cut(&mut self, press: &mut Press) -> Result<()> {
        self.runs.cut(press, self.entries as usize)
    }

    pub(super) fn finish(
        &mut self,
        press: &mut Press,
        leaf: &ColumnDescPtr,
    ) -> Result<EncodedChunk> {
        let statistics = match self.integers.take() {
            None => std::mem::take(&mut self.texts).statistics(0),
            Some(bounds) => integers(bounds, leaf),
        };
        let page = DictionaryPage {
            plain: &self.dictionary,
            entries: self.entries as usize,
        };
        let chunk = self.runs.finish(press, leaf, page, statistics)?;
        self.dictionary.clear();
        self.entries = 0;
        self.place = None;
        Ok(chunk)
    }
}

/// Statistics hold integers by their lowest bits, signed or not.
pub(super) fn integers((least, greatest): (i128, i128), leaf: &ColumnDescPtr) -> Statistics {
    integers_and_nulls(Some((least, greatest)), 0, leaf)
}

/// The same for a column with nulls, and perhaps with nothing else.
pub(super) fn integers_and_nulls(
    bounds: Option<(i128, i128)>,
    nulls: u64,
    leaf: &ColumnDescPtr,
) -> Statistics {
    let signed = leaf.sort_order().is_signed();
    let (least, greatest) = bounds.unzip();
    match leaf.physical_type() {
        Type::INT32 => Statistics::Int32(
            ValueStatistics::new(
                least.map(|n| n as i32),
                greatest.map(|n| n as i32),
                None,
                Some(nulls),
                false,
            )
            .with_backwards_compatible_min_max(signed),
        ),
        _ => Statistics::Int64(
            ValueStatistics::new(
                least.map(|n| n as i64),
                greatest.map(|n| n as i64),
                None,
                Some(nulls),
                false,
            )
            .with_backwards_compatible_min_max(signed),
        ),
    }
}

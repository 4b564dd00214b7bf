//! The rows of a small catalog's document as tables.

use crate::catalog::{COLUMN_NAME, COLUMN_TAGS, DATA_SOURCE_ID, TABLE_TAGS};
use crate::catalog::{CatalogError, Held};
use crate::diagnostic::Code;
use crate::pipeline::PipelineError;
use crate::tag::Tag;
use arrow::array::{
    ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, StructArray, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use std::sync::Arc;

/// A column.
pub(super) struct Column {
    /// The place of its data source.
    pub(super) source: usize,
    pub(super) name: String,
    pub(super) tags: Vec<Tag>,
}

/// The ids of data sources: all are texts, or all whole numbers.
#[derive(Default)]
pub(super) struct Ids {
    texts: Vec<String>,
    numbers: Vec<i128>,
    least: i128,
    greatest: i128,
}

/// Why an id cannot stand beside the others.
pub(super) struct Misfit {
    pub(super) code: Code,
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

impl Ids {
    /// Adds an id that is a text.
    pub(super) fn push_text(&mut self, text: String) -> Result<(), Misfit> {
        self.texts.push(text);
        match self.numbers.is_empty() {
            true => Ok(()),
            false => Err(MIXED),
        }
    }

    /// Adds an id that is a whole number.
    pub(super) fn push_number(&mut self, digits: &str) -> Result<(), Misfit> {
        let all = i128::from(i64::MIN)..=i128::from(u64::MAX);
        let number = digits.parse().ok().filter(|number| all.contains(number));
        let number = number.ok_or(TOO_LARGE)?;
        self.numbers.push(number);
        self.least = self.least.min(number);
        self.greatest = self.greatest.max(number);
        if !self.texts.is_empty() {
            return Err(MIXED);
        }
        match (self.least < 0, self.greatest > i128::from(i64::MAX)) {
            (true, true) => Err(TOO_WIDE),
            _ => Ok(()),
        }
    }

    /// The ids of some data sources, as long as none was a misfit.
    fn array(&self, places: impl Iterator<Item = usize>) -> ArrayRef {
        let number = |place: usize| self.numbers.get(place).copied().unwrap_or_default();
        if self.numbers.is_empty() {
            let text = |place: usize| self.texts.get(place).map_or("", String::as_str);
            return Arc::new(StringArray::from_iter_values(places.map(text)));
        }
        if self.greatest > i128::from(i64::MAX) {
            let places = places.map(|place| number(place) as u64);
            return Arc::new(UInt64Array::from_iter_values(places));
        }
        let places = places.map(|place| number(place) as i64);
        Arc::new(Int64Array::from_iter_values(places))
    }
}

const MIXED: Misfit = Misfit {
    code: Code::WrongType,
    message: "is a text in one data source and a number in another",
    help: "write all ids as texts, or all as whole numbers",
};
const TOO_LARGE: Misfit = Misfit {
    code: Code::BadValue,
    message: "is a number of more than 64 bits",
    help: "write all ids as texts",
};
const TOO_WIDE: Misfit = Misfit {
    code: Code::BadValue,
    message: "is below zero in one data source and above 9223372036854775807 in another",
    help: "write all ids as texts",
};

/// The table of columns, and that of data sources.
pub(super) fn tables(
    ids: &Ids,
    source_tags: &[Vec<Tag>],
    columns: &[Column],
) -> Result<(Held, Held), PipelineError> {
    let names = columns.iter().map(|column| &column.name);
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
    let of_columns: [(_, ArrayRef); 3] = [
        (DATA_SOURCE_ID, ids.array(columns.iter().map(|c| c.source))),
        (COLUMN_NAME, names),
        (COLUMN_TAGS, lists(columns.iter().map(|c| &*c.tags))?),
    ];
    let of_sources: [(_, ArrayRef); 2] = [
        (DATA_SOURCE_ID, ids.array(0..source_tags.len())),
        (TABLE_TAGS, lists(source_tags.iter().map(Vec::as_slice))?),
    ];
    Ok((table("columns", of_columns)?, table("sources", of_sources)?))
}

fn table(
    name: &'static str,
    columns: impl IntoIterator<Item = (&'static str, ArrayRef)>,
) -> Result<Held, PipelineError> {
    let batch = RecordBatch::try_from_iter(columns)?;
    Ok(Held::new(name, batch.schema(), vec![batch])?)
}

/// Lists of tags.
fn lists<'t>(lists: impl Iterator<Item = &'t [Tag]> + Clone) -> Result<ArrayRef, PipelineError> {
    let tags: Vec<&Tag> = lists.clone().flatten().collect();
    let part = |of: fn(&Tag) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            tags.iter().map(|tag| of(tag)),
        ))
    };
    let field = |name| Field::new(name, DataType::Utf8, false);
    let fields: Fields = vec![field("name"), field("source")].into();
    let parts = vec![part(|tag| &tag.name), part(|tag| &tag.source)];
    let elements = StructArray::try_new_with_length(fields.clone(), parts, None, tags.len())?;
    let mut ends = vec![0i32];
    let mut sum = 0usize;
    for list in lists {
        sum += list.len();
        ends.push(i32::try_from(sum).map_err(|_| too_many())?);
    }
    let element = Arc::new(Field::new("element", DataType::Struct(fields), false));
    let list = ListArray::try_new(
        element,
        OffsetBuffer::new(ends.into()),
        Arc::new(elements),
        None,
    )?;
    Ok(Arc::new(list))
}

fn too_many() -> PipelineError {
    let limit = i32::MAX as u64;
    CatalogError::TooMuch {
        what: "tags",
        limit,
    }
    .into()
}

//! One view of every variety of tag list.

use super::text::Text;
use crate::tag::CURATED;
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::ops::Range;
use std::sync::Arc;

/// The tags of a batch's rows.
///
/// A null list bears no tag, and neither does a null element, a null name or
/// an empty one. A null or empty source is the default one.
#[derive(Debug)]
pub(super) struct TagLists {
    bounds: Bounds,
    nulls: Option<NullBuffer>,
    elements: Option<NullBuffer>,
    names: Text,
    sources: Option<Text>,
}

/// Which elements belong to a row.
#[derive(Debug)]
pub(super) enum Bounds {
    Small(OffsetBuffer<i32>),
    Large(OffsetBuffer<i64>),
    Views(ScalarBuffer<i32>, ScalarBuffer<i32>),
    LargeViews(ScalarBuffer<i64>, ScalarBuffer<i64>),
    Fixed(usize),
}

impl TagLists {
    pub(super) fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let (bounds, elements) = Bounds::of(array)?;
        let elements: ArrayRef = match array.data_type() {
            DataType::Map(_, _) => {
                let pair = elements.as_struct();
                let (keys, values) = (Text::of(pair.column(0))?, Text::of(pair.column(1))?);
                Arc::new(joined(&keys, &values))
            }
            _ => elements,
        };
        let (names, sources, nulls) = parts(&elements)?;
        Ok(TagLists {
            bounds,
            nulls: array.nulls().cloned(),
            elements: nulls,
            names,
            sources,
        })
    }

    /// The elements of a row.
    pub(super) fn elements(&self, row: usize) -> Range<usize> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return 0..0;
        }
        let range = self.bounds.elements(row);
        range.start..range.end.min(self.names.len())
    }

    /// The source and name of an element; `None` when it bears no tag.
    pub(super) fn tag(&self, element: usize) -> Option<(&str, &str)> {
        if self
            .elements
            .as_ref()
            .is_some_and(|nulls| nulls.is_null(element))
        {
            return None;
        }
        let name = self.names.get(element).filter(|name| !name.is_empty())?;
        let source = self
            .sources
            .as_ref()
            .and_then(|sources| sources.get(element));
        Some((
            source
                .filter(|source| !source.is_empty())
                .unwrap_or(CURATED),
            name,
        ))
    }

    /// Where an element's name and source stand in their dictionaries, when
    /// both are given as keys; a null source stands nowhere.
    pub(super) fn places(&self, element: usize) -> Option<(usize, Option<usize>)> {
        if !self.has_places() || self.elements.as_ref().is_some_and(|n| n.is_null(element)) {
            return None;
        }
        let source = self
            .sources
            .as_ref()
            .and_then(|sources| sources.place(element));
        Some((self.names.place(element)?, source))
    }

    /// Whether [`TagLists::places`] can answer.
    pub(super) fn has_places(&self) -> bool {
        self.names.is_dictionary() && self.sources.as_ref().is_none_or(Text::is_dictionary)
    }

    /// How many names the dictionary has.
    pub(super) fn name_places(&self) -> usize {
        self.names.places()
    }

    /// Whether places mean the same here and there.
    pub(super) fn shares_places(&self, names: &Text, sources: Option<&Text>) -> bool {
        let sources_shared = match (&self.sources, sources) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => mine.shares_dictionary(theirs),
            _ => false,
        };
        sources_shared && self.names.shares_dictionary(names)
    }

    pub(super) fn dictionaries(&self) -> (Text, Option<Text>) {
        (self.names.clone(), self.sources.clone())
    }
}

impl Bounds {
    /// The bounds of an array's rows, and the elements that they are about: of a
    /// map its entries.
    pub(super) fn of(array: &ArrayRef) -> Result<(Self, ArrayRef), ArrowError> {
        Ok(match array.data_type() {
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                (
                    Bounds::Small(list.offsets().clone()),
                    Arc::clone(list.values()),
                )
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                (
                    Bounds::Large(list.offsets().clone()),
                    Arc::clone(list.values()),
                )
            }
            DataType::ListView(_) => {
                let list = array.as_list_view::<i32>();
                let bounds = Bounds::Views(list.offsets().clone(), list.sizes().clone());
                (bounds, Arc::clone(list.values()))
            }
            DataType::LargeListView(_) => {
                let list = array.as_list_view::<i64>();
                let bounds = Bounds::LargeViews(list.offsets().clone(), list.sizes().clone());
                (bounds, Arc::clone(list.values()))
            }
            DataType::FixedSizeList(_, size) => {
                let list = array.as_fixed_size_list();
                (
                    Bounds::Fixed(usize::try_from(*size).unwrap_or(0)),
                    Arc::clone(list.values()),
                )
            }
            DataType::Map(_, _) => {
                let map = array.as_map();
                let entries: ArrayRef = Arc::new(map.entries().clone());
                (Bounds::Small(map.offsets().clone()), entries)
            }
            other => {
                let what = format!("tags of type {other}");
                return Err(ArrowError::NotYetImplemented(what));
            }
        })
    }

    /// The elements of a row, be they there or not.
    pub(super) fn elements(&self, row: usize) -> Range<usize> {
        match self {
            Bounds::Small(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Bounds::Large(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Bounds::Views(starts, sizes) => view(i64::from(starts[row]), i64::from(sizes[row])),
            Bounds::LargeViews(starts, sizes) => view(starts[row], sizes[row]),
            Bounds::Fixed(size) => row * size..(row + 1) * size,
        }
    }
}

fn view(start: i64, size: i64) -> Range<usize> {
    let start = usize::try_from(start).unwrap_or(0);
    start..start + usize::try_from(size).unwrap_or(0)
}

/// Names, sources and nulls of the elements.
fn parts(elements: &ArrayRef) -> Result<(Text, Option<Text>, Option<NullBuffer>), ArrowError> {
    let DataType::Struct(_) = elements.data_type() else {
        return Ok((Text::of(elements)?, None, None));
    };
    let pair = elements.as_struct();
    let missing = || ArrowError::SchemaError("a tag without `name`".into());
    let names = Text::of(pair.column_by_name("name").ok_or_else(missing)?)?;
    let sources = pair.column_by_name("source").map(Text::of).transpose()?;
    Ok((names, sources, pair.nulls().cloned()))
}

/// The tags of a map: `name.value`, or the name alone where there is no value.
pub(super) fn joined(names: &Text, values: &Text) -> StringArray {
    (0..names.len())
        .map(
            |row| match (names.get(row)?, values.get(row).unwrap_or_default()) {
                ("", _) => None,
                (name, "") => Some(name.to_owned()),
                (name, value) => Some(format!("{name}.{value}")),
            },
        )
        .collect()
}

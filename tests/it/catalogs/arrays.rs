//! Arrow arrays of every type that a catalog may use.

use classmark::arrow::array::{
    Array, ArrayRef, DictionaryArray, FixedSizeListArray, GenericListArray, GenericListViewArray,
    Int32Array, MapArray, OffsetSizeTrait, RecordBatch, StringArray, StructArray,
};
use classmark::arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use classmark::arrow::compute::cast;
use classmark::arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use classmark::reference::Row;
use classmark::tag::{CURATED, Tag};
use std::sync::Arc;

/// A tag's name and source, either of which may be null.
type Pair = (Option<String>, Option<String>);

pub(super) const TEXTS: [DataType; 3] = [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View];
pub(super) const KEYS: [DataType; 4] = [
    DataType::Int8,
    DataType::UInt16,
    DataType::Int32,
    DataType::Int64,
];

/// How a tag list is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListKind {
    List,
    LargeList,
    ListView,
    LargeListView,
    FixedSizeList,
    Map,
}

/// What its elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementKind {
    NameAndSource,
    NameAlone,
    /// `source` before `name`, and a number that nobody asked for.
    Mixed,
    Text,
}

/// The shape of a table that holds a catalog.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) id: DataType,
    pub(super) name: DataType,
    pub(super) list: ListKind,
    pub(super) element: ElementKind,
    pub(super) text: DataType,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            id: DataType::Utf8,
            name: DataType::Utf8,
            list: ListKind::List,
            element: ElementKind::NameAndSource,
            text: DataType::Utf8,
        }
    }
}

pub(super) fn dictionary(key: &DataType, value: &DataType) -> DataType {
    DataType::Dictionary(Box::new(key.clone()), Box::new(value.clone()))
}

/// Every string type, dictionaries included.
pub(super) fn all_texts() -> Vec<DataType> {
    let keyed = TEXTS.iter().flat_map(|value| {
        let keyed = |key| dictionary(key, value);
        KEYS.iter().map(keyed).collect::<Vec<_>>()
    });
    TEXTS.iter().cloned().chain(keyed).collect()
}

impl Shape {
    /// Whether there are dictionaries of string views, for which arrow-rs has
    /// no Parquet writer.
    pub(super) fn has_keyed_views(&self) -> bool {
        [&self.id, &self.name, &self.text]
            .into_iter()
            .any(|text| match text {
                DataType::Dictionary(_, value) => **value == DataType::Utf8View,
                _ => false,
            })
    }

    /// Rows as a table of this shape.
    pub(super) fn table(&self, rows: &[Row]) -> RecordBatch {
        let some = |of: fn(&Row) -> &str| -> Vec<Option<&str>> {
            rows.iter().map(|row| Some(of(row))).collect()
        };
        RecordBatch::try_from_iter_with_nullable([
            (
                "data_source_id",
                text(&some(|row| &row.data_source), &self.id),
                true,
            ),
            (
                "column_name",
                text(&some(|row| &row.column), &self.name),
                true,
            ),
            (
                "column_tags",
                self.tags(rows.iter().map(|row| &*row.column_tags)),
                true,
            ),
            (
                "table_tags",
                self.tags(rows.iter().map(|row| &*row.table_tags)),
                true,
            ),
        ])
        .unwrap()
    }

    fn tags<'a>(&self, rows: impl Iterator<Item = &'a [Tag]>) -> ArrayRef {
        let lists: Vec<List> = rows
            .enumerate()
            .map(|(row, tags)| list(row, tags))
            .collect();
        if self.list == ListKind::Map {
            return map(&lists, &self.text);
        }
        let field = |elements: &ArrayRef| -> FieldRef {
            Arc::new(Field::new("element", elements.data_type().clone(), true))
        };
        let elements = |lists: &[&List]| self.elements(lists);
        let nulls: NullBuffer = lists.iter().map(Option::is_some).collect();
        match self.list {
            ListKind::List => plain::<i32>(&lists, nulls, elements, field),
            ListKind::LargeList => plain::<i64>(&lists, nulls, elements, field),
            ListKind::ListView => view::<i32>(&lists, nulls, elements, field),
            ListKind::LargeListView => view::<i64>(&lists, nulls, elements, field),
            ListKind::FixedSizeList | ListKind::Map => fixed(lists, nulls, elements, field),
        }
    }

    fn elements(&self, lists: &[&List]) -> ArrayRef {
        let all: Vec<&Element> = lists
            .iter()
            .filter_map(|list| list.as_ref())
            .flatten()
            .collect();
        let part = |of: fn(&Pair) -> &Option<String>| -> ArrayRef {
            let values: Vec<Option<&str>> = all
                .iter()
                .map(|element| element.as_ref().and_then(|pair| of(pair).as_deref()))
                .collect();
            text(&values, &self.text)
        };
        let names = part(|pair| &pair.0);
        let sources = || part(|pair| &pair.1);
        let extra = || -> ArrayRef { Arc::new(Int32Array::from_iter_values(0..all.len() as i32)) };
        let parts = match self.element {
            ElementKind::Text => return names,
            ElementKind::NameAlone => vec![("name", names)],
            ElementKind::NameAndSource => vec![("name", names), ("source", sources())],
            ElementKind::Mixed => vec![("source", sources()), ("rank", extra()), ("name", names)],
        };
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = parts
            .into_iter()
            .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
            .unzip();
        let nulls: NullBuffer = all.iter().map(|element| element.is_some()).collect();
        Arc::new(StructArray::new(fields.into(), columns, Some(nulls)))
    }
}

/// A tag's name and source, both perhaps null; or no tag at all.
type Element = Option<(Option<String>, Option<String>)>;
type List = Option<Vec<Element>>;

/// Tags in one of many ways that all mean the same: with nulls and empty
/// strings strewn in, and the usual source said, null or empty.
fn list(row: usize, tags: &[Tag]) -> List {
    if tags.is_empty() {
        let nothing = [
            None,
            Some(Vec::new()),
            Some(vec![None]),
            Some(vec![Some((None, Some(CURATED.into())))]),
            Some(vec![Some((Some(String::new()), None))]),
        ];
        return nothing[row % nothing.len()].clone();
    }
    let source = |number: usize, tag: &Tag| match (tag.source == CURATED, number % 3) {
        (true, 0) => None,
        (true, 1) => Some(String::new()),
        _ => Some(tag.source.clone()),
    };
    let mut list = Vec::new();
    for (number, tag) in tags.iter().enumerate() {
        if (row + number).is_multiple_of(5) {
            list.push(None);
        }
        list.push(Some((Some(tag.name.clone()), source(row + number, tag))));
    }
    Some(list)
}

/// Strings, or the integers that they spell, as an array of some type.
/// Dictionaries repeat their values and have nulls among them.
pub(super) fn text(values: &[Option<&str>], data_type: &DataType) -> ArrayRef {
    if !matches!(data_type, DataType::Dictionary(_, _)) {
        return cast(&StringArray::from(values.to_vec()), data_type).unwrap();
    }
    let mut distinct: Vec<&str> = values.iter().copied().flatten().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let count = distinct.len() as i32;
    // First all values, then a null, then all values once more.
    let entries = distinct.iter().copied().map(Some);
    let entries = entries.clone().chain([None]).chain(entries);
    let entries: StringArray = entries.collect();
    let key = |(row, value): (usize, &Option<&str>)| match value {
        None => (row % 2 == 0).then_some(count),
        Some(value) => {
            let place = distinct.binary_search(value).unwrap() as i32;
            Some(if row % 3 == 0 {
                count + 1 + place
            } else {
                place
            })
        }
    };
    let keys: Int32Array = values.iter().enumerate().map(key).collect();
    let array = DictionaryArray::<Int32Type>::new(keys, Arc::new(entries));
    let array = cast(&array, data_type).unwrap();
    assert_eq!(array.data_type(), data_type);
    array
}

fn plain<O: OffsetSizeTrait>(
    lists: &[List],
    nulls: NullBuffer,
    elements: impl Fn(&[&List]) -> ArrayRef,
    field: impl Fn(&ArrayRef) -> FieldRef,
) -> ArrayRef {
    let values = elements(&lists.iter().collect::<Vec<_>>());
    let lengths = lists.iter().map(|list| list.as_ref().map_or(0, Vec::len));
    let offsets = OffsetBuffer::<O>::from_lengths(lengths);
    let field = field(&values);
    Arc::new(GenericListArray::<O>::new(
        field,
        offsets,
        values,
        Some(nulls),
    ))
}

/// Lists that lie backwards, null ones with bounds of their own.
fn view<O: OffsetSizeTrait>(
    lists: &[List],
    nulls: NullBuffer,
    elements: impl Fn(&[&List]) -> ArrayRef,
    field: impl Fn(&ArrayRef) -> FieldRef,
) -> ArrayRef {
    let values = elements(&lists.iter().rev().collect::<Vec<_>>());
    let mut at = values.len();
    let mut bounds = Vec::new();
    for list in lists {
        match list {
            None => bounds.push((0, values.len().min(2))),
            Some(list) => {
                at -= list.len();
                bounds.push((at, list.len()));
            }
        }
    }
    let column = |of: fn(&(usize, usize)) -> usize| -> ScalarBuffer<O> {
        bounds.iter().map(|b| O::usize_as(of(b))).collect()
    };
    let (offsets, sizes) = (column(|b| b.0), column(|b| b.1));
    let field = field(&values);
    Arc::new(GenericListViewArray::<O>::new(
        field,
        offsets,
        sizes,
        values,
        Some(nulls),
    ))
}

/// Lists filled up with nulls.
fn fixed(
    mut lists: Vec<List>,
    nulls: NullBuffer,
    elements: impl Fn(&[&List]) -> ArrayRef,
    field: impl Fn(&ArrayRef) -> FieldRef,
) -> ArrayRef {
    let size = lists.iter().flatten().map(Vec::len).max().unwrap_or(0);
    for list in &mut lists {
        list.get_or_insert_default().resize(size, None);
    }
    let values = elements(&lists.iter().collect::<Vec<_>>());
    let field = field(&values);
    Arc::new(FixedSizeListArray::new(
        field,
        size as i32,
        values,
        Some(nulls),
    ))
}

/// `City.Home` is `City` → `Home`; names without a dot have a null or empty value.
fn map(lists: &[List], data_type: &DataType) -> ArrayRef {
    let mut pairs: Vec<(&str, Option<&str>)> = Vec::new();
    let mut lengths = Vec::new();
    for list in lists {
        let before = pairs.len();
        // A map's keys are never null.
        let names = list
            .iter()
            .flatten()
            .flatten()
            .filter_map(|pair| pair.0.as_deref());
        pairs.extend(names.map(|name| match name.rsplit_once('.') {
            Some((name, value)) => (name, Some(value)),
            None if before.is_multiple_of(2) => (name, None),
            None => (name, Some("")),
        }));
        lengths.push(pairs.len() - before);
    }
    let keys: Vec<Option<&str>> = pairs.iter().map(|pair| Some(pair.0)).collect();
    let values: Vec<Option<&str>> = pairs.iter().map(|pair| pair.1).collect();
    let columns = vec![text(&keys, data_type), text(&values, data_type)];
    let fields = vec![
        Field::new("keys", data_type.clone(), false),
        Field::new("values", data_type.clone(), true),
    ];
    let entries = StructArray::new(fields.into(), columns, None);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let nulls: NullBuffer = lists.iter().map(Option::is_some).collect();
    let offsets = OffsetBuffer::from_lengths(lengths);
    Arc::new(MapArray::new(field, offsets, entries, Some(nulls), false))
}

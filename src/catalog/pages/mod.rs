//! The fast way through a Parquet file: from pages straight to numbers.
//!
//! It knows catalogs as most writers store them: tags as lists of structs or of
//! strings; every string as a key into a dictionary or, once that is full, as
//! it is. Where a row group is
//! stored otherwise, holds a bad row or is broken, this way
//! [ends](Next::Ends), and the general reader goes on from that row: it
//! knows all varieties and says what is wrong. So nothing is decided here
//! that is not decided there, too.

mod chunk;
mod flat;
mod hybrid;
mod leaf;
mod lists;
mod strings;
mod tags;
#[cfg(test)]
mod tests;

use super::file::{CatalogFile, Container, is_dictionary};
use super::forms::TagForm;
use super::ids::Ids;
use super::lexicon::Lexicon;
use super::schema::{Fields, TagField};
use super::text::Text;
use crate::tag::{CURATED, Notice, Present, Vocabulary};
use arrow::array::Array;
use arrow::datatypes::DataType;
use flat::{IdColumn, TextColumn};
use leaf::Leaf;
use lists::{TagColumn, dictionaries};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Type as Stored;
use parquet::file::metadata::ColumnChunkMetaData;
use std::ops::Range;
use std::sync::Arc;
use tags::Meaning;

/// Reads some rows of a row group from its pages.
pub(super) struct PagesReader<'a> {
    file: &'a CatalogFile,
    columns: Columns,
    /// Rows to be passed over, and then read.
    skip: u64,
    rows: Range<u64>,
    /// The rows of the row group.
    in_group: u64,
    batch_rows: usize,
}

/// The columns of a catalog, in numbers.
struct Columns {
    ids: IdColumn,
    names: TextColumn,
    column_tags: Option<TagColumn>,
    table_tags: Option<TagColumn>,
}

/// A batch of rows, in numbers.
pub(super) struct Numbers {
    pub(super) ids: Ids,
    pub(super) names: Text,
    /// Per row: the set of its column's tags.
    pub(super) columns: Vec<u32>,
    /// Atoms that those sets lack since no rule could notice them on their
    /// rows, each with its row, ascending.
    pub(super) dropped: Vec<(u32, u32)>,
    /// Per row: the set of its data source's tags, as far as the row tells.
    pub(super) tables: Option<Vec<u32>>,
}

/// How it goes on.
pub(super) enum Next {
    /// Some rows.
    Rows(Box<Numbers>),
    /// All rows have been read.
    Done,
    /// This way ends; these rows are left to the general reader.
    Ends(Range<u64>),
}

impl<'a> PagesReader<'a> {
    /// Begins to read `rows` of a segment; `None` when this way does not lead there.
    pub(super) fn open(
        file: &'a CatalogFile,
        segment: usize,
        rows: Range<u64>,
        batch_rows: usize,
        (vocabulary, notice): (&Arc<Vocabulary>, &Arc<Notice>),
    ) -> Option<Self> {
        let meaning = |of_sources| Meaning {
            vocabulary: Arc::clone(vocabulary),
            notice: Arc::clone(notice),
            of_sources,
        };
        let columns = file
            .calmly(|| Ok(Columns::open(file, segment, meaning)))
            .ok()??;
        Some(PagesReader {
            file,
            columns,
            skip: rows.start,
            rows,
            in_group: Group::of(file, segment)?.rows()?,
            batch_rows: batch_rows.max(1),
        })
    }

    /// The next batch.
    pub(super) fn next(&mut self, lexicon: &mut Lexicon) -> Next {
        let (file, columns) = (self.file, &mut self.columns);
        loop {
            let left = self.rows.end - self.rows.start;
            let wanted = if self.skip > 0 { self.skip } else { left };
            let count = wanted.min(self.batch_rows as u64) as usize;
            if count == 0 {
                let end = self.rows.end;
                let is_end = || Ok(end < self.in_group || columns.is_exhausted());
                return match file.calmly(is_end) {
                    Ok(true) => Next::Done,
                    // There is more than the footer says, or the last page is broken.
                    _ => Next::Ends(end..end),
                };
            }
            let Ok(Some(numbers)) = file.calmly(|| Ok(columns.read(count, lexicon))) else {
                return Next::Ends(self.rows.clone());
            };
            let read = numbers.columns.len() as u64;
            if self.skip == 0 {
                self.rows.start += read;
                return Next::Rows(Box::new(numbers));
            }
            self.skip -= read;
        }
    }
}

impl Columns {
    fn open(file: &CatalogFile, segment: usize, meaning: impl Fn(bool) -> Meaning) -> Option<Self> {
        let group = Group::of(file, segment)?;
        let fields = &file.fields;
        Some(Columns {
            ids: group.ids(fields)?,
            names: group.names(fields.name?)?,
            column_tags: match &fields.column_tags {
                Some(field) => Some(group.tags(field, meaning(false))?),
                None => None,
            },
            table_tags: match &fields.table_tags {
                Some(field) => Some(group.tags(field, meaning(true))?),
                None => None,
            },
        })
    }

    /// Whether all rows have been read.
    fn is_exhausted(&mut self) -> bool {
        self.ids.is_exhausted()
            && self.names.is_exhausted()
            && [&mut self.column_tags, &mut self.table_tags]
                .into_iter()
                .flatten()
                .all(TagColumn::is_exhausted)
    }

    /// The next `count` rows; fewer where their storage changes.
    fn read(&mut self, count: usize, lexicon: &mut Lexicon) -> Option<Numbers> {
        let count = self.names.prepare(self.ids.prepare(count)?)?;
        if count == 0 {
            return None;
        }
        let mut dropped = Vec::new();
        Some(Numbers {
            ids: self.ids.take(count)?,
            names: self.names.take(count)?,
            columns: match &mut self.column_tags {
                Some(tags) => tags.read(count, lexicon, &mut dropped)?,
                None => vec![0; count],
            },
            dropped,
            tables: match &mut self.table_tags {
                // Nothing about a data source matters only beside something else.
                Some(tags) => Some(tags.read(count, lexicon, &mut Vec::new())?),
                None => None,
            },
        })
    }
}

/// The ids of a segment alone.
pub(super) struct IdPages<'a> {
    file: &'a CatalogFile,
    ids: IdColumn,
    rows: Range<u64>,
}

impl<'a> IdPages<'a> {
    /// Begins to read a segment's ids; `None` when this way does not lead there.
    pub(super) fn open(file: &'a CatalogFile, segment: usize) -> Option<Self> {
        let open = || {
            let group = Group::of(file, segment)?;
            Some((group.ids(&file.fields)?, group.rows()?))
        };
        let (ids, rows) = file.calmly(|| Ok(open())).ok()??;
        Some(IdPages {
            file,
            ids,
            rows: 0..rows,
        })
    }

    /// The ids of the next `count` rows at most; no ids: the end.
    /// `Err`: this way ends, and those rows are left to the general reader.
    pub(super) fn next(&mut self, count: u64) -> Result<Option<Ids>, Range<u64>> {
        let count = count.min(self.rows.end - self.rows.start);
        let ids = &mut self.ids;
        if count == 0 {
            let is_end = self.file.calmly(|| Ok(ids.is_exhausted()));
            return match is_end {
                Ok(true) => Ok(None),
                _ => Err(self.rows.clone()),
            };
        }
        let mut read = || {
            let count = ids.prepare(count as usize).filter(|count| *count > 0)?;
            ids.take(count)
        };
        match self.file.calmly(|| Ok(read())) {
            Ok(Some(ids)) => {
                self.rows.start += ids.len() as u64;
                Ok(Some(ids))
            }
            _ => Err(self.rows.clone()),
        }
    }
}

/// So many pairs of a name and a source are looked up to know what is there.
const MOST_PAIRS: usize = 1 << 20;

/// Which atoms occur in a segment, as far as its dictionaries tell; `None`: any may.
pub(super) fn present(
    file: &CatalogFile,
    segment: usize,
    vocabulary: &Vocabulary,
) -> Option<Present> {
    let look = || {
        let group = Group::of(file, segment)?;
        let mut present = Present::nothing(vocabulary.width());
        let fields = &file.fields;
        if let Some(field) = &fields.column_tags {
            group.see(field, vocabulary, &mut present.on_columns)?;
        }
        if let Some(field) = &fields.table_tags {
            group.see(field, vocabulary, &mut present.on_sources)?;
        }
        Some(present)
    };
    file.calmly(|| Ok(look())).ok()?
}

/// A row group of a Parquet file.
struct Group<'a> {
    file: &'a CatalogFile,
    metadata: &'a ArrowReaderMetadata,
    number: usize,
}

impl<'a> Group<'a> {
    fn of(file: &'a CatalogFile, number: usize) -> Option<Self> {
        match &file.container {
            Container::Parquet(metadata) => Some(Group {
                file,
                metadata,
                number,
            }),
            Container::IpcFile | Container::IpcStream | Container::Held(_) => None,
        }
    }

    fn rows(&self) -> Option<u64> {
        let group = self.metadata.metadata().row_groups().get(self.number)?;
        u64::try_from(group.num_rows()).ok()
    }

    fn ids(&self, fields: &Fields) -> Option<IdColumn> {
        let (place, column) = self.only_leaf(fields.id)?;
        let kinds = (&fields.id_form, &fields.id_kind);
        IdColumn::new(self.leaf(place)?, column.column_type(), kinds)
    }

    fn names(&self, field: usize) -> Option<TextColumn> {
        let (place, column) = self.only_leaf(field)?;
        let is_text = column.column_type() == Stored::BYTE_ARRAY;
        is_text.then(|| TextColumn::new(self.leaf(place)?))?
    }

    fn tags(&self, field: &TagField, meaning: Meaning) -> Option<TagColumn> {
        let (names, sources) = self.tag_leaves(field)?;
        TagColumn::new(names, sources, meaning)
    }

    /// The leaves of a column of tag lists: names and, if there, sources.
    fn tag_leaves(&self, field: &TagField) -> Option<(Leaf, Option<Leaf>)> {
        let place = field.place;
        match self.metadata.schema().fields().get(place)?.data_type() {
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::ListView(_)
            | DataType::LargeListView(_) => {}
            _ => return None,
        }
        let (names, sources) = match &field.form {
            TagForm::Structs(parts) => {
                let names = self.part(place, &parts.name)?;
                let sources = match &parts.source {
                    Some(source) => Some(self.part(place, source)?),
                    None => None,
                };
                (names, sources)
            }
            TagForm::Names => {
                let (place, column) = self.only_leaf(place)?;
                let is_text = column.column_type() == Stored::BYTE_ARRAY;
                (is_text.then_some(place)?, None)
            }
            TagForm::Nothing | TagForm::Map | TagForm::Json(_) => return None,
        };
        let sources = match sources {
            Some(place) => Some(self.leaf(place)?),
            None => None,
        };
        Some((self.leaf(names)?, sources))
    }

    /// Notes which atoms the tags of a column may have: those of every name
    /// with every source.
    fn see(&self, field: &TagField, vocabulary: &Vocabulary, seen: &mut [bool]) -> Option<()> {
        let told = |(_, column): (usize, &ColumnChunkMetaData)| {
            let told = column.page_encoding_stats_mask().is_some() && is_dictionary(column);
            column.num_values() == 0 || told
        };
        if !self.leaves(field.place).all(told) {
            return None;
        }
        let (names, sources) = self.tag_leaves(field)?;
        let (names, sources) = dictionaries(&names, sources.as_ref())?;
        let mut sources: Vec<&str> = sources.iter().flatten().flatten().collect();
        sources.push(CURATED);
        if names.len() * sources.len() > MOST_PAIRS {
            return None;
        }
        let mut atoms = Vec::new();
        for name in names.iter().flatten().filter(|name| !name.is_empty()) {
            for source in &sources {
                vocabulary.resolve(source, name, &mut atoms);
            }
        }
        for atom in atoms {
            if let Some(seen) = seen.get_mut(atom as usize) {
                *seen = true;
            }
        }
        Some(())
    }

    fn leaf(&self, place: usize) -> Option<Leaf> {
        let file = self.file.reader().ok()?;
        Leaf::open(file, self.metadata.metadata(), self.number, place)
    }

    /// The leaves of a column that are stored as this way knows it.
    fn leaves(&self, field: usize) -> impl Iterator<Item = (usize, &'a ColumnChunkMetaData)> {
        let metadata: &'a ArrowReaderMetadata = self.metadata;
        let group = metadata.metadata().row_groups().get(self.number);
        let schema = metadata.metadata().file_metadata().schema_descr();
        let columns = group
            .into_iter()
            .flat_map(|group| group.columns())
            .enumerate();
        columns.filter(move |(leaf, _)| schema.get_column_root_idx(*leaf) == field)
    }

    /// The leaf of a column that has but one.
    fn only_leaf(&self, field: usize) -> Option<(usize, &'a ColumnChunkMetaData)> {
        let mut leaves = self.leaves(field);
        leaves.next().filter(|_| leaves.next().is_none())
    }

    /// The leaf of a part of a list's structs: of all parts of that name, the
    /// one that lies the least deep.
    fn part(&self, field: usize, name: &str) -> Option<usize> {
        let path = |column: &ColumnChunkMetaData| column.column_path().parts().to_vec();
        let named = |column: &ColumnChunkMetaData| path(column).last().is_some_and(|n| n == name);
        let leaves = self.leaves(field).filter(|(_, column)| named(column));
        let (place, column) = leaves.min_by_key(|(_, column)| path(column).len())?;
        (column.column_type() == Stored::BYTE_ARRAY).then_some(place)
    }
}

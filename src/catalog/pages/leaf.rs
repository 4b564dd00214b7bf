//! One leaf column of a row group, from its pages straight to levels and keys.

use super::chunk::ChunkBytes;
use super::hybrid::Hybrid;
use super::strings::Strings;
use crate::catalog::parquet_file::CheckedPages;
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ParquetMetaData;
use std::fs::File;
use std::sync::Arc;

/// Reads a leaf that is stored as keys into a dictionary.
///
/// Every step answers `None` when the leaf is stored in another way than this
/// reader knows, or is broken: then the general reader has to say what it is.
pub(super) struct Leaf {
    pages: CheckedPages<ChunkBytes>,
    highest: Levels,
    /// The dictionary page as it is stored, and its number of entries.
    dictionary: (Bytes, u32),
    page: DataPage,
}

/// The highest levels of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Levels {
    pub(super) repetition: u8,
    pub(super) definition: u8,
}

/// Levels and keys of a stretch of a leaf.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) repetitions: Vec<u8>,
    pub(super) definitions: Vec<u8>,
    /// A key for each value that is there. Those from the number of the
    /// dictionary's entries on count the strings of `plain`.
    pub(super) keys: Vec<u32>,
    pub(super) plain: Strings,
}

impl Values {
    pub(super) fn clear(&mut self) {
        self.repetitions.clear();
        self.definitions.clear();
        self.keys.clear();
        self.plain = Strings::default();
    }
}

/// A page, as far as it has not been read.
struct DataPage {
    left: usize,
    repetitions: Option<Hybrid>,
    definitions: Option<Hybrid>,
    values: PageValues,
}

/// The values of a page that are there.
enum PageValues {
    Keys(Hybrid),
    /// One after the other, as in a dictionary page.
    Plain(Bytes),
    /// Stored in a way that is not known here, or not at all: a page of nulls
    /// needs none.
    Other,
}

/// How values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Keys,
    Plain,
}

impl Leaf {
    /// Opens leaf `leaf` of a row group.
    pub(super) fn open(
        file: File,
        metadata: &ParquetMetaData,
        group: usize,
        leaf: usize,
    ) -> Option<Self> {
        let number = group;
        let group = metadata.row_groups().get(number)?;
        let column = group.columns().get(leaf)?;
        let level = |level: i16| u8::try_from(level).ok().filter(|level| *level < 128);
        let highest = Levels {
            repetition: level(column.column_descr().max_rep_level())?,
            definition: level(column.column_descr().max_def_level())?,
        };
        let (start, length) = column.byte_range();
        let size = file.metadata().ok()?.len();
        if start.checked_add(length)? > size {
            return None;
        }
        let bytes = Arc::new(ChunkBytes::of(file, start, length).ok()?);
        let rows = usize::try_from(group.num_rows()).ok()?;
        let mut leaf = Leaf {
            pages: CheckedPages::new(bytes, column, number, rows).ok()?,
            highest,
            dictionary: (Bytes::new(), 0),
            page: DataPage {
                left: 0,
                repetitions: None,
                definitions: None,
                values: PageValues::Other,
            },
        };
        leaf.load()?;
        Some(leaf)
    }

    /// The dictionary page, in plain encoding, and how many entries it has.
    pub(super) fn dictionary(&self) -> (&Bytes, usize) {
        (&self.dictionary.0, self.dictionary.1 as usize)
    }

    pub(super) fn highest(&self) -> Levels {
        self.highest
    }

    /// Whether nothing is left to be read.
    pub(super) fn is_exhausted(&mut self) -> bool {
        while self.page.left == 0 {
            match self.load() {
                Some(true) => {}
                Some(false) => return true,
                None => return false,
            }
        }
        false
    }

    /// Appends the levels and keys of at most `most` places of one page; how
    /// many they are. 0: the leaf has no more.
    pub(super) fn read(&mut self, most: usize, into: &mut Values) -> Option<usize> {
        while self.page.left == 0 {
            if !self.load()? {
                return Some(0);
            }
        }
        let count = most.min(self.page.left);
        self.page.left -= count;
        let before = into.definitions.len();
        if let Some(levels) = &mut self.page.repetitions {
            levels.read(count, &mut into.repetitions, |level| level as u8)?;
        }
        let there = match &mut self.page.definitions {
            Some(levels) => {
                levels.read(count, &mut into.definitions, |level| level as u8)?;
                let highest = self.highest.definition;
                let read = &into.definitions[before..];
                if read.iter().any(|level| *level > highest) {
                    return None;
                }
                read.iter().filter(|level| **level == highest).count()
            }
            None => count,
        };
        match &mut self.page.values {
            PageValues::Plain(bytes) => {
                let mut rest = &bytes[..];
                for _ in 0..there {
                    let key = self.dictionary.1.checked_add(into.plain.len() as u32)?;
                    into.keys.push(key);
                    into.plain.take(&mut rest)?;
                }
                let left = rest.len();
                *bytes = bytes.slice(bytes.len() - left..);
            }
            _ => self.keys(there, &mut into.keys)?,
        }
        Some(count)
    }

    /// How many places from here on are surely rows of their own without a
    /// value; perhaps more are.
    pub(super) fn blank(&mut self) -> Option<usize> {
        while self.page.left == 0 {
            if !self.load()? {
                return Some(0);
            }
        }
        let highest = u32::from(self.highest.definition);
        let (Some(repetitions), Some(definitions)) =
            (&mut self.page.repetitions, &mut self.page.definitions)
        else {
            return Some(0);
        };
        let rows = repetitions.alike(|level| level == 0);
        let none = if rows > 0 {
            definitions.alike(|level| level < highest)
        } else {
            0
        };
        Some(rows.min(none).min(self.page.left))
    }

    /// Passes over places that [`Leaf::blank`] has told of.
    pub(super) fn pass_blank(&mut self, count: usize) {
        self.page.left -= count.min(self.page.left);
        if let (Some(repetitions), Some(definitions)) =
            (&mut self.page.repetitions, &mut self.page.definitions)
        {
            repetitions.pass_alike(count);
            definitions.pass_alike(count);
        }
    }

    /// How the next row's value is stored; `None` within: there is no more row.
    pub(super) fn storage(&mut self) -> Option<Option<Storage>> {
        while self.page.left == 0 {
            if !self.load()? {
                return Some(None);
            }
        }
        match self.page.values {
            PageValues::Keys(_) => Some(Some(Storage::Keys)),
            PageValues::Plain(_) => Some(Some(Storage::Plain)),
            PageValues::Other => None,
        }
    }

    /// Of a leaf that is no list and has no null, appends the keys of at most
    /// `most` rows of the page at hand; how many they are.
    pub(super) fn keys_of_rows(&mut self, most: usize, keys: &mut Vec<u32>) -> Option<usize> {
        let count = self.pass(most)?;
        self.keys(count, keys)?;
        Some(count)
    }

    /// Of a leaf that is no list and has no null, takes at most `most` rows of
    /// a page of plain values. `take` splits a value off what is left of them.
    pub(super) fn plain_rows(
        &mut self,
        most: usize,
        mut take: impl FnMut(&mut &[u8]) -> Option<()>,
    ) -> Option<usize> {
        let count = self.pass(most)?;
        let PageValues::Plain(bytes) = &mut self.page.values else {
            return None;
        };
        let mut rest = &bytes[..];
        for _ in 0..count {
            take(&mut rest)?;
        }
        let left = rest.len();
        *bytes = bytes.slice(bytes.len() - left..);
        Some(count)
    }

    /// Passes over the levels of at most `most` rows of the page at hand, none
    /// of them null; how many they are.
    fn pass(&mut self, most: usize) -> Option<usize> {
        let count = most.min(self.page.left);
        self.page.left -= count;
        let highest = u32::from(self.highest.definition);
        match &mut self.page.definitions {
            Some(levels) => levels.are_all(highest, count).then_some(count),
            None => Some(count),
        }
    }

    fn keys(&mut self, count: usize, keys: &mut Vec<u32>) -> Option<()> {
        if count == 0 {
            return Some(());
        }
        let before = keys.len();
        let PageValues::Keys(stream) = &mut self.page.values else {
            return None;
        };
        stream.read(count, keys, |key| key)?;
        let entries = self.dictionary.1;
        // Folded, not searched: most streams are sound, and folding is faster.
        let highest = keys[before..]
            .iter()
            .fold(0, |highest, key| *key.max(&highest));
        (highest < entries).then_some(())
    }

    /// Goes on to the next page; `false`: there is none.
    fn load(&mut self) -> Option<bool> {
        match self.pages.get_next_page().ok()? {
            None => Some(false),
            Some(Page::DictionaryPage {
                buf,
                num_values,
                encoding,
                ..
            }) => {
                let plain = matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
                self.dictionary = (buf, num_values);
                plain.then_some(true)
            }
            Some(page) => {
                self.page = self.begin(page)?;
                Some(true)
            }
        }
    }

    fn begin(&self, page: Page) -> Option<DataPage> {
        let Levels {
            repetition,
            definition,
        } = self.highest;
        let left = page.num_values() as usize;
        let encoding = page.encoding();
        let (repetitions, definitions, values) = match page {
            Page::DataPage {
                buf,
                def_level_encoding,
                rep_level_encoding,
                ..
            } => {
                let known = |highest, encoding| highest == 0 || encoding == Encoding::RLE;
                if !known(repetition, rep_level_encoding) || !known(definition, def_level_encoding)
                {
                    return None;
                }
                let (repetitions, rest) = sized_levels(&buf, repetition)?;
                let (definitions, rest) = sized_levels(&rest, definition)?;
                (repetitions, definitions, rest)
            }
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let end = rep_levels_byte_len as usize;
                let (repetitions, rest) = split(&buf, end)?;
                let (definitions, rest) = split(&rest, def_levels_byte_len as usize)?;
                let repetitions = levels(repetitions, repetition)?;
                (repetitions, levels(definitions, definition)?, rest)
            }
            Page::DictionaryPage { .. } => return None,
        };
        let values = match (encoding, values.first()) {
            (Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY, Some(width)) => {
                PageValues::Keys(Hybrid::new(values.slice(1..), usize::from(*width))?)
            }
            (Encoding::PLAIN, _) => PageValues::Plain(values),
            _ => PageValues::Other,
        };
        Some(DataPage {
            left,
            repetitions,
            definitions,
            values,
        })
    }
}

fn split(bytes: &Bytes, at: usize) -> Option<(Bytes, Bytes)> {
    (at <= bytes.len()).then(|| (bytes.slice(..at), bytes.slice(at..)))
}

/// Levels that their length stands before; a leaf that has none has no length either.
fn sized_levels(bytes: &Bytes, highest: u8) -> Option<(Option<Hybrid>, Bytes)> {
    if highest == 0 {
        return Some((None, bytes.clone()));
    }
    let length = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    let (stream, rest) = split(&bytes.slice(4..), length)?;
    Some((levels(stream, highest)?, rest))
}

/// `None` within: a leaf that has no such levels.
fn levels(stream: Bytes, highest: u8) -> Option<Option<Hybrid>> {
    let width = (u8::BITS - highest.leading_zeros()) as usize;
    match highest {
        0 => Some(None),
        _ => Some(Some(Hybrid::new(stream, width)?)),
    }
}

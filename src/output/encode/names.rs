//! The column `column_name`.

use super::bounds::TextBounds;
use super::chunk::EncodedChunk;
use super::dictionary::{Found, put_text};
use super::press::Press;
use super::runs::Runs;
use crate::catalog::{NameDictionary, Piece};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

const NONE: u32 = u32::MAX;

/// The column `column_name` of a row group. Its dictionary is by the strings,
/// whether or not the catalog gives names as keys: keys only save looking a
/// string up again.
pub(super) struct NameColumn {
    runs: Runs,
    dictionary: Found,
    bounds: TextBounds,
    /// The catalog's dictionary that `places` is about.
    of: Option<NameDictionary>,
    /// Key into it → place in ours.
    places: Vec<u32>,
    plain: Vec<u8>,
}

impl NameColumn {
    /// A column with a dictionary of at most `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        NameColumn {
            runs: Runs::new(),
            dictionary: Found::new(most),
            bounds: TextBounds::default(),
            of: None,
            places: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// Begins a piece.
    pub(super) fn begin(&mut self, piece: &Piece) {
        let known = self.of.as_ref().is_some_and(|of| of.is_of(piece));
        if known {
            return;
        }
        // A piece without a dictionary says nothing about the next one that has it.
        if let Some(dictionary) = piece.name_dictionary() {
            self.places.clear();
            self.places.resize(dictionary.places(), NONE);
            self.of = Some(dictionary);
        }
    }

    /// Adds the rows of a column of the piece that was begun.
    pub(super) fn rows(
        &mut self,
        press: &mut Press,
        piece: &Piece,
        column: usize,
        rows: usize,
    ) -> Result<()> {
        if !self.runs.is_full() {
            let key = piece.name_key(column);
            let known = key.and_then(|key| self.places.get(key)).copied();
            let place = match known {
                Some(place) if place != NONE => Some(place),
                _ => self.look_up(piece.column_name(column), key),
            };
            match place {
                Some(place) => {
                    self.runs.place(place, rows);
                    return Ok(());
                }
                None => self.runs.fill(press, self.dictionary.len())?,
            }
        }
        let name = piece.column_name(column);
        self.bounds.see(name);
        self.plain.clear();
        put_text(name, &mut self.plain);
        self.runs.plain(press, &self.plain, rows)
    }

    fn look_up(&mut self, name: &str, key: Option<usize>) -> Option<u32> {
        let (place, new) = self.dictionary.place(name)?;
        if new {
            self.bounds.see(name);
        }
        if let Some(known) = key.and_then(|key| self.places.get_mut(key)) {
            *known = place;
        }
        Some(place)
    }

    pub(super) fn cut(&mut self, press: &mut Press) -> Result<()> {
        self.runs.cut(press, self.dictionary.len())
    }

    pub(super) fn finish(
        &mut self,
        press: &mut Press,
        leaf: &ColumnDescPtr,
    ) -> Result<EncodedChunk> {
        let statistics = std::mem::take(&mut self.bounds).statistics(0);
        let page = self.dictionary.page();
        let chunk = self.runs.finish(press, leaf, page, statistics)?;
        self.dictionary.reset();
        self.places.fill(NONE);
        Ok(chunk)
    }
}

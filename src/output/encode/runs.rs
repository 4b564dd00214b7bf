//! A column whose values come in runs.

use super::chunk::{Chunk, DictionaryPage, EncodedChunk, Values};
use super::hybrid::{encode_runs, width_for};
use super::press::Press;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

/// A page of values that stand for themselves ends when it has so many bytes.
const PLAIN_PAGE_BYTES: usize = 1 << 20;

/// The data pages of a column whose values come in runs: places in a
/// dictionary as long as that has room, from then on the values themselves.
pub(super) struct Runs {
    chunk: Chunk,
    /// Places of the page at hand, each with its number of rows.
    runs: Vec<(u32, usize)>,
    /// Values of the page at hand.
    plain: Vec<u8>,
    rows: usize,
    full: bool,
}

impl Runs {
    pub(super) fn new() -> Self {
        Runs {
            chunk: Chunk::new(),
            runs: Vec::new(),
            plain: Vec::new(),
            rows: 0,
            full: false,
        }
    }

    /// Whether the dictionary had no room for some value.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Adds rows with the value at a place of the dictionary.
    pub(super) fn place(&mut self, place: u32, rows: usize) {
        self.runs.push((place, rows));
        self.rows += rows;
    }

    /// From here on, values stand for themselves. `entries` is the size of the dictionary.
    pub(super) fn fill(&mut self, press: &mut Press, entries: usize) -> Result<()> {
        self.cut(press, entries)?;
        self.full = true;
        Ok(())
    }

    /// Adds rows with a value, given as plain pages have it.
    pub(super) fn plain(&mut self, press: &mut Press, value: &[u8], rows: usize) -> Result<()> {
        for _ in 0..rows {
            self.plain.extend_from_slice(value);
            self.rows += 1;
            if self.plain.len() >= PLAIN_PAGE_BYTES {
                self.cut(press, 0)?;
            }
        }
        Ok(())
    }

    /// Ends the page. `entries` is the size of the dictionary.
    pub(super) fn cut(&mut self, press: &mut Press, entries: usize) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows == 0 {
            return Ok(());
        }
        let (values, body) = if self.full {
            (Values::Plain, &mut self.plain)
        } else {
            let width = width_for(entries);
            press.body.clear();
            press.body.push(width);
            encode_runs(&self.runs, width, &mut press.mapped, &mut press.body);
            self.runs.clear();
            (Values::Places, &mut press.body)
        };
        self.chunk
            .page(&mut press.squeeze, body, values, rows, rows)?;
        body.clear();
        Ok(())
    }

    /// Ends the chunk, after its last page has been cut, and begins the next one.
    pub(super) fn finish(
        &mut self,
        press: &mut Press,
        leaf: &ColumnDescPtr,
        dictionary: DictionaryPage<'_>,
        statistics: Statistics,
    ) -> Result<EncodedChunk> {
        let chunk = std::mem::replace(&mut self.chunk, Chunk::new());
        self.full = false;
        chunk.finish(&mut press.squeeze, leaf, dictionary, statistics)
    }
}

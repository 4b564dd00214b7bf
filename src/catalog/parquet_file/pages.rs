//! The pages of a column chunk, held against what the footer says of it.

use super::bit_packed::{Levels, is_bit_packed, with_rle_levels};
use super::error::{is_of_system, plain};
use parquet::basic::{Encoding, Type as Stored};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

/// Reads the pages of a column chunk. Pages without values are passed over, for
/// readers take them for the end; levels come in RLE; and all pages together
/// must hold as many values as the footer says.
pub(in crate::catalog) struct CheckedPages<R: ChunkReader> {
    pages: SerializedPageReader<R>,
    place: String,
    highest: [i16; 2],
    stored: Stored,
    /// Values by the footer, and of the pages so far.
    values: u64,
    seen: u64,
    /// Data pages so far.
    number: usize,
}

impl<R: ChunkReader> CheckedPages<R> {
    /// The pages of a column chunk of row group `group`.
    pub(in crate::catalog) fn new(
        file: Arc<R>,
        column: &ColumnChunkMetaData,
        group: usize,
        rows: usize,
    ) -> Result<Self> {
        let descriptor = column.column_descr();
        let place = format!(
            "row group {group}, column `{}`",
            column.column_path().string()
        );
        let pages = SerializedPageReader::new(file, column, rows, None);
        Ok(CheckedPages {
            pages: pages.map_err(|error| placed(&place, error))?,
            place,
            highest: [descriptor.max_rep_level(), descriptor.max_def_level()],
            stored: column.column_type(),
            values: column.num_values().unsigned_abs(),
            seen: 0,
            number: 0,
        })
    }

    /// The error of the page at hand, with the place of the page.
    fn at_page(&self, error: ParquetError) -> ParquetError {
        placed(&format!("{}, page {}", self.place, self.number), error)
    }

    /// Counts the values of a data page.
    fn count(&mut self, values: u64) -> Result<()> {
        self.number += 1;
        self.seen = self.seen.saturating_add(values);
        match self.seen > self.values {
            true => Err(self.miscounted("more")),
            false => Ok(()),
        }
    }

    fn end(&self) -> Result<()> {
        match self.seen == self.values {
            true => Ok(()),
            false => Err(self.miscounted(&self.seen.to_string())),
        }
    }

    fn miscounted(&self, found: &str) -> ParquetError {
        let CheckedPages { place, values, .. } = self;
        ParquetError::General(format!(
            "{place}: its footer says that it has {values} values, and its pages have {found}"
        ))
    }

    /// A dictionary takes at least a byte or so an entry: readers make room for
    /// as many as it claims to have.
    fn check_dictionary(&self, bytes: usize, entries: u32) -> Result<()> {
        let width = match self.stored {
            Stored::BYTE_ARRAY | Stored::INT32 | Stored::FLOAT => 4,
            Stored::INT64 | Stored::DOUBLE => 8,
            Stored::INT96 => 12,
            Stored::BOOLEAN | Stored::FIXED_LEN_BYTE_ARRAY => 0,
        };
        match u64::from(entries) * width > bytes as u64 {
            true => Err(ParquetError::General(format!(
                "{}: its dictionary claims {entries} entries, and has {bytes} bytes",
                self.place
            ))),
            false => Ok(()),
        }
    }

    /// A page with its levels in RLE.
    fn turned(&self, page: Page) -> Result<Page> {
        let Page::DataPage {
            buf,
            num_values,
            encoding,
            def_level_encoding,
            rep_level_encoding,
            statistics,
        } = page
        else {
            return Ok(page);
        };
        let [repetition, definition] = self.highest;
        let levels = [
            (repetition, rep_level_encoding),
            (definition, def_level_encoding),
        ];
        let levels = levels.map(|(highest, encoding)| Levels { highest, encoding });
        let is_turned = is_bit_packed(&levels);
        let [rep_level_encoding, def_level_encoding] = match is_turned {
            true => [Encoding::RLE, Encoding::RLE],
            false => [rep_level_encoding, def_level_encoding],
        };
        Ok(Page::DataPage {
            buf: match is_turned {
                true => with_rle_levels(&buf, &levels, num_values)?,
                false => buf,
            },
            num_values,
            encoding,
            def_level_encoding,
            rep_level_encoding,
            statistics,
        })
    }
}

/// The error of a place in the file; one of the system has none.
fn placed(place: &str, error: ParquetError) -> ParquetError {
    match is_of_system(&error) {
        true => error,
        false => ParquetError::General(format!("{place}: {}", plain(&error.to_string()))),
    }
}

impl<R: ChunkReader> PageReader for CheckedPages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        loop {
            let page = self.pages.get_next_page();
            let Some(page) = page.map_err(|error| self.at_page(error))? else {
                return self.end().map(|()| None);
            };
            if let Page::DictionaryPage {
                buf, num_values, ..
            } = &page
            {
                self.check_dictionary(buf.len(), *num_values)?;
                return Ok(Some(page));
            }
            let values = page.num_values();
            let page = self.turned(page).map_err(|error| self.at_page(error))?;
            self.count(u64::from(values))?;
            if values > 0 {
                return Ok(Some(page));
            }
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        loop {
            let page = self.pages.peek_next_page();
            let Some(page) = page.map_err(|error| self.at_page(error))? else {
                return self.end().map(|()| None);
            };
            if page.is_dict || page.num_levels != Some(0) {
                return Ok(Some(page));
            }
            self.skip_next_page()?;
        }
    }

    fn skip_next_page(&mut self) -> Result<()> {
        let page = self.pages.peek_next_page();
        let page = page.map_err(|error| self.at_page(error))?;
        if let Some(page) = page.filter(|page| !page.is_dict) {
            self.count(page.num_levels.unwrap_or_default() as u64)?;
        }
        self.pages
            .skip_next_page()
            .map_err(|error| self.at_page(error))
    }
}

impl<R: ChunkReader> Iterator for CheckedPages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

//! A column chunk in the making: its pages, compressed, and what the footer says of them.

use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// Compresses pages: a context and a buffer for all of them.
pub(super) struct Squeeze {
    context: zstd::bulk::Compressor<'static>,
}

impl Squeeze {
    pub(super) fn new() -> Result<Self> {
        let level = ZstdLevel::default().compression_level();
        Ok(Squeeze {
            context: zstd::bulk::Compressor::new(level)?,
        })
    }

    fn squeeze(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        Ok(self.context.compress(bytes)?)
    }
}

/// What a data page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Places in the dictionary.
    Places,
    /// The values themselves.
    Plain,
}

/// An encoded column chunk, which may go anywhere in a file.
pub(in crate::output) struct EncodedChunk {
    pub(in crate::output) bytes: Vec<u8>,
    pub(in crate::output) close: ColumnCloseResult,
}

/// A dictionary page: values one after the other.
pub(super) struct DictionaryPage<'d> {
    pub(super) plain: &'d [u8],
    pub(super) entries: usize,
}

/// The data pages of a column chunk so far.
pub(super) struct Chunk {
    pages: Vec<u8>,
    index: OffsetIndexBuilder,
    uncompressed: usize,
    values: u64,
    rows: u64,
    /// How many pages of places and how many plain ones.
    count: (i32, i32),
}

impl Chunk {
    pub(super) fn new() -> Self {
        Chunk {
            pages: Vec::new(),
            index: OffsetIndexBuilder::new(),
            uncompressed: 0,
            values: 0,
            rows: 0,
            count: (0, 0),
        }
    }

    /// Adds a data page: levels, where the column has them, and values.
    pub(super) fn page(
        &mut self,
        squeeze: &mut Squeeze,
        body: &[u8],
        of: Values,
        values: usize,
        rows: usize,
    ) -> Result<()> {
        let encoding = match of {
            Values::Places => Encoding::RLE_DICTIONARY,
            Values::Plain => Encoding::PLAIN,
        };
        let page = Page::DataPage {
            buf: squeeze.squeeze(body)?.into(),
            num_values: small(values)?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let offset = self.pages.len() as i64;
        let written = write(page, body.len(), &mut self.pages)?;
        let size = i32::try_from(written.compressed_size)
            .map_err(|_| ParquetError::General("a page of over 2 GiB".into()))?;
        self.index.append_row_count(rows as i64);
        self.index.append_offset_and_size(offset, size);
        self.uncompressed += written.uncompressed_size;
        self.values += values as u64;
        self.rows += rows as u64;
        match of {
            Values::Places => self.count.0 += 1,
            Values::Plain => self.count.1 += 1,
        }
        Ok(())
    }

    /// No more pages.
    pub(super) fn finish(
        self,
        squeeze: &mut Squeeze,
        leaf: &ColumnDescPtr,
        dictionary: DictionaryPage<'_>,
        statistics: Statistics,
    ) -> Result<EncodedChunk> {
        let mut bytes = Vec::new();
        let mut uncompressed = self.uncompressed;
        let dictionary_pages = i32::from(self.count.0 > 0);
        if dictionary_pages > 0 {
            let page = Page::DictionaryPage {
                buf: squeeze.squeeze(dictionary.plain)?.into(),
                num_values: small(dictionary.entries)?,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            uncompressed += write(page, dictionary.plain.len(), &mut bytes)?.uncompressed_size;
        }
        let data_at = bytes.len() as i64;
        bytes.extend_from_slice(&self.pages);
        let mut index = self.index.build();
        for page in &mut index.page_locations {
            page.offset += data_at;
        }
        let pages = [
            (PageType::DICTIONARY_PAGE, Encoding::PLAIN, dictionary_pages),
            (PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, self.count.0),
            (PageType::DATA_PAGE, Encoding::PLAIN, self.count.1),
        ];
        let pages: Vec<PageEncodingStats> = pages
            .into_iter()
            .filter(|(_, _, count)| *count > 0)
            .map(|(page_type, encoding, count)| PageEncodingStats {
                page_type,
                encoding,
                count,
            })
            .collect();
        // Levels are always runs and packed bits, also where there are none to write.
        let mut encodings: Vec<Encoding> = pages.iter().map(|page| page.encoding).collect();
        encodings.push(Encoding::RLE);
        let metadata = ColumnChunkMetaData::builder(leaf.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(encodings)
            .set_page_encoding_stats(pages)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(uncompressed as i64)
            .set_num_values(self.values as i64)
            .set_data_page_offset(data_at)
            .set_dictionary_page_offset((dictionary_pages > 0).then_some(0))
            .set_statistics(statistics)
            .build()?;
        Ok(EncodedChunk {
            close: ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: self.rows,
                metadata,
                bloom_filter: None,
                column_index: None,
                offset_index: Some(index),
            },
            bytes,
        })
    }
}

fn write(page: Page, uncompressed: usize, out: &mut Vec<u8>) -> Result<PageWriteSpec> {
    let mut sink = TrackedWrite::new(out);
    let mut writer = SerializedPageWriter::new(&mut sink);
    let written = writer.write_page(CompressedPage::new(page, uncompressed))?;
    writer.close()?;
    Ok(written)
}

fn small(count: usize) -> Result<u32> {
    i32::try_from(count)
        .map(|count| count as u32)
        .map_err(|_| ParquetError::General("a page of over 2^31 values".into()))
}

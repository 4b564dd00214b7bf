//! Stretches of a catalog, read piece by piece.

use super::Catalog;
use super::decode::Decoder;
use super::error::{BadRow, CatalogError};
use super::layout::Stretch;
use super::piece::{Assembler, Piece};
use super::scatter::deal;
use super::segment::SegmentReader;
use arrow::array::RecordBatch;
use std::collections::VecDeque;

/// Reads the whole data sources of one stretch.
pub struct StretchReader<'c> {
    rows: StretchRows<'c>,
    assembler: Assembler,
    ready: VecDeque<Piece>,
    last_file: usize,
    done: bool,
}

/// The rows of a stretch, batch by batch.
struct StretchRows<'c> {
    catalog: &'c Catalog,
    parts: std::vec::IntoIter<(super::Segment, std::ops::Range<u64>)>,
    segment: Option<(usize, SegmentReader<'c>, Decoder)>,
    bad: Vec<BadRow>,
    /// Rows read so far, and how many of them have been told of.
    read: u64,
    told: u64,
}

impl<'c> StretchRows<'c> {
    fn new(catalog: &'c Catalog, stretch: &Stretch) -> Self {
        StretchRows {
            catalog,
            parts: stretch.parts.clone().into_iter(),
            segment: None,
            bad: Vec::new(),
            read: 0,
            told: 0,
        }
    }

    fn take_read(&mut self) -> u64 {
        let new = self.read - self.told;
        self.told = self.read;
        new
    }

    /// The next batch, and the place of its file.
    fn next(&mut self) -> Result<Option<(usize, super::decode::Decoded)>, CatalogError> {
        loop {
            if let Some((file, reader, decoder)) = &mut self.segment {
                if let Some(rows) = reader.next() {
                    let mut rows = rows?;
                    // Positions count from the start of the stretch.
                    rows.position = self.read;
                    self.read += rows.batch.num_rows() as u64;
                    let path = &self.catalog.files[*file].path;
                    return Ok(Some((*file, decoder.decode(&rows, path, &mut self.bad)?)));
                }
                self.segment = None;
            }
            let Some((segment, rows)) = self.parts.next() else {
                return Ok(None);
            };
            let file = &self.catalog.files[segment.file];
            let columns = file.fields.indices();
            let reader = SegmentReader::open(
                file,
                segment.number,
                &columns,
                rows,
                self.catalog.batch_rows,
            )?;
            let decoder = Decoder::new(self.catalog.context.clone(), file.fields.projected());
            self.segment = Some((segment.file, reader, decoder));
        }
    }
}

impl<'c> StretchReader<'c> {
    pub(super) fn new(catalog: &'c Catalog, stretch: &Stretch) -> Self {
        StretchReader {
            rows: StretchRows::new(catalog, stretch),
            assembler: Assembler::new(catalog.kind.clone()),
            ready: VecDeque::new(),
            last_file: 0,
            done: false,
        }
    }

    /// The bad rows met since the last call, to be quarantined.
    pub fn take_bad_rows(&mut self) -> Vec<BadRow> {
        std::mem::take(&mut self.rows.bad)
    }

    /// The rows read since the last call.
    pub fn take_rows_read(&mut self) -> u64 {
        self.rows.take_read()
    }

    fn fill(&mut self) -> Result<(), CatalogError> {
        let mut pieces = Vec::new();
        while pieces.is_empty() && !self.done {
            match self.rows.next()? {
                Some((file, decoded)) => {
                    self.last_file = file;
                    let path = &self.rows.catalog.files[file].path;
                    self.assembler.push(decoded, path, &mut pieces)?;
                }
                None => {
                    self.done = true;
                    let path = &self.rows.catalog.files[self.last_file].path;
                    self.assembler.finish(path, &mut pieces)?;
                }
            }
        }
        self.ready.extend(pieces);
        Ok(())
    }
}

impl Iterator for StretchReader<'_> {
    type Item = Result<Piece, CatalogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty()
            && !self.done
            && let Err(error) = self.fill()
        {
            self.done = true;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}

/// Deals the rows of a stretch of a scattered catalog out into shares.
pub struct StretchDealer<'c> {
    rows: StretchRows<'c>,
    /// The position in the catalog of the stretch's first row.
    start: u64,
    shares: usize,
}

impl<'c> StretchDealer<'c> {
    pub(super) fn new(catalog: &'c Catalog, stretch: &Stretch, start: u64, shares: usize) -> Self {
        StretchDealer {
            rows: StretchRows::new(catalog, stretch),
            start,
            shares,
        }
    }

    /// The bad rows met since the last call, to be quarantined.
    pub fn take_bad_rows(&mut self) -> Vec<BadRow> {
        std::mem::take(&mut self.rows.bad)
    }

    /// The rows read since the last call.
    pub fn take_rows_read(&mut self) -> u64 {
        self.rows.take_read()
    }
}

impl Iterator for StretchDealer<'_> {
    /// Rows and the number of the share that they belong to.
    type Item = Result<Vec<(usize, RecordBatch)>, CatalogError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(None) => None,
            Err(error) => Some(Err(error)),
            Ok(Some((file, decoded))) => {
                let file = &self.rows.catalog.files[file];
                Some(deal(&decoded, self.start, self.shares).map_err(|e| file.broken(e)))
            }
        }
    }
}

//! Stretches of a catalog, read piece by piece.

use super::Catalog;
use super::decode::{Decoded, Decoder};
use super::error::{BadRow, CatalogError};
use super::layout::{Segment, Stretch};
use super::lexicon::Lexicon;
use super::pages::{Next, PagesReader};
use super::piece::{Assembler, Piece};
use super::scatter::deal;
use super::segment::SegmentReader;
use crate::tag::TagMatch;
use arrow::array::RecordBatch;
use std::collections::VecDeque;
use std::ops::Range;

/// Reads the whole data sources of one stretch.
pub struct StretchReader<'c> {
    rows: StretchRows<'c>,
    assembler: Assembler,
    ready: VecDeque<Piece>,
    last_file: usize,
    done: bool,
}

/// The rows of a stretch, batch by batch.
pub(super) struct StretchRows<'c> {
    catalog: &'c Catalog,
    lexicon: &'c mut Lexicon,
    /// Whether all rows of a data source come one after the other.
    whole: bool,
    parts: std::vec::IntoIter<(Segment, Range<u64>)>,
    part: Option<Part<'c>>,
    bad: Vec<BadRow>,
    /// Rows read so far, and how many of them have been told of.
    read: u64,
    told: u64,
}

/// Some rows of a segment.
struct Part<'c> {
    segment: Segment,
    way: Way<'c>,
    decoder: Decoder,
}

/// How rows are read.
enum Way<'c> {
    Pages(Box<PagesReader<'c>>),
    Batches(SegmentReader<'c>),
}

impl<'c> StretchRows<'c> {
    pub(super) fn new(
        catalog: &'c Catalog,
        stretch: &Stretch,
        lexicon: &'c mut Lexicon,
        whole: bool,
    ) -> Self {
        StretchRows {
            catalog,
            lexicon,
            whole,
            parts: stretch.parts.clone().into_iter(),
            part: None,
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
    fn next(&mut self) -> Result<Option<(usize, Decoded)>, CatalogError> {
        loop {
            let Some(part) = &mut self.part else {
                match self.parts.next() {
                    Some((segment, rows)) => {
                        self.part = Some(begin(self.catalog, segment, rows, self.whole)?);
                    }
                    None => return Ok(None),
                }
                continue;
            };
            // Positions count from the start of the stretch.
            let position = self.read;
            let file = part.segment.file;
            match &mut part.way {
                Way::Pages(pages) => match pages.next(self.lexicon) {
                    Next::Rows(numbers) => {
                        self.read += numbers.columns.len() as u64;
                        let decoder = &part.decoder;
                        let decoded = decoder.decode_numbers(numbers, position, self.lexicon);
                        return Ok(Some((file, decoded)));
                    }
                    Next::Ends(rest) => part.way = by_batches(self.catalog, part.segment, rest)?,
                    Next::Done => self.part = None,
                },
                Way::Batches(reader) => {
                    let Some(rows) = reader.next() else {
                        self.part = None;
                        continue;
                    };
                    let mut rows = rows?;
                    rows.position = position;
                    self.read += rows.batch.num_rows() as u64;
                    let path = &self.catalog.files[file].path;
                    let decoder = &mut part.decoder;
                    let decoded = decoder.decode(&rows, path, &mut self.bad, self.lexicon)?;
                    return Ok(Some((file, decoded)));
                }
            }
        }
    }
}

fn begin(
    catalog: &Catalog,
    segment: Segment,
    rows: Range<u64>,
    whole: bool,
) -> Result<Part<'_>, CatalogError> {
    let file = &catalog.files[segment.file];
    let context = &catalog.context;
    let vocabulary = &context.vocabulary;
    // Where rows of one column may lie apart, or tags are taken off them later,
    // nobody knows yet what stands beside what.
    let notice = match whole && context.overrides.is_empty() {
        true => &context.notice,
        false => &context.notice_apart,
    };
    // Ruling out a tag takes the tags themselves where one can stand for many.
    let in_numbers = context.overrides.is_empty() || vocabulary.matching() == TagMatch::Exact;
    let open = || {
        let (number, batch) = (segment.number, catalog.batch_rows);
        PagesReader::open(file, number, rows.clone(), batch, (vocabulary, notice))
    };
    let way = match in_numbers.then(open).flatten() {
        Some(pages) => Way::Pages(Box::new(pages)),
        None => by_batches(catalog, segment, rows)?,
    };
    Ok(Part {
        segment,
        way,
        decoder: Decoder::new(context.clone(), file.fields.projected()),
    })
}

fn by_batches(
    catalog: &Catalog,
    segment: Segment,
    rows: Range<u64>,
) -> Result<Way<'_>, CatalogError> {
    let file = &catalog.files[segment.file];
    let columns = file.fields.indices();
    let reader = SegmentReader::open(file, segment.number, &columns, rows, catalog.batch_rows)?;
    Ok(Way::Batches(reader))
}

impl<'c> StretchReader<'c> {
    pub(super) fn new(catalog: &'c Catalog, stretch: &Stretch, lexicon: &'c mut Lexicon) -> Self {
        StretchReader {
            rows: StretchRows::new(catalog, stretch, lexicon, true),
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
            self.assembler.refresh(self.rows.lexicon);
            let next = self.rows.next()?;
            let lexicon = &mut *self.rows.lexicon;
            match next {
                Some((file, decoded)) => {
                    self.last_file = file;
                    let path = &self.rows.catalog.files[file].path;
                    self.assembler.push(decoded, path, lexicon, &mut pieces)?;
                }
                None => {
                    self.done = true;
                    let path = &self.rows.catalog.files[self.last_file].path;
                    self.assembler.finish(path, lexicon, &mut pieces)?;
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
    pub(super) fn new(rows: StretchRows<'c>, start: u64, shares: usize) -> Self {
        StretchDealer {
            rows,
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
        // No number is kept from one batch to the next.
        self.rows.lexicon.refresh();
        match self.rows.next() {
            Ok(None) => None,
            Err(error) => Some(Err(error)),
            Ok(Some((file, decoded))) => {
                let file = &self.rows.catalog.files[file];
                let dealt = deal(&decoded, self.start, self.shares, self.rows.lexicon);
                Some(dealt.map_err(|e| file.broken(e)))
            }
        }
    }
}

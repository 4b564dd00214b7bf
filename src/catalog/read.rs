//! Stretches of a catalog, read piece by piece.

use super::Catalog;
use super::decode::{Decoded, Decoder};
use super::error::{BadRow, CatalogError};
use super::layout::{Segment, Stretch};
use super::lexicon::Lexicon;
use super::pages::{Next, PagesReader};
use super::piece::{Assembler, Piece};
use super::scatter::{Block, Cut, Dealer, Numbers, Shares};
use super::segment::SegmentReader;
use crate::tag::TagMatch;
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
    parts: std::vec::IntoIter<(Segment, Range<u64>)>,
    part: Option<Part<'c>>,
    /// Whether all rows of a data source come one after the other: then the
    /// second table is asked here, and what stands beside a tag is known.
    whole: bool,
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
    Batches(Box<SegmentReader<'c>>),
}

impl<'c> StretchRows<'c> {
    pub(super) fn new(catalog: &'c Catalog, stretch: &Stretch, lexicon: &'c mut Lexicon) -> Self {
        StretchRows {
            catalog,
            lexicon,
            parts: stretch.parts.clone().into_iter(),
            part: None,
            whole: true,
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
        let next = self.read_next()?;
        match &next {
            // What was left out already may have been noticed.
            Some((file, _)) if self.lexicon.was_surprised() => Err(CatalogError::Broken {
                file: self.catalog.files[*file].path.clone(),
                reason: "it holds tags that are not in the dictionaries which it says it keeps to"
                    .into(),
            }),
            _ => Ok(next),
        }
    }

    fn read_next(&mut self) -> Result<Option<(usize, Decoded)>, CatalogError> {
        loop {
            let Some(part) = &mut self.part else {
                match self.parts.next() {
                    Some((segment, rows)) => {
                        let mut part = begin(self.catalog, segment, rows, self.whole)?;
                        if !self.whole {
                            part.decoder = part.decoder.without_sources();
                        }
                        self.part = Some(part);
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
                        let place = (part.segment, position);
                        let decoded = decoder.decode_numbers(*numbers, place, self.lexicon);
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
                    let file_read = &self.catalog.files[file];
                    let (decoder, bad) = (&mut part.decoder, &mut self.bad);
                    let lexicon = &mut *self.lexicon;
                    let decode = || decoder.decode(&rows, &file_read.path, bad, lexicon);
                    let decoded = file_read.calmly(decode)?;
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
    Ok(Way::Batches(Box::new(reader)))
}

impl<'c> StretchReader<'c> {
    pub(super) fn new(catalog: &'c Catalog, stretch: &Stretch, lexicon: &'c mut Lexicon) -> Self {
        StretchReader {
            rows: StretchRows::new(catalog, stretch, lexicon),
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

/// Deals the rows of a stretch of a scattered catalog out.
///
/// Names and sets have numbers that all threads share, and so have the blocks
/// one place: whoever drives this sees to it that one thread at a time is there.
pub struct StretchDealer<'c> {
    rows: StretchRows<'c>,
    numbers: &'c mut Numbers,
    cut: Cut,
    batch: Option<Decoded>,
}

impl<'c> StretchDealer<'c> {
    /// Begins stretch `number`.
    pub(super) fn new(
        catalog: &'c Catalog,
        (stretch, number): (&Stretch, usize),
        cut: Cut,
        dealer: &'c mut Dealer,
    ) -> Self {
        let Dealer { lexicon, numbers } = dealer;
        numbers.begin(number as u32);
        StretchDealer {
            rows: StretchRows {
                whole: false,
                ..StretchRows::new(catalog, stretch, lexicon)
            },
            numbers,
            cut,
            batch: None,
        }
    }

    /// Reads the next batch; whether there was one.
    ///
    /// # Errors
    ///
    /// When the file is broken or has bad rows that are not to be quarantined.
    pub fn read(&mut self) -> Result<bool, CatalogError> {
        // The lexicon's numbers are not kept from one batch to the next.
        self.rows.lexicon.refresh();
        self.batch = self.rows.next()?.map(|(_, decoded)| decoded);
        if let Some(batch) = &self.batch {
            self.numbers.note(batch, self.rows.lexicon);
        }
        Ok(self.batch.is_some())
    }

    /// Whether the batch has names or sets to be [numbered](Self::number).
    pub fn has_new(&self) -> bool {
        self.numbers.has_new()
    }

    /// Has the batch's new names and sets numbered.
    pub fn number(&mut self, shares: &mut Shares) {
        self.numbers.ask(shares, self.rows.lexicon);
    }

    /// Deals the batch out, and after the last one what is left: the blocks
    /// that come of it, to be kept.
    pub fn deal(&mut self) -> Vec<Block> {
        match self.batch.take() {
            Some(batch) => self.numbers.deal(&batch, self.cut, self.rows.lexicon),
            None => self.numbers.finish(self.cut).into_iter().collect(),
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

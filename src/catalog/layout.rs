//! How data sources lie in a catalog: one after the other, or scattered.
//!
//! Found out by reading the ids alone, before anything else. Knowing it
//! beforehand is what lets every thread work on its own stretch of the
//! catalog and write its own stretch of the results.

use super::decode::run_bounds;
use super::error::CatalogError;
use super::file::{CatalogFile, Container};
use super::ids::{Id, Ids};
use super::pages::IdPages;
use super::segment::SegmentReader;
use ahash::RandomState;
use arrow::compute::filter;
use std::collections::HashSet;

/// Ids that are read at a time.
const BATCH_ROWS: usize = 1 << 16;

/// A segment of one of several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The place of its file.
    pub file: usize,
    /// Its number in the file.
    pub number: usize,
}

impl Segment {
    /// A number that grows with the place in the catalog.
    pub(super) fn place(self) -> u64 {
        (self.file as u64) << 32 | self.number as u64
    }
}

/// What the ids of a segment tell.
#[derive(Debug, Clone)]
pub struct SegmentIds {
    rows: u64,
    first: Option<Id>,
    last: Option<Id>,
    /// Rows before the first one that has an id other than the first id.
    head: u64,
    /// A hash for each run of rows with one id; empty when scattered.
    runs: Vec<u64>,
    scattered: bool,
}

/// A stretch of the catalog that holds whole data sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Segments and the rows of each.
    pub(super) parts: Vec<(Segment, std::ops::Range<u64>)>,
}

/// How a catalog is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// The rows of every data source follow one another: each stretch can be
    /// read by itself.
    Contiguous(Vec<Stretch>),
    /// Some data source's rows do not.
    Scattered(Vec<Stretch>),
}

impl SegmentIds {
    /// What is told of a segment that is not worth reading: its rows.
    pub fn unread(rows: u64) -> Self {
        SegmentIds {
            rows,
            scattered: true,
            ..SegmentIds::new()
        }
    }

    /// Whether some data source's rows do not follow one another, so that
    /// nothing beyond the number of rows was read.
    pub fn is_scattered(&self) -> bool {
        self.scattered
    }

    fn new() -> Self {
        SegmentIds {
            rows: 0,
            first: None,
            last: None,
            head: 0,
            runs: Vec::new(),
            scattered: false,
        }
    }

    /// Reads the ids of a segment, as long as they can tell something.
    pub(super) fn read(file: &CatalogFile, number: usize) -> Result<Self, CatalogError> {
        let columns = [file.fields.id];
        let known = rows_known(file, number);
        let mut found = SegmentIds::new();
        let mut seen: HashSet<u64, RandomState> = HashSet::default();
        let mut in_head = true;
        let mut rest = 0..u64::MAX;
        if let Some(mut pages) = IdPages::open(file, number) {
            rest = loop {
                match pages.next(BATCH_ROWS as u64) {
                    Ok(Some(ids)) => {
                        let start = found.rows;
                        found.rows += ids.len() as u64;
                        // No row is bad where this way leads.
                        let position = |row| row as u64;
                        found.take(&ids, start, &mut seen, &mut in_head, position);
                    }
                    Ok(None) => break 0..0,
                    Err(rest) => break rest,
                }
                if let Some(rows) = known.filter(|_| found.scattered) {
                    return Ok(SegmentIds::unread(rows));
                }
            };
        }
        for rows in SegmentReader::open(file, number, &columns, rest, BATCH_ROWS)? {
            let rows = rows?;
            let column = rows.batch.column(0);
            let start = found.rows;
            found.rows += rows.batch.num_rows() as u64;
            // Bad rows belong to no data source; the reading proper tells of them.
            let ids = Ids::of(column).map_err(|e| file.broken(e))?;
            let clean = (0..ids.len()).all(|row| ids.fault(row).is_none());
            if clean {
                found.take(&ids, start, &mut seen, &mut in_head, |row| row as u64);
            } else {
                let good: Vec<usize> = (0..ids.len()).filter(|r| ids.fault(*r).is_none()).collect();
                let keep = (0..ids.len())
                    .map(|r| Some(ids.fault(r).is_none()))
                    .collect();
                let kept = filter(column, &keep).map_err(|e| file.broken(e))?;
                let ids = Ids::of(&kept).map_err(|e| file.broken(e))?;
                found.take(&ids, start, &mut seen, &mut in_head, |row| good[row] as u64);
            }
            if let Some(rows) = known.filter(|_| found.scattered) {
                return Ok(SegmentIds::unread(rows));
            }
        }
        if in_head {
            found.head = found.rows;
        }
        Ok(found)
    }

    fn take(
        &mut self,
        ids: &Ids,
        start: u64,
        seen: &mut HashSet<u64, RandomState>,
        in_head: &mut bool,
        position: impl Fn(usize) -> u64,
    ) {
        if self.scattered {
            return;
        }
        for run in run_bounds(ids) {
            let row = run.start;
            if self.last.as_ref().is_some_and(|last| ids.is(row, last)) {
                continue;
            }
            if self.first.is_none() {
                self.first = Some(ids.get(row));
            } else if *in_head {
                *in_head = false;
                self.head = start + position(row);
            }
            self.last = Some(ids.get(row));
            let hash = ids.hash(row);
            if !seen.insert(hash) {
                self.scattered = true;
                self.runs = Vec::new();
                return;
            }
            self.runs.push(hash);
        }
    }
}

/// Finds the layout out from what the ids of segments tell, in input order.
///
/// Two different ids with one hash make a contiguous catalog look scattered;
/// that costs time and changes no assignment.
#[derive(Debug, Default)]
pub struct Survey {
    rows: Vec<(Segment, u64)>,
    scattered: bool,
    /// As long as nothing is scattered: the runs of all segments, the stretches
    /// that they come to, and the last id.
    seen: HashSet<u64, RandomState>,
    stretches: Vec<Stretch>,
    last: Option<Id>,
}

impl Survey {
    /// Whether it is known that data sources lie scattered: of further
    /// segments nothing but the number of rows counts.
    pub fn is_scattered(&self) -> bool {
        self.scattered
    }

    /// All segments so far, and the rows of each.
    pub fn rows(&self) -> &[(Segment, u64)] {
        &self.rows
    }

    /// Takes the next segment in.
    pub fn push(&mut self, segment: Segment, ids: SegmentIds) {
        self.rows.push((segment, ids.rows));
        if self.scattered {
            return;
        }
        if ids.first.is_none() && !ids.scattered && !self.stretches.is_empty() {
            // Nothing but bad rows: they break no data source apart.
            add_to_last(&mut self.stretches, (segment, 0..ids.rows));
            return;
        }
        let goes_on = ids.first.is_some() && ids.first == self.last;
        let mut runs = ids.runs.iter().skip(usize::from(goes_on));
        if ids.scattered || !runs.all(|run| self.seen.insert(*run)) {
            self.scattered = true;
            self.seen = HashSet::default();
            self.stretches = Vec::new();
            return;
        }
        let head = if goes_on { ids.head } else { 0 };
        if head > 0 {
            add_to_last(&mut self.stretches, (segment, 0..head));
        }
        if head < ids.rows {
            self.stretches.push(Stretch {
                parts: vec![(segment, head..ids.rows)],
            });
        }
        self.last = ids.last.or(self.last.take());
    }

    /// The layout. Neighbouring segments are one stretch until it has
    /// `stretch_rows` rows.
    pub fn layout(self, stretch_rows: u64) -> Layout {
        if !self.scattered {
            return Layout::Contiguous(joined(self.stretches, stretch_rows));
        }
        let whole = self.rows.iter().map(|(segment, rows)| Stretch {
            parts: vec![(*segment, 0..*rows)],
        });
        Layout::Scattered(joined(whole.collect(), stretch_rows))
    }
}

/// The rows of a segment, where they are known without reading it.
pub(super) fn rows_known(file: &CatalogFile, number: usize) -> Option<u64> {
    match &file.container {
        Container::Parquet(metadata) => {
            let group = metadata.metadata().row_groups().get(number)?;
            u64::try_from(group.num_rows()).ok()
        }
        Container::Held(table) => Some(table.rows()),
        Container::IpcFile | Container::IpcStream => None,
    }
}

fn add_to_last(stretches: &mut [Stretch], part: (Segment, std::ops::Range<u64>)) {
    if let Some(stretch) = stretches.last_mut() {
        stretch.parts.push(part);
    }
}

/// Small neighbours made one, so that small row groups cost no more than large ones.
fn joined(stretches: Vec<Stretch>, rows: u64) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        match joined.last_mut() {
            Some(last) if last.rows() < rows => last.parts.extend(stretch.parts),
            _ => joined.push(stretch),
        }
    }
    joined
}

impl Stretch {
    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.parts
            .iter()
            .map(|(_, rows)| rows.end - rows.start)
            .sum()
    }
}

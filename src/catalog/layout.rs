//! How data sources lie in a catalog: one after the other, or scattered.
//!
//! Found out by reading the ids alone, before anything else. Knowing it
//! beforehand is what lets every thread work on its own stretch of the
//! catalog and write its own stretch of the results.

use super::decode::run_bounds;
use super::error::CatalogError;
use super::file::CatalogFile;
use super::ids::{Id, Ids};
use super::pages::IdPages;
use super::segment::SegmentReader;
use ahash::RandomState;
use arrow::compute::filter;
use std::collections::HashSet;

/// A segment of one of several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The place of its file.
    pub file: usize,
    /// Its number in the file.
    pub number: usize,
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
    /// How many rows the segment has.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads the ids of a segment.
    pub(super) fn read(file: &CatalogFile, number: usize) -> Result<Self, CatalogError> {
        let columns = [file.fields.id];
        let mut found = SegmentIds {
            rows: 0,
            first: None,
            last: None,
            head: 0,
            runs: Vec::new(),
            scattered: false,
        };
        let mut seen: HashSet<u64, RandomState> = HashSet::default();
        let mut in_head = true;
        let mut rest = 0..u64::MAX;
        if let Some(mut pages) = IdPages::open(file, number) {
            rest = loop {
                match pages.next(1 << 16) {
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
            };
        }
        for rows in SegmentReader::open(file, number, &columns, rest, 1 << 16)? {
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

impl Layout {
    /// The layout of segments, given what their ids tell, in input order.
    ///
    /// Two different ids with one hash make a contiguous catalog look
    /// scattered; that costs time and changes no assignment. Neighbouring
    /// segments are one stretch until it has `stretch_rows` rows.
    pub fn of(segments: &[(Segment, SegmentIds)], stretch_rows: u64) -> Self {
        let whole = || {
            let part = |(segment, ids): &(Segment, SegmentIds)| Stretch {
                parts: vec![(*segment, 0..ids.rows)],
            };
            Layout::Scattered(segments.iter().map(part).collect())
        };
        let mut seen: HashSet<u64, RandomState> = HashSet::default();
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut last: Option<&Id> = None;
        for (segment, ids) in segments {
            if ids.scattered {
                return whole();
            }
            if ids.first.is_none() && !stretches.is_empty() {
                // Nothing but bad rows: they break no data source apart.
                add_to_last(&mut stretches, (*segment, 0..ids.rows));
                continue;
            }
            let goes_on = ids.first.is_some() && ids.first.as_ref() == last;
            if !ids
                .runs
                .iter()
                .skip(usize::from(goes_on))
                .all(|run| seen.insert(*run))
            {
                return whole();
            }
            let head = if goes_on { ids.head } else { 0 };
            if head > 0 {
                add_to_last(&mut stretches, (*segment, 0..head));
            }
            if head < ids.rows {
                stretches.push(Stretch {
                    parts: vec![(*segment, head..ids.rows)],
                });
            }
            last = ids.last.as_ref().or(last);
        }
        Layout::Contiguous(joined(stretches, stretch_rows))
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
    fn rows(&self) -> u64 {
        self.parts
            .iter()
            .map(|(_, rows)| rows.end - rows.start)
            .sum()
    }
}

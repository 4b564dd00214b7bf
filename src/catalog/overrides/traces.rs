//! How much of what overrides name a catalog has.

use super::{Override, Overrides};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

/// How far the way to an override's tag leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// The catalog has no such data source.
    NoDataSource,
    /// The data source has no such column.
    NoColumn,
    /// The column does not bear the tag, and no rule would have given it.
    NoTag,
    /// The tag is there, or would be.
    Matched,
}

const COLUMN: u8 = 1;
const TAG: u8 = 2;

/// What has been met so far of the overrides in force.
///
/// Marks are only ever set, by any thread at any time: what they come to does
/// not depend on who was first. Most are set already, so they are read first.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Traces {
    /// Per data source with an override in force.
    sources: Vec<AtomicBool>,
    /// Per override.
    marks: Vec<AtomicU8>,
    /// Per override: the first and the last place where its column bore tags
    /// that could not be looked at.
    unsure: Vec<[AtomicU64; 2]>,
}

impl Traces {
    pub(in crate::catalog) fn of(overrides: &Overrides) -> Self {
        let all = if overrides.is_empty() {
            0
        } else {
            overrides.all().len()
        };
        Traces {
            sources: (0..overrides.sources()).map(|_| false.into()).collect(),
            marks: (0..all).map(|_| 0.into()).collect(),
            unsure: (0..all).map(|_| [u64::MAX.into(), 0.into()]).collect(),
        }
    }

    /// The data source of this number is there.
    pub(in crate::catalog) fn source(&self, number: u32) {
        if let Some(mark) = self.sources.get(number as usize)
            && !mark.load(Ordering::Relaxed)
        {
            mark.store(true, Ordering::Relaxed);
        }
    }

    /// The column of an override is there.
    pub(in crate::catalog) fn column(&self, number: u32) {
        self.set(number, COLUMN);
    }

    /// The tag of an override is on its column, or would be.
    pub(in crate::catalog) fn tag(&self, number: u32) {
        self.set(number, COLUMN | TAG);
    }

    fn set(&self, number: u32, bits: u8) {
        if let Some(mark) = self.marks.get(number as usize)
            && mark.load(Ordering::Relaxed) & bits != bits
        {
            mark.fetch_or(bits, Ordering::Relaxed);
        }
    }

    /// The column of an override is at this place, but nobody has seen
    /// whether the tag is on it.
    pub(in crate::catalog) fn unsure(&self, number: u32, place: u64) {
        self.column(number);
        if let Some([first, last]) = self.unsure.get(number as usize) {
            first.fetch_min(place, Ordering::Relaxed);
            last.fetch_max(place, Ordering::Relaxed);
        }
    }

    /// From where to where to look again for a tag that was not met yet.
    pub(in crate::catalog) fn doubt(&self, number: u32) -> Option<(u64, u64)> {
        let mark = self.marks.get(number as usize)?.load(Ordering::Relaxed);
        let [first, last] = self.unsure.get(number as usize)?;
        let places = (first.load(Ordering::Relaxed), last.load(Ordering::Relaxed));
        (mark & TAG == 0 && places.0 <= places.1).then_some(places)
    }

    /// What has been met of an override; `source` is the number of its data source.
    pub(in crate::catalog) fn get(&self, number: u32, source: u32) -> Trace {
        let mark = self.marks.get(number as usize);
        let mark = mark.map_or(0, |mark| mark.load(Ordering::Relaxed));
        let there = self.sources.get(source as usize);
        let there = there.is_some_and(|mark| mark.load(Ordering::Relaxed));
        match mark {
            _ if mark & TAG != 0 => Trace::Matched,
            _ if mark & COLUMN != 0 => Trace::NoTag,
            _ if there => Trace::NoColumn,
            _ => Trace::NoDataSource,
        }
    }
}

/// An override in force, and how much of what it names a catalog has.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'o> {
    /// The override.
    pub of: &'o Override,
    /// Its number among all overrides, in the order given.
    pub number: usize,
    /// How far the way to its tag leads.
    pub trace: Trace,
}

//! A column of a run, unpacked.

use super::block::{Column, take_row};
use crate::evaluate::State;
use crate::rollup::Verdict;

/// The assignments of a column; made once and filled again and again.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    rows: Vec<Row>,
    rules: Vec<u32>,
}

/// An assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number among the tags of both runs.
    pub(super) tag: u32,
    pub(super) state: State,
    /// Where its rules end.
    end: u32,
}

/// A rule that fires on the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) rule: u32,
    pub(super) verdict: Verdict,
    /// The tag that it gives.
    pub(super) tag: u32,
}

impl Sheet {
    /// Reads a column; none has no rows. `tags` are the numbers of the run's tags.
    pub(super) fn fill(&mut self, column: Option<Column<'_>>, tags: &[u32]) {
        self.rows.clear();
        self.rules.clear();
        let mut rest = column.map_or(&[][..], |column| column.rows);
        while let Some((tag, state)) = take_row(&mut rest, &mut self.rules) {
            let tag = tags.get(tag as usize).copied().unwrap_or(u32::MAX);
            let end = self.rules.len() as u32;
            self.rows.push(Row { tag, state, end });
        }
    }

    /// Whether both say the same in the same order.
    #[inline]
    pub(super) fn is_same(&self, other: &Sheet) -> bool {
        self.rows == other.rows && self.rules == other.rules
    }

    /// The assignments, each with the rules that give its tag.
    #[inline]
    pub(super) fn rows(&self) -> impl Iterator<Item = (Row, &[u32])> {
        let mut first = 0;
        self.rows.iter().map(move |row| {
            let rules = first..row.end as usize;
            first = row.end as usize;
            (*row, self.rules.get(rules).unwrap_or_default())
        })
    }

    /// The findings, in no particular order.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        self.rows().flat_map(|(row, rules)| {
            let verdict = Verdict::of(row.state);
            let finding = move |verdict| {
                move |rule: &u32| Finding {
                    rule: *rule,
                    verdict,
                    tag: row.tag,
                }
            };
            verdict
                .into_iter()
                .flat_map(move |verdict| rules.iter().map(finding(verdict)))
        })
    }
}

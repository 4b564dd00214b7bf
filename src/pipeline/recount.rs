//! The findings of a run that is done, read from its files and counted again.

use super::PipelineError;
use super::ordered::in_order;
use super::progress::{Progress, go_on};
use crate::archive::{ArchiveError, AssignmentFile, StoredColumn, Visitor, Walker};
use crate::evaluate::State;
use crate::output::OverrideRecord;
use crate::rollup::{Collector, Examples, Partial, Plan, Recount, Verdict};
use crate::tag::Tag;
use ahash::RandomState;
use rayon::ThreadPool;
use std::collections::HashSet;
use std::sync::Arc;

/// What the findings of a run come to.
pub(super) struct Recounted {
    pub(super) sums: Partial,
    pub(super) examples: Examples,
}

/// The tags that overrides in force reject. Rows with rules say so by their
/// state; of stale rows only this tells.
struct Rejected<'o>(HashSet<[&'o str; 4], RandomState>);

impl<'o> Rejected<'o> {
    fn by(overrides: &'o [OverrideRecord]) -> Self {
        let all = overrides.iter().map(|of| {
            [
                &*of.data_source_id,
                &*of.column_name,
                &*of.tag_source,
                &*of.tag_name,
            ]
        });
        Rejected(all.collect())
    }

    fn contains(&self, column: &StoredColumn<'_>, tag: &Tag) -> bool {
        let place = [column.data_source, column.name, &*tag.source, &*tag.name];
        !self.0.is_empty() && self.0.contains(&place)
    }
}

/// Counts the findings of a file, whose rules are those of the plan and which
/// was written under these overrides in force.
pub(super) fn recount(
    pool: &ThreadPool,
    file: &AssignmentFile,
    plan: &Arc<Plan>,
    overrides: &[OverrideRecord],
    progress: &dyn Progress,
) -> Result<Recounted, PipelineError> {
    let rejected = Rejected::by(overrides);
    progress.phase("counting", Some(file.rows()));
    let rules: Vec<String> = plan.book().evaluated_ids().map(str::to_owned).collect();
    let mut examples = Collector::new(Arc::clone(plan));
    let workers = in_order(
        pool,
        file.groups(),
        4 * pool.current_num_threads(),
        || (Walker::new(&rules), Recount::new(Arc::clone(plan))),
        |(walker, recount), group| {
            let mut reading = Reading {
                recount,
                collector: Collector::new(Arc::clone(plan)),
                findings: Vec::new(),
                rejected: &rejected,
                progress,
                rows: 0,
            };
            walker.walk(file, group, &mut reading)?;
            go_on(progress)?;
            progress.advance(reading.rows);
            Ok(reading.collector)
        },
        |later| {
            examples.append(later);
            Ok(())
        },
    )?;
    let mut sums = Partial::new(plan);
    for (_, recount) in workers {
        sums.merge(&recount.finish());
    }
    Ok(Recounted {
        sums,
        examples: examples.finish(),
    })
}

/// A row group being read.
struct Reading<'r> {
    recount: &'r mut Recount,
    collector: Collector,
    findings: Vec<(u32, Verdict)>,
    rejected: &'r Rejected<'r>,
    progress: &'r dyn Progress,
    /// Rows that were not told of yet.
    rows: u64,
}

impl Visitor for Reading<'_> {
    fn column(&mut self, column: &StoredColumn<'_>) -> Result<(), ArchiveError> {
        self.findings.clear();
        let mut sensitivity = None;
        for row in column.rows {
            let is_rejected = match row.state {
                State::Muted => true,
                State::Stale => {
                    let tag = column.tags().get(row.tag as usize);
                    tag.is_some_and(|tag| self.rejected.contains(column, tag))
                }
                State::New | State::Recorded => false,
            };
            if !is_rejected {
                sensitivity = sensitivity.max(Some(row.sensitivity));
            }
            if let Some(verdict) = Verdict::of(row.state) {
                let rules = column.rules(row).iter();
                self.findings.extend(rules.map(|rule| (*rule, verdict)));
            }
        }
        self.recount.column(&self.findings, sensitivity.flatten());
        let place = (column.data_source, column.name);
        self.collector.column(place, &self.findings, sensitivity);
        self.rows += column.rows.len() as u64;
        Ok(())
    }

    fn end_data_source(&mut self, id: &str) -> Result<(), ArchiveError> {
        self.recount.end_data_source();
        self.collector.end_data_source(id);
        if self.rows > 1 << 16 {
            self.progress.advance(std::mem::take(&mut self.rows));
        }
        Ok(())
    }
}

//! Columns and data sources to look at first.

use super::model::{Examples, RuleSamples, Sample, WorstSource};
use super::plan::Plan;
use super::status::{BySensitivity, Verdict};
use std::cmp::Reverse;
use std::sync::Arc;

/// So many columns are shown of a rule.
const SAMPLES: usize = 5;
/// So many data sources are shown.
const WORST: usize = 20;

/// Collects [`Examples`] from columns in the order of a run's rows.
#[derive(Debug)]
pub struct Collector {
    plan: Arc<Plan>,
    /// Per evaluated rule and verdict its first columns.
    samples: Vec<[Vec<Sample>; 3]>,
    worst: Vec<WorstSource>,
    columns: BySensitivity,
    /// Failing findings in the data source at hand, and their columns.
    fail: (u64, u64),
}

impl Collector {
    /// Collects for a plan.
    pub fn new(plan: Arc<Plan>) -> Self {
        Collector {
            samples: vec![Default::default(); plan.book.evaluated()],
            plan,
            worst: Vec::new(),
            columns: BySensitivity::default(),
            fail: (0, 0),
        }
    }

    /// A column of the data source at hand: its findings, and the highest
    /// sensitivity of its tags; `None` if all of its tags are muted.
    pub fn column(
        &mut self,
        (data_source, name): (&str, &str),
        findings: &[(u32, Verdict)],
        sensitivity: Option<Option<u8>>,
    ) {
        if let Some(sensitivity) = sensitivity {
            self.columns.add(sensitivity, 1);
        }
        let mut fails = 0;
        for (rule, verdict) in findings {
            if !self.plan.names(*rule) {
                continue;
            }
            fails += u64::from(*verdict == Verdict::Fail);
            let samples = self.samples.get_mut(*rule as usize);
            if let Some(samples) = samples.map(|of| &mut of[*verdict as usize])
                && samples.len() < SAMPLES
            {
                samples.push(Sample {
                    data_source_id: data_source.to_owned(),
                    column_name: name.to_owned(),
                    verdict: *verdict,
                });
            }
        }
        self.fail.0 += fails;
        self.fail.1 += u64::from(fails > 0);
    }

    /// The data source at hand has no more columns.
    pub fn end_data_source(&mut self, id: &str) {
        let (fail, columns) = std::mem::take(&mut self.fail);
        if fail > 0 {
            self.worst.push(WorstSource {
                data_source_id: id.to_owned(),
                fail,
                columns,
            });
            self.keep_worst(8 * WORST);
        }
    }

    /// Takes in what was collected from later rows.
    pub fn append(&mut self, later: Collector) {
        self.columns.merge(&later.columns);
        for (mine, theirs) in self.samples.iter_mut().zip(later.samples) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.extend(theirs);
                mine.truncate(SAMPLES);
            }
        }
        self.worst.extend(later.worst);
        self.keep_worst(8 * WORST);
    }

    /// Drops all but the worst once there are more than `most`.
    fn keep_worst(&mut self, most: usize) {
        if self.worst.len() > most {
            // Ids differ, so the order is one.
            self.worst.sort_unstable_by(|a, b| {
                (Reverse(a.fail), &a.data_source_id).cmp(&(Reverse(b.fail), &b.data_source_id))
            });
            self.worst.truncate(WORST);
        }
    }

    /// What was collected.
    pub fn finish(mut self) -> Examples {
        self.keep_worst(0);
        let ids = self.plan.book.evaluated_ids();
        let mut samples = Vec::new();
        for (id, [pass, fail, muted]) in ids.zip(self.samples) {
            let columns: Vec<Sample> = [fail, pass, muted]
                .into_iter()
                .flatten()
                .take(SAMPLES)
                .collect();
            if !columns.is_empty() {
                samples.push(RuleSamples {
                    rule: id.to_owned(),
                    columns,
                });
            }
        }
        Examples {
            worst: self.worst,
            samples,
            columns: self.columns,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
    use crate::rollup::{KnownRule, RuleBook, Weights};
    use crate::tag::Tag;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Rules `a` and `b`, which a control names, and `c`, which none does.
    fn plan() -> Arc<Plan> {
        let rules = ["a", "b", "c"].map(|id| {
            let known = KnownRule {
                name: id.into(),
                framework: "f".into(),
                classification_tag: Tag::curated("PII"),
                evaluated: true,
            };
            (id.to_owned(), known, None)
        });
        let named = ["a", "b"].map(|id| RuleReference {
            id: id.into(),
            origin: None,
        });
        let framework = ComplianceFramework {
            handle: "h".into(),
            version: "1".into(),
            name: "n".into(),
            description: None,
            icon_url: None,
            requirements: vec![Requirement {
                name: "q".into(),
                controls: vec![Control {
                    name: "c".into(),
                    rules: named.into(),
                }],
            }],
            origin: None,
        };
        Plan::new(vec![framework], RuleBook::new(rules), Weights::default()).into()
    }

    /// Findings of `a`, `b` and `c`, and whether the column has a tag that counts.
    type Column = ([Option<Verdict>; 3], bool);

    fn source() -> impl Strategy<Value = Vec<Column>> {
        let verdict = || {
            let some = select(&Verdict::ALL[..]);
            prop_oneof![Just(None), some.prop_map(Some)]
        };
        vec(([verdict(), verdict(), verdict()], any::<bool>()), 0..4)
    }

    fn findings(column: &Column) -> Vec<(u32, Verdict)> {
        let all = (0u32..).zip(column.0);
        all.filter_map(|(rule, verdict)| Some((rule, verdict?)))
            .collect()
    }

    fn collected(sources: &[(String, Vec<Column>)], per_part: usize) -> Examples {
        let plan = plan();
        let mut all = Collector::new(Arc::clone(&plan));
        for part in sources.chunks(per_part) {
            let mut collector = Collector::new(Arc::clone(&plan));
            for (id, columns) in part {
                for (number, column) in columns.iter().enumerate() {
                    let name = number.to_string();
                    let sensitivity = column.1.then_some(Some(1));
                    collector.column((id, &name), &findings(column), sensitivity);
                }
                collector.end_data_source(id);
            }
            all.append(collector);
        }
        all.finish()
    }

    /// The same by looking at everything again and again.
    fn naive(sources: &[(String, Vec<Column>)]) -> Examples {
        let fails = |column: &Column| {
            let fails = column.0[..2].iter();
            fails.filter(|of| **of == Some(Verdict::Fail)).count() as u64
        };
        let mut worst: Vec<WorstSource> = sources
            .iter()
            .map(|(id, columns)| WorstSource {
                data_source_id: id.clone(),
                fail: columns.iter().map(fails).sum(),
                columns: columns.iter().filter(|column| fails(column) > 0).count() as u64,
            })
            .filter(|source| source.fail > 0)
            .collect();
        worst.sort_by(|a, b| a.data_source_id.cmp(&b.data_source_id));
        worst.sort_by_key(|source| Reverse(source.fail));
        worst.truncate(20);
        let mut samples = Vec::new();
        for (rule, id) in ["a", "b"].into_iter().enumerate() {
            let mut columns = Vec::new();
            for verdict in [Verdict::Fail, Verdict::Pass, Verdict::Muted] {
                for (source, all) in sources {
                    for (number, column) in all.iter().enumerate() {
                        if column.0[rule] == Some(verdict) {
                            columns.push(Sample {
                                data_source_id: source.clone(),
                                column_name: number.to_string(),
                                verdict,
                            });
                        }
                    }
                }
            }
            columns.truncate(5);
            if !columns.is_empty() {
                let rule = id.to_owned();
                samples.push(RuleSamples { rule, columns });
            }
        }
        let counting = sources.iter().flat_map(|(_, columns)| columns);
        let mut columns = BySensitivity::default();
        columns.add(Some(1), counting.filter(|column| column.1).count() as u64);
        Examples {
            worst,
            samples,
            columns,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_worst_and_the_first_whatever_the_parts(
            sources in prop_oneof![vec(source(), 0..6), vec(source(), 0..500)],
            per_part in 1..600usize,
        ) {
            // Ids do not ascend.
            let id = |number: usize| format!("s{}", (number * 7919) % 1000);
            let sources: Vec<_> = sources
                .into_iter()
                .enumerate()
                .map(|(number, columns)| (id(number), columns))
                .collect();
            prop_assert_eq!(collected(&sources, per_part), naive(&sources));
        }
    }
}

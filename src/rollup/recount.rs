//! Findings that were written down, counted again.

use super::kinds::Kinds;
use super::partial::Partial;
use super::plan::Plan;
use super::status::Verdict;
use std::sync::Arc;

/// Counts findings column by column, as they stand in the files of a run.
///
/// ```
/// use classmark::rollup::{Partial, Plan, Recount, RuleBook, Verdict, Weights};
/// use std::sync::Arc;
/// let plan = Arc::new(Plan::new(Vec::new(), RuleBook::default(), Weights::default()));
/// let mut recount = Recount::new(Arc::clone(&plan));
/// recount.column(&[(0, Verdict::Fail)], Some(2));
/// recount.end_data_source();
/// // No control names the rule, so nothing is counted.
/// assert_eq!(recount.finish(), Partial::new(&plan));
/// ```
#[derive(Debug)]
pub struct Recount {
    kinds: Kinds,
    /// Findings at hand, of rules that some control names.
    named: Vec<(u32, Verdict)>,
}

impl Recount {
    /// Counts for a plan.
    pub fn new(plan: Arc<Plan>) -> Self {
        Recount {
            kinds: Kinds::new(plan),
            named: Vec::new(),
        }
    }

    /// A column of the data source at hand: its findings, by the numbers of
    /// evaluated rules, and the highest sensitivity of its tags.
    pub fn column(&mut self, findings: &[(u32, Verdict)], sensitivity: Option<u8>) {
        let plan = self.kinds.plan();
        let named = findings.iter().filter(|(rule, _)| plan.names(*rule));
        self.named.clear();
        self.named.extend(named);
        let bundle = self.kinds.bundle(&self.named);
        self.kinds.count(&self.named, bundle, sensitivity, 1);
        if bundle != 0 {
            self.kinds.meet(bundle);
        }
    }

    /// The data source at hand has no more columns.
    pub fn end_data_source(&mut self) {
        self.kinds.end_source();
        if self.kinds.is_full() {
            self.kinds.add_up();
        }
    }

    /// The sums over all data sources.
    pub fn finish(mut self) -> Partial {
        self.end_data_source();
        self.kinds.finish()
    }
}

//! Columns of one kind count alike.
//!
//! A **kind** is what a column comes to for auditors: its findings of rules
//! that some control names, and its sensitivity. The rules of findings that
//! pass or fail are its **bundle**. Columns are counted per bundle, and what
//! that means for each node is worked out once in the end.

use super::partial::Partial;
use super::plan::Plan;
use super::sightings::Sightings;
use super::status::{BySensitivity, Verdict};
use crate::bits::SetTable;
use std::sync::Arc;

/// So many numbers of four bytes are kept in bundles at most, about, before
/// they are added up.
const MOST_NUMBERS: usize = 4 << 20;

/// How often each kind of column is there.
#[derive(Debug)]
pub(super) struct Kinds {
    plan: Arc<Plan>,
    partial: Partial,
    /// Rules, by their places among those that controls name.
    bundles: SetTable,
    /// Per bundle the columns that have it.
    columns: Vec<BySensitivity>,
    sightings: Sightings,
    /// For the making of a bundle.
    places: Vec<u32>,
}

impl Kinds {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Kinds {
            partial: Partial::new(&plan),
            bundles: SetTable::new(),
            columns: vec![BySensitivity::default()],
            sightings: Sightings::new(&plan),
            places: Vec::new(),
            plan,
        }
    }

    /// The plan by which is counted.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The bundle of a column with such findings; 0 counts for no node.
    pub(super) fn bundle(&mut self, findings: &[(u32, Verdict)]) -> u32 {
        let counting = findings
            .iter()
            .filter(|(_, verdict)| *verdict != Verdict::Muted);
        self.places.clear();
        self.places
            .extend(counting.filter_map(|(rule, _)| self.plan.place(*rule)));
        self.places.sort_unstable();
        self.places.dedup();
        let bundle = self.bundles.intern(&self.places);
        let len = self.bundles.len();
        self.columns.resize(len, BySensitivity::default());
        bundle
    }

    /// The rules of a bundle, by their places among those that controls name.
    pub(super) fn rules(&self, bundle: u32) -> &[u32] {
        self.bundles.get(bundle)
    }

    /// Rules have a finding in the data source at hand, by their places.
    #[inline]
    pub(super) fn see(&mut self, rules: &[u32]) {
        self.sightings.see(rules);
    }

    /// A bundle stands in the data source at hand.
    pub(super) fn meet(&mut self, bundle: u32) {
        self.sightings.see(self.bundles.get(bundle));
    }

    /// The data source at hand has no more columns.
    pub(super) fn end_source(&mut self) {
        if self.sightings.end_source() {
            self.add_up_sources();
        }
    }

    /// Counts columns of a kind.
    pub(super) fn count(
        &mut self,
        findings: &[(u32, Verdict)],
        bundle: u32,
        sensitivity: Option<u8>,
        columns: u64,
    ) {
        for (rule, verdict) in findings {
            self.partial.add_findings(*rule, *verdict, columns);
        }
        self.columns[bundle as usize].add(sensitivity, columns);
    }

    /// Whether so many bundles are kept that they had better be added up.
    pub(super) fn is_full(&self) -> bool {
        self.bundles.size() > MOST_NUMBERS
    }

    /// Adds the columns up and forgets all bundles. Not within a data source.
    pub(super) fn add_up(&mut self) {
        // Per node the bundle for which it was last counted: rules share nodes.
        let mut counted = vec![0; self.plan.nodes()];
        for bundle in 1..self.bundles.len() as u32 {
            let columns = &self.columns[bundle as usize];
            let places = self.bundles.get(bundle).iter();
            for node in places.flat_map(|place| self.plan.nodes_of(*place)) {
                let last = std::mem::replace(&mut counted[*node as usize], bundle);
                if last != bundle {
                    self.partial.add_columns(*node, columns);
                }
            }
        }
        self.bundles.clear();
        self.columns.truncate(1);
    }

    fn add_up_sources(&mut self) {
        let partial = &mut self.partial;
        let tell = |node, count| partial.add_data_sources(node, count);
        self.sightings.sum_up(&self.plan, tell);
    }

    /// The sums.
    pub(super) fn finish(mut self) -> Partial {
        self.add_up();
        self.add_up_sources();
        self.partial
    }
}

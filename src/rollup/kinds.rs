//! Columns of one kind count alike: how often each kind is there, and beside
//! which others.
//!
//! A **kind** is what a column comes to for auditors: its findings of rules
//! that some control names, and its sensitivity. A kind's **bundle** is the set
//! of nodes for which the column counts. Counts are kept per kind, and per set
//! of bundles that meet in one data source; what that means for each node is
//! worked out once in the end.

use super::partial::Partial;
use super::plan::Plan;
use super::status::{BySensitivity, Verdict};
use crate::bits::SetTable;
use std::sync::Arc;

/// So many numbers of four bytes are kept at most, about, before they are
/// added up.
const MOST_NUMBERS: usize = 4 << 20;

/// How often each kind of column is there.
#[derive(Debug)]
pub(super) struct Kinds {
    plan: Arc<Plan>,
    partial: Partial,
    /// Nodes.
    bundles: SetTable,
    /// Per bundle the columns that have it.
    columns: Vec<BySensitivity>,
    /// Per bundle the data sources that have no other one.
    alone: Vec<u64>,
    /// Per bundle the data source in which it was last met.
    met: Vec<u32>,
    /// Bundles that meet in a data source …
    meetings: SetTable,
    /// … and in how many of them, per set.
    met_in: Vec<u64>,
    /// The bundles of the data source at hand.
    here: Vec<u32>,
    /// The number of the data source at hand.
    source: u32,
    /// For the making of a bundle.
    nodes: Vec<u32>,
}

impl Kinds {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Kinds {
            partial: Partial::new(&plan),
            bundles: SetTable::new(),
            columns: vec![BySensitivity::default()],
            alone: vec![0],
            met: vec![0],
            meetings: SetTable::new(),
            met_in: vec![0],
            here: Vec::new(),
            source: 1,
            nodes: Vec::new(),
            plan,
        }
    }

    /// The plan by which is counted.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The bundle of a column with such findings; 0 counts for no node.
    pub(super) fn bundle(&mut self, findings: &[(u32, Verdict)]) -> u32 {
        self.nodes.clear();
        for (rule, verdict) in findings {
            if *verdict != Verdict::Muted {
                self.nodes.extend(self.plan.nodes_of(*rule));
            }
        }
        self.nodes.sort_unstable();
        self.nodes.dedup();
        let bundle = self.bundles.intern(&self.nodes);
        let len = self.bundles.len();
        self.columns.resize(len, BySensitivity::default());
        self.alone.resize(len, 0);
        self.met.resize(len, 0);
        bundle
    }

    /// A bundle stands in the data source at hand.
    #[inline]
    pub(super) fn meet(&mut self, bundle: u32) {
        let met = &mut self.met[bundle as usize];
        if *met != self.source {
            *met = self.source;
            self.here.push(bundle);
        }
    }

    /// The data source at hand has no more columns.
    pub(super) fn end_source(&mut self) {
        match self.here.as_slice() {
            [] => return,
            [one] => self.alone[*one as usize] += 1,
            _ => {
                self.here.sort_unstable();
                let meeting = self.meetings.intern(&self.here);
                self.met_in.resize(self.meetings.len(), 0);
                self.met_in[meeting as usize] += 1;
            }
        }
        self.here.clear();
        self.source = self.source.checked_add(1).unwrap_or_else(|| {
            self.met.fill(0);
            1
        });
        if self.meetings.size() > MOST_NUMBERS {
            self.add_up_meetings();
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

    /// Adds up what there is and forgets all bundles. Not within a data source.
    pub(super) fn add_up(&mut self) {
        self.add_up_meetings();
        for bundle in 1..self.bundles.len() {
            let nodes = self.bundles.get(bundle as u32);
            self.partial.add_columns(nodes, &self.columns[bundle]);
            self.partial.add_data_sources(nodes, self.alone[bundle]);
        }
        self.bundles.clear();
        self.columns.truncate(1);
        self.alone.truncate(1);
        self.met.truncate(1);
    }

    fn add_up_meetings(&mut self) {
        for meeting in 1..self.meetings.len() {
            self.nodes.clear();
            for bundle in self.meetings.get(meeting as u32) {
                self.nodes.extend(self.bundles.get(*bundle));
            }
            self.nodes.sort_unstable();
            self.nodes.dedup();
            self.partial
                .add_data_sources(&self.nodes, self.met_in[meeting]);
        }
        self.meetings.clear();
        self.met_in.truncate(1);
    }

    /// The sums.
    pub(super) fn finish(mut self) -> Partial {
        self.add_up();
        self.partial
    }
}

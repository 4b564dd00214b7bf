//! Counts of a part of a catalog: sums, merged in any order.

use super::plan::Plan;
use super::status::{BySensitivity, Verdict};

/// What part of a catalog comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// Per evaluated rule that some control names its findings, in the order of
    /// [`Verdict::ALL`].
    findings: Vec<[u64; 3]>,
    /// Per node its columns.
    columns: Vec<BySensitivity>,
    /// Per node its data sources.
    data_sources: Vec<u64>,
}

impl Partial {
    /// Nothing counted yet.
    pub fn new(plan: &Plan) -> Self {
        Partial {
            findings: vec![[0; 3]; plan.book.evaluated()],
            columns: vec![BySensitivity::default(); plan.nodes()],
            data_sources: vec![0; plan.nodes()],
        }
    }

    /// Adds what another part of the catalog came to; `false`, and nothing is
    /// added, when that part was counted by another plan.
    pub fn merge(&mut self, other: &Partial) -> bool {
        if self.findings.len() != other.findings.len() || self.columns.len() != other.columns.len()
        {
            return false;
        }
        for (sums, more) in self.findings.iter_mut().zip(&other.findings) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
        for (sum, more) in self.columns.iter_mut().zip(&other.columns) {
            sum.merge(more);
        }
        for (sum, more) in self.data_sources.iter_mut().zip(&other.data_sources) {
            *sum += more;
        }
        true
    }

    /// The findings of an evaluated rule; none of one that no control names.
    pub fn findings(&self, rule: u32, verdict: Verdict) -> u64 {
        self.findings
            .get(rule as usize)
            .map_or(0, |of| of[verdict as usize])
    }

    pub(super) fn columns_of(&self, node: usize) -> BySensitivity {
        self.columns.get(node).copied().unwrap_or_default()
    }

    pub(super) fn data_sources_of(&self, node: usize) -> u64 {
        self.data_sources.get(node).copied().unwrap_or_default()
    }

    pub(super) fn add_findings(&mut self, rule: u32, verdict: Verdict, more: u64) {
        if let Some(of) = self.findings.get_mut(rule as usize) {
            of[verdict as usize] += more;
        }
    }

    pub(super) fn add_columns(&mut self, node: u32, more: &BySensitivity) {
        if let Some(sum) = self.columns.get_mut(node as usize) {
            sum.merge(more);
        }
    }

    pub(super) fn add_data_sources(&mut self, node: u32, more: u64) {
        if let Some(sum) = self.data_sources.get_mut(node as usize) {
            *sum += more;
        }
    }
}

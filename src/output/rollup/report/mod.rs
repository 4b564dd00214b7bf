//! `report.html`: a rollup for people.
//!
//! One page that loads nothing, runs nothing it needs, and shows the same to an
//! eye, a screen reader and a printer. Whatever comes from input goes through
//! [`escaped`]; no id on the page is made from it.

pub(crate) mod badge;
mod control;
pub(crate) mod escaped;
mod framework;
mod gaps;
pub(crate) mod head;
mod index;
mod inputs;
pub(crate) mod numbers;
mod overrides;
mod reading;
mod rules;
mod scope;
mod score;
mod sensitivity;
mod sources;
pub(crate) mod words;

use crate::output::Basis;
use crate::rollup::{Examples, Rollup};
use index::RuleIndex;
use std::io::{self, BufWriter, Write};

/// What a page is made from.
struct Report<'a> {
    rollup: &'a Rollup,
    basis: &'a Basis,
    rules: RuleIndex<'a>,
}

impl Report<'_> {
    /// Whether a browser had better not lay out what is out of sight. That costs
    /// a steady scroll bar, so small pages go without.
    fn is_large(&self) -> bool {
        let rules = self.rules.entries();
        let namings: usize = rules.iter().map(|rule| rule.named_by.len()).sum();
        rules.len() + namings > 1000
    }
}

/// Writes a rollup as one page of HTML for people.
///
/// The page is whole in itself: it asks nothing of the network, is read without
/// its script, and prints. Equal arguments give equal bytes.
///
/// ```
/// use classmark::output::{Basis, write_report};
/// use classmark::rollup::{Coverage, Examples, Rollup, Weights};
/// let rollup = Rollup {
///     coverage: Coverage::default(),
///     weights: Weights::default(),
///     frameworks: Vec::new(),
/// };
/// let basis = Basis { as_of: "2026-11-21".into(), ..Basis::default() };
/// let mut page = Vec::new();
/// write_report(&mut page, &rollup, &basis, &Examples::default())?;
/// assert!(page.starts_with(b"<!DOCTYPE html>"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Those of `to`.
pub fn write_report(
    to: &mut impl Write,
    rollup: &Rollup,
    basis: &Basis,
    examples: &Examples,
) -> io::Result<()> {
    let report = Report {
        rollup,
        basis,
        rules: RuleIndex::new(rollup, examples),
    };
    let to = &mut BufWriter::new(to);
    head::write_head(to, &report)?;
    scope::write_scope(to, &report)?;
    for (f, node) in (1..).zip(&rollup.frameworks) {
        framework::write_framework(to, &report, f, node)?;
    }
    gaps::write_gaps(to, &report)?;
    sensitivity::write_sensitivity(to, examples)?;
    sources::write_sources(to, &examples.worst)?;
    overrides::write_overrides(to, basis)?;
    rules::write_rules(to, &report)?;
    reading::write_reading(to, &rollup.weights)?;
    inputs::write_inputs(to, basis)?;
    head::write_foot(to, &report)?;
    to.flush()
}

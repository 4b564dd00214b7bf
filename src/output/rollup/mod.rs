//! Rollups as files.
//!
//! `rollup.json` and `rollup.parquet` are part of every run that has compliance
//! frameworks; the rest are [exports](Export) for who asks. All say the same.

mod basis;
mod columns;
mod csv;
mod identity;
mod json;
mod layout;
mod midnight;
mod ocsf;
mod oscal;
pub(crate) mod report;
mod sentence;
mod table;
mod text;

pub use basis::{Basis, OverrideRecord};
pub use csv::{CsvOptions, write_rollup_csv};
pub use json::write_rollup_json;
pub use ocsf::write_ocsf;
pub use oscal::write_oscal;
pub use report::write_report;
pub use table::rollup_batch;

use super::{OutputError, OutputRecord, Staging, Table};
use crate::rollup::{ControlNode, Examples, Rollup};
use std::io::{self, Write};

/// The rollup as a tree.
pub const ROLLUP_JSON: &str = "rollup.json";
/// The rollup as a table, a row per node.
pub const ROLLUP_PARQUET: &str = "rollup.parquet";
/// The rollup for spreadsheets, a row per control and rule.
pub const ROLLUP_CSV: &str = "rollup.csv";
/// The rollup as OSCAL assessment results.
pub const OSCAL: &str = "oscal-assessment-results.json";
/// The rollup as OCSF compliance findings.
pub const OCSF: &str = "ocsf-compliance-findings.ndjson";

/// The rollup as a page for people.
pub const REPORT: &str = "report.html";

/// A form of the rollup for somebody else's tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Export {
    /// [`ROLLUP_CSV`].
    Csv,
    /// [`OSCAL`].
    Oscal,
    /// [`OCSF`].
    Ocsf,
}

impl Export {
    /// All exports, in the order in which they are written.
    pub const ALL: [Export; 3] = [Export::Csv, Export::Oscal, Export::Ocsf];

    /// The name of its file.
    ///
    /// ```
    /// assert_eq!(classmark::output::Export::Csv.name(), "rollup.csv");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Export::Csv => ROLLUP_CSV,
            Export::Oscal => OSCAL,
            Export::Ocsf => OCSF,
        }
    }

    /// Whether it can be dated by a day as `2026-12-31`: OSCAL and OCSF name a
    /// moment of the years 1900 to 2999.
    ///
    /// ```
    /// use classmark::output::Export;
    /// assert!(Export::Oscal.can_be_dated("2026-12-31"));
    /// assert!(!Export::Oscal.can_be_dated("1899-12-31"));
    /// assert!(Export::Csv.can_be_dated("1899-12-31"));
    /// ```
    pub fn can_be_dated(self, day: &str) -> bool {
        match self {
            Export::Csv => true,
            Export::Oscal | Export::Ocsf => midnight::Midnight::of(day).is_ok(),
        }
    }

    /// Writes it, in small pieces: give it a buffered writer.
    ///
    /// # Errors
    ///
    /// When it cannot be written, and when a form that needs a time is given a
    /// [`Basis::as_of`] that is no day.
    pub fn write(self, rollup: &Rollup, basis: &Basis, to: impl Write) -> io::Result<()> {
        match self {
            Export::Csv => write_rollup_csv(rollup, to),
            Export::Oscal => write_oscal(rollup, basis, to),
            Export::Ocsf => write_ocsf(rollup, basis, to),
        }
    }

    /// What the manifest counts as its rows: lines of data, and for OSCAL findings.
    fn rows(self, rollup: &Rollup) -> u64 {
        let per_control = |control: &ControlNode| match self {
            Export::Csv => csv::rows(control).count() as u64,
            Export::Oscal | Export::Ocsf => 1,
        };
        controls(rollup).map(per_control).sum()
    }
}

/// Writes [`ROLLUP_JSON`], [`ROLLUP_PARQUET`] and the exports asked for into a
/// folder in the making; `csv` is about [`ROLLUP_CSV`]. As rows of `rollup.json`
/// its nodes are counted.
///
/// # Errors
///
/// When a file cannot be made or written.
pub fn write_rollup(
    staging: &Staging,
    rollup: &Rollup,
    basis: &Basis,
    exports: &[Export],
    csv: CsvOptions,
) -> Result<Vec<OutputRecord>, OutputError> {
    let batch = rollup_batch(rollup)?;
    let nodes = batch.num_rows() as u64;
    let mut records = vec![document(staging, ROLLUP_JSON, nodes, |to| {
        write_rollup_json(rollup, basis, to)
    })?];
    let mut table = Table::create(staging, ROLLUP_PARQUET, &batch.schema())?;
    table.write_all(&[batch])?;
    records.push(OutputRecord::table(table.finish()?));
    for export in Export::ALL.into_iter().filter(|e| exports.contains(e)) {
        records.push(document(
            staging,
            export.name(),
            export.rows(rollup),
            |to| {
                if export == Export::Csv && csv.byte_order_mark {
                    to.write_all(csv::BYTE_ORDER_MARK)?;
                }
                export.write(rollup, basis, to)
            },
        )?);
    }
    Ok(records)
}

/// Writes [`REPORT`] into a folder in the making. As rows its controls are counted.
///
/// # Errors
///
/// When the file cannot be made or written.
pub fn stage_report(
    staging: &Staging,
    rollup: &Rollup,
    basis: &Basis,
    examples: &Examples,
) -> Result<OutputRecord, OutputError> {
    let rows = controls(rollup).count() as u64;
    document(staging, REPORT, rows, |mut to| {
        write_report(&mut to, rollup, basis, examples)
    })
}

/// Writes a file that is no table of Parquet.
fn document(
    staging: &Staging,
    name: &'static str,
    rows: u64,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<OutputRecord, OutputError> {
    let mut file = staging.create(name)?;
    write(&mut file).map_err(|reason| OutputError::file(name, reason))?;
    Ok(OutputRecord::table((rows, file.finish()?)))
}

fn controls(rollup: &Rollup) -> impl Iterator<Item = &ControlNode> {
    let requirements = rollup.frameworks.iter().flat_map(|f| &f.requirements);
    requirements.flat_map(|requirement| &requirement.controls)
}

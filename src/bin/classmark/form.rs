//! In which forms a rollup is written, and what it may not say.

use crate::exit::Exit;
use crate::failure::Failure;
use clap::{Args, ValueEnum};
use classmark::catalog::Day;
use classmark::output::{CsvOptions, Export};
use classmark::pipeline::{ComplianceDocuments, RollupOptions};
use classmark::rollup::{Rollup, Status, Weights};

/// In which forms a rollup is written, and what it may not say.
#[derive(Debug, Args)]
pub(crate) struct FormArguments {
    /// Write `report.html`, a page for people, beside the rollup's files.
    #[arg(long)]
    pub(crate) report: bool,
    /// Write further forms: `rollup.csv`, `oscal-assessment-results.json`,
    /// `ocsf-compliance-findings.ndjson`.
    #[arg(long, value_name = "FORM", value_enum, value_delimiter = ',', num_args = 1..)]
    pub(crate) export: Vec<Form>,
    /// Begin `rollup.csv` with a byte order mark, by which Excel knows it for UTF-8. Needs
    /// `--export csv`.
    #[arg(long)]
    pub(crate) csv_bom: bool,
    /// What a finding weighs in weighted scores, by the sensitivity of its classification tag
    /// [default: 2=4,1=2,0=1,not_rated=1].
    #[arg(long, value_name = "WEIGHTS", value_parser = weights)]
    pub(crate) weights: Option<Weights>,
    /// End with exit code 4 if a control fails, or if a control fails or is unknown.
    #[arg(long, value_name = "STATUS", value_enum)]
    pub(crate) fail_on: Option<FailOn>,
}

/// A form of the rollup for other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    Csv,
    Oscal,
    Ocsf,
}

/// From which status on a rollup ends a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Fail,
    Unknown,
}

impl FailOn {
    /// Whether some control has the status, or a worse one.
    fn is_met(self, rollup: &Rollup) -> bool {
        let bad = |status| match self {
            FailOn::Fail => status == Status::Fail,
            FailOn::Unknown => matches!(status, Status::Fail | Status::Unknown),
        };
        let mut frameworks = rollup.frameworks.iter();
        frameworks.any(|framework| bad(framework.head.status))
    }
}

impl FormArguments {
    /// Refuses options that say how to write a form which is not asked for.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.csv_bom && !self.export.contains(&Form::Csv) {
            true => Err(Failure::NoCsv),
            false => Ok(()),
        }
    }

    /// The rollup of compliance documents.
    pub(crate) fn options(
        &self,
        documents: ComplianceDocuments,
        as_of: Day,
    ) -> Result<RollupOptions, Failure> {
        let exports = self.export.iter().map(|form| match form {
            Form::Csv => Export::Csv,
            Form::Oscal => Export::Oscal,
            Form::Ocsf => Export::Ocsf,
        });
        Ok(RollupOptions {
            weights: self.weights.unwrap_or_default(),
            exports: exports.collect(),
            csv: CsvOptions {
                byte_order_mark: self.csv_bom,
            },
            report: self.report,
            as_of,
            ..RollupOptions::of(documents)?
        })
    }

    /// What a command comes to that has given this rollup.
    pub(crate) fn exit(&self, rollup: &Rollup) -> Exit {
        match self.fail_on {
            Some(fail_on) if fail_on.is_met(rollup) => Exit::FailOn,
            _ => Exit::Done,
        }
    }

    /// Whether something was asked for that needs a rollup.
    pub(crate) fn is_asked(&self) -> bool {
        self.needs_folder() || self.weights.is_some() || self.fail_on.is_some()
    }

    /// Whether something was asked for that can only be written into a folder.
    pub(crate) fn needs_folder(&self) -> bool {
        self.report || !self.export.is_empty()
    }
}

/// Reads `2=4,1=2,0=1,not_rated=1`; what is not named keeps its weight.
fn weights(text: &str) -> Result<Weights, String> {
    let mut weights = Weights::default();
    let mut said = Vec::new();
    for part in text.split(',') {
        let parsed = part.split_once('=').and_then(|(level, weight)| {
            let weight = weight.trim();
            let plain = weight.bytes().all(|byte| byte.is_ascii_digit());
            let weight: u32 = weight.parse().ok().filter(|_| plain)?;
            Some((level.trim(), weight))
        });
        if let Some((level, _)) = parsed {
            if said.contains(&level) {
                return Err(format!("`{level}` has two weights: write one"));
            }
            said.push(level);
        }
        match parsed {
            Some(("2", weight)) => weights.high = weight,
            Some(("1", weight)) => weights.medium = weight,
            Some(("0", weight)) => weights.low = weight,
            Some(("not_rated", weight)) => weights.not_rated = weight,
            _ => return Err("write weights as in `2=4,1=2,0=1,not_rated=1`".into()),
        }
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::weights;

    #[test]
    fn weights_are_read() {
        let read = weights("2=10, not_rated=0").unwrap();
        assert_eq!(
            (read.high, read.medium, read.low, read.not_rated),
            (10, 2, 1, 0)
        );
        for nonsense in [
            "",
            "2",
            "2=",
            "3=1",
            "2=-1",
            "2=1.5",
            "high=2",
            "2=4,",
            "2=99999999999",
            "2=+1",
            "2=1,2=1",
        ] {
            assert!(weights(nonsense).is_err(), "{nonsense}");
        }
    }
}

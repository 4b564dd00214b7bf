//! What a run is rolled up for, and how that is written; and the same again,
//! from the files of a run that is done.

use super::PipelineError;
use super::documents::ComplianceDocuments;
use super::error::local;
use super::ordered::calmly;
use super::progress::{Progress, go_on};
use super::recount::recount;
use super::tag::pool;
use crate::archive::{AssignmentFile, Run};
use crate::catalog::Day;
use crate::compile::Program;
use crate::compliance::{ComplianceFramework, check_rules};
use crate::diagnostic::{Code, Diagnostic};
use crate::framework::Framework;
use crate::output::{
    Basis, CsvOptions, Export, InputRecord, OutputRecord, OverrideRecord, RollupManifest,
    RunRecord, Staging, ToolRecord, stage_report, write_rollup,
};
use crate::rollup::{Examples, KnownRule, Plan, Rollup, RuleBook, Seen, Weights};
use rayon::ThreadPool;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// What a run is rolled up for, and how that is written.
///
/// ```
/// use classmark::pipeline::{RollupOptions, load_compliance};
/// # fn main() -> Result<(), classmark::pipeline::PipelineError> {
/// let documents = load_compliance(&["fixtures/demo/compliance".into()], &Default::default())?;
/// let options = RollupOptions { report: true, ..RollupOptions::of(documents)? };
/// assert_eq!(options.frameworks.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct RollupOptions {
    /// The compliance frameworks.
    pub frameworks: Vec<ComplianceFramework>,
    /// The files that they stand in, for the manifest.
    pub inputs: Vec<InputRecord>,
    /// What findings weigh in weighted scores.
    pub weights: Weights,
    /// Further formats beside `rollup.json` and `rollup.parquet`.
    pub exports: Vec<Export>,
    /// How `rollup.csv` is written, if it is.
    pub csv: CsvOptions,
    /// Whether `report.html` is written, too.
    pub report: bool,
    /// The day that the rollup is dated by.
    pub as_of: Day,
}

impl RollupOptions {
    /// A rollup for the compliance frameworks of documents, and nothing special.
    ///
    /// # Errors
    ///
    /// When the documents have errors: then some frameworks are missing. When
    /// they hold no framework at all: a gate on nothing would always be open.
    pub fn of(mut documents: ComplianceDocuments) -> Result<Self, PipelineError> {
        if documents.frameworks.is_empty() && !documents.has_errors() {
            let nothing = "the compliance documents hold no compliance framework";
            documents.diagnostics.push(
                Diagnostic::error(Code::EmptyInput, nothing).with_help(
                    "name a document with `handle`, `version`, `name` and `requirements`",
                ),
            );
        }
        let (frameworks, inputs) = documents.sound()?;
        Ok(RollupOptions {
            frameworks,
            inputs,
            ..RollupOptions::default()
        })
    }

    /// What is to be counted for a program.
    pub(super) fn plan(&self, frameworks: &[Framework], program: &Program) -> Arc<Plan> {
        let book = rule_book(frameworks, program);
        Arc::new(Plan::new(self.frameworks.clone(), book, self.weights))
    }
}

/// The rules of a program, with what frameworks say of them.
fn rule_book(frameworks: &[Framework], program: &Program) -> RuleBook {
    RuleBook::new(program.records().iter().map(|rule| {
        let tag = &rule.classification_tag;
        let number = program.vocabulary().number(&tag.source, &tag.name);
        let known = KnownRule {
            name: rule.name.clone(),
            framework: frameworks[rule.framework].short_name.clone(),
            classification_tag: tag.clone(),
            evaluated: rule.active,
        };
        let sensitivity = number.and_then(|number| program.sensitivity(number));
        (rule.id.clone(), known, sensitivity)
    }))
}

/// How a run that is done is rolled up.
#[derive(Debug, Clone)]
pub struct RecountOptions {
    /// The folder of the run.
    pub run: PathBuf,
    /// For what, and how that is written.
    pub rollup: RollupOptions,
    /// The day that it is dated by; `None`: the one that the run says, or else
    /// the one of `rollup`.
    pub as_of: Option<Day>,
    /// Where to; `None`: nothing is written.
    pub out: Option<PathBuf>,
    /// Whether an older run in that folder is replaced.
    pub force: bool,
    /// Threads; none said: as many as there are processors.
    pub threads: Option<NonZeroUsize>,
}

/// What a rollup has come to.
#[derive(Debug)]
pub struct RollupSummary {
    /// The counts.
    pub rollup: Rollup,
    /// What they rest on.
    pub basis: Basis,
    /// What is questionable: rule ids that the run does not know or has not evaluated.
    pub warnings: Vec<Diagnostic>,
}

/// Rolls a run up that is done, from its files, without the catalog.
///
/// # Errors
///
/// A folder that is no run, is broken, or was replaced meanwhile; exports that
/// cannot be dated by the day; an output folder that may not be, or
/// cannot be written. Nothing is left behind then.
pub fn rollup(
    options: &RecountOptions,
    progress: &dyn Progress,
) -> Result<RollupSummary, PipelineError> {
    let folders = [Some(&options.run), options.out.as_ref()];
    folders
        .into_iter()
        .flatten()
        .try_for_each(|path| local(path))?;
    let run = calmly(|| Ok(Run::open(&options.run)?))?;
    let asked = &options.rollup;
    let as_of = options.as_of.map(|day| day.to_string());
    let as_of = as_of.or_else(|| run.manifest().options.as_of.clone());
    let as_of = as_of.unwrap_or_else(|| asked.as_of.to_string());
    asked.check_day(&as_of)?;
    let staging = match &options.out {
        Some(out) if run.is_changed_by(out) => return Err(PipelineError::OwnRun(out.clone())),
        Some(out) => Some(Staging::begin(out, options.force)?),
        None => None,
    };
    let pool = pool(options.threads)?;
    let book = RuleBook::new(run.rules().iter().map(|rule| rule.known()));
    let plan = Arc::new(Plan::new(asked.frameworks.clone(), book, asked.weights));
    let read = calmly(|| Ok((run.assignments()?, run.overrides()?)));
    let found = read.and_then(|(file, overrides)| {
        let found = recount(&pool, &file, &plan, &overrides, progress)?;
        Ok((found, overrides))
    });
    // First: of a run that was replaced anything may seem broken.
    run.is_still_there()?;
    let (found, overrides) = found?;
    let manifest = run.manifest();
    let rollup = plan.rollup(
        &found.sums,
        Seen {
            columns: manifest.counts.columns,
            data_sources: manifest.counts.data_sources,
            overrides: manifest.counts.overrides,
        },
    );
    let inputs = manifest
        .inputs
        .iter()
        .filter(|input| input.role != COMPLIANCE);
    let basis = Basis {
        as_of,
        inputs: inputs.chain(&asked.inputs).cloned().collect(),
        frameworks: manifest.frameworks.clone(),
        overrides,
        expired: manifest.counts.overrides_expired,
    };
    if let Some(staging) = staging {
        progress.phase("writing", None);
        let assignments = manifest.output(crate::archive::ASSIGNMENTS);
        let manifest = RollupManifest {
            tool: ToolRecord::default(),
            run: RunRecord {
                folder: options.run.display().to_string(),
                assignments_sha256: assignments.map_or_else(String::new, |of| of.sha256.clone()),
            },
            inputs: asked.inputs.clone(),
            as_of: basis.as_of.clone(),
            outputs: asked.write(&staging, &rollup, &basis, || Ok(found.examples))?,
        };
        manifest.write(&staging)?;
        go_on(progress)?;
        staging.commit()?;
    }
    let known = |id: &str| plan.book().get(id).map(|rule| rule.evaluated);
    Ok(RollupSummary {
        warnings: check_rules(&asked.frameworks, known, plan.book().ids()),
        rollup,
        basis,
    })
}

/// The role of compliance documents among the inputs.
const COMPLIANCE: &str = "compliance";

impl RollupOptions {
    /// Whether all exports can be dated by a day.
    pub(super) fn check_day(&self, day: &str) -> Result<(), PipelineError> {
        match self.exports.iter().find(|export| !export.can_be_dated(day)) {
            Some(export) => Err(PipelineError::Undatable {
                export: *export,
                day: day.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Writes what was asked for. Examples are made only if they are shown.
    pub(super) fn write(
        &self,
        staging: &Staging,
        rollup: &Rollup,
        basis: &Basis,
        examples: impl FnOnce() -> Result<Examples, PipelineError>,
    ) -> Result<Vec<OutputRecord>, PipelineError> {
        let mut outputs = write_rollup(staging, rollup, basis, &self.exports, self.csv)?;
        if self.report {
            outputs.push(stage_report(staging, rollup, basis, &examples()?)?);
        }
        Ok(outputs)
    }
}

/// Examples out of the assignments that a run has just written.
pub(super) fn examples(
    pool: &ThreadPool,
    staging: &Staging,
    plan: &Arc<Plan>,
    overrides: &[OverrideRecord],
    progress: &dyn Progress,
) -> Result<Examples, PipelineError> {
    let path = staging.path().join(crate::archive::ASSIGNMENTS);
    let file = AssignmentFile::open(&path)?;
    Ok(recount(pool, &file, plan, overrides, progress)?.examples)
}

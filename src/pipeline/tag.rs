//! The main job: a catalog tagged, and a folder of results.

use super::documents::Documents;
use super::error::local;
use super::journey::{Found, Journey, Tables};
use super::ordered::in_order;
use super::out::check_out;
use super::overrides::{Disclosure, OverrideDocuments};
use super::progress::{Progress, go_on};
use super::rollup::{RollupOptions, examples};
use super::survey::{open, read_ids, read_tags};
use super::{PipelineError, contiguous, scattered};
use crate::catalog::{
    Catalog, CatalogError, CatalogInput, Day, Layout, Overrides, Segment, Shares, fingerprint,
    is_of_machine, system_reason,
};
use crate::compile::{Options, Program, RuleRecord};
use crate::diagnostic::Diagnostic;
use crate::evaluate::State;
use crate::framework::Framework;
use crate::output::{
    AssignmentNames, Basis, CountsRecord, FrameworkRecord, InputRecord, Manifest, OptionsRecord,
    OutputRecord, OverrideRecord, RuleRow, Staging, Table, ToolRecord, overrides_batch,
    rejected_batch, rules_batch,
};
use crate::rollup::{Examples, Plan, Rollup, Seen};
use crate::tag::TagMatch;
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// What to tag, how, and where to.
#[derive(Debug, Clone)]
pub struct TagOptions {
    /// The catalog.
    pub catalog: CatalogInput,
    /// The folder of results.
    pub out: PathBuf,
    /// Whether an older run in that folder is replaced.
    pub force: bool,
    /// Threads; none said: as many as there are processors.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for a scattered catalog: its rows take five eighths of
    /// it at most, what is more goes to disk; the rest is for reading them and
    /// for tagging. Changes no result.
    pub memory: u64,
    /// When a tag meets a criterion.
    pub matching: TagMatch,
    /// Tags that people have ruled out.
    pub overrides: Overrides,
    /// What it is rolled up for, if anything.
    pub rollup: Option<RollupOptions>,
    /// The files that they come from, for the manifest.
    pub override_inputs: Vec<InputRecord>,
}

impl TagOptions {
    /// A one-table catalog into a folder, with nothing special.
    pub fn new(columns: impl Into<PathBuf>, out: impl Into<PathBuf>) -> Self {
        TagOptions {
            catalog: CatalogInput {
                columns: vec![columns.into()],
                ..CatalogInput::default()
            },
            out: out.into(),
            force: false,
            threads: None,
            memory: 1 << 30,
            matching: TagMatch::Exact,
            overrides: Overrides::default(),
            rollup: None,
            override_inputs: Vec::new(),
        }
    }

    /// The same under the overrides of files, and no others.
    ///
    /// # Errors
    ///
    /// When the files have errors: then some overrides are missing.
    pub fn with_overrides(self, documents: OverrideDocuments) -> Result<Self, PipelineError> {
        if documents.has_errors() {
            return Err(PipelineError::Overrides(documents.diagnostics));
        }
        Ok(TagOptions {
            overrides: documents.overrides,
            override_inputs: documents.inputs,
            ..self
        })
    }

    /// Whether overrides were given, be there any or not.
    fn has_overrides(&self) -> bool {
        !self.override_inputs.is_empty() || !self.overrides.all().is_empty()
    }
}

/// What a run has come to.
#[derive(Debug)]
pub struct TagSummary {
    /// Where the results are.
    pub out: PathBuf,
    /// What was counted, as in the manifest.
    pub counts: CountsRecord,
    /// What its findings come to, where that was asked for.
    pub rollup: Option<Rollup>,
    /// What is questionable, though all is done: files of the catalog's folders
    /// that were not read, then overrides in force that match nothing, in the
    /// order given.
    pub warnings: Vec<Diagnostic>,
    /// The overrides in force, in the order given.
    pub overrides: Vec<OverrideRecord>,
    /// How many overrides had expired.
    pub overrides_expired: u64,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// Tags a catalog: all of the results are in the output folder afterwards, or none.
///
/// # Errors
///
/// Frameworks with errors, a catalog that cannot be used, an output folder
/// that may not be or cannot be written. Nothing is left behind then.
///
/// ```no_run
/// use classmark::framework::Limits;
/// use classmark::pipeline::{Silent, TagOptions, load_frameworks, tag};
/// # fn main() -> Result<(), classmark::pipeline::PipelineError> {
/// let frameworks = load_frameworks(&["fixtures/demo/frameworks".into()], &Limits::default())?;
/// let options = TagOptions::new("fixtures/demo/catalog.parquet", "out/demo");
/// let summary = tag(&frameworks, &options, &Silent)?;
/// println!("{} assignments", summary.counts.assignments);
/// # Ok(())
/// # }
/// ```
pub fn tag(
    documents: &Documents,
    options: &TagOptions,
    progress: &dyn Progress,
) -> Result<TagSummary, PipelineError> {
    let mut clock = Clock::start();
    local(&options.out)?;
    if let Some(asked) = &options.rollup {
        asked.check_day(&dated(options).unwrap_or_default().to_string())?;
    }
    let program = Arc::new(program(documents, options.matching)?);
    clock.lap("compile");
    let staging = Staging::begin(&options.out, options.force)?;
    let pool = pool(options.threads)?;
    let mut catalog = open(&pool, &options.catalog, &program, &options.overrides)?;
    check_out(documents, options, &catalog)?;
    catalog.heed(program.notice(read_tags(&catalog, &pool, progress)?.as_ref()));
    clock.lap("open");
    progress.phase("reading ids", None);
    let survey = read_ids(&catalog, &pool, progress)?;
    let segments = survey.rows().to_vec();
    let layout = survey.layout(options.catalog.stretch_rows);
    clock.lap("layout");
    let plan = options.rollup.as_ref();
    let plan = plan.map(|asked| asked.plan(&documents.frameworks, &program));
    let run = Run {
        options,
        program: &program,
        plan: plan.as_ref(),
        catalog: &catalog,
        segments: &segments,
        pool: &pool,
        progress,
    };
    let mut warnings = catalog.passed_over_warnings();
    let (found, tables) = run.assign(layout, &staging)?;
    let disclosure = Disclosure::of(&catalog, program.vocabulary(), &pool)?;
    clock.lap("tag");
    progress.phase("writing", None);
    let mut outputs = tables;
    outputs.push(run.write_rules(&staging, &documents.frameworks, &found)?);
    if options.catalog.quarantine {
        outputs.push(write_table(
            &staging,
            "rejected.parquet",
            &rejected_batch(&found.bad)?,
        )?);
    }
    if options.has_overrides() {
        let rows = disclosure.rows(&options.overrides);
        let batch = overrides_batch(&rows)?;
        outputs.push(write_table(&staging, "overrides.parquet", &batch)?);
    }
    let mut inputs = documents.inputs.clone();
    inputs.extend(run.inputs()?);
    inputs.extend(options.override_inputs.iter().cloned());
    let frameworks: Vec<_> = documents.frameworks.iter().map(framework_record).collect();
    clock.lap("write");
    let rollup = found.sums.as_ref().zip(plan.as_ref());
    let rollup = rollup.map(|(sums, plan)| plan.rollup(sums, run.seen(&found)));
    if let (Some(rollup), Some(asked)) = (&rollup, &options.rollup) {
        inputs.extend(asked.inputs.iter().cloned());
        let basis = Basis {
            inputs: inputs.clone(),
            as_of: dated(options).unwrap_or_default().to_string(),
            frameworks: frameworks.clone(),
            overrides: disclosure.records.clone(),
            expired: options.overrides.expired() as u64,
        };
        let show = || match &plan {
            Some(plan) => examples(&pool, &staging, plan, &disclosure.records, progress),
            None => Ok(Examples::default()),
        };
        outputs.extend(asked.write(&staging, rollup, &basis, show)?);
    }
    clock.lap("rollup");
    let manifest = Manifest {
        tool: ToolRecord::default(),
        inputs,
        frameworks,
        options: options_record(options),
        counts: run.counts(&found),
        timings: clock.laps,
        outputs,
    };
    manifest.write(&staging)?;
    go_on(progress)?;
    staging.commit()?;
    warnings.extend(disclosure.warnings);
    Ok(TagSummary {
        out: options.out.clone(),
        counts: manifest.counts,
        rollup,
        warnings,
        overrides: disclosure.records,
        overrides_expired: options.overrides.expired() as u64,
        seconds: clock.began.elapsed().as_secs_f64(),
    })
}

/// A run whose catalog is open and whose ids are read.
struct Run<'r> {
    options: &'r TagOptions,
    program: &'r Arc<Program>,
    plan: Option<&'r Arc<Plan>>,
    catalog: &'r Catalog,
    segments: &'r [(Segment, u64)],
    pool: &'r ThreadPool,
    progress: &'r dyn Progress,
}

impl Run<'_> {
    /// Tags the catalog, in the way that its data sources lie.
    fn assign(
        &self,
        layout: Layout,
        staging: &Staging,
    ) -> Result<(Found, Vec<OutputRecord>), PipelineError> {
        let progress = self.progress;
        let names = Arc::new(AssignmentNames::new(self.program, self.catalog.id_kind()));
        let mut tables = Tables::create(staging, &names)?;
        let journey = Journey {
            catalog: self.catalog,
            program: self.program,
            plan: self.plan,
            names,
            pool: self.pool,
            progress,
        };
        let rows = self.rows();
        let mut found = match layout {
            Layout::Contiguous(stretches) => {
                progress.phase("tagging", Some(rows));
                contiguous::run(&journey, &stretches, &mut tables)?
            }
            Layout::Scattered(stretches) => {
                progress.phase("gathering", Some(rows));
                let (folder, memory) = (staging.scratch()?, self.options.memory);
                let shares = Shares::new(&folder, rows, memory);
                scattered::run(&journey, &stretches, shares, &mut tables)?
            }
        };
        found
            .bad
            .splice(0..0, self.catalog.bad_source_rows().iter().cloned());
        Ok((found, tables.finish()?))
    }

    fn write_rules(
        &self,
        staging: &Staging,
        frameworks: &[Framework],
        found: &Found,
    ) -> Result<OutputRecord, PipelineError> {
        let tally = &found.tally;
        let vocabulary = self.program.vocabulary();
        let mut fired = vec![(0, 0); self.program.records().len()];
        for rule in 0..self.program.rule_count() {
            if let Some(place) = self.program.record_of(rule as u32) {
                fired[place] = (tally.rule_columns[rule], tally.rule_sources[rule]);
            }
        }
        let row = |(rule, (columns, data_sources)): (_, (u64, u64))| {
            let rule: &RuleRecord = rule;
            let framework = &frameworks[rule.framework];
            let tag = &rule.classification_tag;
            let tag = vocabulary.number(&tag.source, &tag.name);
            RuleRow {
                sensitivity: tag.and_then(|tag| self.program.sensitivity(tag)),
                rule,
                framework_id: framework.id.as_deref(),
                short_name: &framework.short_name,
                version: framework.version.as_deref(),
                columns,
                data_sources,
            }
        };
        let rows: Vec<RuleRow<'_>> = self.program.records().iter().zip(fired).map(row).collect();
        write_table(staging, "rules.parquet", &rules_batch(&rows)?)
    }

    fn seen(&self, found: &Found) -> Seen {
        Seen {
            columns: found.tally.columns,
            data_sources: found.tally.data_sources,
            overrides: self.options.overrides.len() as u64,
        }
    }

    fn rows(&self) -> u64 {
        self.segments.iter().map(|(_, rows)| rows).sum()
    }

    fn counts(&self, found: &Found) -> CountsRecord {
        counts_record(
            (self.catalog, self.program, &self.options.overrides),
            found,
            self.rows(),
        )
    }

    /// The catalog's files, known again by their fingerprints.
    fn inputs(&self) -> Result<Vec<InputRecord>, PipelineError> {
        let mut rows = vec![0; self.catalog.files().count()];
        for (segment, more) in self.segments {
            rows[segment.file] += more;
        }
        let columns = self.catalog.files().zip(rows);
        let columns = columns.map(|((path, bytes), rows)| ("columns", path, bytes, Some(rows)));
        let sources = self
            .catalog
            .source_files()
            .map(|(path, bytes)| ("sources", path, bytes, None));
        let files: Vec<_> = columns.chain(sources).collect();
        let mut records = Vec::with_capacity(files.len());
        in_order(
            self.pool,
            files.len(),
            files.len(),
            || (),
            |(), number| {
                let (role, path, bytes, rows) = files[number];
                go_on(self.progress)?;
                let fingerprint = self.fingerprint_of(path)?;
                Ok(InputRecord {
                    role,
                    path: path.display().to_string(),
                    bytes,
                    rows,
                    fingerprint,
                })
            },
            |record| {
                records.push(record);
                Ok(())
            },
        )?;
        Ok(records)
    }

    fn fingerprint_of(&self, path: &Path) -> Result<String, PipelineError> {
        let file = self.options.catalog.files.open(path);
        file.and_then(fingerprint).map_err(|error| match error {
            error if is_of_machine(&error) => CatalogError::reading(path, error).into(),
            error => PipelineError::Changed {
                file: path.to_owned(),
                reason: system_reason(&error),
            },
        })
    }
}

/// The time that phases take.
struct Clock {
    began: Instant,
    lapped: Instant,
    laps: BTreeMap<&'static str, f64>,
}

impl Clock {
    fn start() -> Self {
        Clock {
            began: Instant::now(),
            lapped: Instant::now(),
            laps: BTreeMap::new(),
        }
    }

    fn lap(&mut self, phase: &'static str) {
        self.laps.insert(phase, self.lapped.elapsed().as_secs_f64());
        self.lapped = Instant::now();
    }
}

/// The program of documents without errors.
pub(super) fn program(documents: &Documents, matching: TagMatch) -> Result<Program, PipelineError> {
    if documents.has_errors() {
        return Err(PipelineError::Documents(documents.diagnostics.clone()));
    }
    Program::compile(&documents.frameworks, Options { matching }).map_err(|error| {
        let before = documents.diagnostics.iter().cloned();
        PipelineError::Documents(before.chain(error.into_diagnostics()).collect())
    })
}

pub(super) fn pool(threads: Option<NonZeroUsize>) -> Result<ThreadPool, PipelineError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .thread_name(|number| format!("classmark-{number}"))
        .build()
        .map_err(|error| PipelineError::Threads(error.to_string()))
}

fn write_table(
    staging: &Staging,
    name: &'static str,
    batch: &arrow::array::RecordBatch,
) -> Result<OutputRecord, PipelineError> {
    let mut table = Table::create(staging, name, &batch.schema())?;
    table.write_all(std::slice::from_ref(batch))?;
    Ok(OutputRecord::table(table.finish()?))
}

/// What was counted over a catalog of so many rows.
pub(super) fn counts_record(
    (catalog, program, overrides): (&Catalog, &Program, &Overrides),
    found: &Found,
    rows: u64,
) -> CountsRecord {
    let tally = &found.tally;
    let unlisted = catalog.has_source_table().then_some(found.unlisted);
    let fired = tally.rule_columns.iter().filter(|columns| **columns > 0);
    CountsRecord {
        rows,
        columns: tally.columns,
        data_sources: tally.data_sources,
        data_sources_without_source_row: unlisted,
        tagged_columns: tally.tagged_columns,
        assignments: tally.states.iter().sum(),
        by_state: State::ALL
            .iter()
            .map(|s| (s.as_str(), tally.in_state(*s)))
            .collect(),
        rules_evaluated: program.rule_count() as u64,
        rules_fired: fired.count() as u64,
        overrides: overrides.len() as u64,
        overrides_expired: overrides.expired() as u64,
        rejected_rows: found.bad.len() as u64,
        files_passed_over: catalog.passed_over().iter().map(|one| one.count).sum(),
        scattered: found.scattered,
    }
}

pub(super) fn framework_record(framework: &Framework) -> FrameworkRecord {
    FrameworkRecord {
        id: framework.id.clone(),
        version: framework.version.clone(),
        short_name: framework.short_name.clone(),
        name: framework.name.clone(),
        active: framework.active,
        rules: framework.rules.len(),
        file: framework
            .origin
            .as_ref()
            .map(|origin| origin.source.name().to_owned()),
    }
}

/// The day that a run is dated by, if that matters to its results.
fn dated(options: &TagOptions) -> Option<Day> {
    let rollup = options.rollup.as_ref().map(|asked| asked.as_of);
    options.overrides.judged_on().or(rollup)
}

fn options_record(options: &TagOptions) -> OptionsRecord {
    let renamed = options.catalog.mapping.renamed();
    OptionsRecord {
        tag_match: match options.matching {
            TagMatch::Exact => "exact",
            TagMatch::Hierarchical => "hierarchical",
        },
        bad_rows: if options.catalog.quarantine {
            "quarantine"
        } else {
            "fail"
        },
        map: renamed
            .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()))
            .collect(),
        no_table_tags: options.catalog.no_table_tags,
        as_of: dated(options).map(|day| day.to_string()),
    }
}

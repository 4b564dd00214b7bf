//! Two runs compared, data source by data source, in whatever order they lie.
//!
//! A thread reads each run; whoever compares takes from the run of which less
//! was taken yet, by its rows: so what is compared when depends on the runs
//! alone. What has no mate yet [waits](pair), in memory or on disk.

mod nodes;
mod pair;
mod read;

use super::PipelineError;
use super::error::local;
use super::ordered::{PANICKED, calmly};
use super::progress::{Progress, go_on};
use crate::archive::{ASSIGNMENTS, Run, RunReader};
use crate::compliance::ComplianceFramework;
use crate::diff::{Block, Change, Comparison, Diff, ScopeDiff, Side};
use crate::output::{
    ChangeTable, ComparedRun, DiffManifest, DiffRecord, InputRecord, OutputError, RunRecord,
    Staging, ToolRecord, write_diff,
};
use pair::{Met, Pairing};
use read::{Feed, feed};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

/// Bytes of data sources that wait for their mates in memory, unless said otherwise.
pub const PENDING_BYTES: usize = 128 << 20;

/// Which runs are compared, and where to.
#[derive(Debug, Clone)]
pub struct DiffOptions {
    /// The folder of the run that is compared from.
    pub old: PathBuf,
    /// The folder of the run that is compared to.
    pub new: PathBuf,
    /// The compliance frameworks for whose nodes findings are summed up.
    pub frameworks: Vec<ComplianceFramework>,
    /// The files that they stand in, for the manifest.
    pub inputs: Vec<InputRecord>,
    /// Where to; `None`: nothing is written.
    pub out: Option<PathBuf>,
    /// Whether an older run in that folder is replaced.
    pub force: bool,
    /// Bytes of data sources that may wait for their mates in memory; what is
    /// more waits on disk. Changes no row of the result, only their order.
    pub pending_bytes: usize,
}

impl DiffOptions {
    /// Two runs, for no compliance framework, written nowhere.
    pub fn new(old: impl Into<PathBuf>, new: impl Into<PathBuf>) -> Self {
        DiffOptions {
            old: old.into(),
            new: new.into(),
            frameworks: Vec::new(),
            inputs: Vec::new(),
            out: None,
            force: false,
            pending_bytes: PENDING_BYTES,
        }
    }
}

/// What a comparison has come to.
#[derive(Debug)]
pub struct DiffSummary {
    /// What is new, resolved, unchanged and incomparable.
    pub diff: Diff,
    /// The run that was compared from.
    pub old: ComparedRun,
    /// The run that was compared to.
    pub new: ComparedRun,
    /// Where it was written, if anywhere.
    pub out: Option<PathBuf>,
}

impl DiffSummary {
    /// All of it, as `diff.json` has it.
    pub fn record(&self) -> DiffRecord<'_> {
        DiffRecord::new(&self.diff, &self.old, &self.new)
    }
}

/// Compares two runs. The meaning of what is counted is in [`crate::diff`].
///
/// # Errors
///
/// A folder that is no run or is broken, an output folder that is one of them,
/// may not be used or cannot be written, a disk that is full. Nothing is left
/// behind then.
///
/// ```no_run
/// use classmark::pipeline::{DiffOptions, Silent, diff};
/// use classmark::rollup::Verdict;
/// # fn main() -> Result<(), classmark::pipeline::PipelineError> {
/// let summary = diff(&DiffOptions::new("out/monday", "out/tuesday"), &Silent)?;
/// println!("{} new fails", summary.diff.findings.appeared(Verdict::Fail));
/// # Ok(())
/// # }
/// ```
pub fn diff(options: &DiffOptions, progress: &dyn Progress) -> Result<DiffSummary, PipelineError> {
    progress.phase("opening", None);
    let folders = [Some(&options.old), Some(&options.new), options.out.as_ref()];
    folders
        .into_iter()
        .flatten()
        .try_for_each(|path| local(path))?;
    let [old, new] = open(&options.old, &options.new)?;
    let out = options.out.as_deref();
    if let Some(out) = out.filter(|out| old.is_changed_by(out) || new.is_changed_by(out)) {
        return Err(PipelineError::Compared(out.to_owned()));
    }
    let staging = out.map(|out| Staging::begin(out, options.force));
    let staging = staging.transpose()?;
    let mut table = staging.as_ref().map(ChangeTable::create).transpose()?;
    let runs = Runs::new(&old, &new)?;
    let (old_run, new_run) = (runs.compared(Side::Old), runs.compared(Side::New));
    let compared = runs.compare(
        options.pending_bytes,
        progress,
        &mut |change| match &mut table {
            Some(table) => table.push(&change),
            None => Ok(()),
        },
    );
    // First: of a run that was replaced anything may seem broken.
    [&old, &new].into_iter().try_for_each(Run::is_still_there)?;
    let mut diff = compared?;
    diff.frameworks = nodes::frameworks(&options.frameworks, &diff.rules);
    let summary = DiffSummary {
        diff,
        old: old_run,
        new: new_run,
        out: options.out.clone(),
    };
    if let (Some(staging), Some(table)) = (staging, table) {
        progress.phase("writing", None);
        go_on(progress)?;
        summary.write(staging, table, options)?;
    }
    Ok(summary)
}

impl DiffSummary {
    fn write(
        &self,
        staging: Staging,
        table: ChangeTable,
        options: &DiffOptions,
    ) -> Result<(), PipelineError> {
        let run = |run: &ComparedRun| RunRecord {
            folder: run.folder.clone(),
            assignments_sha256: run.assignments_sha256.clone(),
        };
        let manifest = DiffManifest {
            tool: ToolRecord::default(),
            old: run(&self.old),
            new: run(&self.new),
            inputs: options.inputs.clone(),
            outputs: vec![table.finish()?, write_diff(&staging, &self.record())?],
        };
        manifest.write(&staging)?;
        Ok(staging.commit()?)
    }
}

/// Opens both runs at once: their files are read whole for their sums.
fn open(old: &Path, new: &Path) -> Result<[Run; 2], PipelineError> {
    let open = |folder: &Path| calmly(|| Ok(Run::open(folder)?));
    thread::scope(|scope| {
        let new = started(scope, "classmark-open", || open(new))?;
        let old = open(old);
        let new = new.join();
        let new = new.unwrap_or_else(|_| Err(PipelineError::GaveUp(PANICKED.into())));
        Ok([old?, new?])
    })
}

fn started<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<thread::ScopedJoinHandle<'scope, T>, PipelineError> {
    let thread = thread::Builder::new().name(name.into());
    let started = thread.spawn_scoped(scope, work);
    started.map_err(|error| PipelineError::Threads(error.to_string()))
}

/// Both runs, their files open.
struct Runs<'r> {
    runs: [&'r Run; 2],
    readers: [RunReader; 2],
}

impl<'r> Runs<'r> {
    fn new(old: &'r Run, new: &'r Run) -> Result<Self, PipelineError> {
        let open = |run| calmly(|| Ok(RunReader::open(run)?));
        Ok(Runs {
            runs: [old, new],
            readers: [open(old)?, open(new)?],
        })
    }

    fn compared(&self, side: Side) -> ComparedRun {
        let (run, reader) = (self.runs[side as usize], &self.readers[side as usize]);
        let assignments = run.manifest().output(ASSIGNMENTS);
        ComparedRun {
            folder: run.folder().display().to_string(),
            assignments_sha256: assignments.map_or_else(String::new, |of| of.sha256.clone()),
            data_sources: reader.data_sources(),
            assignments: reader.assignments(),
        }
    }

    /// How the rules differ.
    fn scope(&self) -> ScopeDiff {
        let rules = self.runs.map(|run| {
            let mut rules = BTreeMap::new();
            for rule in run.rules() {
                *rules.entry(rule.id.as_str()).or_insert(false) |= rule.active;
            }
            rules
        });
        ScopeDiff::of_rules(&rules[0], &rules[1])
    }

    /// The rules that either run evaluated, ascending, and which did.
    fn evaluated(&self) -> BTreeMap<String, [bool; 2]> {
        let mut rules = BTreeMap::<String, [bool; 2]>::new();
        for side in Side::BOTH {
            for id in self.runs[side as usize].evaluated() {
                rules.entry(id).or_default()[side as usize] = true;
            }
        }
        rules
    }

    fn compare(
        self,
        pending_bytes: usize,
        progress: &dyn Progress,
        changed: &mut impl FnMut(Change<'_>) -> Result<(), OutputError>,
    ) -> Result<Diff, PipelineError> {
        let (scope, evaluated) = (self.scope(), self.evaluated());
        let rules: Vec<String> = evaluated.keys().cloned().collect();
        let folders = self.runs.map(Run::folder);
        let evaluated = evaluated.into_iter().map(|(id, [old, new])| (id, old, new));
        let mut comparing = Comparing {
            comparison: Comparison::new(evaluated),
            changed,
        };
        let pairing = Pairing::new(folders, pending_bytes);
        let rows = self.readers.iter().map(read::weight).sum();
        progress.phase("comparing", Some(rows));
        thread::scope(|scope| {
            let [old, new] = self.readers;
            let feeds = [feed(scope, old, &rules)?, feed(scope, new, &rules)?];
            // The feeds end with this, and by that whoever reads for them.
            calmly(|| comparing.run(feeds, pairing, progress))
        })?;
        Ok(comparing.comparison.finish(scope))
    }
}

struct Comparing<'c, C> {
    comparison: Comparison,
    changed: &'c mut C,
}

impl<C: FnMut(Change<'_>) -> Result<(), OutputError>> Comparing<'_, C> {
    fn run(
        &mut self,
        mut feeds: [Feed; 2],
        mut pairing: Pairing<'_>,
        progress: &dyn Progress,
    ) -> Result<(), PipelineError> {
        while let Some(side) = next(&feeds) {
            let Some(buffer) = feeds[side as usize].next()? else {
                continue;
            };
            self.comparison.learn(side, &buffer.tags);
            let mut rest = &buffer.bytes[..];
            while let Some((block, after)) = Block::first(rest) {
                pairing.arrive(side, block, &mut |met| self.met(met))?;
                rest = after;
            }
            pairing.keep_small()?;
            progress.advance(buffer.weight);
            go_on(progress)?;
        }
        pairing.finish(progress, &mut |met| self.met(met))
    }

    fn met(&mut self, met: Met<'_>) -> Result<(), PipelineError> {
        match met {
            Met::Both(old, new) => self.comparison.both(old, new, self.changed)?,
            Met::Alone(side, block) => self.comparison.alone(side, block, self.changed)?,
        }
        Ok(())
    }
}

/// The run of which less was taken yet; none when both are at their end.
fn next([old, new]: &[Feed; 2]) -> Option<Side> {
    match (old.has_ended(), new.has_ended()) {
        (true, true) => None,
        (false, true) => Some(Side::Old),
        (true, false) => Some(Side::New),
        (false, false) => {
            let share = |of: &Feed, beside: &Feed| u128::from(of.taken) * u128::from(beside.all);
            let is_old = share(old, new) <= share(new, old);
            Some(if is_old { Side::Old } else { Side::New })
        }
    }
}

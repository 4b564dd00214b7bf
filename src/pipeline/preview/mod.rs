//! What would change if frameworks were others: one catalog under two programs,
//! in one pass, and nothing written.
//!
//! Threads read the same stretch twice, side by side, for what tags are called by
//! numbers depends on the program; of either side no more than a piece is in
//! memory. What has changed is found by [`crate::diff`], as between two runs.

mod joint;
mod pass;
mod samples;

pub use samples::{ChangedRow, Samples};

use super::PipelineError;
use super::evaluate::Prepared;
use super::journey::check_table_tags;
use super::ordered::calmly;
use super::progress::{Progress, Silent, go_on};
use super::small::SmallCatalog;
use super::survey::{open, read_ids, read_tags};
use super::tag::pool;
use crate::catalog::{Catalog, CatalogInput, Layout, Overrides};
use crate::compile::Program;
use crate::diff::{Diff, Moves, Side};
use crate::evaluate::{State, Tally};
use crate::rollup::{Rollup, Seen};
use joint::Joint;
use pass::Pass;
use rayon::ThreadPool;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The catalog that a change is tried on.
#[derive(Debug, Clone, Copy)]
pub enum PreviewCatalog<'c> {
    /// One in files, of any size.
    Files(&'c CatalogInput),
    /// A small one.
    Small(&'c SmallCatalog),
}

/// How a change is tried.
#[derive(Debug, Clone)]
pub struct PreviewOptions {
    /// Tags that people have ruled out.
    pub overrides: Overrides,
    /// Samples of each kind, at most.
    pub samples: usize,
    /// Threads; none said: as many as there are processors.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for the rows of a scattered catalog; what is more goes to
    /// a folder for temporary files. Changes no result.
    pub memory: u64,
    /// How long it may take; none said: as long as it does.
    pub time: Option<Duration>,
}

impl Default for PreviewOptions {
    fn default() -> Self {
        PreviewOptions {
            overrides: Overrides::default(),
            samples: 100,
            threads: None,
            memory: 256 << 20,
            time: None,
        }
    }
}

/// What would change.
#[derive(Debug)]
pub struct Preview {
    /// As a comparison of two runs says it, one before and one after the change.
    pub diff: Diff,
    /// Some of the assignments that would change, the first ones.
    pub samples: Samples,
    /// Every rule that is evaluated before or after, ascending by id.
    pub rules: Vec<RulePreview>,
    /// The catalog before.
    pub old: SidePreview,
    /// The catalog after.
    pub new: SidePreview,
}

/// What the catalog comes to on one side of the change.
#[derive(Debug)]
pub struct SidePreview {
    /// What was counted.
    pub tally: Tally,
    /// What its findings come to, where the frameworks were prepared for that.
    pub rollup: Option<Rollup>,
}

/// A rule, and on how much it fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePreview {
    /// Its id.
    pub id: String,
    /// Columns and data sources on which it fires before; `None`: it is not evaluated.
    pub old: Option<(u64, u64)>,
    /// The same after.
    pub new: Option<(u64, u64)>,
}

/// How many assignments would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
    /// There after, and not before.
    pub added: u64,
    /// There before, and not after.
    pub removed: u64,
    /// There before and after, in another state.
    pub changed: u64,
    /// The same before and after.
    pub unchanged: u64,
}

impl Preview {
    /// How many assignments would change. Between runs, what a new rule gives is
    /// incomparable; here it is what the change adds.
    pub fn changes(&self) -> Changes {
        let moves = &self.diff.assignments;
        let sum = |of: fn(&Moves<State>, State) -> u64| -> u64 {
            State::ALL.iter().map(|state| of(moves, *state)).sum()
        };
        let (before, after) = (sum(Moves::in_old), sum(Moves::in_new));
        let unchanged = sum(Moves::unchanged);
        let came = State::ALL.iter().map(|state| moves.get(None, Some(*state)));
        let added = came.sum::<u64>() + sum(Moves::incomparable_new);
        let kept = after - added;
        Changes {
            before,
            after,
            added,
            removed: before - kept,
            changed: kept - unchanged,
            unchanged,
        }
    }
}

/// Finds out what would change on a catalog, were `old` frameworks `new` ones.
///
/// # Errors
///
/// A catalog that cannot be used, threads that cannot be started, rows that
/// cannot be set aside, a time that is up.
///
/// ```
/// use classmark::pipeline::{CatalogLimits, Documents, Prepared, Silent, SmallCatalog};
/// use classmark::pipeline::{PreviewCatalog, load_frameworks, preview};
/// # fn main() -> Result<(), classmark::pipeline::PipelineError> {
/// let old = load_frameworks(&["fixtures/demo/frameworks".into()], &Default::default())?;
/// let old = Prepared::new(old, Default::default(), None)?;
/// let new = Prepared::new(Documents::of(Vec::new()), Default::default(), None)?;
/// let catalog = br#"{"data_sources": [{"id": "crm.customers", "columns": [{"name": "email"}]}]}"#;
/// let catalog = SmallCatalog::of_json("catalog", catalog, &CatalogLimits::default())?;
/// let catalog = PreviewCatalog::Small(&catalog);
/// let change = preview(&old, &new, catalog, &Default::default(), &Silent)?;
/// assert_eq!(change.diff.scope.rules_only_new.len(), 0);
/// # Ok(())
/// # }
/// ```
pub fn preview(
    old: &Prepared,
    new: &Prepared,
    catalog: PreviewCatalog<'_>,
    options: &PreviewOptions,
    progress: &dyn Progress,
) -> Result<Preview, PipelineError> {
    let end = options.time.map(|time| (Instant::now(), time));
    let timed = Timed { progress, end };
    let found = compare([old, new], catalog, options, &timed);
    match (found, options.time) {
        (Err(PipelineError::GivenUp), Some(time)) if timed.is_late() => {
            Err(PipelineError::TooLong(time))
        }
        (found, _) => found,
    }
}

fn compare(
    [old, new]: [&Prepared; 2],
    catalog: PreviewCatalog<'_>,
    options: &PreviewOptions,
    timed: &Timed<'_>,
) -> Result<Preview, PipelineError> {
    let pool = pool(options.threads)?;
    let catalogs = catalogs((&pool, timed), [old, new], catalog, &options.overrides)?;
    go_on(timed)?;
    timed.phase("reading ids", None);
    let survey = read_ids(&catalogs[0], &pool, timed)?;
    let rows = survey.rows().iter().map(|(_, rows)| rows).sum();
    let joint = Joint::new([old, new]);
    let pass = Pass {
        sides: [old, new],
        catalogs: &catalogs,
        joint: &joint,
        pool: &pool,
        progress: timed,
        silently: &Timed {
            progress: &Silent,
            ..*timed
        },
        samples: options.samples,
    };
    let found = match survey.layout(0) {
        Layout::Contiguous(stretches) => {
            timed.phase("comparing", Some(rows));
            pass.contiguous(&stretches)?
        }
        Layout::Scattered(stretches) => {
            timed.phase("gathering", Some(rows));
            pass.scattered(&stretches, rows, options.memory)?
        }
    };
    let [(old_tally, old_sums), (new_tally, new_sums)] = found.sums;
    let side = |of: &Prepared, tally: Tally, sums| {
        let seen = Seen {
            columns: tally.columns,
            data_sources: tally.data_sources,
            overrides: options.overrides.len() as u64,
        };
        let plan = of.plan.as_ref().zip(sums);
        let rollup = plan.map(|(plan, sums)| plan.rollup(&sums, seen));
        SidePreview { tally, rollup }
    };
    Ok(Preview {
        diff: found.comparison.finish(joint.scope()),
        samples: found.samples,
        rules: joint.rules([&old_tally, &new_tally]),
        old: side(old, old_tally, old_sums),
        new: side(new, new_tally, new_sums),
    })
}

/// The catalog under the numbers that tags have on each side.
fn catalogs(
    (pool, progress): (&ThreadPool, &dyn Progress),
    [old, new]: [&Prepared; 2],
    catalog: PreviewCatalog<'_>,
    overrides: &Overrides,
) -> Result<[Catalog; 2], PipelineError> {
    let first = match catalog {
        PreviewCatalog::Files(input) => open(pool, input, &old.program, overrides)?,
        PreviewCatalog::Small(small) => calmly(|| small.open(&old.program, overrides))?,
    };
    let vocabulary = Arc::clone(new.program.vocabulary());
    let second = pool.install(|| calmly(|| Ok(first.renumbered(vocabulary)?)))?;
    let heeding = |mut catalog: Catalog, program: &Program| -> Result<_, PipelineError> {
        check_table_tags(&catalog, program)?;
        catalog.heed(program.notice(read_tags(&catalog, pool, progress)?.as_ref()));
        Ok(catalog)
    };
    Ok([
        heeding(first, &old.program)?,
        heeding(second, &new.program)?,
    ])
}

/// Whoever is told, and when it is over at the latest.
#[derive(Clone, Copy)]
struct Timed<'t> {
    progress: &'t dyn Progress,
    /// When it began, and how long it may take.
    end: Option<(Instant, Duration)>,
}

impl Timed<'_> {
    fn is_late(&self) -> bool {
        self.end
            .is_some_and(|(began, time)| began.elapsed() >= time)
    }
}

impl Progress for Timed<'_> {
    fn phase(&self, name: &'static str, rows: Option<u64>) {
        self.progress.phase(name, rows);
    }

    fn advance(&self, rows: u64) {
        self.progress.advance(rows);
    }

    fn is_over(&self) -> bool {
        self.is_late() || self.progress.is_over()
    }
}

/// The places of both sides.
const SIDES: [Side; 2] = Side::BOTH;

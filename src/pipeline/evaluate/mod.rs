//! A small catalog, tagged at once: from memory to memory, in the caller's thread.
//!
//! It comes to exactly what [`tag`](super::tag) would put into a folder. That
//! a request is answered soon, and in little memory, is seen to by limits: on
//! the catalog, on the work that it makes, and on what comes of it.

mod evaluation;
mod read;
mod record;

pub use evaluation::{Evaluation, Row};

use super::journey::{Engine, Found};
use super::ordered::calmly;
use super::rollup::RollupOptions;
use super::small::SmallCatalog;
use super::tag::{counts_record, framework_record, program};
use super::{Documents, PipelineError};
use crate::catalog::{Day, Overrides, Piece};
use crate::compile::Program;
use crate::evaluate::Assignments;
use crate::framework::Framework;
use crate::output::{AssignmentNames, Basis};
use crate::rollup::{Plan, Rollup, Seen};
use crate::tag::TagMatch;
use read::each_piece;
use std::sync::Arc;

/// Frameworks, and what they are rolled up for: compiled once, evaluated often,
/// by any number of threads.
#[derive(Debug)]
pub struct Prepared {
    pub(super) frameworks: Vec<Framework>,
    pub(super) program: Arc<Program>,
    pub(super) plan: Option<Arc<Plan>>,
}

impl Prepared {
    /// Compiles frameworks.
    ///
    /// # Errors
    ///
    /// When the frameworks have errors, or do not go together.
    pub fn new(
        documents: Documents,
        matching: TagMatch,
        rollup: Option<&RollupOptions>,
    ) -> Result<Self, PipelineError> {
        let program = program(&documents, matching)?;
        let plan = rollup.map(|asked| asked.plan(&documents.frameworks, &program));
        Ok(Prepared {
            frameworks: documents.frameworks,
            program: Arc::new(program),
            plan,
        })
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The frameworks, active or not, in the order given.
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }
}

/// How much a small catalog may come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimits {
    /// Rows times evaluated rules.
    pub row_rules: u64,
    /// Assignments, and the rules that stand in them.
    pub results: u64,
}

impl Default for WorkLimits {
    fn default() -> Self {
        WorkLimits {
            row_rules: 500_000_000,
            results: 1_000_000,
        }
    }
}

/// How a small catalog is evaluated.
#[derive(Debug, Clone, Default)]
pub struct EvaluateOptions {
    /// Tags that people have ruled out.
    pub overrides: Overrides,
    /// Whether it is rolled up for what the frameworks were prepared for.
    pub rollup: bool,
    /// The day that the rollup is dated by.
    pub as_of: Day,
    /// How much it may come to.
    pub limits: WorkLimits,
}

impl EvaluateOptions {
    /// The same, dated by the day of a moment: seconds after 1970-01-01 began in UTC.
    pub fn on_day_of(self, seconds: i64) -> Self {
        let as_of = Day::of_unix_seconds(seconds).unwrap_or_default();
        EvaluateOptions { as_of, ..self }
    }
}

/// Tags a small catalog.
///
/// # Errors
///
/// A catalog that does not fit or has bad rows; one that comes to more than it may.
///
/// ```
/// use classmark::pipeline::{CatalogLimits, Documents, EvaluateOptions, Prepared, SmallCatalog};
/// use classmark::pipeline::{evaluate, load_frameworks};
/// # fn main() -> Result<(), classmark::pipeline::PipelineError> {
/// let frameworks = load_frameworks(&["fixtures/demo/frameworks".into()], &Default::default())?;
/// let prepared = Prepared::new(frameworks, Default::default(), None)?;
/// let catalog = br#"{"data_sources": [{"id": "crm.customers", "columns": [{"name": "email"}]}]}"#;
/// let catalog = SmallCatalog::of_json("catalog", catalog, &CatalogLimits::default())?;
/// let evaluation = evaluate(&prepared, &catalog, &EvaluateOptions::default())?;
/// assert_eq!(evaluation.counts().columns, 1);
/// assert_eq!(evaluation.rows().count(), 0);
/// # Ok(())
/// # }
/// ```
pub fn evaluate(
    prepared: &Prepared,
    catalog: &SmallCatalog,
    options: &EvaluateOptions,
) -> Result<Evaluation, PipelineError> {
    options.limits.check_work(catalog, prepared)?;
    calmly(|| {
        let plan = prepared.plan.as_ref().filter(|_| options.rollup);
        let catalog = catalog.open(&prepared.program, &options.overrides)?;
        let mut work = Work::new(prepared, plan, &options.limits);
        let read = each_piece(&catalog, &mut |piece| work.take(piece))?;
        let (tally, sums) = work.engine.sums();
        let found = Found {
            tally,
            sums,
            bad: read.bad,
            unlisted: work.unlisted,
            scattered: read.scattered,
        };
        let counts = counts_record(
            (&catalog, &prepared.program, &options.overrides),
            &found,
            read.rows,
        );
        let rollup = found.sums.as_ref().zip(plan).map(|(sums, plan)| {
            let seen = Seen {
                columns: found.tally.columns,
                data_sources: found.tally.data_sources,
                overrides: options.overrides.len() as u64,
            };
            (plan.rollup(sums, seen), basis(prepared, options))
        });
        let names = AssignmentNames::new(&prepared.program, catalog.id_kind());
        Ok(Evaluation::new(
            Arc::clone(&prepared.program),
            Arc::new(names),
            work.parts,
            rollup,
            counts,
        ))
    })
}

impl WorkLimits {
    fn check_work(&self, catalog: &SmallCatalog, of: &Prepared) -> Result<(), PipelineError> {
        let rules = of.program.rule_count() as u64;
        match catalog.rows().saturating_mul(rules) > self.row_rules {
            true => Err(PipelineError::TooMuch {
                what: "rows times rules",
                limit: self.row_rules,
            }),
            false => Ok(()),
        }
    }
}

/// What a rollup of a catalog in memory rests on.
fn basis(prepared: &Prepared, options: &EvaluateOptions) -> Basis {
    Basis {
        as_of: options.as_of.to_string(),
        inputs: Vec::new(),
        frameworks: prepared.frameworks.iter().map(framework_record).collect(),
        overrides: Vec::new(),
        expired: options.overrides.expired() as u64,
    }
}

/// An evaluation under way.
struct Work<'w> {
    engine: Engine,
    limits: &'w WorkLimits,
    results: u64,
    unlisted: u64,
    parts: Vec<(Piece, Assignments)>,
}

impl<'w> Work<'w> {
    fn new(prepared: &Prepared, plan: Option<&Arc<Plan>>, limits: &'w WorkLimits) -> Self {
        Work {
            engine: Engine::new(&prepared.program, plan),
            limits,
            results: 0,
            unlisted: 0,
            parts: Vec::new(),
        }
    }

    fn take(&mut self, mut piece: Piece) -> Result<(), PipelineError> {
        let assignments = self.engine.apply(&piece.chunk);
        self.count(&assignments)?;
        self.unlisted += piece.unlisted;
        // Whoever reads on has its sets to itself again.
        piece.chunk.sets = Arc::default();
        self.parts.push((piece, assignments));
        Ok(())
    }

    /// Counts the results before anybody writes them out.
    fn count(&mut self, assignments: &Assignments) -> Result<(), PipelineError> {
        let sizes = assignments.outcomes.iter();
        let sizes: Vec<u64> = sizes
            .map(|outcome| (outcome.entries().len() + outcome.fired().len()) as u64)
            .collect();
        for (place, columns) in assignments.by_data_source().flatten() {
            let size = sizes.get(*place as usize).copied().unwrap_or_default();
            let more = size.saturating_mul(u64::from(*columns));
            self.results = self.results.saturating_add(more);
        }
        match self.results > self.limits.results {
            true => Err(PipelineError::TooMuch {
                what: "assignments and rules that give them",
                limit: self.limits.results,
            }),
            false => Ok(()),
        }
    }
}

/// What a catalog is rolled up to, and what that rests on.
type RolledUp = (Rollup, Basis);

//! What is judged: anything that turns frameworks and rows into assignments.

use super::OverrideFormat;
use super::compiled::{Tables, compiled};
use super::journey::{Container, Journey, tagger};
use classmark::framework::Framework;
use classmark::reference::{self, Assignment, Rejection, Row};
use classmark::tag::TagMatch;

/// All that a result depends on.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) frameworks: Vec<Framework>,
    pub(crate) rows: Vec<Row>,
    pub(crate) rejected: Vec<Rejection>,
    pub(crate) matching: TagMatch,
}

type Run = dyn Fn(&[Framework], &[Row], &[Rejection], TagMatch) -> Vec<Assignment>;

/// One way to do a job.
pub(crate) struct Engine {
    name: String,
    run: Box<Run>,
}

impl Engine {
    /// An engine under the name that failures call it by.
    pub(crate) fn new(
        name: impl Into<String>,
        run: impl Fn(&[Framework], &[Row], &[Rejection], TagMatch) -> Vec<Assignment> + 'static,
    ) -> Self {
        Engine {
            name: name.into(),
            run: Box::new(run),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn run(&self, job: &Job) -> Vec<Assignment> {
        (self.run)(&job.frameworks, &job.rows, &job.rejected, job.matching)
    }
}

/// The judge, as one engine among the others.
pub(crate) fn reference() -> Engine {
    Engine::new("reference", reference::assign)
}

/// Whether an override rejects the tag of an assignment: always if it is muted,
/// and perhaps if it is stale.
pub(crate) fn is_rejected(assignment: &Assignment, rejected: &[Rejection]) -> bool {
    let a = assignment;
    rejected
        .iter()
        .any(|of| (&of.data_source, &of.column, &of.tag) == (&a.data_source, &a.column, &a.tag))
}

/// The engines that the properties draw from, a few for each way of working.
pub(crate) fn engines() -> Vec<Engine> {
    vec![
        reference(),
        compiled(1, None, Tables::Many),
        compiled(1, None, Tables::One),
        compiled(1, Some(60), Tables::One),
        compiled(1, None, Tables::Mixed),
        compiled(2, Some(40), Tables::Many),
        compiled(100, None, Tables::One),
        tagger(1),
        tagger(7),
        Journey::new(2, 3).engine(),
        Journey {
            memory: 0,
            ..Journey::new(2, 7)
        }
        .engine(),
        Journey {
            two_tables: true,
            ..Journey::new(1, 8192)
        }
        .engine(),
    ]
}

/// Every way to do a job: threads by batch sizes by table shapes, through
/// Parquet and Arrow files, and through record batches.
pub(crate) fn every_way() -> Vec<Engine> {
    let mut engines = engines();
    for threads in [1, 2, 3, 8] {
        for batch_rows in [1, 7, 8192] {
            for two_tables in [false, true] {
                engines.push(
                    Journey {
                        two_tables,
                        ..Journey::new(threads, batch_rows)
                    }
                    .engine(),
                );
            }
        }
    }
    for format in OverrideFormat::ALL {
        engines.push(
            Journey {
                overrides: Some(format),
                ..Journey::new(2, 3)
            }
            .engine(),
        );
    }
    for arrow in [Container::ArrowFile, Container::ArrowStream] {
        engines.push(
            Journey {
                container: arrow,
                ..Journey::new(2, 3)
            }
            .engine(),
        );
    }
    engines
}

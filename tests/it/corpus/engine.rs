//! What is judged: anything that turns frameworks and rows into assignments.

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

/// Every engine that the corpus and the properties are run on.
pub(crate) fn engines() -> Vec<Engine> {
    vec![reference()]
}

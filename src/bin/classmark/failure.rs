//! What ends a command early.

use crate::signals;
use classmark::archive::ArchiveError;
use classmark::catalog::{CatalogError, MappingError};
use classmark::output::{CommitError, OutputError, Refusal};
use classmark::pipeline::{Blame, PipelineError};
use classmark::synth::SynthError;
use std::borrow::Cow;
use std::io;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("{0}")]
    Mapping(#[from] MappingError),
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("there are no compliance documents to roll findings up for")]
    NoCompliance,
    #[error("there is no folder to write further forms into")]
    NoFolder,
    #[error("`--csv-bom` is about `rollup.csv`, which is not asked for")]
    NoCsv,
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
    /// The process was asked to end.
    #[error(
        "interrupted by {}: nothing was written, and what was there is unchanged",
        signals::name(*.0)
    )]
    Interrupted(i32),
    /// What a command says in its own words.
    #[error("{message}")]
    Told { blame: Blame, message: String },
}

impl Failure {
    /// Who has to do something about it.
    pub(crate) fn blame(&self) -> Blame {
        match self {
            Failure::Pipeline(error) => error.blame(),
            Failure::Told { blame, .. } => *blame,
            Failure::Mapping(_)
            | Failure::NoCompliance
            | Failure::NoFolder
            | Failure::NoCsv
            | Failure::Interrupted(_) => Blame::Usage,
            Failure::Synth(
                SynthError::Io { .. } | SynthError::Parquet(_) | SynthError::Json(_),
            ) => Blame::Output,
            Failure::Synth(_) => Blame::Usage,
            Failure::Commit(error) if error.is_refusal() => Blame::Usage,
            Failure::Commit(_) | Failure::Stdout(_) => Blame::Output,
        }
    }

    /// The signal that ended the command, where it is why it failed.
    pub(crate) fn or_interrupted(self) -> Failure {
        let is_given_up = matches!(
            self,
            Failure::Pipeline(PipelineError::GivenUp) | Failure::Synth(SynthError::GivenUp)
        );
        match signals::received().filter(|_| is_given_up) {
            Some(signal) => Failure::Interrupted(signal),
            None => self,
        }
    }

    /// What to do instead, where that can be said.
    pub(crate) fn help(&self) -> Option<Cow<'_, str>> {
        match self {
            Failure::Pipeline(PipelineError::Catalog(error)) if error.help().is_some() => {
                error.help()
            }
            _ => self.usual_help().map(Cow::Borrowed),
        }
    }

    fn usual_help(&self) -> Option<&'static str> {
        match self {
            Failure::Pipeline(error) => pipeline_help(error),
            Failure::Commit(CommitError::Refused(Refusal::NotEmpty(_))) => {
                Some("name a folder that is empty or not there yet")
            }
            Failure::Commit(CommitError::Refused(refusal)) => refusal_help(refusal),
            Failure::NoCompliance => {
                Some("`--report`, `--export`, `--weights` and `--fail-on` need `--compliance PATH`")
            }
            Failure::NoCsv => Some("add `--export csv`, or leave `--csv-bom` out"),
            Failure::NoFolder => Some("`--report` and `--export` need `--out DIR`"),
            _ => None,
        }
    }
}

fn refusal_help(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::ForeignEntries { .. } => {
            Some("move it elsewhere, or name another folder: only files of the run are replaced")
        }
        Refusal::NotOurs(_) | Refusal::NotAFolder(_) | Refusal::ParentNotAFolder(_) => {
            Some("name another folder")
        }
        Refusal::Busy(_) => Some("wait for the other run to end, or name another folder"),
        _ => None,
    }
}

fn pipeline_help(error: &PipelineError) -> Option<&'static str> {
    match error {
        PipelineError::Output(OutputError::Commit(CommitError::Refused(Refusal::NotEmpty(_)))) => {
            Some("name another folder, or replace an earlier run with `--force`")
        }
        PipelineError::Output(OutputError::Commit(CommitError::Refused(refusal))) => {
            refusal_help(refusal)
        }
        PipelineError::Catalog(CatalogError::Spill(_)) => {
            Some("free some space there, or keep more rows in memory with `--memory`")
        }
        PipelineError::OwnRun(_) => Some("name a folder of its own for the rollup"),
        PipelineError::OverInput { .. } => {
            Some("name a folder for the results that holds no input")
        }
        PipelineError::Undatable { .. } => {
            Some("name a day from `1900-01-01` to `2999-12-31` with `--as-of`")
        }
        PipelineError::Archive(ArchiveError::Replaced(_)) => Some("try again"),
        PipelineError::Compared(_) => Some("name a folder of its own for the comparison"),
        PipelineError::Path(error) => error.help(),
        _ => None,
    }
}

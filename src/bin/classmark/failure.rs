//! What ends a command early.

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
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
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
            Failure::Mapping(_) | Failure::NoCompliance | Failure::NoFolder => Blame::Usage,
            Failure::Synth(
                SynthError::Io { .. } | SynthError::Parquet(_) | SynthError::Json(_),
            ) => Blame::Output,
            Failure::Synth(_) => Blame::Usage,
            Failure::Commit(error) if error.is_refusal() => Blame::Usage,
            Failure::Commit(_) | Failure::Stdout(_) => Blame::Output,
        }
    }

    /// What to do instead, where that can be said.
    pub(crate) fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Failure::Pipeline(PipelineError::Catalog(error)) if error.help().is_some() => {
                error.help().map(Cow::Owned)
            }
            _ => self.fixed_help().map(Cow::Borrowed),
        }
    }

    fn fixed_help(&self) -> Option<&'static str> {
        match self {
            Failure::Pipeline(error) => pipeline_help(error),
            Failure::Commit(CommitError::Refused(Refusal::NotEmpty(_))) => {
                Some("name a folder that is empty or not there yet")
            }
            Failure::NoCompliance => {
                Some("`--report`, `--export`, `--weights` and `--fail-on` need `--compliance PATH`")
            }
            Failure::NoFolder => Some("`--report` and `--export` need `--out DIR`"),
            _ => None,
        }
    }
}

fn pipeline_help(error: &PipelineError) -> Option<&'static str> {
    match error {
        PipelineError::Output(OutputError::Commit(CommitError::Refused(Refusal::NotEmpty(_)))) => {
            Some("name another folder, or replace an earlier run with `--force`")
        }
        PipelineError::OwnRun(_) => Some("name a folder of its own for the rollup"),
        PipelineError::Undatable { .. } => {
            Some("name a day from `1900-01-01` to `2999-12-31` with `--as-of`")
        }
        PipelineError::Archive(ArchiveError::Replaced(_)) => Some("try again"),
        PipelineError::Compared(_) => Some("name a folder of its own for the comparison"),
        PipelineError::Path(error) | PipelineError::Catalog(CatalogError::Path(error)) => {
            error.help()
        }
        PipelineError::Catalog(CatalogError::Schema { found, .. })
            if found.starts_with("missing") =>
        {
            Some("a column of another name is read with `--map OURS=THEIRS`")
        }
        _ => None,
    }
}

//! The catalog that an edit is tried on.

use super::body::Asked;
use super::threads;
use crate::pipeline::{
    ComplianceDocuments, PreviewCatalog, PreviewOptions, RunPlace, SmallCatalog, TagOptions,
};
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::tag::TagMatch;
use axum::http::StatusCode;
use std::path::PathBuf;

/// The catalog that an edit is tried on, and how it is to be read.
pub(super) struct Tried {
    from: From,
    pub(super) matching: TagMatch,
}

enum From {
    /// That of a run, by the run's id.
    Run(String, Box<TagOptions>),
    Sent(SmallCatalog),
}

impl Tried {
    /// The catalog that came with the call, or else that of the last run.
    ///
    /// # Errors
    ///
    /// 409 if there is neither.
    pub(super) fn of(app: &App, asked: &Asked) -> Result<Self, Refusal> {
        match &asked.catalog {
            Some(sent) => Ok(Tried {
                from: From::Sent(sent.catalog.clone()),
                matching: sent.tag_match.unwrap_or_default(),
            }),
            None => of_last_run(app),
        }
    }

    /// The run whose catalog it is.
    pub(super) fn run(&self) -> Option<&str> {
        match &self.from {
            From::Run(id, _) => Some(id),
            From::Sent(_) => None,
        }
    }

    /// The catalog.
    pub(super) fn catalog(&self) -> PreviewCatalog<'_> {
        match &self.from {
            From::Run(_, options) => PreviewCatalog::Files(&options.catalog),
            From::Sent(catalog) => PreviewCatalog::Small(catalog),
        }
    }

    /// How an edit is tried on it: under the overrides of the run.
    pub(super) fn options(&self) -> PreviewOptions {
        let overrides = match &self.from {
            From::Run(_, options) => options.overrides.clone(),
            From::Sent(_) => Default::default(),
        };
        PreviewOptions {
            overrides,
            threads: threads(),
            ..PreviewOptions::default()
        }
    }
}

fn of_last_run(app: &App) -> Result<Tried, Refusal> {
    let last = app.runs.last_done(None)?;
    let request = last
        .as_ref()
        .and_then(|last| Some((&last.run.id, last.request.as_ref()?)));
    let Some((id, request)) = request else {
        let message = "no run is done yet, so there is no catalog to try it on: start one with \
                       `POST /runs`, or send a small catalog along, as `{\"changes\": {...}, \
                       \"catalog\": {\"data_sources\": [...]}}`";
        return Err(Refusal::new(StatusCode::CONFLICT, message));
    };
    let place = RunPlace {
        files: app.runs.confinement()?,
        out: PathBuf::new(),
        now: app.clock.now().div_euclid(1000),
        threads: threads(),
    };
    // A report of no compliance framework would be refused.
    let request = request.without_reports();
    let options = request.options(&place, ComplianceDocuments::default());
    let (options, _) = options.map_err(|error| super::gone(&error))?;
    Ok(Tried {
        matching: request.matching(),
        from: From::Run(id.clone(), Box::new(options)),
    })
}

//! What an edit of a framework would change, tried on the last catalog.

mod body;
mod catalog;
mod records;
mod told;

pub(super) use records::{PreviewRecord, PreviewRequestRecord};

use super::answer::written;
use super::refusal::{clashing, refused};
use crate::framework::Framework;
use crate::pipeline::{PipelineError, PreviewOptions, Silent, preview};
use crate::server::answer::{Refusal, of_type};
use crate::server::app::{App, aside};
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::json_api::READS;
use crate::store::{StoreError, StoredFramework};
use axum::http::StatusCode;
use body::Asked;
use catalog::Tried;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// Samples of each kind, unless said otherwise, and at most.
pub(super) const SAMPLES: usize = 100;
pub(super) const MOST_SAMPLES: usize = 1_000;

/// How long a preview may take: clients wait for it.
const TIME: Duration = Duration::from_secs(60);
/// Bytes of memory for the rows of a scattered catalog; what is more goes to disk.
const MEMORY: u64 = 256 << 20;

pub(super) async fn framework(app: Arc<App>, mut call: Call) -> Outcome {
    let _seat = app.desk.seat()?;
    let samples = samples(&call)?;
    let id = call.part("id").to_owned();
    let asked = Asked::of(&mut call).await?;
    let turn = app.desk.previewing()?;
    let shown = Shown {
        samples,
        compliance: call.caller.may(READS),
    };
    let bytes = aside(move || {
        let bytes = tried(&app, &id, &asked, shown)?;
        drop(turn);
        app.desk.counted(bytes)
    });
    Ok(of_type(StatusCode::OK, "application/json", bytes.await??))
}

/// How much of a preview is shown.
#[derive(Clone, Copy)]
struct Shown {
    /// Assignments of each kind.
    samples: usize,
    /// What compliance frameworks come to: only to those who may read them.
    compliance: bool,
}

fn samples(call: &Call) -> Result<usize, Refusal> {
    let Some(limit) = call.asked("limit")? else {
        return Ok(SAMPLES);
    };
    let limit = limit.parse().ok().filter(|limit| *limit <= MOST_SAMPLES);
    let message = format!("`limit` must be a whole number up to {MOST_SAMPLES}");
    limit.ok_or_else(|| Refusal::bad(message))
}

fn tried(app: &App, id: &str, asked: &Asked, shown: Shown) -> Result<Vec<u8>, Refusal> {
    let store = &app.store;
    let current = store.framework(id)?;
    let edited = edited(&current, asked)?;
    let tried = Tried::of(app, asked)?;
    let rules = app.desk.programs.current(store, tried.matching)?;
    let mut after = rules.prepared.frameworks().to_vec();
    let is_it = |framework: &&mut Framework| framework.id.as_deref() == Some(id);
    match after.iter_mut().find(is_it) {
        Some(place) => *place = edited,
        // It was deleted since.
        None => return Err(StoreError::NotFound(crate::store::Resource::Framework).into()),
    }
    let after = rules.with(after, tried.matching);
    let after = after.map_err(|error| clashing(&error))?;
    let options = PreviewOptions {
        samples: shown.samples,
        memory: MEMORY,
        time: Some(TIME),
        ..tried.options()
    };
    let found = preview(&rules.prepared, &after, tried.catalog(), &options, &Silent);
    let found = found.map_err(|error| not_tried(&error, &tried))?;
    written(|to| told::write(&current, &tried, &found, shown.compliance, to))
}

/// The framework as the edit would leave it.
fn edited(current: &StoredFramework, asked: &Asked) -> Result<Framework, Refusal> {
    let (framework, document) = asked.merged(current)?;
    // Frameworks that came with the program are switched on and off, nothing else.
    if current.system && document.text != current.text {
        return Err(StoreError::System.into());
    }
    Ok(Framework {
        id: Some(current.id.clone()),
        version: Some(current.version.clone()),
        ..framework
    })
}

fn not_tried(error: &PipelineError, tried: &Tried) -> Refusal {
    match tried.run() {
        Some(_) if error.about_catalog().is_some() => gone(error),
        _ => refused(error),
    }
}

/// The catalog of the last run is no longer what it was.
fn gone(error: &PipelineError) -> Refusal {
    if !error.is_about_input() {
        return refused(error);
    }
    let message = format!("the catalog of the last run cannot be read any more: {error}");
    Refusal::new(StatusCode::CONFLICT, message)
}

/// All processors but one, so that other calls are served.
fn threads() -> Option<NonZeroUsize> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    NonZeroUsize::new(all.saturating_sub(1).max(1))
}

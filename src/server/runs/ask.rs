//! Runs asked for, looked at and cancelled.

use super::desk::MOST_WAITING;
use super::record::RunsRecord;
use crate::framework::{Limits, decode};
use crate::pipeline::RunRequest;
use crate::server::answer::{DiagnosticRecord, Refusal, json};
use crate::server::app::{App, aside};
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::guard::too_many;
use crate::server::json_api::READS;
use crate::store::{Resource, StoreError};
use axum::http::{HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a request: thousands of paths. It is kept with its run, for ever.
const MOST_REQUEST: usize = 256 << 10;

/// Faults that are told one by one.
const MOST_TOLD: usize = 1000;

/// Runs in a list, unless said otherwise, and at most.
pub(super) const LISTED: u32 = 20;
pub(super) const MOST_LISTED: u32 = 100;

/// When a client for whom there was no room may ask again.
const FULL: Duration = Duration::from_secs(30);

pub(super) async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let body = call.body(MOST_REQUEST).await?;
    if call.media_type().as_deref() != Some("application/json") {
        let message = "a run is asked for in JSON: send `Content-Type: application/json`";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let stamp = app.stamp(&call.caller);
    let reads_compliance = call.caller.may(READS);
    let runs = Arc::clone(&app.runs);
    let created = aside(move || {
        let source = decode("request", &body, &Limits::default());
        let source = source.map_err(|finding| wrong(&[finding]))?;
        let request = RunRequest::parse(&source).map_err(|findings| wrong(&findings))?;
        let findings = request.look(&runs.confinement()?);
        if !findings.is_empty() {
            return Err(wrong(&findings));
        }
        let run = runs.queue(source.text().to_owned(), stamp);
        run.map(|run| (run.id.clone(), runs.record(run, reads_compliance)))
            .map_err(full)
    });
    let (id, record) = created.await??;
    let mut response = json(StatusCode::ACCEPTED, &record);
    if let Ok(location) = HeaderValue::from_str(&format!("/runs/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn wrong(findings: &[crate::diagnostic::Diagnostic]) -> Refusal {
    let message = match findings {
        [finding] => finding.message.clone(),
        several => format!("the request has {} errors", several.len()),
    };
    let told = findings.iter().take(MOST_TOLD);
    Refusal::bad(message).with(told.map(DiagnosticRecord::from))
}

fn full(error: StoreError) -> Refusal {
    match error {
        StoreError::QueueFull { .. } => {
            let message = format!("{MOST_WAITING} runs wait already: ask again when some are done");
            too_many(&message, FULL)
        }
        other => other.into(),
    }
}

pub(super) async fn list(app: Arc<App>, call: Call) -> Outcome {
    let limit = match call.asked("limit")? {
        None => LISTED,
        Some(text) => limit(&text)?,
    };
    let before = call.asked("before")?;
    let reads_compliance = call.caller.may(READS);
    let runs = Arc::clone(&app.runs);
    let listed = aside(move || {
        let found = runs
            .store
            .runs(before.as_deref(), limit)
            .map_err(|error| match error {
                StoreError::NotFound(Resource::Run) => {
                    Refusal::bad("`before` names no run: give the id of one")
                }
                other => other.into(),
            })?;
        let records = { found.into_iter() }.map(|run| runs.record(run, reads_compliance));
        let runs = records.collect();
        Ok::<_, Refusal>(RunsRecord { runs })
    });
    Ok(json(StatusCode::OK, &listed.await??))
}

fn limit(text: &str) -> Result<u32, Refusal> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|_| plain);
    let limit = limit.filter(|limit| (1..=MOST_LISTED).contains(limit));
    limit.ok_or_else(|| Refusal::bad(format!("`limit` is a number from 1 to {MOST_LISTED}")))
}

pub(super) async fn get(app: Arc<App>, call: Call) -> Outcome {
    let (runs, id) = (Arc::clone(&app.runs), call.part("id").to_owned());
    let reads_compliance = call.caller.may(READS);
    let found = aside(move || {
        let run = runs.store.run(&id);
        run.map(|run| runs.record(run, reads_compliance))
    });
    Ok(json(StatusCode::OK, &found.await??))
}

pub(super) async fn cancel(app: Arc<App>, call: Call) -> Outcome {
    let (runs, id) = (Arc::clone(&app.runs), call.part("id").to_owned());
    let cancelled = aside(move || {
        let run = runs.cancel(&id, &call.caller);
        run.map(|run| runs.record(run, call.caller.may(READS)))
            .map_err(ended)
    });
    Ok(json(StatusCode::ACCEPTED, &cancelled.await??))
}

fn ended(error: StoreError) -> Refusal {
    match error {
        StoreError::RunState(state) if state.has_ended() => {
            let message = format!("the run has ended: it is {state}");
            Refusal::new(StatusCode::CONFLICT, message)
        }
        other => other.into(),
    }
}

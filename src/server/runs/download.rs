//! Files of results, given out.

use super::outcome::OutcomeRecord;
use super::pieces::Pieces;
use crate::output::REPORT;
use crate::pipeline::{ArchiveError, ResultFile, StoredOutput, is_kept};
use crate::server::access::Permission;
use crate::server::answer::{Refusal, empty, of_type};
use crate::server::app::{App, aside};
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::json_api::READS;
use crate::store::RunState;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;

/// What files of results may be.
pub(super) const MEDIA_TYPES: [&str; 6] = [
    "application/vnd.apache.parquet",
    "application/json",
    "application/x-ndjson",
    "text/csv; charset=utf-8; header=present",
    "text/html; charset=utf-8",
    "application/octet-stream",
];

/// What the page of a report may do, wherever it is opened: nothing but show itself
/// and run what stands in it. Which styles and scripts those are the page says by
/// their hashes, and both have to allow it.
const REPORT_POLICY: &str = "sandbox allow-scripts; default-src 'none'; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of a run's results.
pub(in crate::server) async fn download(app: Arc<App>, call: Call) -> Outcome {
    let runs = Arc::clone(&app.runs);
    let (id, name) = (call.part("id").to_owned(), call.part("file").to_owned());
    let reads_compliance = call.caller.may(READS);
    let if_none_match = call.header(&header::IF_NONE_MATCH).map(str::to_owned);
    let found = aside(move || {
        let run = runs.store.run(&id)?;
        if run.state != RunState::Done {
            let message = format!("the run has no results: it is {}", run.state);
            return Err(Refusal::new(StatusCode::CONFLICT, message));
        }
        let outcome = run.outcome.as_deref().map(OutcomeRecord::read);
        let results = outcome.unwrap_or_default().results;
        // Only what the run says it wrote: the name is compared, never followed.
        let Some(file) = results.into_iter().find(|file| file.name == name) else {
            let message = "the run has no such file";
            return Err(Refusal::new(StatusCode::NOT_FOUND, message));
        };
        if file.tells_of_compliance() && !reads_compliance {
            return Err(lacks_compliance("the file tells of compliance frameworks"));
        }
        let (folder, output) = (runs.folder(&run), file.output());
        if !is_kept(&folder) {
            return Err(gone());
        }
        let tag = format!("\"{}\"", output.sha256);
        if if_none_match.is_some_and(|known| is_known(&known, &tag)) {
            return Ok((output, None));
        }
        match ResultFile::open(&folder, &output).and_then(Pieces::of) {
            Ok(pieces) => Ok((output, Some(pieces))),
            // It may have been swept away this very moment.
            Err(_) if !is_kept(&folder) => Err(gone()),
            Err(error) => Err(error.into()),
        }
    });
    let (output, pieces) = found.await??;
    let mut response = match pieces {
        None => empty(StatusCode::NOT_MODIFIED),
        Some(pieces) => of_type(StatusCode::OK, media_type(&output.name), Body::new(pieces)),
    };
    describe(response.headers_mut(), &output);
    Ok(response)
}

/// 403: the call asks for what only those see who may read compliance frameworks.
pub(in crate::server) fn lacks_compliance(what: &str) -> Refusal {
    let message = format!(
        "{what}: the token lacks the permission `{}`",
        Permission::RulesRead
    );
    Refusal::new(StatusCode::FORBIDDEN, message)
}

fn gone() -> Refusal {
    Refusal::new(StatusCode::GONE, "the run's results are no longer kept")
}

/// Whether a list of ETags has this one, or is any.
fn is_known(list: &str, tag: &str) -> bool {
    let mut tags = list.split(',').map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn describe(headers: &mut HeaderMap, output: &StoredOutput) {
    let place = match output.name == REPORT {
        true => "inline",
        false => "attachment",
    };
    let named = format!("{place}; filename=\"{}\"", output.name);
    for (name, text) in [
        (header::ETAG, format!("\"{}\"", output.sha256)),
        (header::CONTENT_DISPOSITION, named),
        // Whoever keeps it asks again, and so shows that it still may.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    if output.name == REPORT {
        let policy = HeaderValue::from_static(REPORT_POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn media_type(name: &str) -> &'static str {
    let [parquet, json, lines, csv, html, other] = MEDIA_TYPES;
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("parquet") => parquet,
        Some("json") => json,
        Some("ndjson") => lines,
        Some("csv") => csv,
        Some("html") => html,
        _ => other,
    }
}

impl From<ArchiveError> for Refusal {
    /// Results are ours: that they are not as they were is nothing for clients.
    fn from(error: ArchiveError) -> Self {
        tracing::error!(%error, "results cannot be read back");
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the run's results are damaged",
        )
    }
}

//! An evaluation, from the call to the answer.

use super::desk::MOST_ANSWER;
use super::programs::Rules;
use super::refusal::refused;
use super::request::{ARROW, Asked, Request};
use crate::framework::Framework;
use crate::pipeline::{EvaluateOptions, Evaluation, SmallCatalog, WorkLimits, evaluate};
use crate::server::answer::{Refusal, of_type};
use crate::server::app::{App, aside};
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::json_api::READS;
use crate::server::runs::lacks_compliance;
use crate::tag::TagMatch;
use axum::http::StatusCode;
use std::io::{self, Write};
use std::sync::Arc;

/// How much of a catalog there may be to do, and to tell.
const LIMITS: WorkLimits = WorkLimits {
    row_rules: 500_000_000,
    results: 1_000_000,
};

pub(super) async fn evaluation(app: Arc<App>, mut call: Call) -> Outcome {
    let _seat = app.desk.seat()?;
    let request = Request::of(&mut call).await?;
    let turn = app.desk.turn().await?;
    let media_type = match request.in_arrow {
        true => ARROW,
        false => "application/json",
    };
    let reads_compliance = call.caller.may(READS);
    let bytes = aside(move || {
        let bytes = answered(&app, &request, reads_compliance)?;
        drop(turn);
        app.desk.counted(bytes)
    });
    Ok(of_type(StatusCode::OK, media_type, bytes.await??))
}

/// A catalog in JSON, as it came with a page. `tell` says what it comes to, by which
/// frameworks; `matching` is how tags meet criteria, whatever the catalog says.
///
/// # Errors
///
/// As for a call.
pub(in crate::server) async fn typed<T: Send + 'static>(
    app: &Arc<App>,
    body: Vec<u8>,
    matching: Option<TagMatch>,
    tell: fn(&Evaluation, &[Framework]) -> T,
) -> Result<T, Refusal> {
    let _seat = app.desk.seat()?;
    let turn = app.desk.turn().await?;
    let app = Arc::clone(app);
    let told = aside(move || {
        let (catalog, mut asked) = Request::json(body).read()?;
        asked.compliance = Some(false);
        asked.matching = matching.unwrap_or(asked.matching);
        let (evaluation, rules) = judged(&app, &catalog, asked)?;
        drop(turn);
        Ok(tell(&evaluation, rules.prepared.frameworks()))
    });
    told.await?
}

/// Whoever may not read compliance frameworks gets no rollup, and is refused if they ask
/// for one.
fn answered(app: &App, request: &Request, reads_compliance: bool) -> Result<Vec<u8>, Refusal> {
    let (catalog, mut asked) = request.read()?;
    if asked.compliance == Some(true) && !reads_compliance {
        return Err(lacks_compliance("`compliance` asks for a rollup"));
    }
    let is_rolled_up = asked.compliance.unwrap_or(reads_compliance);
    asked.compliance = Some(is_rolled_up && !request.in_arrow);
    let (evaluation, rules) = judged(app, &catalog, asked)?;
    written(|to| match request.in_arrow {
        true => evaluation.write_stream(to),
        false => evaluation.write_json(rules.prepared.frameworks(), to),
    })
}

fn judged(
    app: &App,
    catalog: &SmallCatalog,
    asked: Asked,
) -> Result<(Evaluation, Arc<Rules>), Refusal> {
    let rules = app.desk.programs.current(&app.store, asked.matching)?;
    let options = EvaluateOptions {
        rollup: asked.compliance.unwrap_or_default(),
        limits: LIMITS,
        ..EvaluateOptions::default()
    };
    let options = options.on_day_of(app.clock.now().div_euclid(1000));
    let evaluation = evaluate(&rules.prepared, catalog, &options);
    Ok((evaluation.map_err(|error| refused(&error))?, rules))
}

/// The bytes of an answer that is not too long.
pub(super) fn written(
    write: impl FnOnce(&mut Bounded) -> io::Result<()>,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Bounded(Vec::new());
    match write(&mut bytes) {
        Ok(()) => Ok(bytes.0),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            let message = format!("the answer would have more than {MOST_ANSWER} bytes");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message))
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            Err(Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}

/// Bytes up to a limit.
pub(super) struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_ANSWER {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

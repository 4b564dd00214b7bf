//! Batch jobs: asked for, queued in the store, done one at a time, and given out.
//!
//! A run reads files below one folder ([`pipeline::Confinement`](crate::pipeline)),
//! by the rules that are stored when it *starts*, and leaves a folder of results
//! that no client can name. What it came to stays in the store when the folder
//! goes, which it does when [enough](desk::Setup::keep) newer ones are there.

mod ask;
mod changed;
mod desk;
mod download;
mod last;
mod outcome;
mod perform;
mod pieces;
mod record;
mod sweep;
mod under_way;
mod worker;

pub(super) use changed::RuleChange;
pub(super) use desk::{Runs, Setup};
pub(super) use download::{download, lacks_compliance};
pub(super) use last::LastRun;
pub(super) use worker::{Worker, WorkerError};

use super::access::Permission;
use super::endpoint::{Endpoint, Family};
use super::openapi::{Content, Parameter, Reply};
use axum::http::Method;
use record::{RunRecord, RunRequestRecord, RunsRecord};
use serde_json::json;

const NEEDS: &[Permission] = &[Permission::Governance];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![create(), list(), get(), cancel(), result()]
}

fn endpoint<F, P>(method: Method, path: &'static str, id: &'static str, handler: F) -> Endpoint
where
    F: Fn(std::sync::Arc<super::app::App>, super::call::Call) -> P + Send + Sync + 'static,
    P: Future<Output = super::endpoint::Outcome> + Send + 'static,
{
    Endpoint::new(Family::Immuta, method, path, id, handler).needs(NEEDS)
}

fn create() -> Endpoint {
    let example =
        json!({"columns": ["catalog/columns.parquet"], "sources": ["catalog/sources.parquet"]});
    endpoint(Method::POST, "/runs", "createRun", ask::create)
        .says(
            "Start a run",
            "Queues a batch job on files below the folder that the server was started with \
             (`--files-root`). It is done by the frameworks and custom frameworks that are stored \
             when it starts, not when it is asked for: the run tells which versions those were. \
             Paths are relative; a folder stands for the files in it; `*` is a plain letter.",
        )
        .reads(Content::json::<RunRequestRecord>().such_as(example))
        .replies(
            Reply::new(202, "The run, which waits.")
                .with(Content::json::<RunRecord>())
                .header("Location", "Where the run is"),
        )
        .refuses(&[409, 415])
}

fn list() -> Endpoint {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": ask::MOST_LISTED, "default": ask::LISTED});
    endpoint(Method::GET, "/runs", "listRuns", ask::list)
        .says(
            "List runs",
            "Newest first. The next page begins before the last run of this one.",
        )
        .takes(Parameter::query("limit", "How many.", limit))
        .takes(Parameter::query(
            "before",
            "The id of a run: only older ones are listed.",
            json!({"type": "string"}),
        ))
        .replies(Reply::ok("The runs.").with(Content::json::<RunsRecord>()))
}

fn id() -> Parameter {
    Parameter::path("id", "The run's id.")
}

fn get() -> Endpoint {
    endpoint(Method::GET, "/runs/{id}", "getRun", ask::get)
        .says(
            "Tell how far a run is",
            "And, when it has ended, what it came to, or why it failed or who cancelled it.",
        )
        .takes(id())
        .replies(Reply::ok("The run.").with(Content::json::<RunRecord>()))
        .refuses(&[404])
}

fn cancel() -> Endpoint {
    endpoint(Method::DELETE, "/runs/{id}", "cancelRun", ask::cancel)
        .says(
            "Cancel a run",
            "One that waits is `cancelled` at once, one under way within moments. One that has ended \
             stays as it is: 409.",
        )
        .takes(id())
        .replies(Reply::new(202, "The run, as it is now.").with(Content::json::<RunRecord>()))
        .refuses(&[404, 409])
}

fn result() -> Endpoint {
    let mut ok = Reply::ok("The file.")
        .header("ETag", "The SHA-256 of its content, in quotes")
        .header("Content-Disposition", "Its name");
    for media_type in download::MEDIA_TYPES {
        ok = ok.with(Content::bytes(media_type));
    }
    endpoint(
        Method::GET,
        "/runs/{id}/results/{file}",
        "getRunResult",
        download::download,
    )
    .says(
        "Download a file of results",
        "One of those that the run lists; those that tell of custom frameworks need \
             `security_monitoring_rules_read`, too (403), and are not listed without it. If the file is found damaged on the way, the answer \
             breaks off before its end.",
    )
    .takes(id())
    .takes(Parameter::path(
        "file",
        "The file's name, as the run lists it.",
    ))
    .takes(Parameter::header(
        "If-None-Match",
        "An ETag that the client has.",
    ))
    .replies(ok)
    .replies(Reply::new(304, "The client has it."))
    .refuses(&[404, 409, 410])
}

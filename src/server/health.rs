//! What machines ask about the server itself.

use super::answer::{json, of_type};
use super::app::App;
use super::call::Call;
use super::endpoint::{Endpoint, Family, Outcome};
use super::openapi::{Content, Reply};
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How the server is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Health")]
struct HealthRecord {
    /// `ok`.
    status: &'static str,
    /// The program's version.
    version: &'static str,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let family = Family::Immuta;
    vec![
        Endpoint::new(family, Method::GET, "/healthz", "getHealth", healthz)
            .open()
            .says(
                "Tell whether the server is up",
                "Answers 200 while the store can be read. Needs no credentials.",
            )
            .replies(Reply::ok("It is.").with(Content::json::<HealthRecord>())),
        Endpoint::new(family, Method::GET, "/openapi.json", "getOpenapi", openapi)
            .open()
            .says(
                "Describe all of this",
                "The OpenAPI 3.1 document. Needs no credentials.",
            )
            .replies(Reply::ok("The document.").with(Content::json::<Document>())),
        Endpoint::new(family, Method::GET, "/metrics", "getMetrics", metrics)
            .says(
                "Tell what is counted",
                "Counters as Prometheus reads them. Any known token does.",
            )
            .replies(Reply::ok("The counters.").with(Content::text("text/plain"))),
    ]
}

/// An OpenAPI document.
#[derive(JsonSchema)]
#[schemars(rename = "OpenApi")]
#[expect(dead_code, reason = "only its schema is used")]
struct Document {
    openapi: String,
    info: serde_json::Map<String, serde_json::Value>,
    paths: serde_json::Map<String, serde_json::Value>,
}

async fn healthz(app: Arc<App>, _: Call) -> Outcome {
    app.stored(|store| store.last_change()).await?;
    let record = HealthRecord {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(json(StatusCode::OK, &record))
}

async fn openapi(app: Arc<App>, _: Call) -> Outcome {
    let document = app.openapi.clone();
    Ok(of_type(StatusCode::OK, "application/json", document))
}

async fn metrics(app: Arc<App>, _: Call) -> Outcome {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(of_type(StatusCode::OK, kind, app.metrics.text()))
}

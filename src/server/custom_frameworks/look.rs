//! The endpoint that shows a framework.

use super::change::refused;
use super::record::{FrameworkRecord, whole};
use super::{ONE, PARTS, parameters};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{Document, READS, Readings};
use crate::server::openapi::Reply;
use axum::http::Method;
use std::sync::Arc;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let whole = Reply::ok("The framework.").with(Document::<FrameworkRecord>::content());
    let show = Endpoint::new(
        Family::Datadog,
        Method::GET,
        ONE,
        "GetCustomFramework",
        show,
    )
    .needs(READS)
    .says(
        "Show a custom framework",
        "Requirements and controls come in the order in which they were sent. One that is \
             not there is a bad request.",
    )
    .takes_all(parameters())
    .replies(whole);
    vec![show]
}

async fn show(app: Arc<App>, call: Call) -> Outcome {
    let readings = Readings::of(&call, PARTS);
    let found = app.ask(move |store| {
        readings.find(|[handle, version]| store.custom_framework(handle, version))
    });
    let found = found.await?.map_err(refused)?;
    Ok(whole(found.document)?.answer())
}

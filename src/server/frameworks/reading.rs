//! Frameworks as they are, and as they were.

use super::precondition::{has_already, tagged};
use super::shelf::{Shelf, Told};
use super::text::tell;
use super::versions::Versions;
use crate::server::answer::{Refusal, empty, of_type};
use crate::server::app::{App, aside};
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::StoredFramework;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use std::sync::Arc;

/// The answer that tells a version of a framework.
pub(super) fn answer(stored: StoredFramework) -> Response {
    let Told { tag, body, .. } = Told::of(stored);
    tagged(of_type(StatusCode::OK, "application/json", body), tag)
}

pub(super) async fn list(app: Arc<App>, call: Call) -> Outcome {
    let active = match call.asked("active")?.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Refusal::bad("`active` must be `true` or `false`")),
    };
    let body = Shelf::list(&app, active).await?;
    Ok(of_type(StatusCode::OK, "application/json", body))
}

pub(super) async fn get(app: Arc<App>, call: Call) -> Outcome {
    let Told { version, tag, body } = Shelf::framework(&app, call.part("id")).await?;
    let response = match has_already(&call, &version) {
        true => empty(StatusCode::NOT_MODIFIED),
        false => of_type(StatusCode::OK, "application/json", body),
    };
    Ok(tagged(response, tag))
}

pub(super) async fn versions(app: Arc<App>, call: Call) -> Outcome {
    let id = call.part("id").to_owned();
    let store = Arc::clone(&app.store);
    let versions = aside(move || Versions::of(store, id)).await??;
    let body = Body::new(versions);
    Ok(of_type(StatusCode::OK, "application/json", body))
}

/// A list that is being written.
pub(super) struct List {
    body: String,
    is_empty: bool,
}

impl List {
    pub(super) fn new(name: &str) -> Self {
        List {
            body: format!("{{\"{name}\":["),
            is_empty: true,
        }
    }

    pub(super) fn add(&mut self, stored: &StoredFramework) {
        if !self.is_empty {
            self.body.push(',');
        }
        self.is_empty = false;
        tell(stored, &mut self.body);
    }

    pub(super) fn finish(mut self) -> Bytes {
        self.body.push_str("]}");
        self.body.into()
    }
}

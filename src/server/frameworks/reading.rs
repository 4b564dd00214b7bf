//! Frameworks as they are, and as they were.

use super::precondition::{has_already, tagged};
use super::text::{tell, told};
use crate::server::answer::{Refusal, empty, of_type};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::StoredFramework;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The answer that tells a version of a framework.
pub(super) fn answer(stored: &StoredFramework) -> Response {
    let response = of_type(StatusCode::OK, "application/json", told(stored));
    tagged(response, &stored.version)
}

pub(super) async fn list(app: Arc<App>, call: Call) -> Outcome {
    let active = match call.asked("active")?.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Refusal::bad("`active` must be `true` or `false`")),
    };
    let body = app.stored(move |store| {
        let mut list = List::new("frameworks");
        store.each_framework(active, |framework| list.add(&framework))?;
        Ok(list.finish())
    });
    Ok(of_type(StatusCode::OK, "application/json", body.await?))
}

pub(super) async fn get(app: Arc<App>, call: Call) -> Outcome {
    let id = call.part("id").to_owned();
    let stored = app.stored(move |store| store.framework(&id)).await?;
    if has_already(&call, &stored.version) {
        let response = empty(StatusCode::NOT_MODIFIED);
        return Ok(tagged(response, &stored.version));
    }
    Ok(answer(&stored))
}

pub(super) async fn versions(app: Arc<App>, call: Call) -> Outcome {
    let id = call.part("id").to_owned();
    let body = app.stored(move |store| {
        let mut list = List::new("versions");
        let versions = store.framework_versions(&id)?;
        versions.iter().for_each(|version| list.add(version));
        Ok(list.finish())
    });
    Ok(of_type(StatusCode::OK, "application/json", body.await?))
}

/// A list that is being written.
struct List {
    body: String,
    is_empty: bool,
}

impl List {
    fn new(name: &str) -> Self {
        List {
            body: format!("{{\"{name}\":["),
            is_empty: true,
        }
    }

    fn add(&mut self, stored: &StoredFramework) {
        if !self.is_empty {
            self.body.push(',');
        }
        self.is_empty = false;
        tell(stored, &mut self.body);
    }

    fn finish(mut self) -> String {
        self.body.push_str("]}");
        self.body
    }
}

//! Pages for people.

use super::answer::{Refusal, of_type, reason};
use axum::response::Response;

/// A refusal as a page.
pub(super) fn refusal(refusal: &Refusal) -> Response {
    let text = format!("<!doctype html><title>{}</title>", reason(refusal.status));
    of_type(refusal.status, "text/html; charset=utf-8", text)
}

//! What there is of evaluations, for the table of endpoints.

use super::answer;
use super::records::{CatalogRecord, EvaluationRecord};
use super::request::ARROW;
use crate::server::access::Permission;
use crate::server::endpoint::{Endpoint, Family};
use crate::server::openapi::{Content, Parameter, Reply};
use axum::http::Method;
use serde_json::json;

const NEEDS: &[Permission] = &[Permission::Governance];

/// All of it.
pub(in crate::server) fn endpoints() -> Vec<Endpoint> {
    vec![evaluate()]
}

fn evaluate() -> Endpoint {
    let example = json!({
        "data_sources": [{
            "id": "crm.customers",
            "tags": ["Restricted"],
            "columns": [
                {"name": "email", "tags": ["Email", {"name": "contact", "source": "collibra"}]},
                {"name": "joined"},
            ],
        }],
    });
    Endpoint::new(
        Family::Immuta,
        Method::POST,
        "/evaluate",
        "evaluate",
        answer::evaluation,
    )
    .needs(NEEDS)
    .says(
        "Evaluate a small catalog",
        "Answers with the assignments that a run would write, under the stored frameworks as they \
         stand, and with what they come to for the stored custom frameworks. Nothing is kept. A \
         catalog may also be an uncompressed Arrow IPC stream in the one-table shape \
         (`data_source_id`, `column_name`, `column_tags`, `table_tags`): the query then says how \
         it is evaluated. Whoever takes Arrow and not JSON gets the assignments as a stream. A \
         catalog has at most 100,000 rows and 1,000,000 tags, and comes to at most 1,000,000 \
         assignments and rules in them.",
    )
    .takes(Parameter::query(
        "compliance",
        "Beside an Arrow stream: whether it is rolled up.",
        json!({"type": "boolean", "default": true}),
    ))
    .takes(Parameter::query(
        "tag_match",
        "Beside an Arrow stream: when a tag meets a criterion.",
        json!({"type": "string", "enum": ["exact", "hierarchical"], "default": "exact"}),
    ))
    .reads(Content::json::<CatalogRecord>().such_as(example))
    .reads(Content::bytes(ARROW))
    .replies(
        Reply::ok("What it comes to.")
            .with(Content::json::<EvaluationRecord>())
            .with(Content::bytes(ARROW)),
    )
    .refuses(&[400, 415])
}

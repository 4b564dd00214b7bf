//! What there is of evaluations, for the table of endpoints.

use super::answer;
use super::preview::{self, PreviewRecord, PreviewRequestRecord};
use super::records::{CatalogRecord, EvaluationRecord};
use super::request::ARROW;
use crate::server::access::Permission;
use crate::server::endpoint::{Endpoint, Family};
use crate::server::frameworks::{FrameworkChange, YAML};
use crate::server::openapi::{Content, Parameter, Reply};
use axum::http::Method;
use serde_json::json;

const NEEDS: &[Permission] = &[Permission::Governance];

/// All of it.
pub(in crate::server) fn endpoints() -> Vec<Endpoint> {
    vec![evaluate(), preview()]
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
         (`data_source_id`, `column_name`, `column_tags`, `table_tags`). Whoever takes Arrow and not JSON gets the assignments as a stream. A \
         catalog has at most 100,000 rows and 1,000,000 tags, and comes to at most 1,000,000 \
         assignments and rules in them.",
    )
    .takes(Parameter::query(
        "compliance",
        "Whether it is rolled up, unless the body says. `true` needs \
         `security_monitoring_rules_read` (403); without that permission it is `false`.",
        json!({"type": "boolean", "default": true}),
    ))
    .takes(Parameter::query(
        "tag_match",
        "When a tag meets a criterion, unless the body says.",
        json!({"type": "string", "enum": ["exact", "hierarchical"], "default": "exact"}),
    ))
    .reads(Content::json::<CatalogRecord>().such_as(example))
    .reads(Content::bytes(ARROW))
    .replies(
        Reply::ok("What it comes to.")
            .with(Content::json::<EvaluationRecord>())
            .with(Content::bytes(ARROW)),
    )
    .refuses(&[415])
}

fn preview() -> Endpoint {
    let example = json!({
        "changes": {"active": true},
        "catalog": {"data_sources": [
            {"id": "crm.customers", "columns": [{"name": "email", "tags": ["Email"]}]},
        ]},
    });
    let limit = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": preview::MOST_SAMPLES,
        "default": preview::SAMPLES,
    });
    let endpoint = Endpoint::new(
        Family::Immuta,
        Method::POST,
        "/frameworks/{id}/preview",
        "previewFramework",
        preview::framework,
    )
    .needs(NEEDS)
    .says(
        "Try a change",
        "Answers with what would change if this were sent with `PUT`: on the catalog of the last \
         run that is done, by its overrides, or on a small catalog that is sent along. Nothing is \
         written. 409 if there is no such run, if its files are gone, or if the change could not \
         be made beside the other frameworks; 503 if it takes more than a minute.",
    )
    .takes(Parameter::path("id", "The framework's id"))
    .takes(Parameter::query(
        "limit",
        "How many assignments of each kind are told.",
        limit,
    ))
    .reads(Content::json::<PreviewRequestRecord<'_>>().such_as(example))
    .replies(Reply::ok("What would change.").with(Content::json::<PreviewRecord<'_>>()))
    .refuses(&[404, 409, 415]);
    YAML.into_iter().fold(endpoint, |endpoint, yaml| {
        endpoint.reads(Content::typed::<FrameworkChange<'_>>(yaml))
    })
}

//! What the last run found, as Datadog's clients ask for it.

mod asked;
mod view;

use super::access::Permission;
use super::answer::{JSON_API, Refusal, json_api};
use super::app::{App, aside};
use super::call::Call;
use super::endpoint::{Endpoint, Family, Outcome};
use super::openapi::{Content, Parameter, Reply};
use asked::Asked;
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use view::ViewRecord;

const PATH: &str = "/api/v2/compliance_findings/rule_based_view";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let text = || json!({"type": "string"});
    let flag = || json!({"type": "boolean"});
    let view = Endpoint::new(
        Family::Datadog,
        Method::GET,
        PATH,
        "getRuleBasedView",
        rule_based_view,
    )
    .needs(&[Permission::RulesRead])
    .says(
        "Tell what rules of custom frameworks have found",
        "Answers from the last run that had ended well by `to`, and says in `id` which run \
             that was. 404 while there is none.",
    )
    .takes(
        Parameter::query(
            "to",
            "The end of the time asked about, in milliseconds since 1970.",
            json!({"type": "integer", "format": "int64"}),
        )
        .required(),
    )
    .takes(Parameter::query(
        "framework",
        "The handle of a custom framework: only its rules.",
        text(),
    ))
    .takes(Parameter::query(
        "version",
        "A custom framework's version: only its rules.",
        text(),
    ))
    .takes(Parameter::query(
        "query_findings_without_framework_version",
        "Changes nothing: findings are the same in every version.",
        flag(),
    ))
    .takes(Parameter::query(
        "include_rules_without_findings",
        "Whether rules that have found nothing are told, too.",
        flag(),
    ))
    .takes(Parameter::query(
        "is_custom",
        "Whether `framework` is a custom one. All here are: with `false` there are none.",
        flag(),
    ))
    .takes(Parameter::query(
        "query",
        "A further filter; there is none here, so it has to be empty.",
        json!({"type": "string", "maxLength": 0}),
    ))
    .replies(Reply::ok("The rules.").with(Content::typed::<ViewRecord>(JSON_API)))
    .refuses(&[404]);
    vec![view]
}

async fn rule_based_view(app: Arc<App>, call: Call) -> Outcome {
    let asked = Asked::of(&call)?;
    let runs = Arc::clone(&app.runs);
    let view = aside(move || {
        let Some(last) = runs.last_done(Some(asked.to))? else {
            let message = "no run had ended well by then: start one with `POST /runs`";
            return Err(Refusal::new(StatusCode::NOT_FOUND, message));
        };
        Ok(ViewRecord::of(&last, &asked))
    });
    Ok(json_api(StatusCode::OK, &view.await??))
}

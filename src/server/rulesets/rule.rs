//! Rules of a ruleset.

use super::request::{
    self, Asked, Needed, Request, check_name, must_not, taken, unfit, unfit_path,
};
use super::revision_record::RevisionRecord;
use super::{RULE, RULES, parameters};
use crate::server::answer::{Refusal, empty};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::clock::rfc3339;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{At, Document, READS, Read, Readings, Resource, Sent, Typed, WRITES};
use crate::server::openapi::Reply;
use crate::store::{RulesetRule, StoreError};
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

const ONE: [&str; 2] = ["ruleset_name", "rule_name"];

/// A rule.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AiRule")]
pub(super) struct RuleRecord {
    name: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    created_by: String,
    /// The revision that came last; an empty draft with `version_id` 0 before any did.
    last_revision: RevisionRecord,
}

impl Typed for RuleRecord {
    const TYPE: &'static str = "ai_rule";
}

impl RuleRecord {
    /// A stored rule.
    ///
    /// # Errors
    ///
    /// 500 if the store is damaged.
    pub(super) fn of(rule: &RulesetRule) -> Result<Self, Refusal> {
        let last = rule.last_revision.as_ref();
        let last = last.map_or_else(|| Ok(RevisionRecord::draft(rule)), RevisionRecord::of);
        Ok(RuleRecord {
            name: rule.name.clone(),
            created_at: rfc3339(rule.created.at),
            created_by: rule.created.by.name.clone(),
            last_revision: last?,
        })
    }
}

/// What a new rule is to be.
#[derive(JsonSchema)]
#[schemars(rename = "AiRuleCreation")]
struct Creation {
    /// Its name, unique in the ruleset; `data.id` does as well, and must not differ.
    #[schemars(length(min = 1, max = 500), extend("not" = {"enum": [".", ".."]}))]
    name: Option<String>,
}

impl Typed for Creation {
    const TYPE: &'static str = RuleRecord::TYPE;
}

impl Asked for Creation {
    const NEEDED: Needed = Needed::Data;

    fn besides() -> Value {
        let text = json!({"type": "string"});
        let named = json!({"type": "object", "required": ["name"], "properties": {"name": text}});
        json!({"anyOf": [
            {"required": ["id"], "properties": {"id": text}},
            {"required": ["attributes"], "properties": {"attributes": named}},
        ]})
    }
}

impl Read for Creation {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let name = at.field("name")?.optional()?;
        Ok(Creation { name })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let family = Family::Datadog;
    let rule = || Reply::ok("The rule.").with(Document::<RuleRecord>::content());
    let example = json!({"name": "no-secrets-in-logs"});
    let example = Request::<Creation>::contents(Some("no-secrets-in-logs"), example);
    let create = Endpoint::new(family, Method::POST, RULES, "CreateAiCustomRule", create)
        .needs(WRITES)
        .says(
            "Create an AI rule",
            "In a ruleset that is there, without revisions.",
        )
        .takes_all(parameters(&["ruleset_name"]))
        .reads_any(example)
        .replies(rule())
        .refuses(&[409, 412, 415]);
    let show = Endpoint::new(family, Method::GET, RULE, "GetAiCustomRule", show)
        .needs(READS)
        .says("Show an AI rule", "")
        .takes_all(parameters(&ONE))
        .replies(rule())
        .refuses(&[404]);
    let delete = Endpoint::new(family, Method::DELETE, RULE, "DeleteAiCustomRule", delete)
        .needs(WRITES)
        .says("Delete an AI rule", "With its revisions.")
        .takes_all(parameters(&ONE))
        .replies(Reply::ok("It is gone."))
        .refuses(&[404]);
    vec![create, show, delete]
}

async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, ["ruleset_name"]);
    let work = app.ask(move |store| {
        let (name, place) = name(&sent.value()?)?;
        let created = readings
            .find(|[ruleset]| store.create_ruleset_rule(ruleset, &name, stamp.clone()))
            .map_err(|error| match error {
                StoreError::NotFound(_) => unfit_path(error.to_string()),
                other => taken(other, place.pointer),
            });
        resource(&created?)
    });
    Ok(work.await??.answer())
}

/// Where a body says the name of a new rule.
struct NamePlace {
    path: &'static str,
    pointer: &'static str,
}

const IN_ATTRIBUTES: NamePlace = NamePlace {
    path: "data.attributes.name",
    pointer: "/data/attributes/name",
};
const IN_ID: NamePlace = NamePlace {
    path: "data.id",
    pointer: "/data/id",
};

/// The name of a new rule, and where the body says it.
fn name(body: &Value) -> Result<(String, NamePlace), Refusal> {
    let Creation { name } = request::attributes(body)?;
    let (name, place) = match (name, request::id(body)?) {
        (Some(name), Some(id)) if id != name => {
            return Err(unfit(
                IN_ID.path,
                "must be the same as `data.attributes.name`",
            ));
        }
        (Some(name), _) => (name, IN_ATTRIBUTES),
        (None, Some(id)) => (id, IN_ID),
        (None, None) => return Err(must_not(IN_ATTRIBUTES.path, "is missing")),
    };
    check_name(place.path, &name)?;
    Ok((name, place))
}

async fn show(app: Arc<App>, call: Call) -> Outcome {
    let readings = Readings::of(&call, ONE);
    let work = app.ask(move |store| {
        let found = readings.find(|[ruleset, rule]| store.ruleset_rule(ruleset, rule))?;
        resource(&found)
    });
    Ok(work.await??.answer())
}

async fn delete(app: Arc<App>, call: Call) -> Outcome {
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, ONE);
    let work = app.stored(move |store| {
        readings.find(|[ruleset, rule]| store.delete_ruleset_rule(ruleset, rule, stamp.clone()))
    });
    work.await?;
    Ok(empty(StatusCode::OK))
}

fn resource(rule: &RulesetRule) -> Result<Resource<RuleRecord>, Refusal> {
    Ok(Resource::new(&*rule.name, RuleRecord::of(rule)?))
}

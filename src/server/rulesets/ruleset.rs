//! Rulesets themselves.

use super::page::Page;
use super::request::{
    self, Asked, Needed, Request, check_name, check_texts, taken, unfit, unfit_path,
};
use super::rule::RuleRecord;
use super::{RULESET, RULESETS, parameters};
use crate::server::answer::{Refusal, empty};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::clock::rfc3339;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{
    At, Document, List, READS, Read, Readings, Resource, Sent, Typed, WRITES,
};
use crate::server::openapi::Reply;
use crate::store::{Ruleset, StoreError};
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// What the path names.
const ONE: [&str; 1] = ["ruleset_name"];

/// A ruleset.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AiRuleset")]
struct RulesetRecord {
    name: String,
    description: String,
    short_description: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    created_by: String,
    /// Its rules, oldest first.
    rules: Vec<RuleRecord>,
}

impl Typed for RulesetRecord {
    const TYPE: &'static str = "ai_ruleset";
}

/// What a new ruleset is to be.
#[derive(JsonSchema)]
#[schemars(rename = "AiRulesetCreation")]
struct Creation {
    /// Its name, unique among all rulesets.
    #[schemars(length(min = 1, max = 500), extend("not" = {"enum": [".", ".."]}))]
    name: String,
    #[schemars(length(max = 262144))]
    description: String,
    #[schemars(length(max = 262144))]
    short_description: String,
}

/// What of a ruleset is to change.
#[derive(JsonSchema)]
#[schemars(rename = "AiRulesetChange")]
struct Change {
    /// The name in the path: a ruleset keeps its name.
    name: Option<String>,
    #[schemars(length(max = 262144))]
    description: Option<String>,
    #[schemars(length(max = 262144))]
    short_description: Option<String>,
}

impl Typed for Creation {
    const TYPE: &'static str = RulesetRecord::TYPE;
}

impl Typed for Change {
    const TYPE: &'static str = RulesetRecord::TYPE;
}

impl Asked for Creation {}

impl Asked for Change {
    const NEEDED: Needed = Needed::Nothing;
}

impl Read for Creation {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Creation {
            name: at.field("name")?.required()?,
            description: at.field("description")?.required()?,
            short_description: at.field("short_description")?.required()?,
        })
    }
}

impl Read for Change {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Change {
            name: at.field("name")?.optional()?,
            description: at.field("description")?.optional()?,
            short_description: at.field("short_description")?.optional()?,
        })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![listing(), creating(), showing(), changing(), deleting()]
}

fn listing() -> Endpoint {
    let id = "ListAiCustomRulesets";
    Endpoint::new(Family::Datadog, Method::GET, RULESETS, id, list)
        .needs(READS)
        .says("List AI rulesets", "Oldest first, with their rules.")
        .takes_all(Page::parameters())
        .replies(Reply::ok("The rulesets.").with(List::<RulesetRecord>::content()))
}

fn creating() -> Endpoint {
    let example = json!({"name": "secrets", "description": "Where secrets may not be.",
        "short_description": "Secrets"});
    let id = "CreateAiCustomRuleset";
    Endpoint::new(Family::Datadog, Method::POST, RULESETS, id, create)
        .needs(WRITES)
        .says(
            "Create an AI ruleset",
            "Without rules. `data.id` may be left out, and must not differ from the name.",
        )
        .reads_any(Request::<Creation>::contents(Some("secrets"), example))
        .replies(Reply::ok("The ruleset.").with(Document::<RulesetRecord>::content()))
        .refuses(&[409, 412, 415])
}

fn showing() -> Endpoint {
    let id = "GetAiCustomRuleset";
    Endpoint::new(Family::Datadog, Method::GET, RULESET, id, show)
        .needs(READS)
        .says("Show an AI ruleset", "With its rules.")
        .takes_all(parameters(&ONE))
        .replies(Reply::ok("The ruleset.").with(Document::<RulesetRecord>::content()))
        .refuses(&[404])
}

fn changing() -> Endpoint {
    let example = json!({"description": "Where no secret may be."});
    let id = "UpdateAiCustomRuleset";
    Endpoint::new(Family::Datadog, Method::PATCH, RULESET, id, change)
        .needs(WRITES)
        .says(
            "Change the texts of an AI ruleset",
            "Texts that are left out stay as they are. A name or an id that differs from the \
             path is refused, and so is a ruleset that is not there.",
        )
        .takes_all(parameters(&ONE))
        .reads_any(Request::<Change>::contents(None, example))
        .replies(Reply::ok("It is changed."))
        .refuses(&[412, 415])
}

fn deleting() -> Endpoint {
    let id = "DeleteAiCustomRuleset";
    Endpoint::new(Family::Datadog, Method::DELETE, RULESET, id, delete)
        .needs(WRITES)
        .says("Delete an AI ruleset", "With its rules.")
        .takes_all(parameters(&ONE))
        .replies(Reply::ok("It is gone."))
        .refuses(&[404])
}

async fn list(app: Arc<App>, call: Call) -> Outcome {
    let page = Page::of(&call)?;
    let work = app.ask(move |store| {
        page.check_size(store.rulesets_size(page.offset, page.limit)?)?;
        let found = store.rulesets(page.offset, page.limit)?;
        let found: Result<_, Refusal> = found.into_iter().map(resource).collect();
        Ok(Resource::list(found?))
    });
    work.await?
}

async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let work = app.ask(move |store| {
        let body = sent.value()?;
        let Creation {
            name,
            description,
            short_description,
        } = request::attributes(&body)?;
        if request::id(&body)?.is_some_and(|id| id != name) {
            let wrong = "must be the same as `data.attributes.name`";
            return Err(unfit("data.id", wrong));
        }
        check_name("data.attributes.name", &name)?;
        check_texts(&[
            ("data.attributes.description", Some(&description)),
            (
                "data.attributes.short_description",
                Some(&short_description),
            ),
        ])?;
        let created = store.create_ruleset(&name, &description, &short_description, stamp);
        resource(created.map_err(|error| taken(error, "/data/attributes/name"))?)
    });
    Ok(work.await??.answer())
}

async fn show(app: Arc<App>, call: Call) -> Outcome {
    let readings = Readings::of(&call, ONE);
    let work = app.ask(move |store| resource(readings.find(|[name]| store.ruleset(name))?));
    Ok(work.await??.answer())
}

async fn change(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, ONE);
    let work = app.ask(move |store| {
        let body = sent.value()?;
        let change: Change = request::attributes(&body)?;
        let id = request::id(&body)?;
        let said = [("data.id", &id), ("data.attributes.name", &change.name)];
        let mut readings = readings;
        for (place, said) in said {
            let Some(said) = said else { continue };
            let agrees = |[name]: &[String; 1]| said == name;
            readings = { readings.that(agrees) }
                .ok_or_else(|| unfit(place, "must be the name in the path"))?;
        }
        let (description, short) = (change.description, change.short_description);
        check_texts(&[
            ("data.attributes.description", description.as_deref()),
            ("data.attributes.short_description", short.as_deref()),
        ])?;
        let changed = readings.find(|[name]| {
            store.update_ruleset(name, description.clone(), short.clone(), stamp.clone())
        });
        changed.map_err(|error| match error {
            StoreError::NotFound(_) => unfit_path(error.to_string()),
            other => other.into(),
        })
    });
    work.await??;
    Ok(empty(StatusCode::OK))
}

async fn delete(app: Arc<App>, call: Call) -> Outcome {
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, ONE);
    let work =
        app.stored(move |store| readings.find(|[name]| store.delete_ruleset(name, stamp.clone())));
    work.await?;
    Ok(empty(StatusCode::OK))
}

fn resource(ruleset: Ruleset) -> Result<Resource<RulesetRecord>, Refusal> {
    let rules: Result<_, Refusal> = ruleset.rules.iter().map(RuleRecord::of).collect();
    let id = ruleset.name.clone();
    let attributes = RulesetRecord {
        rules: rules?,
        name: ruleset.name,
        description: ruleset.description,
        short_description: ruleset.short_description,
        created_at: rfc3339(ruleset.created.at),
        created_by: ruleset.created.by.name,
    };
    Ok(Resource::new(id, attributes))
}

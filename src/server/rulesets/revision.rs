//! Revisions of a rule. They are never changed, and never taken away alone.

use super::page::Page;
use super::request::{self, Asked, Request, must_not};
use super::revision_record::{KeptRecord, RevisionRecord, TextRecord};
use super::{REVISION, REVISIONS, parameters};
use crate::server::answer::{Refusal, empty};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{
    At, Document, LONGEST_NAME, List, READS, Read, Readings, Resource, Sent, Typed, WRITES,
    fault_of_name, kept,
};
use crate::server::openapi::Reply;
use crate::store::{Revision, RevisionDocument, StoreError};
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a new revision is to say.
#[derive(JsonSchema)]
#[schemars(rename = "AiRuleRevisionCreation")]
struct Creation {
    #[serde(flatten)]
    text: TextRecord,
    /// The weakness that it is about, by its number in the CWE list.
    #[schemars(length(max = 500))]
    cwe: Option<String>,
    /// Whether it is in use from now on.
    is_published: bool,
    /// Its number, unique in the rule; else one more than the highest.
    #[schemars(range(min = i64::MIN, max = i64::MAX))]
    version_id: Option<i64>,
}

impl Typed for Creation {
    const TYPE: &'static str = RevisionRecord::TYPE;
}

impl Asked for Creation {
    fn id() -> Value {
        json!({"type": ["string", "null"], "minLength": 1, "maxLength": 500,
            "not": {"enum": [".", ".."]}})
    }
}

impl Read for Creation {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Creation {
            text: TextRecord::read(at)?,
            cwe: match at.field("cwe")?.optional::<String>()? {
                Some(_) => Some(at.field("cwe")?.text_within(LONGEST_NAME)?),
                None => None,
            },
            is_published: at.field("is_published")?.required()?,
            version_id: at.field("version_id")?.optional()?,
        })
    }
}

const RULE: [&str; 2] = ["ruleset_name", "rule_name"];
const ONE: [&str; 3] = ["ruleset_name", "rule_name", "id"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let family = Family::Datadog;
    let list = Endpoint::new(
        family,
        Method::GET,
        REVISIONS,
        "ListAiCustomRuleRevisions",
        list,
    )
    .needs(READS)
    .says("List the revisions of an AI rule", "Oldest first.")
    .takes_all(parameters(&RULE))
    .takes_all(Page::parameters())
    .replies(Reply::ok("The revisions.").with(List::<RevisionRecord>::content()))
    .refuses(&[404]);
    let id = "CreateAiCustomRuleRevision";
    let create = Endpoint::new(family, Method::POST, REVISIONS, id, create)
        .needs(WRITES)
        .says(
            "Add a revision to an AI rule",
            "Its id is the one sent, or a new UUID. One with an id or a number that the rule \
             has already is a bad request.",
        )
        .takes_all(parameters(&RULE))
        .reads_any(Request::<Creation>::contents(None, example()))
        .replies(Reply::ok("It is there now."))
        .refuses(&[404, 415]);
    let show = Endpoint::new(
        family,
        Method::GET,
        REVISION,
        "GetAiCustomRuleRevision",
        show,
    )
    .needs(READS)
    .says("Show a revision of an AI rule", "")
    .takes_all(parameters(&ONE))
    .replies(Reply::ok("The revision.").with(Document::<RevisionRecord>::content()))
    .refuses(&[404]);
    vec![list, create, show]
}

fn example() -> Value {
    json!({
        "short_description": "No secrets in logs",
        "description": "Logs are read by many.",
        "content": "Tell where a secret is written to a log.",
        "globs": ["**/*.py"],
        "directories": [],
        "execution_mode": "auto",
        "severity": "ERROR",
        "category": "SECURITY",
        "is_published": true,
        "is_testing": false,
        "cwe": "532",
    })
}

async fn list(app: Arc<App>, call: Call) -> Outcome {
    let page = Page::of(&call)?;
    let readings = Readings::of(&call, RULE);
    let work = app.ask(move |store| {
        let (offset, limit) = (page.offset, page.limit);
        let size =
            readings.find(|[ruleset, rule]| store.revisions_size(ruleset, rule, offset, limit))?;
        page.check_size(size)?;
        let found =
            readings.find(|[ruleset, rule]| store.revisions(ruleset, rule, offset, limit))?;
        let found: Result<_, Refusal> = found.iter().map(resource).collect();
        Ok(Resource::list(found?))
    });
    work.await?
}

async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, RULE);
    let work = app.ask(move |store| {
        let document = document(&sent.value()?)?;
        let created = readings.find(|[ruleset, rule]| {
            store.create_revision(ruleset, rule, document.clone(), stamp.clone())
        });
        match created {
            Ok(_) => Ok(empty(StatusCode::OK)),
            Err(StoreError::Exists(_)) => {
                let message = "the rule already has a revision of that `data.id` or \
                               `data.attributes.version_id`";
                // The store does not say which; what was not sent cannot be taken.
                let place = match (&document.id, &document.version_id) {
                    (Some(_), Some(_)) => "/data",
                    (Some(_), None) => "/data/id",
                    _ => "/data/attributes/version_id",
                };
                Err(Refusal::bad(message).at(place))
            }
            Err(other) => Err(other.into()),
        }
    });
    work.await?
}

fn document(body: &Value) -> Result<RevisionDocument, Refusal> {
    let Creation {
        text,
        cwe,
        is_published,
        version_id,
    } = request::attributes(body)?;
    let id = request::id(body)?;
    if let Some(wrong) = id.as_deref().and_then(fault_of_name) {
        return Err(must_not("data.id", &wrong));
    }
    Ok(RevisionDocument {
        id,
        version_id,
        published: is_published,
        text: kept(&KeptRecord::new(text, cwe))?,
    })
}

async fn show(app: Arc<App>, call: Call) -> Outcome {
    let readings = Readings::of(&call, ONE);
    let found = app.stored(move |store| {
        readings.find(|[ruleset, rule, id]| store.revision(ruleset, rule, id))
    });
    Ok(resource(&found.await?)?.answer())
}

fn resource(revision: &Revision) -> Result<Resource<RevisionRecord>, Refusal> {
    Ok(Resource::new(&*revision.id, RevisionRecord::of(revision)?))
}

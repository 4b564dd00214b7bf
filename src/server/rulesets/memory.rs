//! Violations that people judged right or wrong.

use super::request::{self, Asked, Request, must_not};
use super::{MEMORY, RESULT};
use crate::server::answer::{Refusal, empty};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::clock::rfc3339;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{
    At, LONGEST_NAME, LONGEST_TEXT, List, READS, Read, Resource, Sent, Typed, WRITES, kept, reread,
    word,
};
use crate::server::openapi::{Parameter, Reply};
use crate::store::{MemoryResult, StoreError};
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// The most characters of a reference to a rule: two names, each character a code of
/// three, and a `/`.
const LONGEST_REFERENCE: usize = 2 * 3 * LONGEST_NAME + 1;
/// The most characters of the path of a file.
const LONGEST_PATH: usize = 4_096;

/// Whether a violation was one.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AiVerdict")]
enum Verdict {
    #[serde(rename = "TP")]
    TruePositive,
    #[serde(rename = "FP")]
    FalsePositive,
}

impl Read for Verdict {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        word(at, "`TP` or `FP`")
    }
}

/// A violation and what was thought of it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AiViolation")]
struct ViolationRecord {
    #[schemars(length(max = 500))]
    repository_id: String,
    /// The commit.
    #[schemars(length(max = 500))]
    sha: String,
    /// The path of the file.
    #[schemars(length(min = 1, max = 4096))]
    name: String,
    #[schemars(range(min = i64::MIN, max = i64::MAX))]
    line: i64,
    #[serde(rename = "type")]
    verdict: Verdict,
    #[schemars(length(max = 262144))]
    message: String,
}

/// A result to remember.
#[derive(JsonSchema)]
#[schemars(rename = "AiMemoryCreation")]
struct Creation {
    /// `ruleset/rule`; in names, `/` is written `%2F` and `%` is written `%25`.
    #[schemars(length(min = 1, max = 3001))]
    rule: String,
    #[serde(flatten)]
    violation: ViolationRecord,
}

/// A result that is remembered. The rule may be gone by now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AiMemoryResult")]
struct ResultRecord {
    /// `ruleset/rule`.
    rule: String,
    #[serde(flatten)]
    violation: ViolationRecord,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    created_by: String,
}

impl Typed for ResultRecord {
    const TYPE: &'static str = "ai_memory_violation_result";
}

impl Typed for Creation {
    const TYPE: &'static str = ResultRecord::TYPE;
}

impl Asked for Creation {
    // It is the server that numbers them: an id is not looked at.
    fn id() -> Value {
        json!({})
    }
}

impl Read for Creation {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let violation = ViolationRecord {
            repository_id: at.field("repository_id")?.text_within(LONGEST_NAME)?,
            sha: at.field("sha")?.text_within(LONGEST_NAME)?,
            name: at.field("name")?.text_within(LONGEST_PATH)?,
            line: at.field("line")?.required()?,
            verdict: at.field("type")?.required()?,
            message: at.field("message")?.text_within(LONGEST_TEXT)?,
        };
        let rule = at.field("rule")?.text_within(LONGEST_REFERENCE)?;
        Ok(Creation { rule, violation })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let family = Family::Datadog;
    let list = Endpoint::new(
        family,
        Method::GET,
        MEMORY,
        "ListAiMemoryViolationResults",
        list,
    )
    .needs(READS)
    .says("List the results that are remembered", "Oldest first.")
    .replies(Reply::ok("The results.").with(List::<ResultRecord>::content()));
    let id = "CreateAiMemoryViolationResult";
    let create = Endpoint::new(family, Method::POST, MEMORY, id, create)
        .needs(WRITES)
        .says(
            "Remember a result",
            "It gets a number; an id that is sent is not looked at. Its rule must be there.",
        )
        .reads_any(Request::<Creation>::contents(None, example()))
        .replies(Reply::ok("It is remembered."))
        .refuses(&[404, 415]);
    let id = "DeleteAiMemoryViolationResult";
    let delete = Endpoint::new(family, Method::DELETE, RESULT, id, delete)
        .needs(WRITES)
        .says("Forget a result", "By its number.")
        .takes(Parameter::path("id", "Its number.").like("^-?[0-9]+$"))
        .replies(Reply::ok("It is forgotten."))
        .refuses(&[404]);
    vec![list, create, delete]
}

fn example() -> Value {
    json!({
        "rule": "secrets/no-secrets-in-logs",
        "repository_id": "shop",
        "sha": "b5bc7d4f02bd4e1f9c1d6f3f6f6f9a0c2b7c1e55",
        "name": "src/main.py",
        "line": 10,
        "type": "FP",
        "message": "It is a test's secret.",
    })
}

async fn list(app: Arc<App>, _: Call) -> Outcome {
    let work = app.ask(|store| {
        let found: Result<_, Refusal> = store.memory()?.into_iter().map(resource).collect();
        Ok(Resource::list(found?))
    });
    work.await?
}

async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let work = app.ask(move |store| {
        let Creation { rule, violation } = request::attributes(&sent.value()?)?;
        for (name, text) in [("rule", &rule), ("name", &violation.name)] {
            if text.is_empty() {
                let place = format!("data.attributes.{name}");
                return Err(must_not(&place, "must not be empty"));
            }
        }
        let created = store.create_memory(&rule, kept(&violation)?, stamp);
        created.map_err(|error| match error {
            StoreError::NotFound(_) => no_such_rule(),
            other => other.into(),
        })?;
        Ok(empty(StatusCode::OK))
    });
    work.await?
}

fn no_such_rule() -> Refusal {
    let message = "there is no rule of that `ruleset/rule`; in names, `/` is written `%2F` \
                   and `%` is written `%25`";
    Refusal::new(StatusCode::NOT_FOUND, message).at("/data/attributes/rule")
}

async fn delete(app: Arc<App>, call: Call) -> Outcome {
    let number = number(call.part("id"))?;
    let stamp = app.stamp(&call.caller);
    app.stored(move |store| store.delete_memory(number, stamp))
        .await?;
    Ok(empty(StatusCode::OK))
}

/// The number that an id is. One that is too large is that of no result, and so
/// is the largest.
fn number(id: &str) -> Result<i64, Refusal> {
    let digits = id.strip_prefix('-').unwrap_or(id);
    match !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(id.parse().unwrap_or(i64::MAX)),
        false => Err(Refusal::bad("`id` must be a number")),
    }
}

fn resource(result: MemoryResult) -> Result<Resource<ResultRecord>, Refusal> {
    let attributes = ResultRecord {
        violation: reread(&result.text)?,
        rule: result.rule,
        created_at: rfc3339(result.created.at),
        created_by: result.created.by.name,
    };
    Ok(Resource::new(result.id.to_string(), attributes))
}

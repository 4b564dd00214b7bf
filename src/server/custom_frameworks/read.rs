//! Bodies → what a framework is to be.

use super::record::{ControlRecord, RequirementRecord, TYPE};
use crate::server::answer::{JSON_API, Refusal};
use crate::server::json_api::{At, Read};
use crate::server::openapi::Content;
use ahash::RandomState;
use schemars::JsonSchema;
use serde_json::{Value, json};
use std::collections::HashSet;

/// What a new framework is to be.
#[derive(JsonSchema)]
#[schemars(rename = "CustomFrameworkCreation")]
pub(super) struct Creation {
    /// What it is to be known by, unique among all frameworks.
    #[schemars(length(min = 1, max = 500), extend("not" = {"enum": [".", ".."]}))]
    pub(super) handle: String,
    /// Its version.
    #[schemars(length(min = 1, max = 500), extend("not" = {"enum": [".", ".."]}))]
    pub(super) version: String,
    #[serde(flatten)]
    pub(super) content: FrameworkContent,
}

/// What a framework is to say from now on. `handle` and `version` stand in the
/// path, and are not looked at here.
#[derive(JsonSchema)]
#[schemars(rename = "CustomFrameworkContent")]
pub(super) struct FrameworkContent {
    /// Name for people.
    #[schemars(length(min = 1, max = 1000))]
    pub(super) name: String,
    /// Free text.
    #[schemars(length(max = 262144))]
    pub(super) description: Option<String>,
    /// Where a picture for it is.
    #[schemars(length(max = 4096))]
    pub(super) icon_url: Option<String>,
    #[schemars(length(min = 1))]
    pub(super) requirements: Vec<RequirementRecord>,
}

/// A body around such attributes.
#[derive(JsonSchema)]
#[schemars(rename = "{A}Request")]
#[expect(dead_code, reason = "only its schema is used")]
struct Request<A> {
    data: RequestData<A>,
}

#[derive(JsonSchema)]
#[schemars(rename = "{A}Data")]
#[expect(dead_code, reason = "only its schema is used")]
struct RequestData<A> {
    #[serde(rename = "type")]
    kind: RequestType,
    attributes: A,
}

#[derive(JsonSchema)]
#[schemars(rename = "CustomFrameworkType", rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum RequestType {
    CustomFramework,
}

/// Reads the attributes of a body.
///
/// # Errors
///
/// 400: what is missing, or of another type than it should be.
pub(super) fn attributes<A: Read>(body: &Value) -> Result<A, Refusal> {
    let body = At::body(body);
    let data = body.field("data")?.present()?;
    let kind = data.field("type")?;
    if kind.required::<String>()? != TYPE {
        return Err(kind.wrong(&format!("`{TYPE}`")));
    }
    data.field("attributes")?.required()
}

impl Read for Creation {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Creation {
            handle: at.field("handle")?.required()?,
            version: at.field("version")?.required()?,
            content: FrameworkContent::read(at)?,
        })
    }
}

impl Read for FrameworkContent {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        // An empty text is one that is not set.
        let optional = |name| -> Result<Option<String>, Refusal> {
            let text = at.field(name)?.optional::<String>()?;
            Ok(text.filter(|text| !text.is_empty()))
        };
        Ok(FrameworkContent {
            name: at.field("name")?.required()?,
            description: optional("description")?,
            icon_url: optional("icon_url")?,
            requirements: at.field("requirements")?.required()?,
        })
    }
}

impl Read for RequirementRecord {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        Ok(RequirementRecord {
            name: at.field("name")?.required()?,
            controls: at.field("controls")?.required()?,
        })
    }
}

impl Read for ControlRecord {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let mut rules_id: Vec<String> = at.field("rules_id")?.list()?;
        let mut seen: HashSet<String, RandomState> = HashSet::default();
        rules_id.retain(|id| seen.insert(id.clone()));
        Ok(ControlRecord {
            name: at.field("name")?.required()?,
            rules_id,
        })
    }
}

/// The body of a new framework.
pub(super) fn creation() -> [Content; 2] {
    let mut example = example();
    if let Some(attributes) = example.pointer_mut("/data/attributes") {
        attributes["handle"] = "pay".into();
        attributes["version"] = "2".into();
    }
    contents::<Creation>(&example)
}

/// The body of a framework that changes.
pub(super) fn replacement() -> [Content; 2] {
    contents::<FrameworkContent>(&example())
}

fn contents<A: JsonSchema>(example: &Value) -> [Content; 2] {
    ["application/json", JSON_API]
        .map(|media_type| Content::typed::<Request<A>>(media_type).such_as(example.clone()))
}

fn example() -> Value {
    let control = json!({"name": "Salaries are tagged", "rules_id": ["hr/salary"]});
    let requirement = json!({"name": "Pay is confidential", "controls": [control]});
    let attributes = json!({"name": "Pay", "requirements": [requirement]});
    json!({"data": {"type": TYPE, "attributes": attributes}})
}

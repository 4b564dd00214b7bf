//! How custom frameworks look, outside and in the store.

use crate::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use crate::server::answer::Refusal;
use crate::server::json_api::{Resource, Typed, reread};
use crate::store::{CustomDocument, StoredCustomFramework};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `type` says of them.
pub(super) const TYPE: &str = "custom_framework";

/// What a framework asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CustomFrameworkRequirement")]
pub(super) struct RequirementRecord {
    /// Its name, unique in the framework.
    #[schemars(length(min = 1, max = 1000))]
    pub(super) name: String,
    /// How it is seen that it is met.
    #[schemars(length(min = 1))]
    pub(super) controls: Vec<ControlRecord>,
}

/// How it is seen that a requirement is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CustomFrameworkControl")]
pub(super) struct ControlRecord {
    /// Its name, unique in the requirement.
    #[schemars(length(min = 1, max = 1000))]
    pub(super) name: String,
    /// The rules whose findings it rests on: ids of classification rules. Empty if
    /// people have to assess it: then it is `unknown` in every rollup.
    pub(super) rules_id: Vec<String>,
}

/// What a framework is known by.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomFrameworkHandleAndVersion")]
pub(super) struct KeyRecord {
    handle: String,
    version: String,
}

/// A framework.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomFramework")]
pub(super) struct FrameworkRecord {
    handle: String,
    version: String,
    name: String,
    /// Free text, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default, with = "String")]
    description: Option<String>,
    /// Where a picture for it is, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default, with = "String")]
    icon_url: Option<String>,
    requirements: Vec<RequirementRecord>,
}

/// A framework that has been deleted.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomFrameworkWithoutRequirements")]
pub(super) struct DeletedRecord {
    handle: String,
    version: String,
    name: String,
    /// Empty if there was none.
    description: String,
    /// Empty if there was none.
    icon_url: String,
}

impl Typed for KeyRecord {
    const TYPE: &'static str = TYPE;
}

impl Typed for FrameworkRecord {
    const TYPE: &'static str = TYPE;
}

impl Typed for DeletedRecord {
    const TYPE: &'static str = TYPE;
}

fn id_of(document: &CustomDocument) -> String {
    format!("{}-{}", document.handle, document.version)
}

/// What a framework that was written is known by.
pub(super) fn key_of(document: CustomDocument) -> Resource<KeyRecord> {
    let id = id_of(&document);
    let attributes = KeyRecord {
        handle: document.handle,
        version: document.version,
    };
    Resource::new(id, attributes)
}

/// A framework, whole.
///
/// # Errors
///
/// 500 if the store is damaged.
pub(super) fn whole(document: CustomDocument) -> Result<Resource<FrameworkRecord>, Refusal> {
    let id = id_of(&document);
    let attributes = FrameworkRecord {
        requirements: reread(&document.requirements)?,
        handle: document.handle,
        version: document.version,
        name: document.name,
        description: document.description,
        icon_url: document.icon_url,
    };
    Ok(Resource::new(id, attributes))
}

/// What a framework was.
pub(super) fn deleted(document: CustomDocument) -> Resource<DeletedRecord> {
    let id = id_of(&document);
    let attributes = DeletedRecord {
        handle: document.handle,
        version: document.version,
        name: document.name,
        description: document.description.unwrap_or_default(),
        icon_url: document.icon_url.unwrap_or_default(),
    };
    Resource::new(id, attributes)
}

/// A stored framework as the room for such frameworks knows it.
///
/// # Errors
///
/// 500 if the store is damaged.
pub(in crate::server) fn model_of(
    stored: &StoredCustomFramework,
) -> Result<ComplianceFramework, Refusal> {
    let document = &stored.document;
    let requirements: Vec<RequirementRecord> = reread(&document.requirements)?;
    Ok(ComplianceFramework {
        handle: document.handle.clone(),
        version: document.version.clone(),
        name: document.name.clone(),
        description: document.description.clone(),
        icon_url: document.icon_url.clone(),
        requirements: requirements.into_iter().map(requirement).collect(),
        origin: None,
    })
}

/// A requirement as the room for such frameworks knows it.
pub(super) fn requirement(record: RequirementRecord) -> Requirement {
    Requirement {
        name: record.name,
        controls: record.controls.into_iter().map(control).collect(),
    }
}

fn control(record: ControlRecord) -> Control {
    let reference = |id| RuleReference { id, origin: None };
    Control {
        name: record.name,
        rules: record.rules_id.into_iter().map(reference).collect(),
    }
}

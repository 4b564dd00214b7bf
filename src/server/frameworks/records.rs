//! What frameworks look like on the wire.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The source of a tag that is sent without one.
fn curated() -> &'static str {
    crate::tag::CURATED
}

/// A framework as it is answered.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Framework")]
#[expect(
    dead_code,
    reason = "answers are put together from texts: only its schema is used"
)]
pub(super) struct FrameworkRecord<'a> {
    /// The framework's id.
    #[schemars(extend("format" = "uuid"))]
    id: String,
    /// The id of this version.
    #[schemars(extend("format" = "uuid"))]
    version: String,
    /// Whether its rules are evaluated.
    active: bool,
    #[serde(flatten)]
    content: ContentRecord<'a>,
    /// The number of the user who made the framework; 0 is the program itself.
    created_by: i64,
    /// When the framework was made: UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// The number of the user who made this version; 0 is the program itself.
    modified_by: i64,
    /// When this version was made: UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    modified_at: String,
    /// There, and true, if the framework came with the program. Such frameworks
    /// are switched on and off and cloned, nothing else.
    #[schemars(with = "bool", default, extend("const" = true))]
    system: Option<bool>,
}

/// All that a client sends of a framework but whether it is active.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContentRecord<'a> {
    /// Short name; the first half of the ids of rules that have none of their own.
    #[schemars(length(min = 1, max = 400))]
    pub(super) short_name: &'a str,
    /// Official name.
    #[schemars(length(min = 1, max = 1000))]
    pub(super) name: &'a str,
    /// Free text.
    #[schemars(length(max = 262144))]
    pub(super) description: &'a str,
    /// The tags that the framework declares.
    pub(super) tags: Vec<TagRecord<'a>>,
    /// The rules.
    #[schemars(length(max = 50))]
    pub(super) rules: Vec<RuleRecord<'a>>,
}

/// A tag that a framework declares.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "DeclaredTag")]
pub(super) struct TagRecord<'a> {
    /// The full name, its parts joined by `.`.
    #[schemars(length(min = 1, max = 500))]
    pub(super) name: &'a str,
    /// `curated`, or the id of another catalog; `curated` where it is not sent.
    #[schemars(default = "curated", length(min = 1, max = 400))]
    pub(super) source: &'a str,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", default, length(max = 262144))]
    pub(super) description: Option<&'a str>,
    /// How sensitive it is; none: not rated.
    #[schemars(default, length(max = 1))]
    pub(super) sensitivities: Vec<SensitivityRecord>,
}

/// How sensitive a tag is.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Sensitivity")]
pub(super) struct SensitivityRecord {
    #[schemars(extend("enum" = ["confidentiality"]))]
    dimension: &'static str,
    /// 0 non-sensitive, 1 sensitive, 2 highly sensitive.
    #[schemars(range(max = 2))]
    sensitivity: u8,
}

impl SensitivityRecord {
    pub(super) fn of(sensitivity: u8) -> Self {
        SensitivityRecord {
            dimension: "confidentiality",
            sensitivity,
        }
    }
}

/// A rule: all of its criteria hold, so the column gets the classification tag.
/// At least one criterion is needed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Rule", extend("anyOf" = [
    {"properties": {"columnTags": {"minItems": 1}}, "required": ["columnTags"]},
    {"properties": {"neighborColumnTags": {"minItems": 1}}, "required": ["neighborColumnTags"]},
    {"properties": {"tableTags": {"minItems": 1}}, "required": ["tableTags"]},
]))]
pub(super) struct RuleRecord<'a> {
    /// Unique among active frameworks. Where it is not sent, it is
    /// `<shortName>/<name>`, each in lower case with `-` for all but `a-z0-9`,
    /// and is not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", default, length(min = 1, max = 1000))]
    pub(super) id: Option<&'a String>,
    /// Short name, unique in its framework.
    #[schemars(length(min = 1, max = 500))]
    pub(super) name: &'a str,
    /// The tag that a column gets: one of those that the framework declares.
    pub(super) classification_tag: TagReference<'a>,
    /// Tags wanted on the same column, each.
    #[schemars(default)]
    pub(super) column_tags: Vec<TagReference<'a>>,
    /// Tags wanted on some column of the data source, each.
    #[schemars(default)]
    pub(super) neighbor_column_tags: Vec<TagReference<'a>>,
    /// Tags wanted on the data source, each.
    #[schemars(default)]
    pub(super) table_tags: Vec<TagReference<'a>>,
}

/// What a tag is known by.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TagReference<'a> {
    /// The full name, its parts joined by `.`.
    #[schemars(length(min = 1, max = 500))]
    pub(super) name: &'a str,
    /// `curated`, or the id of another catalog; `curated` where it is not sent.
    #[schemars(default = "curated", length(min = 1, max = 400))]
    pub(super) source: &'a str,
}

/// A framework to make.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewFramework")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct NewFramework<'a> {
    #[serde(flatten)]
    content: ContentRecord<'a>,
    /// Whether its rules are evaluated.
    active: bool,
    #[serde(flatten)]
    ignored: Ignored,
}

/// What is to change of a framework. What is left out stays.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "FrameworkChange")]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::server) struct FrameworkChange<'a> {
    /// Short name.
    #[schemars(with = "String", default, length(min = 1, max = 400))]
    short_name: Option<&'a str>,
    /// Official name.
    #[schemars(with = "String", default, length(min = 1, max = 1000))]
    name: Option<&'a str>,
    /// Free text.
    #[schemars(with = "String", default, length(max = 262144))]
    description: Option<&'a str>,
    /// Whether its rules are evaluated.
    #[schemars(with = "bool", default)]
    active: Option<bool>,
    /// All tags: replaced as a whole.
    #[schemars(default)]
    tags: Vec<TagRecord<'a>>,
    /// All rules: replaced as a whole.
    #[schemars(default, length(max = 50))]
    rules: Vec<RuleRecord<'a>>,
    #[serde(flatten)]
    ignored: Ignored,
}

/// What the server sets: accepted and ignored, so that an answer can be sent back.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct Ignored {
    /// Ignored.
    #[schemars(default)]
    id: Value,
    /// Ignored.
    #[schemars(default)]
    version: Value,
    /// Ignored.
    #[schemars(default)]
    created_by: Value,
    /// Ignored.
    #[schemars(default)]
    created_at: Value,
    /// Ignored.
    #[schemars(default)]
    modified_by: Value,
    /// Ignored.
    #[schemars(default)]
    modified_at: Value,
    /// Ignored.
    #[schemars(default)]
    system: Value,
}

/// Frameworks, oldest first.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Frameworks")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct FrameworksRecord<'a> {
    frameworks: Vec<FrameworkRecord<'a>>,
}

/// Versions of a framework, oldest first.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FrameworkVersions")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct VersionsRecord<'a> {
    versions: Vec<FrameworkRecord<'a>>,
}

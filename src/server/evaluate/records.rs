//! What bodies look like, for the OpenAPI document.

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// A small catalog, and how it is to be evaluated.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Catalog")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct CatalogRecord {
    /// The data sources. Their ids are all texts, or all whole numbers.
    data_sources: Vec<DataSourceRecord>,
    /// Whether it is rolled up for the stored custom frameworks. `true` needs
    /// `security_monitoring_rules_read` (403); without that permission it is `false`.
    #[schemars(default = "yes")]
    compliance: bool,
    /// When a tag meets a criterion: if it is the very tag, or a tag below it, too.
    #[schemars(default)]
    tag_match: MatchRecord,
}

fn yes() -> bool {
    true
}

#[derive(JsonSchema, serde::Serialize, Default)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "TagMatch")]
#[expect(dead_code, reason = "only its schema is used")]
enum MatchRecord {
    #[default]
    Exact,
    Hierarchical,
}

/// A data source and its columns.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DataSource")]
#[expect(dead_code, reason = "only its schema is used")]
struct DataSourceRecord {
    /// What it is known by.
    id: IdRecord,
    /// The tags that it bears itself.
    #[schemars(default)]
    tags: Vec<TagRecord>,
    /// Its columns. Two of one name are one, with the tags of both.
    columns: Vec<ColumnRecord>,
}

#[derive(JsonSchema)]
#[schemars(rename = "DataSourceId")]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum IdRecord {
    /// As it is.
    Text(#[schemars(length(min = 1))] String),
    /// A whole number.
    Number(#[schemars(schema_with = "whole_number")] i128),
}

/// Whatever fits 64 bits, with a sign or without.
fn whole_number(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "integer", "minimum": i64::MIN, "maximum": u64::MAX})
}

/// A column.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Column")]
#[expect(dead_code, reason = "only its schema is used")]
struct ColumnRecord {
    /// Its name.
    #[schemars(length(min = 1))]
    name: String,
    /// The tags that are on it.
    #[schemars(default)]
    tags: Vec<TagRecord>,
}

#[derive(JsonSchema)]
#[schemars(rename = "CatalogTag")]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum TagRecord {
    /// Its name; the source is `curated`.
    Name(#[schemars(length(min = 1))] String),
    /// Name and source.
    Pair(PairRecord),
}

/// A tag.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CatalogTagPair")]
#[expect(dead_code, reason = "only its schema is used")]
struct PairRecord {
    /// Its name.
    #[schemars(length(min = 1))]
    name: String,
    /// Where it comes from.
    #[schemars(length(min = 1), default = "curated")]
    source: String,
}

fn curated() -> String {
    "curated".into()
}

/// What a small catalog comes to.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Evaluation")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct EvaluationRecord {
    /// Rows as in `assignments.parquet`, in that order.
    assignments: Vec<AssignmentRecord>,
    /// Every column once, and its sensitivity.
    columns: Vec<RatedColumnRecord>,
    /// As `rollup.json`; null if it was not asked for, or the caller may not read custom
    /// frameworks.
    rollup: Option<Map<String, Value>>,
    /// The active frameworks.
    frameworks: Vec<EvaluatedRecord>,
    /// As in a run's manifest.
    counts: Map<String, Value>,
}

/// A column and a classification tag.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Assignment")]
#[expect(dead_code, reason = "only its schema is used")]
struct AssignmentRecord {
    data_source_id: IdRecord,
    column_name: String,
    tag_name: String,
    tag_source: String,
    /// The highest that a framework declares for the tag; null is not rated.
    sensitivity: Option<u8>,
    /// The ids of the rules that give the tag.
    rules: Vec<String>,
    state: StateRecord,
    /// Whether the catalog records the tag on the column.
    recorded: bool,
}

/// How an assignment stands to what the catalog says already.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AssignmentState")]
#[expect(dead_code, reason = "only its schema is used")]
enum StateRecord {
    New,
    Recorded,
    Muted,
    Stale,
}

/// A column, and the highest sensitivity of the tags that it bears or is to bear.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RatedColumn")]
#[expect(dead_code, reason = "only its schema is used")]
struct RatedColumnRecord {
    data_source_id: IdRecord,
    column_name: String,
    sensitivity: Option<u8>,
}

/// A framework whose rules were evaluated.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "EvaluatedFramework")]
#[expect(dead_code, reason = "only its schema is used")]
struct EvaluatedRecord {
    id: String,
    version: String,
    short_name: String,
}

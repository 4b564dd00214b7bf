//! Runs as clients see them, and what they send.

use super::desk::Runs;
use super::outcome::OutcomeRecord;
use crate::pipeline::is_kept;
use crate::server::clock::rfc3339;
use crate::store::{Run, RunState};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Run")]
pub(super) struct RunRecord {
    id: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    state: &'static str,
    /// The user id of the token that asked for it.
    created_by: i64,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// What was asked for, as it came.
    request: Map<String, Value>,
    /// How far it is, while it is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<RunProgressRecord>,
    /// Whether the files of results can be downloaded; told of runs that are done.
    #[serde(skip_serializing_if = "Option::is_none")]
    results_kept: Option<bool>,
    #[serde(flatten)]
    outcome: OutcomeRecord,
}

/// How far a run is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RunProgress")]
struct RunProgressRecord {
    /// What it is at.
    phase: &'static str,
    /// Rows done in this phase.
    done: u64,
    /// All rows of this phase; null where that is not known.
    total: Option<u64>,
}

/// Runs, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Runs")]
pub(super) struct RunsRecord {
    pub(super) runs: Vec<RunRecord>,
}

/// What a run is asked for, as its schema; the pipeline reads requests.
pub(super) struct RunRequestRecord;

impl JsonSchema for RunRequestRecord {
    fn schema_name() -> Cow<'static, str> {
        "RunRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let paths = |least: u32, description: &str| {
            json!({
                "type": "array", "minItems": least, "maxItems": 1000, "description": description,
                "items": {"type": "string", "minLength": 1, "maxLength": 4095},
            })
        };
        let column = json!({"type": "string", "minLength": 1});
        json_schema!({
            "type": "object",
            "description": "What a run is asked for.",
            "additionalProperties": false,
            "required": ["columns"],
            "properties": {
                "columns": paths(1, "Files and folders with the columns, below the server's folder."),
                "sources": paths(0, "Files and folders with the table tags, if they are apart."),
                "overrides": paths(0, "Files and folders of overrides."),
                "tagMatch": {
                    "enum": ["exact", "hierarchical"], "default": "exact",
                    "description": "When a tag meets a criterion.",
                },
                "badRows": {
                    "enum": ["fail", "quarantine"], "default": "fail",
                    "description": "What becomes of rows without data source id or column name, and of tags in text that is no JSON list.",
                },
                "noTableTags": {
                    "type": "boolean", "default": false,
                    "description": "Whether data sources are taken to have no tags of their own, even where the catalog records some. Not beside `sources`.",
                },
                "asOf": {
                    "type": "string", "format": "date",
                    "description": "The day by which overrides have expired or not, and by which rollups are dated; today in UTC unless said.",
                },
                "report": {
                    "type": "boolean", "default": false,
                    "description": "Whether `report.html` is written, too.",
                },
                "export": {
                    "type": "array", "items": {"enum": ["csv", "oscal", "ocsf"]},
                    "description": "Further forms of the rollup.",
                },
                "map": {
                    "type": "object", "additionalProperties": false,
                    "description": "The catalog's names for our columns, and for the fields of their structs.",
                    "properties": {
                        "data_source_id": column, "column_name": column,
                        "column_tags": column, "table_tags": column,
                        "column_tags.name": column, "column_tags.source": column,
                        "table_tags.name": column, "table_tags.source": column,
                    },
                },
            },
        })
    }
}

impl Runs {
    /// The same as a page takes it.
    pub(in crate::server) fn told(&self, run: Run, reads_compliance: bool) -> Value {
        // Text keys and plain values always can be written.
        serde_json::to_value(self.record(run, reads_compliance)).unwrap_or_default()
    }

    /// A run as clients see it; what it says of compliance frameworks is left out for
    /// those who may not read them. Looks at the disk.
    pub(super) fn record(&self, run: Run, reads_compliance: bool) -> RunRecord {
        let request = serde_json::from_str(&run.request).unwrap_or_default();
        let under_way = self
            .under_way(&run.id)
            .filter(|_| run.state == RunState::Running);
        let progress = under_way.map(|under_way| {
            let (phase, done, total) = under_way.progress();
            RunProgressRecord { phase, done, total }
        });
        let done = run.state == RunState::Done;
        let outcome = run.outcome.as_deref().map(OutcomeRecord::read);
        let outcome = outcome.unwrap_or_default();
        RunRecord {
            results_kept: done.then(|| is_kept(&self.folder(&run))),
            id: run.id,
            state: run.state.as_str(),
            created_by: run.created.by.user_id,
            created_at: rfc3339(run.created.at),
            started_at: run.started_at.map(rfc3339),
            ended_at: run.ended_at.map(rfc3339),
            request,
            progress,
            outcome: match reads_compliance {
                true => outcome,
                false => outcome.without_compliance(),
            },
        }
    }
}

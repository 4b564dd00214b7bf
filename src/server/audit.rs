//! `GET /audit`: who changed what.

use super::access::Permission;
use super::answer::{Refusal, json};
use super::app::App;
use super::call::Call;
use super::clock::rfc3339;
use super::endpoint::{Endpoint, Family, Outcome};
use super::openapi::{Content, Parameter, Reply};
use crate::store::AuditEntry;
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// Entries of one answer, if the call does not say, and at most.
const SOME: u32 = 100;
const MOST: u32 = 1000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let after = json!({"type": "integer", "minimum": 0, "maximum": i64::MAX, "default": 0});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": MOST, "default": SOME});
    vec![
        Endpoint::new(Family::Immuta, Method::GET, "/audit", "listAudit", audit)
            .needs(&[Permission::Governance])
            .says(
                "List what was changed",
                "Every write of the server: who, when, what, and which version came of it. Oldest \
                 first; the next page comes after the last `seq` of this one.",
            )
            .takes(Parameter::query(
                "after",
                "Only entries with a higher `seq`",
                after,
            ))
            .takes(Parameter::query("limit", "Entries at most", limit))
            .replies(Reply::ok("The entries.").with(Content::json::<AuditRecord>())),
    ]
}

/// Changes, oldest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Audit")]
struct AuditRecord {
    entries: Vec<EntryRecord>,
}

/// A change.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEntry")]
struct EntryRecord {
    /// Its place: later changes have higher ones.
    seq: i64,
    /// When: UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The number of the user; 0 is the program itself, or anybody where everybody
    /// is let in.
    user_id: i64,
    /// The name of the token.
    user: String,
    /// What was done, as `create` or `delete`.
    action: &'static str,
    /// To what kind of thing, as `framework`.
    resource: &'static str,
    /// To which: an id, a handle, a name, or `ruleset/rule`.
    id: String,
    /// The version that came of it, or that was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", default)]
    version: Option<String>,
}

impl From<AuditEntry> for EntryRecord {
    fn from(entry: AuditEntry) -> Self {
        EntryRecord {
            seq: entry.seq,
            at: rfc3339(entry.at),
            user_id: entry.by.user_id,
            user: entry.by.name,
            action: entry.action.as_str(),
            resource: entry.resource.as_str(),
            id: entry.id,
            version: entry.version,
        }
    }
}

async fn audit(app: Arc<App>, call: Call) -> Outcome {
    let after = number(&call, "after", 0, i64::MAX)?.unwrap_or(0);
    let limit = number(&call, "limit", 1, i64::from(MOST))?;
    let limit = limit
        .and_then(|limit| u32::try_from(limit).ok())
        .unwrap_or(SOME);
    let entries = app.stored(move |store| store.audit(after, limit)).await?;
    let entries = entries.into_iter().map(EntryRecord::from).collect();
    Ok(json(StatusCode::OK, &AuditRecord { entries }))
}

/// A number of the query within bounds.
fn number(call: &Call, name: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
    let Some(said) = call.asked(name)? else {
        return Ok(None);
    };
    let number = said.parse().ok().filter(|n| (least..=most).contains(n));
    let wrong = || match most {
        i64::MAX => format!("`{name}` must be a whole number, {least} or more"),
        _ => format!("`{name}` must be a whole number from {least} to {most}"),
    };
    number.map(Some).ok_or_else(|| Refusal::bad(wrong()))
}

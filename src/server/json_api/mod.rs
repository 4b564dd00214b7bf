//! Documents as JSON:API has them: `{"data": {"id", "type", "attributes"}}`.
//!
//! What comes in is read leniently: unknown fields are passed over, `null` is the
//! same as nothing, and of a key that repeats the last one counts. What is wrong
//! is said with the place where it stands, in words of ours.

mod at;
mod body;
mod names;
mod readings;
mod record;

pub(super) use at::{At, Read, is_longer, word};
pub(super) use body::Sent;
pub(super) use names::{LONGEST_NAME, LONGEST_TEXT, fault_of_name};
pub(super) use readings::Readings;
pub(super) use record::{Document, List, Resource, Typed};

use super::access::Permission;
use super::answer::Refusal;
use axum::http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What reading needs.
pub(super) const READS: &[Permission] = &[Permission::RulesRead];

/// What writing needs.
pub(super) const WRITES: &[Permission] = &[Permission::RulesRead, Permission::RulesWrite];

/// A record as the store keeps it.
pub(super) fn kept(record: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(record).map_err(broken)
}

/// The record that the store kept.
pub(super) fn reread<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(broken)
}

/// What this program wrote it can read, unless somebody else wrote it.
fn broken(error: serde_json::Error) -> Refusal {
    tracing::error!(%error, "a record of the store is damaged");
    Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR)
}

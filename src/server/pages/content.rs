//! From stored texts to what stands in them.

use crate::compliance::{self, ComplianceFramework};
use crate::diagnostic::Source;
use crate::framework::{Format, Framework, Limits, parse};
use crate::server::answer::Refusal;
use crate::store::{StoredCustomFramework, StoredFramework};
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

/// As much of a framework as a list tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Outline {
    /// Official name.
    pub(super) name: String,
    rules: Vec<IgnoredAny>,
}

impl Outline {
    /// What a stored framework comes to.
    pub(super) fn of(stored: &StoredFramework) -> Self {
        // What cannot be read has no name and no rules, and stays in its list.
        serde_json::from_str(&stored.text).unwrap_or_default()
    }

    /// How many rules it has.
    pub(super) fn rules(&self) -> u64 {
        u64::try_from(self.rules.len()).unwrap_or(u64::MAX)
    }
}

/// A stored framework, checked once more.
///
/// # Errors
///
/// 500 if its text is not what was stored.
pub(super) fn framework(stored: &StoredFramework) -> Result<Framework, Refusal> {
    let read = || {
        let mut document: Map<String, Value> = serde_json::from_str(&stored.text).ok()?;
        document.insert("active".into(), stored.active.into());
        let source = Source::new(&*stored.id, Value::Object(document).to_string());
        let limits = Limits {
            // It was within the limits of its time.
            max_rules: usize::MAX,
            ..Limits::default()
        };
        parse(&source, Format::Json, &limits).frameworks.pop()
    };
    read().ok_or_else(|| {
        tracing::error!(
            id = stored.id,
            version = stored.version,
            "a stored framework cannot be read"
        );
        Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

/// How many requirements and controls a compliance framework has.
pub(super) fn outline(stored: &StoredCustomFramework) -> (u64, u64) {
    #[derive(Deserialize)]
    struct Requirement {
        #[serde(default)]
        controls: Vec<IgnoredAny>,
    }
    let text = &stored.document.requirements;
    let all: Vec<Requirement> = serde_json::from_str(text).unwrap_or_default();
    let controls: usize = all
        .iter()
        .map(|requirement| requirement.controls.len())
        .sum();
    (all.len() as u64, controls as u64)
}

/// A stored compliance framework, checked once more.
///
/// # Errors
///
/// 500 if its text is not what was stored.
pub(super) fn compliance(stored: &StoredCustomFramework) -> Result<ComplianceFramework, Refusal> {
    let read = || {
        let document = &stored.document;
        let requirements: Value = serde_json::from_str(&document.requirements).ok()?;
        let mut whole = json!({
            "handle": document.handle,
            "version": document.version,
            "name": document.name,
            "requirements": requirements,
        });
        if let Some(description) = &document.description {
            whole["description"] = description.as_str().into();
        }
        let source = Source::new(&*document.handle, whole.to_string());
        let limits = compliance::Limits::default();
        compliance::parse(&source, compliance::Format::Json, &limits)
            .frameworks
            .pop()
    };
    read().ok_or_else(|| {
        tracing::error!(
            handle = stored.document.handle,
            "a custom framework cannot be read"
        );
        Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

//! The endpoints that change frameworks.

use super::check::Faults;
use super::read::{self, Creation, FrameworkContent};
use super::record::{DeletedRecord, KeyRecord, deleted, key_of, requirement};
use super::{BASE, ONE, PARTS, parameters};
use crate::compliance::ComplianceFramework;
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{Document, Readings, Sent, WRITES, kept};
use crate::server::openapi::Reply;
use crate::store::{CustomDocument, StoreError};
use ahash::RandomState;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let key = || Reply::ok("What it is known by.").with(Document::<KeyRecord>::content());
    let was = Reply::ok("What it was.").with(Document::<DeletedRecord>::content());
    let family = Family::Datadog;
    let create = Endpoint::new(family, Method::POST, BASE, "CreateCustomFramework", create)
        .needs(WRITES)
        .says(
            "Create a custom framework",
            "Its handle must not be there under any version, its rules must be known.",
        )
        .reads_any(read::creation())
        .replies(key())
        .refuses(&[409, 415]);
    let update = Endpoint::new(family, Method::PUT, ONE, "UpdateCustomFramework", update)
        .needs(WRITES)
        .says(
            "Replace a custom framework",
            "Replaces all of it: what is left out is gone. `handle` and `version` of the \
             body are not looked at.",
        )
        .takes_all(parameters())
        .reads_any(read::replacement())
        .replies(key())
        .refuses(&[415]);
    let delete = Endpoint::new(family, Method::DELETE, ONE, "DeleteCustomFramework", delete)
        .needs(WRITES)
        .says("Delete a custom framework", "Its handle is free then.")
        .takes_all(parameters())
        .replies(was);
    vec![create, update, delete]
}

/// Names first, then rules, and last whether the handle is free.
async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let work = app.ask(move |store| {
        let Creation {
            handle,
            version,
            content,
        } = read::attributes(&sent.value()?)?;
        let faults = Faults::of(&content).key(&handle, &version);
        faults.lists(&content).refuse()?;
        let taken = format!("already_exists(Framework '{handle}' already existed)");
        let (document, rules) = document(content, [handle, version])?;
        let created = store.create_custom_framework(document, rules, stamp);
        let created = created.map_err(|error| match error {
            StoreError::Exists(_) => {
                Refusal::new(StatusCode::CONFLICT, taken).at("/data/attributes/handle")
            }
            other => refused_with(other, &sent),
        });
        Ok(key_of(created?.document).answer())
    });
    work.await?
}

/// Names first, then whether it is there, and last rules.
async fn update(app: Arc<App>, mut call: Call) -> Outcome {
    let sent = Sent::with(&app, &mut call).await?;
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, PARTS);
    let work = app.ask(move |store| {
        let content: FrameworkContent = read::attributes(&sent.value()?)?;
        Faults::of(&content).lists(&content).refuse()?;
        let (document, rules) = document(content, Default::default())?;
        let updated = readings.find(|[handle, version]| {
            let document = CustomDocument {
                handle: handle.clone(),
                version: version.clone(),
                ..document.clone()
            };
            store.update_custom_framework(document, rules.clone(), stamp.clone())
        });
        let updated = updated.map_err(|error| refused_with(error, &sent))?;
        Ok(key_of(updated.document).answer())
    });
    work.await?
}

async fn delete(app: Arc<App>, call: Call) -> Outcome {
    let stamp = app.stamp(&call.caller);
    let readings = Readings::of(&call, PARTS);
    let was = app.ask(move |store| {
        readings
            .find(|[handle, version]| store.delete_custom_framework(handle, version, stamp.clone()))
    });
    Ok(deleted(was.await?.map_err(refused)?.document).answer())
}

/// A framework as the store takes it, and the rules that it rests on, each once.
fn document(
    content: FrameworkContent,
    [handle, version]: [String; 2],
) -> Result<(CustomDocument, Vec<String>), Refusal> {
    let requirements = kept(&content.requirements)?;
    let framework = ComplianceFramework {
        handle,
        version,
        name: content.name,
        description: content.description,
        icon_url: content.icon_url,
        requirements: content.requirements.into_iter().map(requirement).collect(),
        origin: None,
    };
    let (document, mut rules) = CustomDocument::new(&framework, requirements);
    let mut seen: HashSet<String, RandomState> = HashSet::default();
    rules.retain(|rule| seen.insert(rule.clone()));
    Ok((document, rules))
}

/// What the store refuses of a body, as Datadog says it, with the place in the body.
fn refused_with(error: StoreError, sent: &Sent) -> Refusal {
    let place = match &error {
        StoreError::UnknownRules(rules) => rules.first().and_then(|rule| {
            let body = sent.value().ok()?;
            place_of_rule(&body, rule)
        }),
        _ => None,
    };
    let refusal = refused(error);
    match place {
        Some(place) => refusal.at(place),
        None => refusal,
    }
}

/// Where a body that has been read names a rule first, as a JSON pointer.
fn place_of_rule(body: &Value, rule: &str) -> Option<String> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let requirements = list(&body["data"]["attributes"], "requirements");
    for (r, requirement) in requirements.iter().enumerate() {
        for (c, control) in list(requirement, "controls").iter().enumerate() {
            let rules = list(control, "rules_id");
            if let Some(at) = rules.iter().position(|id| id.as_str() == Some(rule)) {
                let place = format!("requirements/{r}/controls/{c}/rules_id/{at}");
                return Some(format!("/data/attributes/{place}"));
            }
        }
    }
    None
}

/// What the store refuses, as Datadog says it.
pub(super) fn refused(error: StoreError) -> Refusal {
    match error {
        // Not 404, and not a word: so it is there.
        StoreError::NotFound(_) => Refusal::silent(StatusCode::BAD_REQUEST),
        StoreError::UnknownRules(rules) => {
            let rule = rules.first().map_or("", String::as_str);
            Refusal::bad(format!("invalid_argument(Cannot find rule id {rule})"))
        }
        other => other.into(),
    }
}

//! How documents and rule ids that will not do are refused.

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::framework::{Framework, Rule};
use crate::server::answer::{DiagnosticRecord, Refusal};
use crate::store::{Clash, StoreError};
use axum::http::StatusCode;

/// What is wrong with a document; 400.
pub(super) fn faults(findings: &[Diagnostic]) -> Refusal {
    let first = findings.first().map(|finding| finding.message.as_str());
    let message = first.unwrap_or("the framework has a fault");
    Refusal::bad(and_more(message.to_owned(), findings.len())).with(findings.iter().map(record))
}

/// The finding, with a help that can be followed here.
fn record(finding: &Diagnostic) -> DiagnosticRecord {
    let record = DiagnosticRecord::from(finding);
    let help = match finding.code {
        Code::TooManyRules => Some("split the framework"),
        Code::ManyDocuments => Some("send one document at a time"),
        Code::TooLarge => Some("split the framework, or write fewer aliases"),
        Code::NotUtf8 => Some("send the document as UTF-8"),
        _ => None,
    };
    DiagnosticRecord {
        help: help.map(str::to_owned).or(record.help),
        ..record
    }
}

fn and_more(message: String, count: usize) -> String {
    match count {
        0 | 1 => message,
        2 => format!("{message}, and one more fault"),
        _ => format!("{message}, and {} more faults", count - 1),
    }
}

/// What a client said that a clash can be pinned on.
pub(super) struct Sent<'a> {
    /// What the framework was to be.
    pub(super) framework: &'a Framework,
    /// The fields that were sent.
    pub(super) fields: &'a [&'static str],
}

impl<'a> Sent<'a> {
    /// A framework of which everything was sent.
    pub(super) fn whole(framework: &'a Framework) -> Self {
        let fields = &["active", "rules", "shortName"];
        Sent { framework, fields }
    }
}

/// Why the store did not write; a clash is told with its places.
pub(super) fn not_written(error: StoreError, sent: &Sent<'_>) -> Refusal {
    match error {
        StoreError::Clash(clashes) => clash(&clashes, sent),
        other => other.into(),
    }
}

/// Rule ids that other active frameworks have; 409.
fn clash(clashes: &[Clash], sent: &Sent<'_>) -> Refusal {
    let mut found: Vec<(usize, &Clash)> = clashes
        .iter()
        .map(|clash| (place(sent.framework, clash), clash))
        .collect();
    found.sort_by_key(|(place, _)| *place);
    let records = found.iter().map(|(place, clash)| DiagnosticRecord {
        code: Code::DuplicateRuleId.as_str().to_owned(),
        message: said(clash),
        pointer: pointer(sent, *place),
        help: Some("rename the rule, give it another `id`, or deactivate one of the two".into()),
    });
    let records: Vec<DiagnosticRecord> = records.collect();
    let message = records.first().map(|record| record.message.clone());
    let message = and_more(message.unwrap_or_default(), records.len());
    Refusal::new(StatusCode::CONFLICT, message).with(records)
}

fn said(clash: &Clash) -> String {
    format!(
        "the rule id {} is also that of a rule of the active framework {} with the id {}",
        quoted(&clash.rule),
        quoted(&clash.short_name),
        quoted(&clash.framework)
    )
}

fn place(framework: &Framework, clash: &Clash) -> usize {
    let place = framework.rules.iter().position(|r| r.id == clash.rule);
    place.unwrap_or(usize::MAX)
}

/// The field that was sent and that the clash comes from.
fn pointer(sent: &Sent<'_>, place: usize) -> String {
    let says = |field: &str| sent.fields.contains(&field);
    match sent.framework.rules.get(place) {
        Some(Rule { has_own_id, .. }) if says("rules") => {
            let field = if *has_own_id { "id" } else { "name" };
            format!("/rules/{place}/{field}")
        }
        Some(rule) if says("shortName") && !rule.has_own_id => "/shortName".to_owned(),
        _ if says("active") => "/active".to_owned(),
        _ => String::new(),
    }
}

//! Custom frameworks as they are stored, as the engine takes them.

use crate::compliance::{self, ComplianceFramework};
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use crate::store::StoredCustomFramework;
use serde_json::{Value, json};

/// The compliance framework that a custom framework is.
///
/// # Errors
///
/// What is wrong with the text, which was fine when it was stored.
pub(super) fn compliance(
    stored: &StoredCustomFramework,
) -> Result<ComplianceFramework, Vec<Diagnostic>> {
    let document = &stored.document;
    let name = format!("custom framework {} {}", document.handle, document.version);
    let requirements: Value =
        serde_json::from_str(&document.requirements).map_err(|_| unreadable(&name))?;
    let mut value = json!({
        "handle": document.handle,
        "version": document.version,
        "name": document.name,
        "requirements": requirements,
    });
    if let Some(description) = &document.description {
        value["description"] = description.as_str().into();
    }
    let source = Source::new(&*name, value.to_string());
    let limits = compliance::Limits {
        max_bytes: usize::MAX,
        max_nodes: usize::MAX,
        ..compliance::Limits::default()
    };
    let parsed = compliance::parse(&source, compliance::Format::Json, &limits);
    sound(&name, parsed.frameworks, parsed.diagnostics)
}

/// The one that a text holds, unless something is wrong with it.
fn sound<T>(name: &str, found: Vec<T>, findings: Vec<Diagnostic>) -> Result<T, Vec<Diagnostic>> {
    if findings.iter().any(Diagnostic::is_error) {
        return Err(findings);
    }
    found.into_iter().next().ok_or_else(|| unreadable(name))
}

fn unreadable(name: &str) -> Vec<Diagnostic> {
    let message = format!("{} cannot be read from the store", quoted(name));
    vec![Diagnostic::error(Code::Syntax, message)]
}

//! What is stored, as the engine takes it.

use crate::compliance::{self, ComplianceFramework};
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use crate::framework::{self, Format, Framework};
use crate::store::{Store, StoreError, StoredCustomFramework, StoredFramework};
use serde_json::{Value, json};

/// All that is stored.
pub(super) fn all(
    store: &Store,
) -> Result<(Vec<StoredFramework>, Vec<StoredCustomFramework>), StoreError> {
    Ok((store.frameworks(None)?, store.custom_frameworks()?))
}
/// The classification framework in a stored text, with its id and version.
///
/// # Errors
///
/// What is wrong with the text, which was fine when it was stored.
pub(super) fn classification(stored: &StoredFramework) -> Result<Framework, Vec<Diagnostic>> {
    let name = format!("framework {}", stored.id);
    let mut value: Value = serde_json::from_str(&stored.text).map_err(|_| unreadable(&name))?;
    value["active"] = stored.active.into();
    value["id"] = stored.id.as_str().into();
    value["version"] = stored.version.as_str().into();
    let source = Source::new(&*name, value.to_string());
    // How many rules there may be was said when it came in.
    let limits = framework::Limits {
        max_rules: usize::MAX,
        max_bytes: usize::MAX,
        max_nodes: usize::MAX,
        ..framework::Limits::default()
    };
    let parsed = framework::parse(&source, Format::Json, &limits);
    let mut framework = sound(&name, parsed.frameworks, parsed.diagnostics)?;
    // It stands in no document that anybody could open.
    framework.origin = None;
    Ok(framework)
}

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

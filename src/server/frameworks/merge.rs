//! From what a client sends to the framework that comes of it.

use super::body::Document;
use super::refusal::faults;
use super::text::{text, told};
use crate::diagnostic::Source;
use crate::framework::{Format, Framework, Limits, Payload, parse};
use crate::server::answer::Refusal;
use crate::store::{FrameworkDocument, StoredFramework};
use axum::http::StatusCode;

/// A framework that is stored, as the engine takes it, with its id and version.
///
/// # Errors
///
/// 500 if the store's text is none of ours.
pub(in crate::server) fn parsed(stored: &StoredFramework) -> Result<Framework, Refusal> {
    let source = Source::new(stored.short_name.as_str(), told(stored));
    // It was within limits when it came; written out it may be larger.
    let limits = Limits {
        max_rules: usize::MAX,
        max_bytes: usize::MAX,
        max_nodes: usize::MAX,
        ..Limits::default()
    };
    let mut parsed = parse(&source, Format::Json, &limits);
    match parsed.frameworks.pop() {
        Some(framework) => Ok(framework),
        None => {
            let first = parsed.diagnostics.first();
            let message = first.map_or("nothing is there", |first| first.message.as_str());
            tracing::error!(id = %stored.id, message, "a stored framework cannot be read");
            Err(Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}

/// The framework that comes of putting the fields of `document` in the place of
/// those of the current version; all of it is checked.
///
/// # Errors
///
/// 400 with all that is wrong with the document.
pub(in crate::server) fn merged(
    current: &StoredFramework,
    document: &Document,
) -> Result<(Framework, FrameworkDocument), Refusal> {
    document.read(|payload| over(current, payload))
}

/// The same of a document that has been read.
pub(super) fn over(
    current: &StoredFramework,
    payload: &Payload<'_>,
) -> Result<(Framework, FrameworkDocument), Refusal> {
    let framework = payload.over(&parsed(current)?);
    stored(framework.map_err(|findings| faults(&findings))?)
}

/// The framework that a document is.
///
/// # Errors
///
/// 400 with all that is wrong with the document.
pub(super) fn whole(document: &Document) -> Result<(Framework, FrameworkDocument), Refusal> {
    document.read(|payload| {
        let framework = payload.whole();
        stored(framework.map_err(|findings| faults(&findings))?)
    })
}

fn stored(framework: Framework) -> Result<(Framework, FrameworkDocument), Refusal> {
    let document = FrameworkDocument::new(&framework, text(&framework));
    Ok((framework, document))
}

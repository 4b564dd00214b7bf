//! How catalogs that will not do are refused.

use crate::diagnostic::{Code, Diagnostic};
use crate::pipeline::PipelineError;
use crate::server::answer::{DiagnosticRecord, Refusal};
use axum::http::StatusCode;

/// Findings that are told; the others are counted.
const MOST_FINDINGS: usize = 1_000;

/// What is said of a catalog that was not evaluated.
pub(super) fn refused(error: &PipelineError) -> Refusal {
    if error.is_too_much() {
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string());
    }
    match error {
        PipelineError::TooLong(_) => {
            let message = format!("{error}: start a run, and compare it with the last one");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, message)
        }
        PipelineError::GaveUp(reason) => {
            tracing::warn!(reason, "a catalog was given up");
            let message = "a part of the catalog could not be read to its end";
            faults(&[Diagnostic::error(Code::BrokenFile, message)])
        }
        _ => match error.about_catalog() {
            Some(findings) => faults(&findings),
            None => {
                tracing::error!(%error, "a catalog was not evaluated");
                Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR)
            }
        },
    }
}

/// What is said of frameworks that do not go together; 409.
pub(super) fn clashing(error: &PipelineError) -> Refusal {
    match error {
        PipelineError::Documents(findings) => {
            let errors: Vec<_> = findings.iter().filter(|f| f.is_error()).cloned().collect();
            Refusal {
                status: StatusCode::CONFLICT,
                ..faults(&errors)
            }
        }
        _ => refused(error),
    }
}

/// What is wrong with a document; 400.
pub(super) fn faults(findings: &[Diagnostic]) -> Refusal {
    let first = findings.first().map(|finding| finding.message.as_str());
    let first = first.unwrap_or("the catalog has a fault");
    let message = match findings.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first}, and one more fault"),
        count => format!("{first}, and {} more faults", count - 1),
    };
    let told = findings.iter().take(MOST_FINDINGS);
    Refusal::bad(message).with(told.map(DiagnosticRecord::from))
}

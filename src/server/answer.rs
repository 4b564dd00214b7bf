//! Answers, and how the two families say no.

use super::endpoint::Family;
use super::pages::Visit;
use crate::diagnostic::Diagnostic;
use crate::store::{FaultKind, StoreError};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The media type of JSON:API.
pub(super) const JSON_API: &str = "application/vnd.api+json";

/// A JSON answer.
pub(super) fn json(status: StatusCode, record: &impl Serialize) -> Response {
    written(status, "application/json", record)
}

/// A JSON:API answer.
pub(super) fn json_api(status: StatusCode, record: &impl Serialize) -> Response {
    written(status, JSON_API, record)
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An answer of this media type.
pub(super) fn of_type(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    response
}

fn written(status: StatusCode, media_type: &'static str, record: &impl Serialize) -> Response {
    match serde_json::to_vec(record) {
        Ok(bytes) => of_type(status, media_type, bytes),
        // Records with text keys and plain values always can be written.
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Why a call is not done: what is said of it, not yet how.
///
/// Texts are for clients: nothing of SQL or of this machine's paths goes in.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// What is wrong; none where the contract has it so.
    pub(super) message: Option<String>,
    /// What is wrong where in a document.
    pub(super) diagnostics: Vec<DiagnosticRecord>,
    /// The part of the call that is at fault, for families that say so.
    pub(super) origin: Option<Origin>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

/// The part of a call that an error comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// A place in the body, as a JSON pointer.
    Body(String),
    /// A name in the query.
    Query(String),
    /// A header, spelled as people write it.
    Header(&'static str),
}

impl Refusal {
    /// A refusal with a message.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Refusal {
            message: Some(message.into()),
            ..Refusal::silent(status)
        }
    }

    /// A refusal that says no more than its status.
    pub(super) fn silent(status: StatusCode) -> Self {
        Refusal {
            status,
            message: None,
            diagnostics: Vec::new(),
            origin: None,
            headers: Vec::new(),
        }
    }

    /// 400 with a message.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, message)
    }

    /// The same with what is wrong where.
    pub(super) fn with(mut self, diagnostics: impl IntoIterator<Item = DiagnosticRecord>) -> Self {
        self.diagnostics.extend(diagnostics);
        self
    }

    /// The same, with the part of the call that is at fault.
    pub(super) fn caused_by(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The same, with the place in the body that is at fault, as a JSON pointer.
    pub(super) fn at(self, pointer: impl Into<String>) -> Self {
        self.caused_by(Origin::Body(pointer.into()))
    }

    /// The same, with the name in the query that is at fault.
    pub(super) fn in_query(self, name: impl Into<String>) -> Self {
        self.caused_by(Origin::Query(name.into()))
    }

    /// The same with a header; one whose value cannot be sent is left out.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The refusal as a family says it.
    pub(super) fn answer(self, family: Family) -> Response {
        let headers = self.headers.clone();
        let mut response = match family {
            Family::Datadog => self.in_json_api(),
            Family::Immuta => self.in_json(),
            Family::Page => return super::pages::refusal(self, &Visit::default()),
        };
        response.headers_mut().extend(headers);
        response
    }

    fn in_json(self) -> Response {
        let record = ErrorRecord {
            status_code: self.status.as_u16(),
            error: reason(self.status),
            message: self.message.unwrap_or_else(|| reason(self.status)),
            diagnostics: self.diagnostics,
        };
        json(self.status, &record)
    }

    fn in_json_api(self) -> Response {
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let text = self.message.unwrap_or_else(|| reason(self.status));
            return json_api(self.status, &TextErrorsRecord { errors: vec![text] });
        }
        let error = ErrorObjectRecord {
            status: self.status.as_u16().to_string(),
            title: title(self.status),
            detail: self.message,
            source: self.origin.map(ErrorSourceRecord::from),
        };
        json_api(
            self.status,
            &ErrorsRecord {
                errors: vec![error],
            },
        )
    }
}

/// The reason phrase of a status.
pub(super) fn reason(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("Error").to_owned()
}

/// What Datadog calls a status.
fn title(status: StatusCode) -> String {
    match status {
        StatusCode::CONFLICT => "Status Conflict".into(),
        other => reason(other),
    }
}

/// An error as Immuta's family has it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Error")]
pub(super) struct ErrorRecord {
    /// The status once more.
    status_code: u16,
    /// Its reason phrase.
    error: String,
    /// What is wrong.
    message: String,
    /// What is wrong where in the document that was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    diagnostics: Vec<DiagnosticRecord>,
}

/// A fault in a document that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Diagnostic")]
pub(super) struct DiagnosticRecord {
    /// The stable kebab-case name of the fault, as on the command line.
    pub(super) code: String,
    /// What is wrong.
    pub(super) message: String,
    /// JSON pointer into the document.
    pub(super) pointer: String,
    /// What to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<String>,
}

impl From<&Diagnostic> for DiagnosticRecord {
    fn from(finding: &Diagnostic) -> Self {
        DiagnosticRecord {
            code: finding.code.as_str().to_owned(),
            message: finding.message.clone(),
            pointer: finding.pointer.clone(),
            help: finding.help.clone(),
        }
    }
}

/// Errors as JSON:API has them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Errors")]
pub(super) struct ErrorsRecord {
    errors: Vec<ErrorObjectRecord>,
}

/// An error as JSON:API has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ErrorObject")]
pub(super) struct ErrorObjectRecord {
    /// The status once more, as text.
    status: String,
    /// What the status is called.
    title: String,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The part of the request that is at fault, if it is one part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ErrorSourceRecord", default)]
    source: Option<ErrorSourceRecord>,
}

/// The part of a request that an error comes from.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ErrorSource")]
enum ErrorSourceRecord {
    /// A JSON pointer into the body; to a field that is missing, too.
    Pointer(String),
    /// A name in the query.
    Parameter(String),
    /// The name of a header.
    Header(String),
}

impl From<Origin> for ErrorSourceRecord {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Body(pointer) => ErrorSourceRecord::Pointer(pointer),
            Origin::Query(name) => ErrorSourceRecord::Parameter(name),
            Origin::Header(name) => ErrorSourceRecord::Header(name.to_owned()),
        }
    }
}

/// Errors as Datadog says them when there are too many requests.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TextErrors")]
pub(super) struct TextErrorsRecord {
    errors: Vec<String>,
}

/// 503 for what may be asked again after so many seconds.
pub(super) fn unavailable(message: impl Into<String>, seconds: u32) -> Refusal {
    let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, message);
    refusal.header(header::RETRY_AFTER, &seconds.to_string())
}

/// When what failed so may be tried again, in seconds; none if it is of no use.
fn retry_after(kind: FaultKind) -> Option<u32> {
    match kind {
        // It has been waited for already.
        FaultKind::Busy => Some(1),
        // Somebody has to make room, or to mend the disk or the file's permissions.
        FaultKind::DiskFull | FaultKind::ReadOnly | FaultKind::Disk => Some(30),
        _ => None,
    }
}

impl From<StoreError> for Refusal {
    /// What most endpoints make of it. Those that know better look at the error first.
    fn from(error: StoreError) -> Self {
        let status = match &error {
            StoreError::NotFound(_) => StatusCode::NOT_FOUND,
            StoreError::Exists(_) | StoreError::Clash(_) | StoreError::RunState(_) => {
                StatusCode::CONFLICT
            }
            StoreError::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            StoreError::System => StatusCode::FORBIDDEN,
            StoreError::UnknownRules(_) => StatusCode::BAD_REQUEST,
            StoreError::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            // It is stopping, and may be started again.
            StoreError::Closed => return unavailable(error.to_string(), 5),
            StoreError::Fault { kind, cause } => {
                tracing::error!(cause = %cause, "{error}");
                match retry_after(*kind) {
                    Some(seconds) => return unavailable(error.to_string(), seconds),
                    None => StatusCode::INTERNAL_SERVER_ERROR,
                }
            }
        };
        Refusal::new(status, error.to_string())
    }
}

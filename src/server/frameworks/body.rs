//! From a call's body to what it says.

use super::refusal::faults;
use crate::diagnostic::Source;
use crate::framework::{Format, Limits, Payload, decode};
use crate::server::answer::Refusal;
use crate::server::call::{Call, MOST_BODY};
use axum::http::StatusCode;
use bytes::Bytes;
use std::sync::Arc;

/// Values in a document, every YAML alias written out: as many as 50 rules and
/// thousands of tags could need, and few enough to be held.
const MOST_VALUES: usize = 400_000;

/// What a document may not exceed here.
pub(super) const LIMITS: Limits = Limits {
    max_rules: 50,
    max_bytes: MOST_BODY,
    max_depth: 64,
    max_nodes: MOST_VALUES,
};

/// Media types of YAML, of which there are several.
pub(in crate::server) const YAML: [&str; 6] = [
    "application/yaml",
    "application/x-yaml",
    "application/yml",
    "text/yaml",
    "text/x-yaml",
    "text/yml",
];

/// A document as it was sent, not looked at yet.
#[derive(Debug, Clone)]
pub(in crate::server) struct Document {
    bytes: Bytes,
    format: Format,
}

impl Document {
    /// The document that a call brings.
    ///
    /// # Errors
    ///
    /// 413 and 408 as for any body, 415 if it is called neither JSON nor YAML, 400
    /// if there is nothing.
    pub(in crate::server) async fn of(call: &mut Call) -> Result<Self, Refusal> {
        let bytes = call.body(MOST_BODY).await?;
        let media_type = call.media_type();
        match media_type.as_deref().map(format) {
            Some(Some(format)) => Ok(Document { bytes, format }),
            None if bytes.is_empty() => {
                let message = "the body is empty: send a framework as JSON or YAML";
                Err(Refusal::bad(message))
            }
            _ => {
                let message = format!(
                    "the body needs a `Content-Type`: `application/json` or one of `{}`",
                    YAML.join("`, `")
                );
                Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
            }
        }
    }

    /// A document that comes from elsewhere than a body.
    pub(in crate::server) fn new(bytes: impl Into<Bytes>, format: Format) -> Self {
        let bytes = bytes.into();
        Document { bytes, format }
    }

    /// What it is written in.
    pub(in crate::server) fn format(&self) -> Format {
        self.format
    }

    /// As it was sent.
    pub(in crate::server) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Looks at what it says.
    ///
    /// # Errors
    ///
    /// 400 if it is no JSON or YAML, or goes beyond a limit; otherwise what `look`
    /// says.
    pub(super) fn read<T>(
        &self,
        look: impl FnOnce(&Payload<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let source = decode("", &self.bytes, &LIMITS).map_err(|fault| faults(&[fault]))?;
        let source: Arc<Source> = source;
        let payload = Payload::read(&source, self.format, LIMITS);
        look(&payload.map_err(|fault| faults(&[fault]))?)
    }
}

fn format(media_type: &str) -> Option<Format> {
    match media_type {
        "application/json" => Some(Format::Json),
        yaml if YAML.contains(&yaml) => Some(Format::Yaml),
        _ => None,
    }
}

//! From a call to a catalog and how it is to be evaluated.

use super::refusal::refused;
use crate::pipeline::{CatalogLimits, CatalogRequest, PipelineError, SmallCatalog};
use crate::server::answer::Refusal;
use crate::server::call::{Call, MOST_BODY};
use crate::tag::TagMatch;
use axum::http::{StatusCode, header};
use bytes::Bytes;

/// The media type of an Arrow IPC stream.
pub(super) const ARROW: &str = "application/vnd.apache.arrow.stream";

/// How much a catalog may come to here.
pub(super) const LIMITS: CatalogLimits = CatalogLimits {
    bytes: MOST_BODY,
    rows: 100_000,
    tags: 1_000_000,
    text_bytes: 64 << 20,
};

/// What a call brings, not looked at yet.
pub(super) struct Request {
    bytes: Bytes,
    form: Form,
    /// What the query says; a JSON body may say otherwise.
    asked: Asked,
    /// Whether the answer is to be an Arrow stream.
    pub(super) in_arrow: bool,
}

/// What a body is.
enum Form {
    Json,
    Arrow,
}

/// How a catalog is to be evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Whether it is to be rolled up, if anything is said.
    pub(super) compliance: Option<bool>,
    pub(super) matching: TagMatch,
}

impl Request {
    /// What a call brings.
    ///
    /// # Errors
    ///
    /// 413 and 408 as for any body, 415 if it is neither JSON nor Arrow, 400 if
    /// there is nothing, or the query says what it cannot.
    pub(super) async fn of(call: &mut Call) -> Result<Self, Refusal> {
        let bytes = call.body(MOST_BODY).await?;
        let form = match call.media_type().as_deref() {
            Some("application/json") => Form::Json,
            Some(ARROW) => Form::Arrow,
            None if bytes.is_empty() => {
                let message = "the body is empty: send a catalog as JSON or as an Arrow stream";
                return Err(Refusal::bad(message));
            }
            _ => {
                let message =
                    format!("the body needs a `Content-Type`: `application/json` or `{ARROW}`");
                return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
            }
        };
        Ok(Request {
            bytes,
            form,
            asked: Asked::in_query(call)?,
            in_arrow: wants_arrow(call),
        })
    }

    /// A catalog in JSON that came some other way than as a body.
    pub(super) fn json(bytes: Vec<u8>) -> Self {
        Request {
            bytes: bytes.into(),
            form: Form::Json,
            asked: Asked {
                compliance: None,
                matching: TagMatch::Exact,
            },
            in_arrow: false,
        }
    }

    /// The catalog, and how it is to be evaluated. Takes its time.
    pub(super) fn read(&self) -> Result<(SmallCatalog, Asked), Refusal> {
        self.look().map_err(|error| refused(&error))
    }

    fn look(&self) -> Result<(SmallCatalog, Asked), PipelineError> {
        match self.form {
            Form::Json => {
                let request = CatalogRequest::of_json("body", &self.bytes, &LIMITS)?;
                let asked = Asked {
                    compliance: request.compliance.or(self.asked.compliance),
                    matching: request.tag_match.unwrap_or(self.asked.matching),
                };
                Ok((request.catalog, asked))
            }
            Form::Arrow => {
                let catalog = SmallCatalog::of_stream("body", &self.bytes, &LIMITS)?;
                Ok((catalog, self.asked))
            }
        }
    }
}

impl Asked {
    fn in_query(call: &Call) -> Result<Self, Refusal> {
        let compliance = match call.asked("compliance")?.as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(Refusal::bad("`compliance` must be `true` or `false`")),
        };
        let matching = match call.asked("tag_match")?.as_deref() {
            None | Some("exact") => TagMatch::Exact,
            Some("hierarchical") => TagMatch::Hierarchical,
            Some(_) => {
                let message = "`tag_match` must be `exact` or `hierarchical`";
                return Err(Refusal::bad(message));
            }
        };
        Ok(Asked {
            compliance,
            matching,
        })
    }
}

/// Whether the client names Arrow among what it takes, and not JSON.
fn wants_arrow(call: &Call) -> bool {
    let lines = call.headers().get_all(header::ACCEPT).iter();
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    let names = |wanted: &str| {
        let kinds = lines.iter().flat_map(|line| line.split(','));
        let mut kinds = kinds.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        kinds.any(|kind| kind.eq_ignore_ascii_case(wanted))
    };
    names(ARROW) && !names("application/json")
}

//! What a call is known by in the log and in its answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that tells it.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of an id that a client gives.
const LONGEST: usize = 64;

/// What a call is known by: as the client says, or else at random.
#[derive(Debug, Clone)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The id of a call with these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(HEADER).and_then(|id| id.to_str().ok());
        match said.filter(|id| is_plain(id)) {
            Some(id) => RequestId(id.to_owned()),
            None => RequestId(random()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn value(&self) -> HeaderValue {
        let value = HeaderValue::from_str(&self.0);
        value.unwrap_or(HeaderValue::from_static("none"))
    }
}

/// Whether an id can be put into a log as it is.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(plain)
}

fn random() -> String {
    let mut bytes = [0; 8];
    // An id that is there twice is a nuisance in the log, and no more.
    let _ = getrandom::fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

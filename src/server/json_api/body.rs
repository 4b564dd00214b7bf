//! A body, from bytes to values.

use crate::server::answer::{JSON_API, Origin, Refusal};
use crate::server::app::App;
use crate::server::call::{Call, MOST_BODY};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

/// A body that has come in whole, and says that it is JSON.
///
/// Making values of it takes its time: that is done where waiting harms nobody.
pub(in crate::server) struct Sent {
    bytes: Bytes,
    /// Kept until the values are no longer needed: they take many times the bytes.
    _turn: Option<OwnedSemaphorePermit>,
}

impl Sent {
    /// The body of a call. One that does not say what it is is taken for JSON.
    ///
    /// # Errors
    ///
    /// 413, 408 or 400 as with every body; 415 if it is something else.
    pub(in crate::server) async fn with(app: &App, call: &mut Call) -> Result<Self, Refusal> {
        let bytes = call.body(MOST_BODY).await?;
        let is_json = match call.media_type() {
            Some(kind) => kind == "application/json" || kind == JSON_API,
            None => !call.headers().contains_key(header::CONTENT_TYPE),
        };
        if is_json {
            let _turn = app.frameworks.turn(bytes.len()).await;
            return Ok(Sent { bytes, _turn });
        }
        let message = format!("the body must be `application/json` or `{JSON_API}`");
        let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
        Err(refusal.caused_by(Origin::Header("Content-Type")))
    }

    /// What it says.
    ///
    /// # Errors
    ///
    /// 400 if it is no JSON.
    pub(in crate::server) fn value(&self) -> Result<Value, Refusal> {
        if self.bytes.is_empty() {
            return Err(Refusal::bad("the body is missing"));
        }
        serde_json::from_slice(&self.bytes).map_err(|error| Refusal::bad(unreadable(&error)))
    }
}

/// In words of ours: what the parser says may change.
fn unreadable(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let what = match error.to_string() {
        said if said.starts_with("recursion limit") => "is nested too deep",
        said if said.starts_with("number out of range") => "has a number that is too large",
        _ if error.is_eof() => "ends before its JSON does",
        _ => "is not JSON",
    };
    format!("the body {what}: line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::Sent;

    fn sent(bytes: &[u8]) -> Sent {
        Sent {
            bytes: bytes.to_vec().into(),
            _turn: None,
        }
    }

    #[test]
    fn what_is_no_json_is_told_in_our_words() {
        let deep = "[".repeat(200);
        for (text, said) in [
            ("", "the body is missing"),
            ("{", "the body ends before its JSON does: line 1, column 1"),
            ("{\n  x}", "the body is not JSON: line 2, column 3"),
            (
                "[1e999]",
                "the body has a number that is too large: line 1, column 6",
            ),
            (&deep, "the body is nested too deep: line 1, column 128"),
            ("\"\\ud800\"", "the body is not JSON: line 1, column 8"),
        ] {
            let sent = sent(text.as_bytes());
            assert_eq!(sent.value().unwrap_err().message.unwrap(), said);
        }
        assert!(sent(b"\"\xff\"").value().is_err());
        let twice = sent(br#"{"a": 1, "a": 2}"#);
        assert_eq!(twice.value().unwrap(), serde_json::json!({"a": 2}));
    }
}

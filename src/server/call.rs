//! A call that the guard has let in.

use super::access::Caller;
use super::answer::Refusal;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::time::Duration;

/// Bytes of a body where an endpoint does not say otherwise.
pub(super) const MOST_BODY: usize = 4 << 20;

/// How long between two parts of a body, and for the whole of it.
const PART: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(60);

/// A call that the guard has let in: its caller is known, or need not be.
pub(super) struct Call {
    /// Who calls.
    pub(super) caller: Caller,
    /// The endpoint's path, with names in braces.
    route: &'static str,
    /// Names and decoded values of the path's parts.
    path: Vec<(String, String)>,
    parts: Parts,
    body: Body,
}

impl Call {
    pub(super) fn new(
        caller: Caller,
        route: &'static str,
        path: Vec<(String, String)>,
        parts: Parts,
        body: Body,
    ) -> Self {
        Call {
            caller,
            route,
            path,
            parts,
            body,
        }
    }

    /// The part of the path that the endpoint names so, decoded.
    pub(super) fn part(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The part of the path as a form would have it, `+` being a space; `None` if
    /// it was sent without a `+`. `%2B` is never a space.
    ///
    /// Some clients send spaces so, and others mean a `+`: whoever asks has looked
    /// for the literal name first.
    pub(super) fn part_of_a_form(&self, name: &str) -> Option<String> {
        let places = self.route.split('/').zip(self.parts.uri.path().split('/'));
        let is_named = |place: &str| {
            let inner = place.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
            inner == Some(name)
        };
        let (_, sent) = { places }.find(|(place, _)| is_named(place))?;
        if !sent.contains('+') {
            return None;
        }
        let pair = format!("={}", sent.replace('&', "%26"));
        let (_, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
        Some(value.into_owned())
    }

    /// Names and values of the query, decoded, in order.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let text = self.parts.uri.query().unwrap_or_default();
        form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect()
    }

    /// The value of a name in the query, if it is there once.
    ///
    /// # Errors
    ///
    /// 400 if it is there twice.
    pub(super) fn asked(&self, name: &str) -> Result<Option<String>, Refusal> {
        let mut found = self.query().into_iter().filter(|(known, _)| known == name);
        let first = found.next();
        match found.next() {
            None => Ok(first.map(|(_, value)| value)),
            Some(_) => {
                let message = format!("`{name}` is in the query more than once");
                Err(Refusal::bad(message).in_query(name))
            }
        }
    }

    /// What was asked for, as it came.
    pub(super) fn uri(&self) -> &Uri {
        &self.parts.uri
    }

    /// All headers.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The text of a header, if it is there and is text.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The body's media type in lower case, without parameters.
    pub(super) fn media_type(&self) -> Option<String> {
        let value = self.header(&axum::http::header::CONTENT_TYPE)?;
        let kind = value.split(';').next().unwrap_or_default();
        Some(kind.trim().to_ascii_lowercase())
    }

    /// The whole body; the second time, nothing.
    ///
    /// # Errors
    ///
    /// 413 beyond `most` bytes, 408 if it comes too slowly, 400 if it is cut off.
    pub(super) async fn body(&mut self, most: usize) -> Result<Bytes, Refusal> {
        let body = std::mem::take(&mut self.body);
        let announced = self.header(&axum::http::header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.parse::<u64>().ok());
        if announced.is_some_and(|length| length > most as u64) {
            // Whoever waits to be told to send need not send it.
            if !self.parts.headers.contains_key(&axum::http::header::EXPECT) {
                drain(body).await;
            }
            return Err(too_large(most));
        }
        let whole = tokio::time::timeout(WHOLE, gather(body, most));
        whole.await.unwrap_or_else(|_| Err(too_slow()))
    }
}

async fn gather(mut body: Body, most: usize) -> Result<Bytes, Refusal> {
    let mut gathered = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(PART, body.frame());
        let Some(frame) = frame.await.map_err(|_| too_slow())? else {
            return Ok(gathered.freeze());
        };
        let frame = frame.map_err(|_| Refusal::bad("the body ends too early"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if gathered.len() + data.len() > most {
            drain(body).await;
            return Err(too_large(most));
        }
        gathered.extend_from_slice(&data);
    }
}

/// Takes what a client is still sending, within reason: one that is answered in
/// the midst of sending may never see the answer.
pub(super) async fn drain(mut body: Body) {
    let mut left: usize = 16 << 20;
    let taking = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    // Whoever takes longer has had its chance.
    let _ = tokio::time::timeout(Duration::from_secs(2), taking).await;
}

fn too_large(most: usize) -> Refusal {
    let message = format!("the body has more than {most} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

fn too_slow() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body comes too slowly")
}

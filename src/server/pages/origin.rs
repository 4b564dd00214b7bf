//! Forms are taken from our own pages only.
//!
//! `SameSite=Strict` keeps other sites from using a session; this keeps them from
//! filling in our forms at all, be it to sign somebody in as somebody else, and
//! on a server that lets everybody in.

use crate::server::answer::Refusal;
use axum::http::{HeaderMap, StatusCode, header};

/// Refuses what another site makes a browser send.
///
/// # Errors
///
/// 403 unless the browser tells that a page of this very host is the sender.
pub(in crate::server) fn from_our_own(headers: &HeaderMap) -> Result<(), Refusal> {
    match told(headers) {
        Some(true) => Ok(()),
        Some(false) | None => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "a form is taken only from a page of this server",
        )),
    }
}

/// Refuses what a page of another site makes a browser send, and nothing else:
/// programs do not tell what page they come from.
///
/// # Errors
///
/// 403 if a browser tells that some other page is the sender.
pub(in crate::server) fn not_from_elsewhere(headers: &HeaderMap) -> Result<(), Refusal> {
    match told(headers) {
        Some(false) => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "an open server takes no changes from pages of other sites",
        )),
        Some(true) | None => Ok(()),
    }
}

/// Whether a page of this very host is the sender, if a browser tells.
fn told(headers: &HeaderMap) -> Option<bool> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let site = text("sec-fetch-site").map(|site| site == "same-origin");
    let origin = text(header::ORIGIN.as_str()).map(|origin| is_ours(origin, headers));
    match (site, origin) {
        (None, None) => None,
        (site, origin) => Some(site.unwrap_or(true) && origin.unwrap_or(true)),
    }
}

/// Whether an origin is the host that was called. Its scheme is not compared: a
/// proxy may have taken the TLS off.
fn is_ours(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let is_web = ["http", "https"].contains(&scheme);
    is_web && host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use super::from_our_own;
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn taken(all: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("a.example:8787"));
        for (name, value) in all {
            let name = HeaderName::from_static(name);
            headers.insert(name, HeaderValue::from_static(value));
        }
        from_our_own(&headers).is_ok()
    }

    #[test]
    fn only_our_own_pages_send_forms() {
        let ours = ("origin", "http://a.example:8787");
        let fetched = |site| ("sec-fetch-site", site);
        assert!(taken(&[ours]));
        assert!(taken(&[("origin", "https://A.example:8787")]));
        assert!(taken(&[fetched("same-origin")]));
        assert!(taken(&[ours, fetched("same-origin")]));
        assert!(!taken(&[]));
        assert!(!taken(&[ours, fetched("cross-site")]));
        assert!(!taken(&[ours, fetched("same-site")]));
        assert!(!taken(&[ours, fetched("none")]));
        for other in [
            "null",
            "",
            "http://a.example",
            "http://a.example:8787.evil.example",
            "http://evil.example",
            "a.example:8787",
            "file://a.example:8787",
        ] {
            assert!(!taken(&[("origin", other)]), "{other}");
            assert!(!taken(&[("origin", other), fetched("same-origin")]));
        }
    }
}

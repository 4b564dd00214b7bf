//! What a call brings along to show who calls.

use super::{Access, Caller, Permission, Sessions, Tokens};
use crate::server::endpoint::Family;
use axum::http::{HeaderMap, HeaderName, header};
use std::time::Instant;

const API_KEY: HeaderName = HeaderName::from_static("dd-api-key");
const APPLICATION_KEY: HeaderName = HeaderName::from_static("dd-application-key");

/// What the credentials of a call come to.
pub(in crate::server) enum Known {
    /// Who calls.
    As(Caller),
    /// Nobody that is known.
    No,
}

impl Access {
    /// Who calls, by the headers of the call. Sessions are for pages alone: what
    /// another site makes a browser send never reaches the rest.
    pub(in crate::server) fn caller(
        &self,
        headers: &HeaderMap,
        family: Family,
        sessions: &Sessions,
    ) -> Known {
        let tokens = match self {
            Access::Open => return Known::As(Caller::anybody(&Permission::ALL)),
            Access::Tokens(tokens) => tokens,
        };
        if family == Family::Page && !headers.contains_key(header::AUTHORIZATION) {
            let caller = sessions.caller(headers, tokens, Instant::now());
            return caller.map_or(Known::No, Known::As);
        }
        let known = bearer(headers).and_then(|secret| tokens.find(secret));
        let known = known.or_else(|| match family {
            Family::Datadog => keys(headers, tokens),
            Family::Immuta | Family::Page => None,
        });
        match known.and_then(|place| tokens.caller(place)) {
            Some(caller) => Known::As(caller),
            None => Known::No,
        }
    }
}

/// The secret of the one `Authorization: Bearer SECRET`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = only(headers, &header::AUTHORIZATION)?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| secret.trim_matches(' '))
}

/// The application key's token, if the other key is known, too.
fn keys(headers: &HeaderMap, tokens: &Tokens) -> Option<usize> {
    let api = only(headers, &API_KEY).and_then(|key| tokens.find(key));
    let application = only(headers, &APPLICATION_KEY).and_then(|key| tokens.find(key));
    api.and(application)
}

/// The value of a header that is there once, and is text.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => first.to_str().ok(),
        Some(_) => None,
    }
}

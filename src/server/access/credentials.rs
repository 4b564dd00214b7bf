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
    /// Nobody that is known: why, and by which header.
    No(Unknown),
}

/// Why a caller is not known. Nothing of what was sent is in it.
pub(in crate::server) struct Unknown {
    pub(in crate::server) message: String,
    /// The header that is missing or of no use.
    pub(in crate::server) header: &'static str,
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
            return caller.map_or_else(|| Known::No(no_token()), Known::As);
        }
        let known = bearer(headers).and_then(|secret| tokens.find(secret));
        let known = known.or_else(|| match family {
            Family::Datadog => keys(headers, tokens),
            Family::Immuta | Family::Page => None,
        });
        match known.and_then(|place| tokens.caller(place)) {
            Some(caller) => Known::As(caller),
            None if family == Family::Datadog => Known::No(no_keys(headers, tokens)),
            None => Known::No(no_token()),
        }
    }
}

fn no_token() -> Unknown {
    Unknown {
        message: "a known token is needed: send `Authorization: Bearer SECRET`".into(),
        header: "Authorization",
    }
}

/// What is missing or unknown of the headers that Datadog's routes take.
fn no_keys(headers: &HeaderMap, tokens: &Tokens) -> Unknown {
    let needed = "send known keys in `DD-API-KEY` and `DD-APPLICATION-KEY`, or a known token \
                  in `Authorization: Bearer SECRET`";
    let fault = |name: &'static str, header: HeaderName| {
        let what = match headers.get_all(&header).iter().count() {
            0 => "is missing",
            1 => match only(headers, &header) {
                Some("") => "is empty",
                Some(key) if tokens.find(key).is_some() => return None,
                _ => "is not known",
            },
            _ => "is sent more than once",
        };
        Some((format!("`{name}` {what}"), name))
    };
    let mut faults = Vec::new();
    let has_keys = headers.contains_key(&API_KEY) || headers.contains_key(&APPLICATION_KEY);
    if headers.contains_key(header::AUTHORIZATION) {
        let what = match bearer(headers) {
            Some(_) => "the token in `Authorization` is not known",
            None => "`Authorization` is not one `Bearer SECRET`",
        };
        faults.push((what.to_owned(), "Authorization"));
    }
    if has_keys || faults.is_empty() {
        faults.extend(fault("DD-API-KEY", API_KEY));
        faults.extend(fault("DD-APPLICATION-KEY", APPLICATION_KEY));
    }
    let header = faults.first().map_or("Authorization", |(_, header)| header);
    let faults: Vec<String> = faults.into_iter().map(|(fault, _)| fault).collect();
    Unknown {
        message: format!("{}: {needed}", faults.join(", ")),
        header,
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

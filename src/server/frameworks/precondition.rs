//! Which version a call speaks of: `ETag`, `If-Match` and `If-None-Match`.

use crate::server::call::Call;
use crate::store::{StoreError, Wanted};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// The `ETag` of a version.
pub(super) fn entity_tag(version: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{version}\"")).ok()
}

/// The answer with its `ETag`.
pub(super) fn tagged(mut response: Response, tag: Option<HeaderValue>) -> Response {
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The versions that `If-Match` lets a call change. Weak tags are never the same
/// as anything, and what is no tag is none.
pub(super) fn wanted(call: &Call) -> Wanted {
    let said = said(call, &header::IF_MATCH);
    let tags = said.iter().flat_map(|line| tags(line));
    if said.is_empty() {
        return Wanted::Any;
    }
    let mut versions = Vec::new();
    for tag in tags {
        match tag {
            Tag::Any => return Wanted::Any,
            Tag::Strong(version) => versions.push(version.to_owned()),
            Tag::Weak(_) => {}
        }
    }
    Wanted::OneOf(versions)
}

/// What the store says of another version than the wanted one, said beforehand.
pub(super) fn check(wanted: &Wanted, current: &str) -> Result<(), StoreError> {
    match wanted {
        Wanted::OneOf(versions) if versions.iter().all(|version| version != current) => {
            Err(StoreError::Stale {
                current: current.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

/// Whether the caller has this version already, by `If-None-Match`.
pub(super) fn has_already(call: &Call, version: &str) -> bool {
    let said = said(call, &header::IF_NONE_MATCH);
    let mut tags = said.iter().flat_map(|line| tags(line));
    tags.any(|tag| match tag {
        Tag::Any => true,
        Tag::Strong(known) | Tag::Weak(known) => known == version,
    })
}

/// All lines of a header; one that is no text says nothing that could match.
fn said<'c>(call: &'c Call, name: &HeaderName) -> Vec<&'c str> {
    let lines = call.headers().get_all(name).iter();
    lines
        .map(|line| line.to_str().unwrap_or_default())
        .collect()
}

#[derive(Debug, PartialEq)]
enum Tag<'t> {
    Any,
    Strong(&'t str),
    Weak(&'t str),
}

/// The tags of a list, up to where it is none.
fn tags(list: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            return Some(Tag::Any);
        }
        let (is_weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        rest = after;
        Some(match is_weak {
            true => Tag::Weak(tag),
            false => Tag::Strong(tag),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Tag, tags};

    #[test]
    fn lists_are_read_up_to_where_they_are_none() {
        let read = |list: &'static str| tags(list).collect::<Vec<_>>();
        assert_eq!(read("\"a\""), [Tag::Strong("a")]);
        assert_eq!(
            read(" , \"a\" ,W/\"b,c\"\t,\"\""),
            [Tag::Strong("a"), Tag::Weak("b,c"), Tag::Strong("")]
        );
        assert_eq!(read("*"), [Tag::Any]);
        for none in ["", "a", "w/\"a\"", "\"a", "'a'", "W/a"] {
            assert_eq!(read(none), [], "{none}");
        }
        assert_eq!(read("\"a\", b, \"c\""), [Tag::Strong("a")]);
    }
}

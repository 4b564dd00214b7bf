//! What comes in around the attributes: nearly all of it may be left out.

use crate::server::answer::{JSON_API, Refusal};
use crate::server::json_api::{At, Read, Typed};
use crate::server::openapi::Content;
use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::marker::PhantomData;

/// The attributes of a body. What says its `type` must say theirs.
///
/// # Errors
///
/// 400: what is missing, or of another type than it should be.
pub(super) fn attributes<A: Typed + Read>(body: &Value) -> Result<A, Refusal> {
    let body = At::body(body);
    let data = body.field("data")?;
    let kind = data.field("type")?;
    if kind
        .optional::<String>()?
        .is_some_and(|said| said != A::TYPE)
    {
        return Err(kind.wrong(&format!("`{}`", A::TYPE)));
    }
    A::read(&data.field("attributes")?)
}

/// The `id` of a body, if it has one.
///
/// # Errors
///
/// 400 if it is something else than a string.
pub(super) fn id(body: &Value) -> Result<Option<String>, Refusal> {
    At::body(body).field("data")?.field("id")?.optional()
}

/// 400: a text that must say something is empty.
pub(super) fn must_not_be_empty(place: &str) -> Refusal {
    Refusal::bad(format!("`{place}` must not be empty"))
}

/// 412: the body is well-formed, but it cannot be done so.
pub(super) fn unfit(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::PRECONDITION_FAILED, message)
}

/// The shape of a body with these attributes; `NEEDED`: they must be there.
pub(super) struct Request<A, const NEEDED: bool = true>(PhantomData<A>);

impl<A: Typed + JsonSchema, const NEEDED: bool> Request<A, NEEDED> {
    /// The body in both media types, and an example of it.
    pub(super) fn contents(id: Option<&str>, attributes: Value) -> [Content; 2] {
        let mut data = json!({"type": A::TYPE, "attributes": attributes});
        if let Some(id) = id {
            data["id"] = id.into();
        }
        let example = json!({"data": data});
        ["application/json", JSON_API]
            .map(|media_type| Content::typed::<Self>(media_type).such_as(example.clone()))
    }
}

impl<A: Typed + JsonSchema, const NEEDED: bool> JsonSchema for Request<A, NEEDED> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Request", A::schema_name()).into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let needed = |name: &'static str| -> Vec<&str> {
            match NEEDED {
                true => vec![name],
                false => Vec::new(),
            }
        };
        // What may be left out may be null as well.
        let object = || match NEEDED {
            true => json!("object"),
            false => json!(["object", "null"]),
        };
        let attributes = schemas.subschema_for::<A>();
        let attributes = match NEEDED {
            true => json!(attributes),
            false => json!({"anyOf": [attributes, {"type": "null"}]}),
        };
        json_schema!({
            "type": "object",
            "required": needed("data"),
            "properties": {
                "data": {
                    "type": object(),
                    "required": needed("attributes"),
                    "properties": {
                        "id": {"type": ["string", "null"], "minLength": 1},
                        "type": {"type": ["string", "null"], "enum": [A::TYPE, null]},
                        "attributes": attributes,
                    },
                },
            },
        })
    }
}

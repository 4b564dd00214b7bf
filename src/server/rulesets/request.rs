//! What comes in around the attributes: nearly all of it may be left out.

use crate::server::answer::{JSON_API, Refusal};
use crate::server::json_api::{At, LONGEST_TEXT, Read, Typed, fault_of_name, is_longer};
use crate::server::openapi::Content;
use crate::store::StoreError;
use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
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

/// 400: a value of the right type is of no use; `place` is its place, as
/// `data.attributes.name`.
pub(super) fn must_not(place: &str, wrong: &str) -> Refusal {
    Refusal::bad(format!("`{place}` {wrong}")).at(pointer(place))
}

/// 412: the same where the contract has it so.
pub(super) fn unfit(place: &str, wrong: &str) -> Refusal {
    let status = StatusCode::PRECONDITION_FAILED;
    Refusal::new(status, format!("`{place}` {wrong}")).at(pointer(place))
}

/// 412: what the path names is not there.
pub(super) fn unfit_path(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::PRECONDITION_FAILED, message)
}

/// Refuses a name that cannot be one.
///
/// # Errors
///
/// 412.
pub(super) fn check_name(place: &str, name: &str) -> Result<(), Refusal> {
    match fault_of_name(name) {
        Some(wrong) => Err(unfit(place, &wrong)),
        None => Ok(()),
    }
}

/// Refuses free texts that are too long.
///
/// # Errors
///
/// 412.
pub(super) fn check_texts(texts: &[(&str, Option<&str>)]) -> Result<(), Refusal> {
    let long = |text: &Option<&str>| text.is_some_and(|text| is_longer(text, LONGEST_TEXT));
    match texts.iter().find(|(_, text)| long(text)) {
        Some((place, _)) => {
            let wrong = format!("must not have more than {LONGEST_TEXT} characters");
            Err(unfit(place, &wrong))
        }
        None => Ok(()),
    }
}

/// What the store refuses; a name that is taken is told with its place.
pub(super) fn taken(error: StoreError, pointer: &str) -> Refusal {
    let is_taken = matches!(error, StoreError::Exists(_));
    let refusal = Refusal::from(error);
    match is_taken {
        true => refusal.at(pointer),
        false => refusal,
    }
}

fn pointer(place: &str) -> String {
    format!("/{}", place.replace('.', "/"))
}

/// What of a body must be there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needed {
    Nothing,
    Data,
    Attributes,
}

/// Attributes that a body brings, and what stands around them.
pub(super) trait Asked: Typed + JsonSchema {
    const NEEDED: Needed = Needed::Attributes;

    /// What `id` may be.
    fn id() -> Value {
        json!({"type": ["string", "null"]})
    }

    /// What else is asked of `data`.
    fn besides() -> Value {
        json!({})
    }
}

/// The shape of a body with these attributes. As everywhere, `null` is nothing.
pub(super) struct Request<A>(PhantomData<A>);

impl<A: Asked> Request<A> {
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

    /// An object with one field that counts.
    fn around(name: &str, field: Value, needed: Needed) -> Value {
        match A::NEEDED >= needed {
            true => json!({"required": [name], "properties": {name: field}}),
            false => json!({"properties": {name: {"anyOf": [field, {"type": "null"}]}}}),
        }
    }
}

impl<A: Asked> JsonSchema for Request<A> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Request", A::schema_name()).into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let attributes = schemas.subschema_for::<A>().to_value();
        let mut data = Self::around("attributes", attributes, Needed::Attributes);
        data["type"] = "object".into();
        data["properties"]["id"] = A::id();
        data["properties"]["type"] = json!({"enum": [A::TYPE, null]});
        if let (Value::Object(data), Value::Object(besides)) = (&mut data, A::besides()) {
            data.extend(besides);
        }
        let mut body = Self::around("data", data, Needed::Data);
        body["type"] = "object".into();
        Schema::try_from(body).unwrap_or_default()
    }
}

//! What goes out.

use crate::server::answer::{JSON_API, json_api};
use crate::server::openapi::Content;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::marker::PhantomData;

/// Attributes of one kind of thing.
pub(in crate::server) trait Typed {
    /// What `type` says of it.
    const TYPE: &'static str;
}

/// One thing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{A}Document")]
pub(in crate::server) struct Document<A: Typed> {
    data: Resource<A>,
}

/// Several things.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{A}List")]
pub(in crate::server) struct List<A: Typed> {
    data: Vec<Resource<A>>,
}

/// A thing: what it is known by, and what there is to say of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{A}Resource")]
pub(in crate::server) struct Resource<A: Typed> {
    id: String,
    #[serde(rename = "type")]
    kind: Kind<A>,
    attributes: A,
}

impl<A: Typed + JsonSchema> Document<A> {
    /// An answer with one.
    pub(in crate::server) fn content() -> Content {
        Content::typed::<Self>(JSON_API)
    }
}

impl<A: Typed + JsonSchema> List<A> {
    /// An answer with several.
    pub(in crate::server) fn content() -> Content {
        Content::typed::<Self>(JSON_API)
    }
}

impl<A: Typed + Serialize> Resource<A> {
    pub(in crate::server) fn new(id: impl Into<String>, attributes: A) -> Self {
        Resource {
            id: id.into(),
            kind: Kind(PhantomData),
            attributes,
        }
    }

    /// 200 with this one.
    pub(in crate::server) fn answer(self) -> Response {
        json_api(StatusCode::OK, &Document { data: self })
    }

    /// 200 with these.
    pub(in crate::server) fn list(data: Vec<Self>) -> Response {
        json_api(StatusCode::OK, &List { data })
    }
}

/// The `type` of these attributes.
struct Kind<A>(PhantomData<A>);

impl<A: Typed> Serialize for Kind<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(A::TYPE)
    }
}

impl<A: Typed> JsonSchema for Kind<A> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        A::TYPE.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": [A::TYPE]})
    }
}

//! What an endpoint says of what it takes and gives.

use super::contents;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

type Shape = fn(&mut SchemaGenerator) -> Schema;

/// A body of one media type.
#[derive(Clone)]
pub(in crate::server) struct Content {
    pub(in crate::server) media_type: &'static str,
    shape: Shape,
    example: Option<Value>,
}

impl Content {
    /// JSON of a record's shape.
    pub(in crate::server) fn json<T: JsonSchema>() -> Self {
        Content::typed::<T>("application/json")
    }

    /// A record's shape under another media type.
    pub(in crate::server) fn typed<T: JsonSchema>(media_type: &'static str) -> Self {
        Content {
            media_type,
            shape: |schemas| schemas.subschema_for::<T>(),
            example: None,
        }
    }

    /// Text.
    pub(in crate::server) fn text(media_type: &'static str) -> Self {
        Content {
            media_type,
            shape: |_| json_schema!({"type": "string"}),
            example: None,
        }
    }

    /// Bytes.
    pub(in crate::server) fn bytes(media_type: &'static str) -> Self {
        Content {
            media_type,
            shape: |_| json_schema!({}),
            example: None,
        }
    }

    /// The same with an example.
    pub(in crate::server) fn such_as(mut self, example: Value) -> Self {
        self.example = Some(example);
        self
    }

    pub(super) fn told(&self, schemas: &mut SchemaGenerator) -> Value {
        let mut told = json!({"schema": (self.shape)(schemas)});
        if let Some(example) = &self.example {
            told["example"] = example.clone();
        }
        told
    }
}

/// Where a parameter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Place {
    Path,
    Query,
    Header,
}

/// A parameter in the path, the query or the headers.
pub(in crate::server) struct Parameter {
    place: Place,
    name: &'static str,
    description: &'static str,
    schema: Value,
    required: bool,
}

impl Parameter {
    /// A part of the path.
    pub(in crate::server) fn path(name: &'static str, description: &'static str) -> Self {
        let schema = json!({"type": "string", "minLength": 1});
        Parameter::of(Place::Path, name, description, schema)
    }

    /// The same, if only texts of this pattern name something.
    pub(in crate::server) fn like(mut self, pattern: &str) -> Self {
        self.schema["pattern"] = pattern.into();
        self
    }

    /// A name in the query that may be left out.
    pub(in crate::server) fn query(
        name: &'static str,
        description: &'static str,
        schema: Value,
    ) -> Self {
        Parameter::of(Place::Query, name, description, schema)
    }

    /// A header that may be left out.
    pub(in crate::server) fn header(name: &'static str, description: &'static str) -> Self {
        Parameter::of(Place::Header, name, description, json!({"type": "string"}))
    }

    fn of(place: Place, name: &'static str, description: &'static str, schema: Value) -> Self {
        Parameter {
            place,
            name,
            description,
            schema,
            required: place == Place::Path,
        }
    }

    /// The same, if it may not be left out.
    pub(in crate::server) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) fn told(&self, _: &mut SchemaGenerator) -> Value {
        let place = match self.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
        };
        json!({
            "name": self.name,
            "in": place,
            "required": self.required,
            "description": self.description,
            "schema": self.schema,
        })
    }
}

/// An answer.
pub(in crate::server) struct Reply {
    pub(super) status: u16,
    description: String,
    contents: Vec<Content>,
    headers: Vec<(&'static str, &'static str)>,
}

impl Reply {
    /// 200.
    pub(in crate::server) fn ok(description: impl Into<String>) -> Self {
        Reply::new(200, description)
    }

    /// An answer of this status, without a body as long as none is said.
    pub(in crate::server) fn new(status: u16, description: impl Into<String>) -> Self {
        Reply {
            status,
            description: description.into(),
            contents: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// With a body.
    pub(in crate::server) fn with(mut self, content: Content) -> Self {
        self.contents.push(content);
        self
    }

    /// With a header.
    pub(in crate::server) fn header(
        mut self,
        name: &'static str,
        description: &'static str,
    ) -> Self {
        self.headers.push((name, description));
        self
    }

    pub(super) fn told(&self, schemas: &mut SchemaGenerator) -> Value {
        let mut told = json!({"description": self.description});
        if !self.contents.is_empty() {
            told["content"] = contents(&self.contents, schemas);
        }
        if !self.headers.is_empty() {
            let headers = self.headers.iter().map(|(name, description)| {
                let header = json!({"description": description, "schema": {"type": "string"}});
                ((*name).to_owned(), header)
            });
            told["headers"] = Value::Object(headers.collect::<Map<_, _>>());
        }
        told
    }
}

//! `/openapi.json`: the table of endpoints, told.

mod parts;

pub(super) use parts::{Content, Parameter, Reply};

use super::answer::{ErrorRecord, ErrorsRecord, TextErrorsRecord};
use super::endpoint::{Access, Endpoint, Family};
use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The document of these endpoints, and the schemas that they speak of.
pub(super) fn document(endpoints: &[Endpoint]) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    // A field that may be left out has no value then, not null.
    let no_null_defaults = RecursiveTransform(|schema: &mut Schema| {
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
    });
    let settings = settings.with_transform(no_null_defaults);
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.listed) {
        let operation = operation(endpoint, &mut schemas);
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = methods {
            methods.insert(endpoint.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "classmark",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Classification frameworks, what they find in catalogs, and what that comes to.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "DD-API-KEY"},
                "applicationKey": {"type": "apiKey", "in": "header", "name": "DD-APPLICATION-KEY"},
            },
        },
    })
}

fn operation(endpoint: &Endpoint, schemas: &mut SchemaGenerator) -> Value {
    let parameters = endpoint.parameters.iter().map(|p| p.told(schemas));
    let parameters: Vec<Value> = parameters.collect();
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "description": described(endpoint),
        "parameters": parameters,
        "responses": responses(endpoint, schemas),
        "security": security(endpoint),
    });
    if !endpoint.body.is_empty() {
        operation["requestBody"] = json!({
            "required": !endpoint.body_optional,
            "content": contents(&endpoint.body, schemas),
        });
    }
    operation
}

fn described(endpoint: &Endpoint) -> String {
    let needs = match endpoint.access {
        Access::Known(permissions) if !permissions.is_empty() => permissions,
        _ => return endpoint.description.to_owned(),
    };
    let needs: Vec<String> = needs.iter().map(|p| format!("`{p}`")).collect();
    let needs = format!("Needs {}.", needs.join(" and "));
    let parts = [endpoint.description, needs.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

fn security(endpoint: &Endpoint) -> Value {
    match (endpoint.access, endpoint.family) {
        (Access::Anybody, _) => json!([]),
        (_, Family::Datadog) => json!([{"bearer": []}, {"apiKey": [], "applicationKey": []}]),
        _ => json!([{"bearer": []}]),
    }
}

fn responses(endpoint: &Endpoint, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for reply in &endpoint.replies {
        responses.insert(reply.status.to_string(), reply.told(schemas));
    }
    for status in statuses_of_refusals(endpoint) {
        let reply = refusal(endpoint.family, status);
        responses.insert(status.to_string(), reply.told(schemas));
    }
    Value::Object(responses)
}

/// Everything that a call may be refused with: what the endpoint says, and what
/// happens before it and below it.
pub(super) fn statuses_of_refusals(endpoint: &Endpoint) -> Vec<u16> {
    let mut statuses = endpoint.refusals.clone();
    // An open server refuses with 403 whoever calls it by the name of another.
    statuses.extend([400, 403, 429, 500, 503]);
    if endpoint.access != Access::Anybody {
        statuses.push(401);
    }
    if !endpoint.body.is_empty() {
        statuses.extend([408, 413]);
    }
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn refusal(family: Family, status: u16) -> Reply {
    let said = StatusCode::from_u16(status).map(super::answer::reason);
    let reply = Reply::new(status, said.unwrap_or_default());
    let json_api = super::answer::JSON_API;
    let reply = match (family, status) {
        (Family::Page, _) => reply.with(Content::text("text/html")),
        (Family::Immuta, _) => reply.with(Content::json::<ErrorRecord>()),
        (Family::Datadog, 429) => reply.with(Content::typed::<TextErrorsRecord>(json_api)),
        (Family::Datadog, _) => reply.with(Content::typed::<ErrorsRecord>(json_api)),
    };
    match status {
        401 => reply.header("WWW-Authenticate", "`Bearer`"),
        429 => reply.header("X-Ratelimit-Reset", "Seconds to wait, a whole number"),
        _ => reply,
    }
}

fn contents(contents: &[Content], schemas: &mut SchemaGenerator) -> Value {
    let told = contents
        .iter()
        .map(|content| (content.media_type.to_owned(), content.told(schemas)));
    Value::Object(told.collect())
}

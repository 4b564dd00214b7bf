//! What there is of `/frameworks`, for the table of endpoints.

use super::body::YAML;
use super::records::{
    FrameworkChange, FrameworkRecord, FrameworksRecord, NewFramework, VersionsRecord,
};
use super::{reading, writing};
use crate::server::access::Permission;
use crate::server::endpoint::{Endpoint, Family};
use crate::server::openapi::{Content, Parameter, Reply};
use axum::http::Method;
use schemars::JsonSchema;
use serde_json::{Value, json};

const NEEDS: &[Permission] = &[Permission::Governance];

/// All of it.
pub(in crate::server) fn endpoints() -> Vec<Endpoint> {
    vec![
        list(),
        create(),
        get(),
        update(),
        delete(),
        clone(),
        versions(),
    ]
}

fn list() -> Endpoint {
    let path = "/frameworks";
    Endpoint::new(
        Family::Immuta,
        Method::GET,
        path,
        "listFrameworks",
        reading::list,
    )
    .needs(NEEDS)
    .says(
        "List frameworks",
        "All of them, or the active or inactive ones; oldest first.",
    )
    .takes(Parameter::query(
        "active",
        "Only those that are active, or are not",
        json!({"type": "boolean"}),
    ))
    .replies(Reply::ok("The frameworks.").with(Content::json::<FrameworksRecord>()))
}

fn create() -> Endpoint {
    let path = "/frameworks";
    let endpoint = Endpoint::new(
        Family::Immuta,
        Method::POST,
        path,
        "createFramework",
        writing::create,
    )
    .needs(NEEDS)
    .says(
        "Make a framework",
        "In JSON or YAML. All that is wrong with it is told at once; 409 if it is to be \
                 active and another active framework has a rule of the same id.",
    )
    .replies(told("The framework, as it was made."))
    .refuses(&[409, 415]);
    reading_all::<NewFramework>(endpoint, &example())
}

fn get() -> Endpoint {
    let path = "/frameworks/{id}";
    Endpoint::new(
        Family::Immuta,
        Method::GET,
        path,
        "getFramework",
        reading::get,
    )
    .needs(NEEDS)
    .says(
        "Get a framework",
        "In its current version. With `If-None-Match`, 304 as long as that is the version.",
    )
    .takes(id())
    .takes(Parameter::header(
        "If-None-Match",
        "Versions that are known already, as `ETag` told them",
    ))
    .replies(told("The framework."))
    .replies(Reply::new(304, "The version is a known one.").header("ETag", ETAG))
    .refuses(&[404])
}

fn update() -> Endpoint {
    let path = "/frameworks/{id}";
    let endpoint = Endpoint::new(
        Family::Immuta,
        Method::PUT,
        path,
        "updateFramework",
        writing::update,
    )
    .needs(NEEDS)
    .says(
        "Change a framework",
        "The fields that are sent replace those that stand; `tags` and `rules` as a whole. \
                 What changes anything makes a version. Frameworks that came with the program take \
                 `active` and nothing else (403).",
    )
    .takes(id())
    .takes(if_match())
    .replies(told("The framework, as it is now."))
    .refuses(&[404, 409, 412, 415]);
    reading_all::<FrameworkChange>(endpoint, &json!({"active": false}))
}

fn delete() -> Endpoint {
    let path = "/frameworks/{id}";
    Endpoint::new(
        Family::Immuta,
        Method::DELETE,
        path,
        "deleteFramework",
        writing::delete,
    )
    .needs(NEEDS)
    .says(
        "Delete a framework",
        "Its id is unknown from then on. Not those that came with the program (403).",
    )
    .takes(id())
    .takes(if_match())
    .replies(Reply::new(204, "It is gone."))
    .refuses(&[404, 412])
}

fn clone() -> Endpoint {
    let path = "/frameworks/{id}/clone";
    Endpoint::new(
        Family::Immuta,
        Method::POST,
        path,
        "cloneFramework",
        writing::clone,
    )
    .needs(NEEDS)
    .says(
        "Clone a framework",
        "The clone has all that the framework says under an id of its own, and is not active.",
    )
    .takes(id())
    .replies(told("The clone."))
    .refuses(&[404])
}

fn versions() -> Endpoint {
    let path = "/frameworks/{id}/versions";
    let id_of = "listFrameworkVersions";
    Endpoint::new(Family::Immuta, Method::GET, path, id_of, reading::versions)
        .needs(NEEDS)
        .says(
            "List the versions of a framework",
            "All there were, each in full, oldest first.",
        )
        .takes(id())
        .replies(Reply::ok("The versions.").with(Content::json::<VersionsRecord>()))
        .refuses(&[404])
}

const ETAG: &str = "The version's id in double quotes";

fn told(what: &'static str) -> Reply {
    let reply = Reply::ok(what).with(Content::json::<FrameworkRecord>());
    reply.header("ETag", ETAG)
}

fn id() -> Parameter {
    Parameter::path("id", "The framework's id")
}

fn if_match() -> Parameter {
    let description = "Versions to change, as `ETag` told them; 412 if it is another one by now";
    Parameter::header("If-Match", description)
}

/// A body in JSON, or in YAML under any of its names.
fn reading_all<T: JsonSchema>(endpoint: Endpoint, example: &Value) -> Endpoint {
    let endpoint = endpoint.reads(Content::json::<T>().such_as(example.clone()));
    YAML.into_iter().fold(endpoint, |endpoint, yaml| {
        endpoint.reads(Content::typed::<T>(yaml).such_as(example.clone()))
    })
}

fn example() -> Value {
    json!({
        "shortName": "HR Information",
        "name": "Human resources",
        "description": "What is known about those who work here",
        "active": false,
        "tags": [{
            "name": "HR.Salary",
            "source": "curated",
            "sensitivities": [{"dimension": "confidentiality", "sensitivity": 2}],
        }],
        "rules": [{
            "name": "Pay beside a person",
            "classificationTag": {"name": "HR.Salary", "source": "curated"},
            "columnTags": [{"name": "Money", "source": "curated"}],
            "neighborColumnTags": [{"name": "Person", "source": "curated"}],
            "tableTags": [],
        }],
    })
}

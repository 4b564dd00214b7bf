//! Datadog's AI rulesets, row by row of what is known of them.

mod crowds;
mod memory;
mod revisions;
mod rules;
mod sets;

use super::{Answer, Running, open};
use serde_json::{Value, json};

const AI: &str = "/api/v2/static-analysis/ai";
const SETS: &str = "/api/v2/static-analysis/ai/rulesets";

/// The path below the rulesets.
fn at(parts: &[&str]) -> String {
    format!("{SETS}/{}", parts.join("/"))
}

fn wrapped(kind: &str, attributes: Value) -> Value {
    json!({"data": {"type": kind, "attributes": attributes}})
}

fn ruleset(name: &str) -> Value {
    let attributes = json!({"name": name, "description": "ZGVzYw==", "short_description": "short"});
    wrapped("ai_ruleset", attributes)
}

fn rule(name: &str) -> Value {
    wrapped("ai_rule", json!({"name": name}))
}

/// Attributes of a revision with everything that there must be.
fn revision() -> Value {
    json!({
        "short_description": "s", "description": "d", "content": "Content",
        "globs": ["**/*.py"], "directories": [], "execution_mode": "auto",
        "severity": "ERROR", "category": "BEST_PRACTICES",
        "is_published": false, "is_testing": true,
    })
}

/// The same with other fields; `null` takes one away.
fn with(mut attributes: Value, others: Value) -> Value {
    let fields = attributes.as_object_mut().unwrap();
    for (name, value) in others.as_object().unwrap() {
        match value.is_null() {
            true => fields.remove(name),
            false => fields.insert(name.clone(), value.clone()),
        };
    }
    attributes
}

/// A server with the rule `set/rule`.
fn with_rule() -> Running {
    let server = open();
    shown(&server.json("POST", SETS, &ruleset("set")));
    shown(&server.json("POST", &at(&["set", "rules"]), &rule("rule")));
    server
}

fn add(server: &Running, attributes: Value) -> Answer {
    let path = at(&["set", "rules", "rule", "revisions"]);
    server.json("POST", &path, &wrapped("ai_rule_revision", attributes))
}

fn delete(server: &Running, path: &str) -> Answer {
    server.send("DELETE", path, &[], b"")
}

/// 200 with `data`.
fn shown(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/vnd.api+json"));
    let Value::Object(mut body) = answer.json() else {
        panic!("{}", answer.text());
    };
    let data = body.remove("data").unwrap();
    assert!(body.is_empty(), "{body:?}");
    data
}

/// 200 without a body.
fn done(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(answer.header("content-type"), None);
}

/// Refused with this status, and a text.
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/vnd.api+json"));
    let body = answer.json();
    let error = &body["errors"][0];
    assert_eq!(error["status"], status.to_string());
    assert!(error["title"].is_string());
    error["detail"].as_str().unwrap_or_default().to_owned()
}

/// A time as the RFC has it, to the millisecond.
fn assert_time(value: &Value) {
    let text = value.as_str().unwrap();
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z");
}

fn names(data: &Value) -> Vec<&str> {
    let names = data.as_array().unwrap().iter();
    names.map(|one| one["id"].as_str().unwrap()).collect()
}

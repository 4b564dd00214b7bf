//! What `/openapi.json` says holds together.

use super::open;
use serde_json::Value;
use std::collections::BTreeSet;

/// Calls `look` with every value below this one, and where it stands.
fn each(value: &Value, place: &str, look: &mut dyn FnMut(&Value, &str)) {
    look(value, place);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                each(value, &format!("{place}/{name}"), look);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                each(item, &format!("{place}/{at}"), look);
            }
        }
        _ => {}
    }
}

#[test]
fn defaults_are_values_that_their_schemas_take() {
    let document = open().get("/openapi.json").json();
    let mut seen = 0;
    each(&document, "", &mut |schema, place| {
        let Some(default) = schema
            .get("default")
            .filter(|_| !place.ends_with("/properties"))
        else {
            return;
        };
        seen += 1;
        if let Some(constant) = schema.get("const") {
            assert_eq!(default, constant, "{place}");
        }
        if let Some(Value::Array(words)) = schema.get("enum") {
            assert!(words.contains(default), "{place}");
        }
        let kind = match default {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        match schema.get("type") {
            Some(Value::String(wanted)) => assert_eq!(wanted, kind, "{place}"),
            Some(Value::Array(kinds)) => assert!(kinds.contains(&kind.into()), "{place}"),
            _ => {}
        }
    });
    assert!(seen > 10, "{seen}");
}

#[test]
fn what_is_referred_to_is_there_and_operations_have_their_own_ids() {
    let document = open().get("/openapi.json").json();
    let mut ids = BTreeSet::new();
    each(&document, "", &mut |value, place| {
        if let Some(Value::String(reference)) = value.get("$ref") {
            let target = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(target).is_some(), "{place}: {reference}");
        }
        if let Some(Value::String(id)) = value.get("operationId") {
            assert!(ids.insert(id.clone()), "{id}");
        }
    });
    assert!(ids.len() > 25);
}

#[test]
fn bounds_and_what_may_be_left_out_are_told() {
    let document = open().get("/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let handle = &schemas["CustomFrameworkCreation"]["properties"]["handle"];
    assert_eq!(handle["maxLength"], 500);
    assert_eq!(
        schemas["AiRulesetCreation"]["properties"]["name"]["maxLength"],
        500
    );
    for name in ["DeclaredTag", "TagReference"] {
        let required = schemas[name]["required"].as_array().unwrap();
        assert!(!required.contains(&"source".into()), "{name}");
        assert_eq!(schemas[name]["properties"]["source"]["default"], "curated");
    }
    let taken = &document["paths"]["/frameworks"]["post"]["requestBody"]["content"];
    for kind in [
        "application/yml",
        "text/x-yaml",
        "text/yml",
        "application/yaml",
    ] {
        assert!(taken.get(kind).is_some(), "{kind}");
    }
}

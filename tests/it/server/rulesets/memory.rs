//! Results that are remembered.

use super::{
    AI, SETS, at, delete, done, names, open, refused, revision, rule, ruleset, shown, with,
    with_rule, wrapped,
};
use serde_json::{Value, json};

fn result() -> Value {
    json!({
        "rule": "set/rule", "repository_id": "shop", "sha": "abc", "name": "src/main.py",
        "line": 10, "type": "FP", "message": "A test's secret.",
    })
}

#[test]
fn results_are_numbered_and_never_again_so() {
    let server = with_rule();
    let memory = format!("{AI}/memory");
    let add = |attributes: Value| {
        let mut body = wrapped("ai_memory_violation_result", attributes);
        body["data"]["id"] = "violation-abc".into();
        server.json("POST", &memory, &body)
    };
    assert_eq!(shown(&server.get(&memory)), json!([]));
    done(&add(result()));
    done(&add(with(
        result(),
        json!({"type": "TP", "line": -1, "message": ""}),
    )));
    let all = shown(&server.get(&memory));
    assert_eq!(names(&all), ["1", "2"]);
    let first = &all[0];
    assert_eq!(first["type"], "ai_memory_violation_result");
    let created = &first["attributes"]["created_at"];
    super::assert_time(created);
    let ours = json!({"created_at": created, "created_by": "open"});
    assert_eq!(first["attributes"], with(result(), ours));

    done(&delete(&server, &format!("{memory}/2")));
    refused(&delete(&server, &format!("{memory}/2")), 404);
    done(&add(result()));
    assert_eq!(names(&shown(&server.get(&memory))), ["1", "3"]);
    // It outlives its rule.
    done(&delete(&server, &at(&["set"])));
    assert_eq!(names(&shown(&server.get(&memory))), ["1", "3"]);
    refused(&add(result()), 404);
}

#[test]
fn ids_are_numbers() {
    let server = with_rule();
    for (id, status) in [
        ("x", 400),
        ("1x", 400),
        ("1.0", 400),
        ("-", 400),
        ("+1", 400),
        ("%201", 400),
        ("-1", 404),
        ("0", 404),
        ("9223372036854775807", 404),
        ("99999999999999999999999", 404),
    ] {
        refused(&delete(&server, &format!("{AI}/memory/{id}")), status);
    }
}

#[test]
fn what_is_missing_or_mistyped_is_a_bad_request() {
    let server = with_rule();
    let add = |attributes: Value| {
        let body = wrapped("ai_memory_violation_result", attributes);
        server.json("POST", &format!("{AI}/memory"), &body)
    };
    for name in [
        "rule",
        "repository_id",
        "sha",
        "name",
        "line",
        "type",
        "message",
    ] {
        let detail = refused(&add(with(result(), json!({name: null}))), 400);
        assert_eq!(detail, format!("`data.attributes.{name}` is missing"));
        refused(&add(with(result(), json!({name: [1]}))), 400);
    }
    refused(&add(with(result(), json!({"type": "fp"}))), 400);
    refused(&add(with(result(), json!({"line": "10"}))), 400);
    refused(&add(with(result(), json!({"line": 1.5}))), 400);
    refused(&add(with(result(), json!({"rule": ""}))), 400);
    refused(&add(with(result(), json!({"name": ""}))), 400);
    for unknown in ["set", "set/no", "no/rule", "set/rule/", "/"] {
        refused(&add(with(result(), json!({"rule": unknown}))), 404);
    }
}

#[test]
fn a_slash_in_a_name_does_not_make_two_rules_one() {
    let server = open();
    for (set, one) in [("a/b", "c"), ("a", "b/c"), ("50%", "x"), ("plain", "rule")] {
        let code = |name: &str| name.replace('%', "%25").replace('/', "%2F");
        server.json("POST", SETS, &ruleset(set));
        let rules = format!("{SETS}/{}/rules", code(set));
        shown(&server.json("POST", &rules, &rule(one)));
        let published = with(revision(), json!({"is_published": true}));
        let body = wrapped("ai_rule_revision", published);
        done(&server.json("POST", &format!("{rules}/{}/revisions", code(one)), &body));
    }
    let prompts = shown(&server.get(&format!("{AI}/prompts")));
    let references = ["a%2Fb/c", "a/b%2Fc", "50%25/x", "plain/rule"];
    assert_eq!(names(&prompts), references);
    let memory = format!("{AI}/memory");
    let add = |rule: &str| {
        let attributes = with(result(), json!({"rule": rule}));
        server.json(
            "POST",
            &memory,
            &wrapped("ai_memory_violation_result", attributes),
        )
    };
    for reference in references {
        done(&add(reference));
    }
    // It could mean either of two.
    refused(&add("a/b/c"), 404);
    let all = shown(&server.get(&memory));
    let told = |at: usize| all[at]["attributes"]["rule"].clone();
    assert_eq!((0..4).map(told).collect::<Vec<_>>(), references);
    // The audit log tells them apart, too.
    let audit = server.get("/audit?after=0&limit=1000").text().to_owned();
    assert!(audit.contains("\"a%2Fb/c\"") && audit.contains("\"a/b%2Fc\""));
}

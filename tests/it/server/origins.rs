//! Errors of Datadog's family say which part of the call they come from.

use super::custom_frameworks::with_rules;
use super::{Answer, Running, open, tokens};
use classmark::server::{Access, Permission};
use serde_json::{Value, json};

const CUSTOM: &str = "/api/v2/cloud_security_management/custom_frameworks";
const SETS: &str = "/api/v2/static-analysis/ai/rulesets";
const MEMORY: &str = "/api/v2/static-analysis/ai/memory";

fn source(answer: &Answer) -> Value {
    answer.json()["errors"][0]["source"].clone()
}

fn framework() -> Value {
    let control = json!({"name": "c", "rules_id": ["r1", "r2"]});
    let requirements = json!([{"name": "r", "controls": [control]}]);
    let attributes =
        json!({"handle": "h", "version": "1", "name": "n", "requirements": requirements});
    json!({"data": {"type": "custom_framework", "attributes": attributes}})
}

/// The body with another value at a place; without it if the value is null.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Value::Null) => {
            fields.remove(key);
        }
        (Value::Object(fields), value) => {
            fields.insert(key.to_owned(), value);
        }
        (Value::Array(items), value) => items[key.parse::<usize>().unwrap()] = value,
        (other, _) => unreachable!("{other}"),
    }
    body
}

/// Sends the body with each of these values, and looks at the place that is told.
fn assert_places(server: &Running, path: &str, body: &Value, cases: &[(&str, Value)]) {
    for (place, value) in cases {
        let answer = server.json("POST", path, &with(body.clone(), place, value.clone()));
        assert!(
            [400, 404, 412].contains(&answer.status),
            "{place}: {}",
            answer.text()
        );
        assert_eq!(
            source(&answer),
            json!({"pointer": place}),
            "{}",
            answer.text()
        );
    }
}

#[test]
fn faults_have_their_place() {
    let server = with_rules(Access::Open);
    let control = "/data/attributes/requirements/0/controls/0";
    let at = |field: &str| format!("{control}/{field}");
    let (rule, name) = (at("rules_id/1"), at("name"));
    assert_places(
        &server,
        CUSTOM,
        &framework(),
        &[
            ("/data", json!(5)),
            ("/data/type", json!(null)),
            ("/data/type", json!("other")),
            ("/data/attributes", json!(null)),
            ("/data/attributes/handle", json!(null)),
            ("/data/attributes/handle", json!("")),
            ("/data/attributes/handle", json!(5)),
            ("/data/attributes/version", json!("..")),
            ("/data/attributes/name", json!("")),
            ("/data/attributes/name", json!("x".repeat(2_000))),
            ("/data/attributes/icon_url", json!([])),
            ("/data/attributes/requirements", json!([])),
            ("/data/attributes/requirements/0/name", json!("")),
            ("/data/attributes/requirements/0/controls", json!([])),
            (&name, json!("")),
            (&rule, json!("nobody-knows")),
            (&rule, json!(7)),
        ],
    );
    let twice = json!([{"name": "r", "controls": [{"name": "c", "rules_id": ["r1"]}]},
        {"name": "r", "controls": [{"name": "c", "rules_id": ["r1"]}]}]);
    let answer = server.json(
        "POST",
        CUSTOM,
        &with(framework(), "/data/attributes/requirements", twice),
    );
    assert_eq!(
        source(&answer),
        json!({"pointer": "/data/attributes/requirements/1/name"})
    );
    assert_eq!(server.json("POST", CUSTOM, &framework()).status, 200);
    let taken = server.json("POST", CUSTOM, &framework());
    assert_eq!(
        (taken.status, source(&taken)),
        (409, json!({"pointer": "/data/attributes/handle"}))
    );
    let unknown = with(framework(), &rule, json!("nobody-knows"));
    let answer = server.json("PUT", &format!("{CUSTOM}/h/1"), &unknown);
    assert_eq!(source(&answer), json!({"pointer": rule}));
    // What the path names is not in the body, and text that is no JSON has no places.
    assert_eq!(source(&server.get(&format!("{CUSTOM}/h/2"))), Value::Null);
    let json = [("content-type", "application/json")];
    assert_eq!(
        source(&server.send("POST", CUSTOM, &json, b"{")),
        Value::Null
    );
    let text = [("content-type", "text/plain")];
    let answer = server.send("POST", CUSTOM, &text, b"{}");
    assert_eq!(
        (answer.status, source(&answer)),
        (415, json!({"header": "Content-Type"}))
    );
}

#[test]
fn faults_in_rulesets_have_their_place() {
    let server = open();
    let set = json!({"data": {"id": "set", "type": "ai_ruleset", "attributes":
        {"name": "set", "description": "d", "short_description": "s"}}});
    assert_places(
        &server,
        SETS,
        &set,
        &[
            ("/data/type", json!("other")),
            ("/data/id", json!("other")),
            ("/data/attributes/description", json!(null)),
            ("/data/attributes/short_description", json!(5)),
        ],
    );
    assert_eq!(server.json("POST", SETS, &set).status, 200);
    let taken = server.json("POST", SETS, &set);
    assert_eq!(
        (taken.status, source(&taken)),
        (409, json!({"pointer": "/data/attributes/name"}))
    );
    let change = json!({"data": {"attributes": {"name": "other"}}});
    let answer = server.json("PATCH", &format!("{SETS}/set"), &change);
    assert_eq!(source(&answer), json!({"pointer": "/data/attributes/name"}));

    let rules = format!("{SETS}/set/rules");
    let missing = server.json("POST", &rules, &json!({"data": {}}));
    assert_eq!(
        source(&missing),
        json!({"pointer": "/data/attributes/name"})
    );
    let rule = json!({"data": {"id": "rule"}});
    assert_eq!(server.json("POST", &rules, &rule).status, 200);
    let taken = server.json("POST", &rules, &rule);
    assert_eq!(
        (taken.status, source(&taken)),
        (409, json!({"pointer": "/data/id"}))
    );

    let result = json!({"data": {"type": "ai_memory_violation_result", "attributes": {
        "rule": "set/rule", "repository_id": "r", "sha": "s", "name": "n", "line": 1,
        "type": "FP", "message": "m"}}});
    assert_places(
        &server,
        MEMORY,
        &result,
        &[
            ("/data/attributes/rule", json!("set/other")),
            ("/data/attributes/rule", json!("")),
            ("/data/attributes/type", json!("XX")),
            ("/data/attributes/line", json!(1.5)),
            ("/data/attributes/message", json!("x".repeat(262_145))),
        ],
    );
    for (query, name) in [
        ("page%5Blimit%5D=1001", "page[limit]"),
        ("page%5Boffset%5D=x", "page[offset]"),
        ("page%5Blimit%5D=1&page%5Blimit%5D=2", "page[limit]"),
    ] {
        let answer = server.get(&format!("{SETS}?{query}"));
        assert_eq!(
            (answer.status, source(&answer)),
            (400, json!({"parameter": name}))
        );
    }
    let view = "/api/v2/compliance_findings/rule_based_view";
    for (query, name) in [
        ("", "to"),
        ("?to=x", "to"),
        ("?to=1&query=a", "query"),
        ("?to=1&is_custom=x", "is_custom"),
    ] {
        let answer = server.get(&format!("{view}{query}"));
        assert_eq!(
            (answer.status, source(&answer)),
            (400, json!({"parameter": name}))
        );
    }
}

#[test]
fn an_unknown_caller_is_told_which_header_is_missing_or_unknown() {
    let (access, secrets) = tokens(&[&[Permission::RulesRead]]);
    let server = with_rules(access);
    let known = &*secrets[0];
    let bearer = format!("Bearer {known}x");
    // Headers that are sent, parts of what is told, the header that is at fault.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str);
    let cases: [Case<'_>; 8] = [
        (
            &[],
            &["`DD-API-KEY` is missing", "`DD-APPLICATION-KEY` is missing"],
            "DD-API-KEY",
        ),
        (
            &[("dd-api-key", known)],
            &["`DD-APPLICATION-KEY` is missing"],
            "DD-APPLICATION-KEY",
        ),
        (
            &[("dd-application-key", known)],
            &["`DD-API-KEY` is missing"],
            "DD-API-KEY",
        ),
        (
            &[("dd-api-key", "sesame"), ("dd-application-key", known)],
            &["`DD-API-KEY` is not known"],
            "DD-API-KEY",
        ),
        (
            &[("dd-api-key", known), ("dd-application-key", "")],
            &["`DD-APPLICATION-KEY` is empty"],
            "DD-APPLICATION-KEY",
        ),
        (
            &[("authorization", &bearer)],
            &["`Authorization` is not known"],
            "Authorization",
        ),
        (
            &[("authorization", "Basic sesame")],
            &["`Bearer SECRET`"],
            "Authorization",
        ),
        (
            &[("authorization", &bearer), ("dd-api-key", known)],
            &[
                "`Authorization` is not known",
                "`DD-APPLICATION-KEY` is missing",
            ],
            "Authorization",
        ),
    ];
    for (headers, parts, header) in cases {
        let answer = server.send("GET", &format!("{CUSTOM}/h/1"), headers, b"");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(
            source(&answer),
            json!({"header": header}),
            "{}",
            answer.text()
        );
        let detail = answer.json()["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
        assert!(detail.contains("Authorization: Bearer SECRET"), "{detail}");
        assert!(
            !detail.contains("sesame") && !detail.contains(known),
            "{detail}"
        );
    }
    let absent = with_rules(Access::Open).get(&format!("{CUSTOM}/h/1"));
    assert_eq!(absent.status, 400);
}

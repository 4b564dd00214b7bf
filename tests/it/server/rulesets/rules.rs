//! Rules of a ruleset.

use super::{SETS, wrapped};
use super::{add, at, delete, done, open, refused, revision, rule, ruleset, shown, with_rule};
use serde_json::{Value, json};

/// What a rule shows as its last revision before there is any.
fn draft(created_at: &Value) -> Value {
    json!({
        "version_id": 0, "short_description": "", "description": "", "content": "",
        "globs": [], "directories": [], "execution_mode": "manual", "severity": "NONE",
        "category": "SECURITY", "cwe": null, "is_published": false, "is_testing": false,
        "is_default": false, "created_at": created_at, "created_by": "open",
        "checksum": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    })
}

#[test]
fn a_rule_has_a_last_revision_from_the_start() {
    let server = open();
    shown(&server.json("POST", SETS, &ruleset("set")));
    let made = shown(&server.json("POST", &at(&["set", "rules"]), &rule("rule")));
    let created = &made["attributes"]["created_at"];
    super::assert_time(created);
    let attributes = json!({"name": "rule", "created_at": created, "created_by": "open",
        "last_revision": draft(created)});
    let expected = json!({"id": "rule", "type": "ai_rule", "attributes": attributes});
    assert_eq!(made, expected);
    assert_eq!(shown(&server.get(&at(&["set", "rules", "rule"]))), expected);
    let set = shown(&server.get(&at(&["set"])));
    assert_eq!(set["attributes"]["rules"], json!([attributes]));
    // The draft is shown, and is no revision.
    let revisions = at(&["set", "rules", "rule", "revisions"]);
    assert_eq!(shown(&server.get(&revisions)), json!([]));

    done(&add(&server, revision()));
    let rule = shown(&server.get(&at(&["set", "rules", "rule"])));
    let last = &rule["attributes"]["last_revision"];
    assert_eq!(
        (&last["version_id"], &last["content"]),
        (&json!(1), &json!("Content"))
    );
    let first = &shown(&server.get(&revisions))[0];
    assert_eq!(&first["attributes"], last);
    assert_eq!(
        shown(&server.get(SETS))[0]["attributes"]["rules"][0],
        rule["attributes"]
    );
}

#[test]
fn rules_come_and_go_with_their_ruleset() {
    let server = with_rule();
    let (rules, one) = (at(&["set", "rules"]), at(&["set", "rules", "rule"]));
    refused(&server.json("POST", &rules, &rule("rule")), 409);
    refused(
        &server.json("POST", &at(&["no", "rules"]), &rule("rule")),
        412,
    );
    refused(&server.get(&at(&["no", "rules", "rule"])), 404);
    refused(&server.get(&at(&["set", "rules", "no"])), 404);
    refused(&delete(&server, &at(&["set", "rules", "no"])), 404);
    done(&add(&server, revision()));
    done(&delete(&server, &one));
    refused(&delete(&server, &one), 404);
    refused(&server.get(&one), 404);
    refused(&server.get(&format!("{one}/revisions")), 404);
    shown(&server.json("POST", &rules, &rule("rule")));
    assert_eq!(shown(&server.get(&format!("{one}/revisions"))), json!([]));
    done(&delete(&server, &at(&["set"])));
    refused(&server.get(&one), 404);
    shown(&server.json("POST", SETS, &ruleset("set")));
    refused(&server.get(&one), 404);
}

#[test]
fn a_rule_is_named_by_its_name_or_its_id() {
    let server = with_rule();
    let post = |body: Value| server.json("POST", &at(&["set", "rules"]), &body);
    shown(&post(json!({"data": {"id": "by id", "type": "ai_rule"}})));
    shown(&post(
        json!({"data": {"id": "both", "attributes": {"name": "both"}}}),
    ));
    assert_eq!(
        refused(&post(json!({})), 400),
        "`data.attributes.name` is missing"
    );
    refused(
        &post(json!({"data": {"id": "x", "attributes": {"name": "y"}}})),
        412,
    );
    refused(&post(rule("")), 412);
    refused(&post(json!({"data": {"id": ""}})), 412);
    refused(&post(wrapped("ai_ruleset", json!({"name": "x"}))), 400);
    refused(&post(wrapped("ai_rule", json!({"name": ["x"]}))), 400);
    let found = shown(&server.get(&at(&["set", "rules", "by+id"])));
    assert_eq!(found["id"], "by id");
}

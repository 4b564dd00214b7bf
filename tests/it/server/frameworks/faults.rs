//! What is refused, in which order, and what is told of it.

use super::{assert_places, hr, open, other, path, places};
use serde_json::{Value, json};

/// `hr` with another value in some place.
fn with(pointer: &str, value: Value) -> Value {
    let mut framework = hr();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = framework.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(fields) => {
            fields.insert(key.into(), value);
        }
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        _ => unreachable!("{pointer}"),
    }
    framework
}

/// `hr` without a field.
fn without(pointer: &str) -> Value {
    let mut framework = hr();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = framework.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().remove(key).unwrap();
    framework
}

#[test]
fn fields_that_must_be_there_are_missed() {
    let server = open();
    for (pointer, parent) in [
        ("/shortName", ""),
        ("/name", ""),
        ("/description", ""),
        ("/active", ""),
        ("/tags", ""),
        ("/rules", ""),
        ("/tags/0/name", "/tags/0"),
        (
            "/tags/0/sensitivities/0/dimension",
            "/tags/0/sensitivities/0",
        ),
        (
            "/tags/0/sensitivities/0/sensitivity",
            "/tags/0/sensitivities/0",
        ),
        ("/rules/0/name", "/rules/0"),
        ("/rules/0/classificationTag", "/rules/0"),
        (
            "/rules/0/classificationTag/name",
            "/rules/0/classificationTag",
        ),
        ("/rules/0/columnTags/0/name", "/rules/0/columnTags/0"),
    ] {
        let answer = server.json("POST", "/frameworks", &without(pointer));
        assert_eq!(answer.status, 400, "{pointer}");
        // Others may follow from it: what is not declared is missed by its rules.
        let wanted = ("missing-field".to_owned(), parent.to_owned());
        assert!(places(&answer).contains(&wanted), "{}", answer.text());
        let (_, field) = pointer.rsplit_once('/').unwrap();
        assert!(
            answer
                .text()
                .contains(&format!("field `{field}` is missing"))
        );
    }
    assert!(server.own("").is_empty());
}

#[test]
fn fields_that_may_be_left_out_have_defaults() {
    let server = open();
    let lists = ["columnTags", "neighborColumnTags", "tableTags"];
    let mut framework = hr();
    framework["tags"][1]
        .as_object_mut()
        .unwrap()
        .remove("sensitivities");
    for rule in framework["rules"].as_array_mut().unwrap() {
        for list in lists {
            if rule[list] == json!([]) {
                rule.as_object_mut().unwrap().remove(list);
            }
        }
    }
    assert_ne!(framework, hr());
    assert_eq!(super::content(&server.make(&framework)), hr());
}

#[test]
fn values_that_will_not_do_are_told_with_their_place() {
    let server = open();
    let long = "é".repeat(501);
    let cases: &[(&str, Value, &str, &str)] = &[
        ("/colour", json!(1), "unknown-field", "/colour"),
        ("/rules/0/a~1b", json!(1), "unknown-field", "/rules/0/a~01b"),
        (
            "/tags/0/sensitivity",
            json!(1),
            "unknown-field",
            "/tags/0/sensitivity",
        ),
        (
            "/rules/0/description",
            json!(""),
            "unknown-field",
            "/rules/0/description",
        ),
        ("/shortName", json!(""), "empty-value", "/shortName"),
        ("/name", json!(""), "empty-value", "/name"),
        ("/rules/0/name", json!(""), "empty-value", "/rules/0/name"),
        ("/rules/1/id", json!(""), "empty-value", "/rules/1/id"),
        ("/tags/1/name", json!(""), "empty-value", "/tags/1/name"),
        ("/tags/1/source", json!(""), "empty-value", "/tags/1/source"),
        (
            "/rules/0/columnTags/0/name",
            json!(""),
            "empty-value",
            "/rules/0/columnTags/0/name",
        ),
        (
            "/rules/0/columnTags/0/name",
            json!(long),
            "too-long",
            "/rules/0/columnTags/0/name",
        ),
        ("/tags/1/name", json!(long), "too-long", "/tags/1/name"),
        ("/active", json!("true"), "wrong-type", "/active"),
        ("/active", json!(null), "wrong-type", "/active"),
        ("/active", json!(1), "wrong-type", "/active"),
        ("/description", json!(null), "wrong-type", "/description"),
        ("/name", json!(5), "wrong-type", "/name"),
        ("/tags", json!({}), "wrong-type", "/tags"),
        ("/rules", json!(null), "", ""),
        ("/rules/1", json!([]), "wrong-type", "/rules/1"),
        (
            "/rules/0/columnTags",
            json!({}),
            "wrong-type",
            "/rules/0/columnTags",
        ),
        (
            "/rules/0/columnTags/0",
            json!("Money"),
            "wrong-type",
            "/rules/0/columnTags/0",
        ),
        (
            "/tags/0/sensitivities",
            json!({}),
            "wrong-type",
            "/tags/0/sensitivities",
        ),
        (
            "/tags/0/description",
            json!(7),
            "wrong-type",
            "/tags/0/description",
        ),
        (
            "/tags/0/sensitivities/0/sensitivity",
            json!(3),
            "bad-value",
            "/tags/0/sensitivities/0/sensitivity",
        ),
        (
            "/tags/0/sensitivities/0/sensitivity",
            json!(-1),
            "bad-value",
            "/tags/0/sensitivities/0/sensitivity",
        ),
        (
            "/tags/0/sensitivities/0/sensitivity",
            json!("2"),
            "wrong-type",
            "/tags/0/sensitivities/0/sensitivity",
        ),
        (
            "/tags/0/sensitivities/0/sensitivity",
            json!(1.5),
            "wrong-type",
            "/tags/0/sensitivities/0/sensitivity",
        ),
        (
            "/tags/0/sensitivities/0/dimension",
            json!("integrity"),
            "bad-value",
            "/tags/0/sensitivities/0/dimension",
        ),
        ("/rules/0/columnTags", json!([]), "", ""),
        ("/rules/1/tableTags", json!([]), "empty-rule", "/rules/1"),
        (
            "/rules/1/classificationTag/source",
            json!("curated"),
            "undeclared-tag",
            "/rules/1/classificationTag",
        ),
        (
            "/rules/1/name",
            json!("HR Rule 1"),
            "duplicate-rule",
            "/rules/1/name",
        ),
        (
            "/rules/1/id",
            json!("hr-information/hr-rule-1"),
            "duplicate-rule",
            "/rules/1/id",
        ),
        (
            "/tags/1",
            hr()["tags"][0].clone(),
            "duplicate-tag",
            "/tags/1",
        ),
    ];
    for (pointer, value, code, place) in cases {
        let framework = with(pointer, value.clone());
        let answer = server.json("POST", "/frameworks", &framework);
        if code.is_empty() {
            assert_eq!(answer.status, 200, "{}", answer.text());
            continue;
        }
        assert_eq!(answer.status, 400, "{pointer} {value}");
        let wanted = ((*code).to_owned(), (*place).to_owned());
        assert!(
            places(&answer).contains(&wanted),
            "{pointer}: {}",
            answer.text()
        );
        let body = answer.json();
        assert_eq!(
            (&body["statusCode"], &body["error"]),
            (&json!(400), &json!("Bad Request"))
        );
        let first = &body["diagnostics"][0];
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .starts_with(first["message"].as_str().unwrap())
        );
    }
    let long = "é".repeat(500);
    let mut fine = other("long");
    fine["tags"][0]["name"] = json!(long);
    fine["rules"][0]["classificationTag"]["name"] = json!(long);
    server.make(&fine);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let server = open();
    let mut framework = hr();
    framework["colour"] = json!("red");
    framework["name"] = json!("");
    framework["rules"][0]["classificationTag"] = json!({"name": "HR.Salry", "source": "curated"});
    framework.as_object_mut().unwrap().remove("description");
    let text = serde_json::to_string(&framework).unwrap();
    let answer = server.send(
        "POST",
        "/frameworks",
        &[("content-type", "application/json")],
        text.as_bytes(),
    );
    let mut found = places(&answer);
    found.sort_unstable();
    let found: Vec<(&str, &str)> = found.iter().map(|(c, p)| (&**c, &**p)).collect();
    assert_eq!(
        found,
        [
            ("empty-value", "/name"),
            ("missing-field", ""),
            ("undeclared-tag", "/rules/0/classificationTag"),
            ("unknown-field", "/colour"),
        ]
    );
    assert!(
        answer.text().contains("did you mean `HR.Salary`"),
        "{}",
        answer.text()
    );
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .ends_with(", and 3 more faults")
    );
}

#[test]
fn fifty_rules_are_enough() {
    let server = open();
    let with_rules = |count: usize| {
        let mut framework = hr();
        let rule = |n: usize| {
            let mut rule = hr()["rules"][0].clone();
            rule["name"] = json!(format!("rule {n}"));
            rule
        };
        framework["rules"] = (0..count).map(rule).collect();
        framework
    };
    let made = server.make(&with_rules(50));
    let many = server.json("POST", "/frameworks", &with_rules(51));
    assert_places(&many, 400, &[("too-many-rules", "/rules")]);
    assert!(!many.text().contains("--max-rules"), "{}", many.text());
    let many = server.change(&made, &json!({"rules": with_rules(51)["rules"]}));
    assert_places(&many, 400, &[("too-many-rules", "/rules")]);
}

#[test]
fn one_framework_is_taken_not_a_list() {
    let server = open();
    let list = server.json("POST", "/frameworks", &json!([hr()]));
    assert_places(&list, 400, &[("wrong-type", "")]);
    let envelope = server.json("POST", "/frameworks", &json!({"frameworks": [hr()]}));
    assert_places(&envelope, 400, &[("unknown-field", "/frameworks")]);
    for scalar in [json!(null), json!("x"), json!(5)] {
        let answer = server.json("POST", "/frameworks", &scalar);
        assert_places(&answer, 400, &[("wrong-type", "")]);
    }
    let made = server.make(&hr());
    let list = server.change(&made, &json!([]));
    assert_places(&list, 400, &[("wrong-type", "")]);
}

#[test]
fn bodies_have_a_type_and_a_syntax() {
    let server = open();
    let text = hr().to_string();
    let post = |headers: &[(&str, &str)], body: &str| {
        server.send("POST", "/frameworks", headers, body.as_bytes())
    };
    for kind in [
        "text/plain",
        "application/xml",
        "",
        "application/jsonx",
        "multipart/form-data",
    ] {
        assert_eq!(post(&[("content-type", kind)], &text).status, 415, "{kind}");
    }
    assert_eq!(post(&[], &text).status, 415);
    assert_eq!(post(&[], "").status, 400);
    assert_eq!(post(&[("content-type", "text/plain")], "").status, 415);
    let json = [("content-type", "application/json")];
    let yaml = [("content-type", "application/yaml")];
    assert_places(&post(&json, ""), 400, &[("syntax", "")]);
    assert_places(&post(&json, "{\"name\": }"), 400, &[("syntax", "")]);
    assert_places(&post(&json, "name: x"), 400, &[("syntax", "")]);
    assert_places(&post(&yaml, "a: [b"), 400, &[("syntax", "")]);
    assert_places(
        &post(&yaml, "---\na: 1\n---\nb: 2\n"),
        400,
        &[("many-documents", "")],
    );
    // `yes` and `on` are texts.
    let yes = "active: yes";
    let made = server.make(&hr());
    let answer = server.send("PUT", &path(&made), &yaml, yes.as_bytes());
    assert_places(&answer, 400, &[("wrong-type", "/active")]);
    let latin = server.send("POST", "/frameworks", &json, b"{\"name\": \"\xe9\"}");
    assert_places(&latin, 400, &[("not-utf8", "")]);
}

#[test]
fn checks_come_in_their_order() {
    let server = open();
    let made = server.make(&hr());
    let system = server.get("/frameworks").json()["frameworks"][0].clone();
    let large = vec![b' '; (4 << 20) + 1];
    let plain = [("content-type", "text/plain")];
    let json = [("content-type", "application/json")];
    let stale = [("content-type", "application/json"), ("if-match", "\"x\"")];
    let put = |path: &str, headers: &[(&str, &str)], body: &[u8]| {
        server.send("PUT", path, headers, body).status
    };
    assert_eq!(put("/frameworks/x", &plain, &large), 413);
    assert_eq!(put("/frameworks/x", &plain, b"{"), 415);
    assert_eq!(put("/frameworks/x", &json, b"{"), 400);
    assert_eq!(put("/frameworks/x", &stale, b"[]"), 404);
    assert_eq!(put(&path(&system), &json, b"{"), 400);
    assert_eq!(put(&path(&system), &stale, b"{\"colour\": 1}"), 403);
    assert_eq!(put(&path(&made), &stale, b"{\"colour\": 1}"), 412);
    let clashing = server.make(&other("clashing"));
    let body = json!({"active": true, "shortName": "HR Information", "colour": 1}).to_string();
    assert_eq!(put(&path(&clashing), &json, body.as_bytes()), 400);
    let fits = vec![b' '; (4 << 20) - 2];
    let fits = [b"{".as_slice(), &fits, b"}"].concat();
    assert_eq!(put(&path(&made), &json, &fits), 200);
}

#[test]
fn what_shows_only_in_the_whole_points_at_what_was_sent() {
    let server = open();
    let made = server.make(&hr());
    let change = |change: Value| server.change(&made, &change);
    assert_places(
        &change(json!({"tags": []})),
        400,
        &[("undeclared-tag", "/tags"), ("undeclared-tag", "/tags")],
    );
    let one = change(json!({"tags": [hr()["tags"][0]]}));
    assert_places(&one, 400, &[("undeclared-tag", "/tags")]);
    assert!(one.text().contains("`HR Rule 2`"), "{}", one.text());
    let mut rules = hr()["rules"].clone();
    rules[0]["classificationTag"]["name"] = json!("HR");
    let answer = change(json!({"rules": rules}));
    assert_places(
        &answer,
        400,
        &[("undeclared-tag", "/rules/0/classificationTag")],
    );
    // A short name that gives a rule the id that another one has been given.
    assert_eq!(change(json!({"shortName": "b", "rules": [
        {"id": "a/x", "name": "y", "classificationTag": {"name": "HR.Salary", "source": "curated"}, "tableTags": [{"name": "t", "source": "s"}]},
        {"name": "x", "classificationTag": {"name": "HR.Salary", "source": "curated"}, "tableTags": [{"name": "t", "source": "s"}]},
    ]})).status, 200);
    assert_places(
        &change(json!({"shortName": "A"})),
        400,
        &[("duplicate-rule", "/shortName")],
    );
    // A fault in what was sent is not blamed on what stands.
    assert_places(
        &change(json!({"tags": 5, "shortName": ""})),
        400,
        &[("empty-value", "/shortName"), ("wrong-type", "/tags")],
    );
    assert_places(
        &change(json!({"rules": 5, "tags": []})),
        400,
        &[("wrong-type", "/rules")],
    );
}

#[test]
fn rule_ids_are_unique_among_active_frameworks() {
    let server = open();
    let first = server.make(&hr());
    let id = first["id"].as_str().unwrap();
    let clash = server.json("POST", "/frameworks", &hr());
    assert_places(
        &clash,
        409,
        &[
            ("duplicate-rule-id", "/rules/0/name"),
            ("duplicate-rule-id", "/rules/1/id"),
        ],
    );
    let body = clash.json();
    assert_eq!(body["error"], "Conflict");
    for told in [id, "`HR Information`", "`hr-information/hr-rule-1`"] {
        assert!(
            body["message"].as_str().unwrap().contains(told),
            "{told}: {body}"
        );
    }
    assert!(
        body["diagnostics"][1]["message"]
            .as_str()
            .unwrap()
            .contains("`people`")
    );
    assert_eq!(server.own("").len(), 1);

    let mut inactive = hr();
    inactive["active"] = json!(false);
    let second = server.make(&inactive);
    let on = server.change(&second, &json!({"active": true}));
    assert_places(
        &on,
        409,
        &[
            ("duplicate-rule-id", "/active"),
            ("duplicate-rule-id", "/active"),
        ],
    );
    let rules = json!([hr()["rules"][1]]);
    let renamed = server.change(
        &second,
        &json!({"shortName": "Staff", "active": true, "rules": rules}),
    );
    assert_places(&renamed, 409, &[("duplicate-rule-id", "/rules/0/id")]);

    let third = server.make(&{
        let mut third = other("third");
        third["active"] = json!(true);
        third
    });
    let named = server.change(&third, &json!({"shortName": "hr information"}));
    assert_places(&named, 409, &[("duplicate-rule-id", "/shortName")]);
    assert_eq!(server.get(&path(&third)).json(), third);
}

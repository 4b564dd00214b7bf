//! Rulesets themselves.

use super::super::{Running, tokens};
use super::{AI, SETS, at, delete, done, names, open, refused, ruleset, shown, with, wrapped};
use classmark::server::Permission;
use serde_json::{Value, json};

#[test]
fn a_ruleset_comes_and_changes_and_goes() {
    let server = open();
    let made = shown(&server.json("POST", SETS, &ruleset("my set")));
    assert_eq!(
        (&made["id"], &made["type"]),
        (&json!("my set"), &json!("ai_ruleset"))
    );
    let attributes = &made["attributes"];
    let created = &attributes["created_at"];
    super::assert_time(created);
    let expected = json!({"name": "my set", "description": "ZGVzYw==", "created_by": "open",
        "short_description": "short", "created_at": created, "rules": []});
    assert_eq!(attributes, &expected);
    let one = at(&["my%20set"]);
    assert_eq!(shown(&server.get(&one)), made);
    refused(&server.json("POST", SETS, &ruleset("my set")), 409);

    for nothing in [
        json!({}),
        json!({"data": null}),
        json!({"data": {"id": null, "type": null, "attributes": null}}),
        wrapped("ai_ruleset", json!({"name": null, "description": null})),
    ] {
        done(&server.json("PATCH", &one, &nothing));
    }
    done(&server.json(
        "PATCH",
        &one,
        &wrapped("ai_ruleset", json!({"description": "new"})),
    ));
    let named = json!({"name": "my set", "short_description": ""});
    let named = json!({"data": {"id": "my set", "type": "ai_ruleset", "attributes": named}});
    done(&server.json("PATCH", &one, &named));
    let texts = json!({"description": "new", "short_description": ""});
    assert_eq!(
        shown(&server.get(&one))["attributes"],
        with(expected, texts)
    );

    done(&delete(&server, &one));
    refused(&delete(&server, &one), 404);
    refused(&server.get(&one), 404);
    refused(&server.json("PATCH", &one, &json!({})), 412);
    shown(&server.json("POST", SETS, &ruleset("my set")));
}

#[test]
fn names_and_ids_must_agree() {
    let server = open();
    let named = |id: &str, name: &str| {
        let mut body = ruleset(name);
        body["data"]["id"] = id.into();
        server.json("POST", SETS, &body)
    };
    refused(&named("other", "set"), 412);
    refused(&named("", "set"), 412);
    refused(&named("", ""), 412);
    refused(&server.json("POST", SETS, &ruleset("")), 412);
    shown(&named("set", "set"));
    // What is wrong with a body comes before whether it is there already.
    refused(&named("other", "set"), 412);
    let patch = |body: Value| server.json("PATCH", &at(&["set"]), &json!({"data": body}));
    for body in [
        json!({"attributes": {"name": "other"}}),
        json!({"id": "other"}),
        json!({"id": ""}),
        json!({"id": "set", "attributes": {"name": "other"}}),
    ] {
        refused(&patch(body), 412);
    }
    done(&patch(json!({"id": "set", "attributes": {"name": "set"}})));
}

#[test]
fn what_is_missing_or_mistyped_is_a_bad_request() {
    let server = open();
    let whole = json!({"name": "set", "description": "", "short_description": ""});
    for (body, detail) in [
        (json!({}), "`data.attributes.name` is missing"),
        (json!([]), "the body must be an object"),
        (json!({"data": []}), "`data` must be an object"),
        (
            wrapped("ai_rule", whole.clone()),
            "`data.type` must be `ai_ruleset`",
        ),
        (
            wrapped(
                "ai_ruleset",
                with(whole.clone(), json!({"description": null})),
            ),
            "`data.attributes.description` is missing",
        ),
        (
            wrapped("ai_ruleset", with(whole.clone(), json!({"name": 5}))),
            "`data.attributes.name` must be a string",
        ),
        (
            json!({"data": {"id": 5, "attributes": whole}}),
            "`data.id` must be a string",
        ),
    ] {
        assert_eq!(refused(&server.json("POST", SETS, &body), 400), detail);
    }
    assert_eq!(shown(&server.get(SETS)), json!([]));
    shown(&server.json(
        "POST",
        SETS,
        &json!({"data": {"attributes": whole, "x": 1}, "y": 2}),
    ));
    for body in [
        json!(null),
        json!({"data": 5}),
        json!({"data": {"attributes": {"name": []}}}),
    ] {
        refused(&server.json("PATCH", &at(&["set"]), &body), 400);
        refused(&server.json("PATCH", &at(&["nowhere"]), &body), 400);
    }
    let text = [("content-type", "text/plain")];
    assert_eq!(server.send("POST", SETS, &text, b"{}").status, 415);
    refused(&server.send("POST", SETS, &[], b"{"), 400);
}

fn list(server: &Running, query: &str) -> Vec<String> {
    let data = shown(&server.get(&format!("{SETS}?{query}")));
    names(&data).into_iter().map(str::to_owned).collect()
}

#[test]
fn lists_come_in_pages_oldest_first() {
    let server = open();
    let all: Vec<String> = (0..103).map(|n| format!("set {}", 200 - n)).collect();
    for name in &all {
        shown(&server.json("POST", SETS, &ruleset(name)));
    }
    assert_eq!(list(&server, ""), all[..100]);
    assert_eq!(
        list(&server, "page%5Boffset%5D=100&page%5Blimit%5D=100"),
        all[100..]
    );
    assert_eq!(list(&server, "page[offset]=1&page[limit]=2"), all[1..3]);
    assert_eq!(list(&server, "page[limit]=1000"), all);
    assert!(list(&server, "page[limit]=0").is_empty());
    assert!(list(&server, "page[offset]=9223372036854775807").is_empty());
    for wrong in [
        "page[limit]=1001",
        "page[limit]=-1",
        "page[limit]=",
        "page[offset]=x",
        "page[offset]=1.5",
        "page[offset]=9223372036854775808",
        "page[offset]=1&page[offset]=2",
    ] {
        refused(&server.get(&format!("{SETS}?{wrong}")), 400);
    }
}

#[test]
fn names_in_paths_are_read_as_clients_send_them() {
    let server = open();
    shown(&server.json("POST", SETS, &ruleset("a b")));
    assert_eq!(shown(&server.get(&at(&["a+b"])))["id"], "a b");
    let named = wrapped(
        "ai_ruleset",
        json!({"name": "a b", "description": "by plus"}),
    );
    done(&server.json("PATCH", &at(&["a+b"]), &named));
    refused(&server.json("PATCH", &at(&["a%2Bb"]), &named), 412);
    refused(&server.get(&at(&["a%2Bb"])), 404);
    shown(&server.json("POST", SETS, &ruleset("a+b")));
    assert_eq!(shown(&server.get(&at(&["a+b"])))["id"], "a+b");
    assert_eq!(
        shown(&server.get(&at(&["a%20b"])))["attributes"]["description"],
        "by plus"
    );
    done(&delete(&server, &at(&["a+b"])));
    done(&delete(&server, &at(&["a+b"])));
    assert!(list(&server, "").is_empty());
    shown(&server.json("POST", SETS, &ruleset("é/ü?\u{0}")));
    assert_eq!(
        shown(&server.get(&at(&["%C3%A9%2F%C3%BC%3F%00"])))["id"],
        "é/ü?\u{0}"
    );
}

#[test]
fn readers_read_and_writers_write() {
    let (read, write) = (Permission::RulesRead, Permission::RulesWrite);
    let (access, secrets) = tokens(&[&[read], &[read, write], &[write]]);
    let server = Running::start(access, |_| {});
    let memory = format!("{AI}/memory");
    let prompts = format!("{AI}/prompts");
    let (rules, rule) = (at(&["s", "rules"]), at(&["s", "rules", "r"]));
    let (revisions, one) = (format!("{rule}/revisions"), format!("{rule}/revisions/x"));
    let (set, result) = (at(&["s"]), format!("{memory}/1"));
    let routes = [
        ("GET", SETS),
        ("GET", &set),
        ("GET", &rule),
        ("GET", &revisions),
        ("GET", &one),
        ("GET", &prompts),
        ("GET", &memory),
        ("POST", SETS),
        ("PATCH", &set),
        ("DELETE", &set),
        ("POST", &rules),
        ("DELETE", &rule),
        ("POST", &revisions),
        ("POST", &memory),
        ("DELETE", &result),
    ];
    for (method, path) in routes {
        let status = |secret: &str| {
            let bearer = format!("Bearer {secret}");
            let headers = [("authorization", &*bearer)];
            // Bodies come after permissions: this one is none.
            server
                .send(
                    method,
                    path,
                    &headers,
                    if method == "GET" { b"" } else { b"{" },
                )
                .status
        };
        let reads = method == "GET";
        assert_eq!(status(&secrets[0]) == 403, !reads, "{method} {path}");
        assert!(
            ![401, 403].contains(&status(&secrets[1])),
            "{method} {path}"
        );
        assert_eq!(status(&secrets[2]), 403, "{method} {path}");
        assert_eq!(status("nobody"), 401, "{method} {path}");
    }
    let keys = [
        ("dd-api-key", &*secrets[0]),
        ("dd-application-key", &*secrets[1]),
    ];
    let text = ruleset("s").to_string();
    let made = shown(&server.send("POST", SETS, &keys, text.as_bytes()));
    assert_eq!(made["attributes"]["created_by"], "token 1");
}

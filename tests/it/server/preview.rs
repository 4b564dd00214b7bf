//! What an edit would change, tried before it is made.

use super::evaluate::{catalog, stocked};
use super::runs::site;
use super::{Answer, Running, open, tokens};
use classmark::server::{Access, Permission};
use serde_json::{Value, json};

fn previewed(server: &Running, id: &str, body: &Value) -> Answer {
    server.json("POST", &format!("/frameworks/{id}/preview"), body)
}

/// The framework's rule asks for `asks` instead.
fn asking(asks: &str) -> Value {
    json!({"rules": [{"name": "rule", "classificationTag": {"name": "PII", "source": "curated"},
        "columnTags": [{"name": asks, "source": "curated"}]}]})
}

fn on(changes: &Value) -> Value {
    json!({"changes": changes, "catalog": catalog()})
}

#[test]
fn a_change_is_tried_on_a_catalog_that_is_sent_along() {
    let (server, [base, idle]) = stocked(Access::Open);
    let version = |id: &str| server.get(&format!("/frameworks/{id}")).json()["version"].clone();
    let before = version(&base);
    let answer = previewed(&server, &base, &on(&asking("Phone")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json();
    assert_eq!(
        found["framework"],
        json!({"id": base, "version": before, "shortName": "base"})
    );
    assert_eq!(
        found["catalog"],
        json!({"run": null, "columns": 3, "data_sources": 2})
    );
    let expected =
        json!({"before": 2, "after": 1, "added": 0, "removed": 1, "changed": 1, "unchanged": 0});
    assert_eq!(found["assignments"], expected);
    let sample = |id: &str, column: &str, before: Option<&str>, after: Option<&str>| {
        json!({"data_source_id": id, "column_name": column, "tag_name": "PII",
            "tag_source": "curated", "before": before, "after": after})
    };
    let expected = json!({
        "added": [],
        "removed": [sample("crm", "email", Some("new"), None)],
        "changed": [sample("hr", "mail", Some("recorded"), Some("stale"))],
    });
    assert_eq!(found["samples"], expected);
    let fired = |columns: u64, sources: u64| json!({"columns": columns, "data_sources": sources});
    let expected = json!([{"id": "base/rule", "before": fired(2, 2), "after": fired(0, 0)}]);
    assert_eq!(found["rules"], expected);
    let control = &found["compliance"][0]["controls"][0];
    // One of its rules is not evaluated, so without a fail it is unknown.
    assert_eq!(
        (&control["before"], &control["after"]),
        (&json!("fail"), &json!("unknown"))
    );
    // Nothing was changed by it.
    assert_eq!(version(&base), before);

    let found = previewed(&server, &idle, &on(&json!({"active": true}))).json();
    assert_eq!(found["assignments"]["added"], 2);
    let expected = json!([{"id": "idle/rule", "before": null, "after": fired(2, 2)}]);
    assert_eq!(found["rules"], expected);
    let limited = server.json(
        "POST",
        &format!("/frameworks/{idle}/preview?limit=1"),
        &on(&json!({"active": true})),
    );
    assert_eq!(
        limited.json()["samples"]["added"].as_array().unwrap().len(),
        1
    );

    let nothing = previewed(&server, &base, &on(&json!({}))).json();
    let expected =
        json!({"before": 2, "after": 2, "added": 0, "removed": 0, "changed": 0, "unchanged": 2});
    assert_eq!(nothing["assignments"], expected);
    assert_eq!(nothing["rules"], json!([]));
}

#[test]
fn what_is_previewed_is_what_the_edit_does() {
    let (server, [base, _]) = stocked(Access::Open);
    let assignments = || {
        let found = server.json("POST", "/evaluate", &catalog()).json();
        found["assignments"].as_array().unwrap().len() as u64
    };
    for changes in [
        asking("Phone"),
        asking("PII"),
        json!({"active": false}),
        asking("Email"),
    ] {
        let before = assignments();
        let found = previewed(&server, &base, &on(&changes)).json();
        assert_eq!(found["assignments"]["before"], before);
        let edited = server.json("PUT", &format!("/frameworks/{base}"), &changes);
        assert_eq!(edited.status, 200, "{}", edited.text());
        assert_eq!(found["assignments"]["after"], assignments(), "{changes}");
    }
}

#[test]
fn changes_that_could_not_be_made_are_refused_alike() {
    let (server, [base, idle]) = stocked(Access::Open);
    let told = |id: &str, body: &Value| {
        let answer = previewed(&server, id, body);
        let first = answer.json()["diagnostics"][0].clone();
        (
            answer.status,
            first["code"].clone(),
            first["pointer"].clone(),
        )
    };
    let undeclared = json!({"tags": []});
    let edited = server.json("PUT", &format!("/frameworks/{base}"), &undeclared);
    let first = edited.json()["diagnostics"][0].clone();
    let pointer = first["pointer"].as_str().unwrap();
    assert_eq!(
        told(&base, &undeclared),
        (400, first["code"].clone(), json!(pointer))
    );
    let below = format!("/changes{pointer}");
    assert_eq!(
        told(&base, &on(&undeclared)),
        (400, first["code"].clone(), json!(below))
    );

    let same_rule = json!({"active": true, "rules": [{"id": "base/rule", "name": "x",
        "classificationTag": {"name": "Idle", "source": "curated"},
        "columnTags": [{"name": "a", "source": "curated"}]}]});
    let (status, code, _) = told(&idle, &on(&same_rule));
    assert_eq!((status, code), (409, json!("duplicate-rule-id")));

    let mut broken = on(&json!({}));
    broken["catalog"]["data_sources"][0]["id"] = Value::Null;
    let expected = (
        400,
        json!("wrong-type"),
        json!("/catalog/data_sources/0/id"),
    );
    assert_eq!(told(&base, &broken), expected);
    let mut more = on(&json!({}));
    more["samples"] = 7.into();
    assert_eq!(
        told(&base, &more),
        (400, json!("unknown-field"), json!("/samples"))
    );
    let alone = json!({"catalog": catalog()});
    assert_eq!(
        told(&base, &alone),
        (400, json!("missing-field"), json!(""))
    );

    let unknown = "00000000-0000-4000-8000-000000000000";
    assert_eq!(previewed(&server, unknown, &on(&json!({}))).status, 404);
    for limit in ["-1", "1001", "x"] {
        let path = format!("/frameworks/{base}/preview?limit={limit}");
        assert_eq!(
            server.json("POST", &path, &on(&json!({}))).status,
            400,
            "{limit}"
        );
    }
    let kind = ("content-type", "text/csv");
    let path = format!("/frameworks/{base}/preview");
    assert_eq!(server.send("POST", &path, &[kind], b"a").status, 415);
}

#[test]
fn frameworks_that_came_with_the_program_are_switched_only() {
    let server = open();
    let all = server.get("/frameworks").json();
    let all = all["frameworks"].as_array().unwrap();
    let system = all.iter().find(|f| f["system"] == true).unwrap();
    let id = system["id"].as_str().unwrap();
    let found = previewed(&server, id, &on(&json!({"active": true})));
    assert_eq!(found.status, 200, "{}", found.text());
    assert!(
        found.json()["rules"]
            .as_array()
            .is_some_and(|rules| !rules.is_empty())
    );
    let found = previewed(&server, id, &on(&json!({"name": "Mine"})));
    assert_eq!(found.status, 403, "{}", found.text());
}

#[test]
fn without_a_run_it_says_what_to_do() {
    let (server, [base, _]) = stocked(Access::Open);
    let answer = previewed(&server, &base, &json!({"active": false}));
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("POST /runs"), "{}", answer.text());
}

#[test]
fn it_takes_the_permission() {
    let (access, secrets) = tokens(&[&[Permission::Governance], &[]]);
    let (server, [base, _]) = stocked(access);
    let path = format!("/frameworks/{base}/preview");
    let body = on(&json!({})).to_string();
    let send = |secret: &str| {
        let bearer = format!("Bearer {secret}");
        let headers = [
            ("content-type", "application/json"),
            ("authorization", &bearer),
        ];
        server.send("POST", &path, &headers, body.as_bytes()).status
    };
    assert_eq!(
        (send(&secrets[0]), send(&secrets[1]), send("x")),
        (200, 403, 401)
    );
}

#[test]
fn a_change_is_tried_on_the_catalog_of_the_last_run() {
    let served = site().filled().serve();
    let asked = json!({"columns": ["catalog"], "report": true, "overrides": ["overrides.csv"], "asOf": "2026-11-21"});
    let mut run = served.run(asked.clone());
    let all = served.get("/frameworks?active=true").json();
    let ids = all["frameworks"].as_array().unwrap().iter();
    let ids: Vec<&str> = ids
        .map(|framework| framework["id"].as_str().unwrap())
        .collect();
    assert!(ids.len() > 1, "{all}");
    for id in ids {
        let changes = json!({"active": false});
        let found = previewed(&served, id, &changes);
        assert_eq!(found.status, 200, "{}", found.text());
        let found = found.json();
        assert_eq!(found["catalog"]["run"], run["id"]);
        assert_eq!(found["assignments"]["before"], run["counts"]["assignments"]);
        assert_eq!(
            found["compliance"][0]["before"],
            run["compliance"][0]["status"]
        );
        served.json("PUT", &format!("/frameworks/{id}"), &changes);
        run = served.run(asked.clone());
        assert_eq!(found["catalog"]["columns"], run["counts"]["columns"]);
        assert_eq!(
            found["assignments"]["after"], run["counts"]["assignments"],
            "{id}"
        );
        assert_eq!(
            found["compliance"][0]["after"],
            run["compliance"][0]["status"]
        );
    }
    // YAML has no catalog beside it.
    let id = all["frameworks"][0]["id"].as_str().unwrap();
    let path = format!("/frameworks/{id}/preview");
    let kind = ("content-type", "application/yaml");
    let found = served.send("POST", &path, &[kind], b"active: true\n");
    assert_eq!(found.status, 200, "{}", found.text());
    assert!(found.json()["assignments"]["added"].as_u64() > Some(0));

    std::fs::remove_dir_all(served.site.root().join("catalog")).unwrap();
    let gone = previewed(&served, id, &json!({"active": true}));
    assert_eq!(gone.status, 409, "{}", gone.text());
    let root = served.site.root();
    assert!(
        !gone.text().contains(root.to_str().unwrap()),
        "{}",
        gone.text()
    );
}

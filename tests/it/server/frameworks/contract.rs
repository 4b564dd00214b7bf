//! Endpoints, and what they answer when all is well.

use super::{content, hr, open, other, path};
use crate::server::{Running, tokens};
use classmark::server::Permission;
use serde_json::json;

#[test]
fn what_is_made_is_told_and_can_be_got() {
    let (access, secrets) = tokens(&[&[], &[Permission::Governance]]);
    let server = Running::start(access, |_| {});
    let bearer = format!("Bearer {}", secrets[1]);
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/json; charset=utf-8"),
    ];
    let made = server.send("POST", "/frameworks", &headers, hr().to_string().as_bytes());
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(made.header("content-type"), Some("application/json"));
    let framework = made.json();
    assert_eq!(content(&framework), hr());
    assert_eq!(framework["createdBy"], 2);
    for id in ["id", "version"] {
        let id = framework[id].as_str().unwrap();
        assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
    }
    let at = framework["createdAt"].as_str().unwrap();
    let form = at.replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(form, "0000-00-00T00:00:00.000Z");
    // A call without a body may well say of which type it is.
    let got = server.send("GET", &path(&framework), &headers, b"");
    assert_eq!((got.status, got.json()), (200, framework.clone()));
    assert_eq!(got.header("etag"), made.header("etag"));
    let keys: Vec<_> = framework.as_object().unwrap().keys().cloned().collect();
    assert!(!keys.contains(&"system".to_owned()), "{keys:?}");
}

#[test]
fn only_governors_are_let_in() {
    let rest = [Permission::RulesRead, Permission::RulesWrite];
    let (access, secrets) = tokens(&[&rest]);
    let server = Running::start(access, |_| {});
    let bearer = format!("Bearer {}", secrets[0]);
    for (method, path) in [
        ("GET", "/frameworks"),
        ("POST", "/frameworks"),
        ("GET", "/frameworks/x"),
        ("PUT", "/frameworks/x"),
        ("DELETE", "/frameworks/x"),
        ("POST", "/frameworks/x/clone"),
        ("GET", "/frameworks/x/versions"),
        ("GET", "/audit"),
    ] {
        let without = server.send(method, path, &[], b"");
        assert_eq!(without.status, 401, "{method} {path}");
        assert_eq!(without.header("www-authenticate"), Some("Bearer"));
        let known = server.send(method, path, &[("authorization", &bearer)], b"");
        assert_eq!(known.status, 403, "{method} {path}");
        assert!(
            known.json()["message"]
                .as_str()
                .unwrap()
                .contains("`GOVERNANCE`")
        );
    }
}

#[test]
fn yaml_says_the_same_as_json() {
    let server = open();
    let yaml = "
shortName: HR Information
name: Human resources
description: ''
active: true
tags:
  - &salary {name: HR.Salary, source: curated, description: What somebody earns,
     sensitivities: [{dimension: confidentiality, sensitivity: 2}]}
  - {name: HR.Person, source: collibra}
rules:
  - name: HR Rule 1
    classificationTag: {name: HR.Salary, source: curated}
    columnTags: [{name: Money, source: curated}]
    neighborColumnTags: [&person {name: HR.Person, source: collibra}]
  - {id: people, name: HR Rule 2, classificationTag: *person,
     tableTags: [{name: Staff, source: curated}]}
";
    for (place, kind) in ["application/yaml", "application/x-yaml", "text/YAML; x=y"]
        .iter()
        .enumerate()
    {
        let headers = [("content-type", *kind)];
        let made = server.send("POST", "/frameworks", &headers, yaml.as_bytes());
        assert_eq!(made.status, 200, "{}", made.text());
        assert_eq!(made.header("content-type"), Some("application/json"));
        assert_eq!(content(&made.json()), hr(), "{place}");
        let change = server.send("PUT", &path(&made.json()), &headers, b"active: false");
        assert_eq!(
            (change.status, &change.json()["active"]),
            (200, &json!(false))
        );
    }
}

#[test]
fn lists_are_oldest_first_and_can_be_filtered() {
    let server = open();
    let names = |query: &str| -> Vec<String> {
        let own = server.own(query);
        own.iter()
            .map(|f| f["shortName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(names("").is_empty());
    let first = server.make(&other("first"));
    server.make(&hr());
    server.make(&other("third"));
    assert_eq!(
        server
            .change(&first, &json!({"description": "changed"}))
            .status,
        200
    );
    assert_eq!(names(""), ["first", "HR Information", "third"]);
    assert_eq!(names("?active=true"), ["HR Information"]);
    assert_eq!(names("?x=y&active=false&z"), ["first", "third"]);
    assert_eq!(server.own("")[0]["description"], "changed");
    for bad in [
        "?active=yes",
        "?active=",
        "?active=True",
        "?active=true&active=true",
    ] {
        assert_eq!(
            server.get(&format!("/frameworks{bad}")).status,
            400,
            "{bad}"
        );
    }
}

#[test]
fn changes_make_versions_and_nothing_else_does() {
    let server = open();
    let first = server.make(&hr());
    let same = [
        json!({}),
        json!({"active": true}),
        json!({"name": "Human resources", "rules": hr()["rules"]}),
        json!({"id": "x", "version": 7, "createdBy": null, "createdAt": [], "system": true}),
        first.clone(),
    ];
    for same in &same {
        let answer = server.change(&first, same);
        assert_eq!(
            (answer.status, answer.json()),
            (200, first.clone()),
            "{same}"
        );
    }
    let off = server.change(&first, &json!({"active": false})).json();
    let named = server
        .change(&first, &json!({"name": "Staff", "id": "x"}))
        .json();
    let expected = [
        (hr(), &first),
        (json!({"active": false}), &off),
        (json!({"active": false, "name": "Staff"}), &named),
    ];
    let versions = server.get(&format!("{}/versions", path(&first))).json();
    assert_eq!(versions.as_object().unwrap().len(), 1);
    let versions = versions["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 3);
    let mut known = std::collections::BTreeSet::new();
    for ((change, answered), version) in expected.into_iter().zip(versions) {
        let mut wanted = hr();
        wanted
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        assert_eq!(&content(version), &wanted);
        assert_eq!(version, answered);
        assert_eq!(version["id"], first["id"]);
        assert_eq!(version["createdAt"], first["createdAt"]);
        assert!(known.insert(version["version"].as_str().unwrap().to_owned()));
    }
    assert_eq!(server.get(&path(&first)).json(), named);
}

#[test]
fn a_clone_is_a_framework_of_its_own() {
    let server = open();
    let first = server.make(&hr());
    let answer = server.send(
        "POST",
        &format!("{}/clone", path(&first)),
        &[("content-type", "application/json")],
        b"",
    );
    assert_eq!(answer.status, 200);
    let clone = answer.json();
    let mut wanted = hr();
    wanted["active"] = false.into();
    assert_eq!(content(&clone), wanted);
    assert_ne!(clone["id"], first["id"]);
    assert_ne!(clone["version"], first["version"]);
    assert_eq!(
        answer.header("etag").unwrap(),
        format!("\"{}\"", clone["version"].as_str().unwrap())
    );
    // Its rules have the ids of those of the active one.
    let clash = server.change(&clone, &json!({"active": true}));
    super::assert_places(
        &clash,
        409,
        &[
            ("duplicate-rule-id", "/active"),
            ("duplicate-rule-id", "/active"),
        ],
    );
    assert_eq!(server.change(&first, &json!({"active": false})).status, 200);
    assert_eq!(server.change(&clone, &json!({"active": true})).status, 200);
    assert_eq!(server.own("").len(), 2);
}

#[test]
fn what_is_deleted_is_unknown() {
    let server = open();
    let first = server.make(&hr());
    let gone = server.send(
        "DELETE",
        &path(&first),
        &[("content-type", "application/json")],
        b"",
    );
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    assert_eq!(gone.header("content-type"), None);
    assert!(server.own("").is_empty());
    for (method, below) in [
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/clone"),
        ("GET", "/versions"),
    ] {
        let answer = match method {
            "PUT" => server.change(&first, &json!({})),
            _ => server.send(method, &format!("{}{below}", path(&first)), &[], b""),
        };
        assert_eq!(answer.status, 404, "{method} {below}");
        let expected = json!({"statusCode": 404, "error": "Not Found", "message": "there is no such framework"});
        assert_eq!(answer.json(), expected);
    }
    // Its rule ids are free again.
    server.make(&hr());
}

#[test]
fn other_methods_are_told_which_there_are() {
    let server = open();
    for (method, path, allow) in [
        ("DELETE", "/frameworks", "GET,HEAD,POST"),
        ("POST", "/frameworks/x", "GET,HEAD,PUT,DELETE"),
        ("GET", "/frameworks/x/clone", "POST"),
        ("PUT", "/frameworks/x/versions", "GET,HEAD"),
    ] {
        let answer = server.send(method, path, &[], b"");
        assert_eq!(
            (answer.status, answer.json()["statusCode"].as_u64()),
            (405, Some(405))
        );
        let mut told: Vec<_> = answer.header("allow").unwrap().split(',').collect();
        let mut wanted: Vec<_> = allow.split(',').collect();
        told.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{path}");
    }
}

#[test]
fn every_write_is_in_the_audit_log() {
    let (access, secrets) = tokens(&[&[Permission::Governance]]);
    let server = Running::start(access, |_| {});
    let bearer = format!("Bearer {}", secrets[0]);
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/json"),
    ];
    let send =
        |method: &str, path: &str, body: &str| server.send(method, path, &headers, body.as_bytes());
    let first = send("POST", "/frameworks", &hr().to_string()).json();
    let changed = send("PUT", &path(&first), "{\"active\": false}").json();
    send("PUT", &path(&first), "{}");
    let clone = send("POST", &format!("{}/clone", path(&first)), "").json();
    send("DELETE", &path(&first), "");
    let all = send("GET", "/audit", "").json();
    let all = all["entries"].as_array().unwrap().clone();
    let own: Vec<_> = all
        .iter()
        .filter(|entry| entry["user"] == "token 0")
        .collect();
    let told: Vec<_> = own
        .iter()
        .map(|e| {
            (
                e["action"].as_str().unwrap(),
                &e["id"],
                &e["version"],
                &e["userId"],
                &e["resource"],
            )
        })
        .collect();
    let (one, kind) = (json!(1), json!("framework"));
    assert_eq!(
        told,
        [
            ("create", &first["id"], &first["version"], &one, &kind),
            ("update", &first["id"], &changed["version"], &one, &kind),
            ("clone", &clone["id"], &clone["version"], &one, &kind),
            ("delete", &first["id"], &changed["version"], &one, &kind),
        ]
    );
    let second = own[1]["seq"].as_i64().unwrap();
    let page = send("GET", &format!("/audit?after={second}&limit=1"), "").json();
    assert_eq!(page["entries"], json!([own[2]]));
    for bad in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "after=-1",
        "after=99999999999999999999",
    ] {
        assert_eq!(
            send("GET", &format!("/audit?{bad}"), "").status,
            400,
            "{bad}"
        );
    }
}

//! Frameworks that come with the program.

use super::{content, hr, open, path};
use crate::server::Running;
use classmark::server::{Access, Options, Server};
use serde_json::{Value, json};

fn shipped(server: &Running) -> Vec<Value> {
    let all = server.get("/frameworks").json();
    let all = all["frameworks"].as_array().unwrap().iter();
    all.filter(|f| f["system"] == true).cloned().collect()
}

#[test]
fn four_are_there_from_the_start_and_do_not_run() {
    let server = open();
    let all = shipped(&server);
    assert_eq!(all.len(), 4);
    assert!(
        all.iter()
            .all(|f| f["active"] == false && f["createdBy"] == 0)
    );
    let again = open();
    let ids = |all: &[Value]| all.iter().map(|f| f["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&shipped(&again)), ids(&all));
    for framework in &all {
        assert_eq!(server.get(&path(framework)).json(), *framework);
    }
    // They fit together.
    for framework in &all {
        assert_eq!(
            server.change(framework, &json!({"active": true})).status,
            200
        );
    }
}

/// The framework with two fields changed.
fn with(
    framework: &Value,
    field: &str,
    value: impl Into<Value>,
    other: &str,
    second: impl Into<Value>,
) -> Value {
    let mut framework = framework.clone();
    framework[field] = value.into();
    framework[other] = second.into();
    framework
}

#[test]
fn one_is_switched_by_the_whole_of_it_as_it_was_answered() {
    let server = open();
    for system in shipped(&server) {
        let same = server.change(&system, &system);
        assert_eq!((same.status, same.json()), (200, system.clone()));
        let flipped = with(&system, "active", true, "createdBy", 99);
        let on = server.change(&system, &flipped);
        assert_eq!(on.status, 200, "{}", on.text());
        assert_eq!(on.json()["active"], true);
        assert_ne!(on.json()["version"], system["version"]);
        assert_eq!(content(&on.json())["rules"], system["rules"]);
        assert_eq!(
            (&on.json()["createdBy"], &on.json()["system"]),
            (&json!(0), &json!(true))
        );
        // An edit beside it is still one, and changes nothing.
        let edited = with(&on.json(), "active", false, "name", "Mine");
        assert_eq!(server.change(&system, &edited).status, 403);
        assert_eq!(server.get(&path(&system)).json(), on.json());
        // The version that was seen counts as with every change.
        let stale = format!("\"{}\"", system["version"].as_str().unwrap());
        let headers = [("content-type", "application/json"), ("if-match", &*stale)];
        let late = server.send(
            "PUT",
            &path(&system),
            &headers,
            flipped.to_string().as_bytes(),
        );
        assert_eq!(late.status, 412);
    }
}

#[test]
fn they_are_switched_and_cloned_and_nothing_else() {
    let server = open();
    let system = shipped(&server).swap_remove(0);
    for edit in [
        json!({}),
        json!({"name": "Mine"}),
        json!({"active": true, "name": "Mine"}),
        json!({"active": true, "colour": 1}),
        json!([]),
        with(&system, "active", true, "description", "Mine"),
        with(&system, "active", true, "rules", json!([])),
        with(&system, "active", true, "tags", json!([])),
        with(&system, "active", "maybe", "name", "Mine"),
    ] {
        let answer = server.change(&system, &edit);
        assert_eq!(answer.status, 403, "{edit}");
        assert_eq!(answer.json()["error"], "Forbidden");
    }
    assert_eq!(server.send("DELETE", &path(&system), &[], b"").status, 403);
    assert_eq!(
        server.change(&system, &json!({"active": "yes"})).status,
        400
    );
    assert_eq!(server.get(&path(&system)).json(), system);
    let on = server.change(&system, &json!({"active": true, "id": "x", "version": "y"}));
    assert_eq!((on.status, &on.json()["active"]), (200, &json!(true)));
    assert_eq!(on.json()["system"], true);
    assert_ne!(on.json()["version"], system["version"]);
    let clone = server
        .send("POST", &format!("{}/clone", path(&system)), &[], b"")
        .json();
    assert_eq!(clone.get("system"), None);
    assert_eq!(content(&clone), content(&system));
    assert_eq!(server.change(&clone, &json!({"name": "Mine"})).status, 200);
    let clash = server.change(&clone, &json!({"active": true}));
    assert_eq!(clash.status, 409);
}

#[test]
fn what_people_switched_stays_after_a_start() {
    let server = open();
    let system = shipped(&server).swap_remove(1);
    server.change(&system, &json!({"active": true}));
    server.make(&hr());
    let before = server.get("/frameworks").json();
    let folder = server.stop();
    let options = Options::new(folder.path().join("store.db"), Access::Open);
    let again = Server::start(options).unwrap();
    let mut answer = ureq::get(format!("http://{}/frameworks", again.address()))
        .call()
        .unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), before);
    again.stop().unwrap();
}

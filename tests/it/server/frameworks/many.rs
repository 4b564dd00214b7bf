//! Many clients at once.

use super::{hr, open, path};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Mutex;

#[test]
fn sixty_four_clients_that_edit_one_framework_lose_no_version() {
    const CLIENTS: usize = 64;
    const EDITS: usize = 8;
    let server = open();
    let made = server.make(&hr());
    let known = Mutex::new(BTreeSet::from([made["version"].to_string()]));
    std::thread::scope(|threads| {
        for client in 0..CLIENTS {
            let (server, made, known) = (&server, &made, &known);
            threads.spawn(move || {
                for edit in 0..EDITS {
                    // Each a field of its own kind, so that every edit changes something
                    // and none takes away another one's.
                    let change = match client % 2 {
                        0 => json!({"name": format!("{client} {edit}")}),
                        _ => json!({"description": format!("{client} {edit}")}),
                    };
                    let answer = server.change(made, &change);
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    let version = answer.json()["version"].to_string();
                    assert!(known.lock().unwrap().insert(version));
                }
            });
        }
    });
    let versions = server.get(&format!("{}/versions", path(&made))).json();
    let versions = versions["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 1 + CLIENTS * EDITS);
    let told: BTreeSet<String> = versions.iter().map(|v| v["version"].to_string()).collect();
    assert_eq!(told, known.into_inner().unwrap());
    for pair in versions.windows(2) {
        let changed = ["name", "description"].map(|field| pair[0][field] != pair[1][field]);
        assert_eq!(
            changed.iter().filter(|c| **c).count(),
            1,
            "one edit, one field"
        );
    }
}

#[test]
fn of_many_who_change_one_version_one_succeeds() {
    let server = open();
    let made = server.make(&hr());
    let tag = format!("\"{}\"", made["version"].as_str().unwrap());
    let statuses: Vec<u16> = std::thread::scope(|threads| {
        let clients: Vec<_> = (0..16)
            .map(|client| {
                let (server, made, tag) = (&server, &made, &tag);
                threads.spawn(move || {
                    let headers = [("content-type", "application/json"), ("if-match", &**tag)];
                    let body = json!({"name": client.to_string()}).to_string();
                    server
                        .send("PUT", &path(made), &headers, body.as_bytes())
                        .status
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    let count = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((count(200), count(412)), (1, 15), "{statuses:?}");
}

#[test]
fn versions_are_told_piece_by_piece_and_all_of_them() {
    let server = open();
    let id = server.json("POST", "/frameworks", &hr()).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/frameworks/{id}");
    let long = "x".repeat(100_000);
    for edit in 1..=12 {
        let change = json!({"description": format!("{edit} {long}")});
        assert_eq!(server.json("PUT", &path, &change).status, 200);
    }
    let told = server.get(&format!("{path}/versions")).json();
    let told = told["versions"].as_array().unwrap();
    assert_eq!(told.len(), 13);
    for (edit, version) in told.iter().enumerate().skip(1) {
        assert_eq!(version["description"], format!("{edit} {long}"));
    }
    server.send("DELETE", &path, &[], b"");
    assert_eq!(server.get(&format!("{path}/versions")).status, 404);
}

//! Bodies and ids that nobody means well with.

use super::{assert_places, hr, open, path};
use serde_json::json;
use std::fmt::Write;

const YAML: [(&str, &str); 1] = [("content-type", "application/yaml")];
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

#[test]
fn aliases_do_not_grow() {
    let server = open();
    let mut laughs = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in "bcdefghijk".chars().zip("abcdefghij".chars()) {
        let list = vec![format!("*{before}"); 9].join(", ");
        writeln!(laughs, "{name}: &{name} [{list}]").unwrap();
    }
    let answer = server.send("POST", "/frameworks", &YAML, laughs.as_bytes());
    assert_eq!(answer.status, 400);
    assert!(
        ["too-many-aliases", "too-large"].contains(&&*super::places(&answer)[0].0),
        "{}",
        answer.text()
    );

    // Few values, but long ones.
    let long = "x".repeat(1 << 20);
    let wide = format!(
        "name: &n {long}\ndescription: [{}]\n",
        vec!["*n"; 1000].join(",")
    );
    let answer = server.send("POST", "/frameworks", &YAML, wide.as_bytes());
    assert_eq!(answer.status, 400, "{}", &answer.text()[..200]);
    assert!(answer.body.len() < 100_000, "{}", answer.body.len());
}

#[test]
fn depth_and_number_of_values_have_an_end() {
    let server = open();
    let deep = "[".repeat(1 << 20);
    assert_places(
        &server.send("POST", "/frameworks", &JSON, deep.as_bytes()),
        400,
        &[("too-deep", "")],
    );
    assert_places(
        &server.send("POST", "/frameworks", &YAML, deep.as_bytes()),
        400,
        &[("too-deep", "")],
    );
    let many = format!("[{}1]", "1,".repeat(500_000));
    assert_places(
        &server.send("POST", "/frameworks", &JSON, many.as_bytes()),
        400,
        &[("too-large", "")],
    );
    assert_places(
        &server.send("POST", "/frameworks", &YAML, many.as_bytes()),
        400,
        &[("too-large", "")],
    );
}

#[test]
fn a_body_of_faults_is_answered_with_some() {
    let server = open();
    let mut body = String::from("{");
    for n in 0..200_000 {
        write!(body, "\"f{n}\": 1,").unwrap();
    }
    body.push_str("\"name\": 5}");
    let answer = server.send("POST", "/frameworks", &JSON, body.as_bytes());
    assert_eq!(answer.status, 400);
    let told = super::places(&answer).len();
    assert_eq!(told, 1001);
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("and 1000 more faults")
    );
}

#[test]
fn odd_ids_are_unknown() {
    let server = open();
    let made = server.make(&hr());
    let id = made["id"].as_str().unwrap();
    for odd in [
        "x",
        "..",
        "%2e%2e",
        "%2F",
        "a%2Fb",
        "%00",
        "%ff",
        "*",
        "'",
        "%27%20OR%201=1--",
        "0",
        "-1",
        &id.to_uppercase(),
        &format!("{id}%20"),
        &id[..35],
        &"a".repeat(8_000),
    ] {
        for below in ["", "/versions"] {
            let answer = server.get(&format!("/frameworks/{odd}{below}"));
            assert!(
                matches!(answer.status, 400 | 404),
                "{odd}{below}: {}",
                answer.status
            );
            let body = answer.json();
            assert!(body["message"].is_string(), "{body}");
            for internal in ["SQL", "sql", "/tmp", "rusqlite"] {
                assert!(!answer.text().contains(internal));
            }
        }
        let answer = server.json("PUT", &format!("/frameworks/{odd}"), &json!({}));
        assert!(
            matches!(answer.status, 400 | 404),
            "{odd}: {}",
            answer.status
        );
    }
    assert_eq!(server.get("/frameworks/").status, 404);
    assert_eq!(server.get(&format!("{}/", path(&made))).status, 404);
    assert_eq!(server.get(&path(&made)).status, 200);
}

//! Revisions, and the prompts that published ones are.

use super::{AI, add, at, done, names, refused, revision, shown, with, with_rule, wrapped};
use super::{Running, delete, rule};
use serde_json::{Value, json};

/// SHA-256 of `Content`.
const CONTENT: &str = "47bd29075f8b8019f0beec6d86beda7c9bf67aaf05053dcbe0b3bcb63968517f";

fn revisions(server: &Running) -> Value {
    shown(&server.get(&at(&["set", "rules", "rule", "revisions"])))
}

fn add_named(server: &Running, id: &str, attributes: Value) -> super::Answer {
    let mut body = wrapped("ai_rule_revision", attributes);
    body["data"]["id"] = id.into();
    server.json("POST", &at(&["set", "rules", "rule", "revisions"]), &body)
}

#[test]
fn a_revision_comes_back_as_it_was_sent() {
    let server = with_rule();
    done(&add(&server, revision()));
    let all = revisions(&server);
    let one = &all[0];
    let id = one["id"].as_str().unwrap();
    let dashes: Vec<usize> = id.match_indices('-').map(|(at, _)| at).collect();
    assert_eq!(
        (dashes.as_slice(), &id[14..15]),
        (&[8, 13, 18, 23][..], "4")
    );
    assert_eq!(one["type"], "ai_rule_revision");
    let created = &one["attributes"]["created_at"];
    super::assert_time(created);
    let ours = json!({"version_id": 1, "created_at": created, "created_by": "open",
        "is_default": false, "checksum": CONTENT});
    let mut expected = with(revision(), ours);
    expected["cwe"] = Value::Null;
    assert_eq!(one["attributes"], expected);
    let path = at(&["set", "rules", "rule", "revisions", id]);
    assert_eq!(&shown(&server.get(&path)), one);
    refused(
        &server.get(&at(&["set", "rules", "rule", "revisions", "no"])),
        404,
    );
    refused(
        &server.get(&at(&["set", "rules", "no", "revisions", id])),
        404,
    );
    refused(
        &server.get(&at(&["no", "rules", "rule", "revisions", id])),
        404,
    );
}

#[test]
fn ids_and_numbers_are_there_once() {
    let server = with_rule();
    done(&add_named(
        &server,
        "first",
        with(revision(), json!({"version_id": 7})),
    ));
    done(&add(&server, with(revision(), json!({"cwe": "79"}))));
    refused(&add_named(&server, "first", revision()), 400);
    refused(
        &add(&server, with(revision(), json!({"version_id": 7}))),
        400,
    );
    refused(&add_named(&server, "", revision()), 400);
    done(&add(
        &server,
        with(revision(), json!({"version_id": i64::MAX})),
    ));
    refused(&add(&server, revision()), 400);
    done(&add_named(
        &server,
        "é/+ ",
        with(revision(), json!({"version_id": -3})),
    ));
    let all = revisions(&server);
    let numbers: Vec<&Value> = { all.as_array().unwrap() }
        .iter()
        .map(|one| &one["attributes"]["version_id"])
        .collect();
    assert_eq!(
        numbers,
        [&json!(7), &json!(8), &json!(i64::MAX), &json!(-3)]
    );
    assert_eq!(all[1]["attributes"]["cwe"], "79");
    let odd = at(&["set", "rules", "rule", "revisions", "%C3%A9%2F%2B%20"]);
    assert_eq!(shown(&server.get(&odd))["id"], "é/+ ");
    // The same id in another rule is another revision.
    shown(&server.json("POST", &at(&["set", "rules"]), &rule("two")));
    let mut body = wrapped("ai_rule_revision", revision());
    body["data"]["id"] = "first".into();
    done(&server.json("POST", &at(&["set", "rules", "two", "revisions"]), &body));
}

#[test]
fn what_is_missing_or_mistyped_is_a_bad_request() {
    let server = with_rule();
    for name in [
        "short_description",
        "description",
        "content",
        "globs",
        "directories",
        "execution_mode",
        "severity",
        "category",
        "is_published",
        "is_testing",
    ] {
        let detail = refused(&add(&server, with(revision(), json!({name: null}))), 400);
        assert_eq!(detail, format!("`data.attributes.{name}` is missing"));
        refused(&add(&server, with(revision(), json!({name: 5}))), 400);
    }
    for odd in [
        json!({"execution_mode": "AUTO"}),
        json!({"severity": "error"}),
        json!({"severity": {"ERROR": null}}),
        json!({"category": "OTHER"}),
        json!({"cwe": 79}),
        json!({"version_id": "1"}),
        json!({"version_id": 1.5}),
        json!({"version_id": 1e30}),
        json!({"globs": ["a", 1]}),
        json!({"directories": {}}),
        json!({"is_published": "true"}),
    ] {
        refused(&add(&server, with(revision(), odd)), 400);
    }
    let nowhere = at(&["set", "rules", "no", "revisions"]);
    refused(&server.json("POST", &nowhere, &json!({})), 400);
    let body = wrapped("ai_rule_revision", revision());
    refused(&server.json("POST", &nowhere, &body), 404);
    assert_eq!(revisions(&server), json!([]));
}

#[test]
fn revisions_come_in_pages_oldest_first() {
    let server = with_rule();
    let all: Vec<String> = (0..5).map(|n| format!("r{}", 9 - n)).collect();
    for id in &all {
        done(&add_named(&server, id, revision()));
    }
    let path = at(&["set", "rules", "rule", "revisions"]);
    let page = |query: &str| shown(&server.get(&format!("{path}?{query}")));
    assert_eq!(names(&page("")), all);
    assert_eq!(
        names(&page("page%5Boffset%5D=3&page%5Blimit%5D=2")),
        all[3..]
    );
    refused(&server.get(&format!("{path}?page[limit]=1001")), 400);
    let nowhere = at(&["set", "rules", "no", "revisions"]);
    refused(&server.get(&format!("{nowhere}?page[limit]=x")), 400);
    refused(&server.get(&nowhere), 404);
}

#[test]
fn prompts_are_the_newest_published_revisions() {
    let server = with_rule();
    let prompts = || shown(&server.get(&format!("{AI}/prompts")));
    assert_eq!(prompts(), json!([]));
    done(&add(&server, revision()));
    assert_eq!(prompts(), json!([]));
    let published = |content: &str| {
        with(
            revision(),
            json!({"is_published": true, "content": content}),
        )
    };
    done(&add(&server, published("old")));
    done(&add(&server, published("Content")));
    done(&add(&server, revision()));
    let mut expected = with(revision(), json!({"is_published": null}));
    for (name, value) in [
        ("rule_version", json!("3")),
        ("checksum", json!(CONTENT)),
        ("is_default", json!(false)),
        ("file_search_keywords", json!([])),
        ("result_keywords_exclude", json!([])),
    ] {
        expected[name] = value;
    }
    let prompt = json!({"id": "set/rule", "type": "ai_prompt", "attributes": expected});
    assert_eq!(prompts(), json!([prompt]));
    done(&add(&server, with(published("x"), json!({"cwe": "79"}))));
    assert_eq!(prompts()[0]["attributes"]["cwe"], "79");
    done(&delete(&server, &at(&["set", "rules", "rule"])));
    assert_eq!(prompts(), json!([]));
}

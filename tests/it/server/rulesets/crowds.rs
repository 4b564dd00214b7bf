//! Many at once, and those that mean no good.

use super::{AI, SETS, add, at, delete, done, names, revision, rule, ruleset, shown, with_rule};
use super::{open, wrapped};
use serde_json::json;
use std::sync::Barrier;

#[test]
fn revisions_are_numbered_without_a_gap() {
    let server = with_rule();
    let start = Barrier::new(16);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..8 {
                    done(&add(&server, revision()));
                }
            });
        }
    });
    let all = shown(&server.get(&at(&["set", "rules", "rule", "revisions?page[limit]=1000"])));
    let numbers = all.as_array().unwrap().iter();
    let numbers = numbers.map(|one| one["attributes"]["version_id"].as_i64().unwrap());
    assert!(numbers.eq(1..=128));
    let mut ids = names(&all);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 128);
}

#[test]
fn of_many_that_want_one_name_one_gets_it() {
    let server = open();
    let start = Barrier::new(64);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let one = || {
            start.wait();
            server.json("POST", SETS, &ruleset("one")).status
        };
        let callers: Vec<_> = (0..64).map(|_| scope.spawn(one)).collect();
        callers.into_iter().map(|c| c.join().unwrap()).collect()
    });
    let got = statuses.iter().filter(|s| **s == 200).count();
    let refused = statuses.iter().filter(|s| **s == 409).count();
    assert_eq!((got, refused), (1, 63), "{statuses:?}");
}

#[test]
fn hostile_bodies_are_bad_requests() {
    let server = with_rule();
    let result = json!({"rule": "set/rule", "repository_id": "r", "sha": "s", "name": "n",
        "line": 1, "type": "TP", "message": "m"});
    let routes = [
        ("POST", SETS.to_owned(), ruleset("x")),
        ("PATCH", at(&["set"]), ruleset("set")),
        ("POST", at(&["set", "rules"]), rule("x")),
        (
            "POST",
            at(&["set", "rules", "rule", "revisions"]),
            wrapped("ai_rule_revision", revision()),
        ),
        (
            "POST",
            format!("{AI}/memory"),
            wrapped("ai_memory_violation_result", result),
        ),
    ];
    let odd = [
        json!(5),
        json!(-1.5e300),
        json!(true),
        json!([[]]),
        json!({"a": {}}),
        json!("\0"),
    ];
    let deep = [r#"{"data":"#.repeat(100_000), "}".repeat(100_000)].concat();
    for (method, path, body) in routes {
        let mut texts = vec![
            deep.clone(),
            "{\"data\": 1e99999}".into(),
            "\"\\ud800\"".into(),
        ];
        let mut places = vec![String::new(), "/data".into(), "/data/type".into()];
        places.push("/data/attributes".into());
        let attributes = body["data"]["attributes"].as_object().unwrap();
        places.extend(
            attributes
                .keys()
                .map(|name| format!("/data/attributes/{name}")),
        );
        for place in &places {
            for odd in &odd {
                let mut body = body.clone();
                *body.pointer_mut(place).unwrap() = odd.clone();
                texts.push(body.to_string());
            }
        }
        for text in &texts {
            let answer = server.send(method, &path, &[], text.as_bytes());
            let shown = &text[..text.len().min(300)];
            let fine = matches!(answer.status, 200 | 400 | 404 | 409 | 412);
            assert!(fine, "{method} {path} {shown}: {}", answer.status);
        }
    }
    assert_eq!(server.get("/healthz").status, 200);
    for id in names(&shown(&server.get(SETS))) {
        let id: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
        done(&delete(&server, &at(&[&id])));
    }
}

//! Versions as entity tags: who changes what has changed meanwhile is told.

use super::{hr, open, path};
use serde_json::json;

#[test]
fn a_version_is_got_once() {
    let server = open();
    let made = server.make(&hr());
    let get = |tag: &str| server.send("GET", &path(&made), &[("if-none-match", tag)], b"");
    let version = made["version"].as_str().unwrap();
    let tag = format!("\"{version}\"");
    for same in [&*tag, "*", &format!("W/{tag}"), &format!("\"a\", {tag}")] {
        let answer = get(same);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{same}");
        assert_eq!(answer.header("etag"), Some(&*tag));
    }
    for other in ["\"a\"", version, "", "é"] {
        assert_eq!(get(other).status, 200, "{other}");
    }
    server.change(&made, &json!({"active": false}));
    assert_eq!(get(&tag).status, 200);
}

#[test]
fn only_the_wanted_version_is_changed() {
    let server = open();
    let made = server.make(&hr());
    let first = format!("\"{}\"", made["version"].as_str().unwrap());
    let put = |tag: &str, body: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        server.send("PUT", &path(&made), &headers, body.as_bytes())
    };
    let second = put(&format!("\"x\" , {first}"), "{\"active\": false}");
    assert_eq!(second.status, 200);
    let tag = second.header("etag").unwrap().to_owned();
    assert_ne!(tag, first);
    for stale in [&*first, &format!("W/{tag}"), "\"\"", "nonsense", "", "é"] {
        let answer = put(stale, "{\"active\": true}");
        assert_eq!(answer.status, 412, "{stale}");
        assert_eq!(answer.json()["error"], "Precondition Failed");
        // Also where nothing would change.
        assert_eq!(put(stale, "{}").status, 412, "{stale}");
        let answer = server.send("DELETE", &path(&made), &[("if-match", stale)], b"");
        assert_eq!(answer.status, 412, "{stale}");
    }
    let twice = [
        ("content-type", "application/json"),
        ("if-match", "\"x\""),
        ("if-match", &*tag),
    ];
    assert_eq!(server.send("PUT", &path(&made), &twice, b"{}").status, 200);
    assert_eq!(put("*", "{\"active\": true}").status, 200);
    let tag = server.get(&path(&made)).header("etag").unwrap().to_owned();
    assert_eq!(
        server
            .send("DELETE", &path(&made), &[("if-match", &tag)], b"")
            .status,
        204
    );
    assert_eq!(put("*", "{}").status, 404);
}

//! What pages never do, whatever is in them and whoever asks.

use super::{browse, filled, framework, rule, stored};
use crate::report::markup;
use crate::server::{Running, open, tokens};
use classmark::server::{Access, Permission};
use serde_json::{Value, json};

const NASTY: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u{202e}drow\u{7}";

/// A framework in which all that is text is nasty.
fn nasty(extra: &str) -> Value {
    let name = format!("{NASTY}{extra}");
    let tag = json!({"name": name, "source": NASTY});
    json!({
        "shortName": name, "name": name, "description": name, "active": true,
        "tags": [{"name": name, "source": NASTY, "description": name, "sensitivities": []}],
        "rules": [{"name": name, "id": name, "classificationTag": tag,
                   "columnTags": [tag], "neighborColumnTags": [tag], "tableTags": [tag]}],
    })
}

#[test]
fn names_do_nothing_on_any_page() {
    let mut id = String::new();
    let server = filled(Access::Open, |store| {
        id = stored(
            store,
            &[
                nasty("1"),
                nasty("2"),
                framework("crm", &json!([rule("a", &["A"])])),
            ],
        );
        stored(store, &[nasty(&"long".repeat(5000))]);
    });
    for path in [
        "/",
        "/view/frameworks",
        &format!("/view/frameworks/{id}?version=1"),
        &format!("/view/frameworks/{id}/versions"),
        &format!("/view/frameworks/{id}/difference?from=1&to=2"),
        &format!("/view/frameworks/{id}/difference?from=1&to=3"),
        "/view/audit",
        "/view/frameworks/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/view/frameworks?active=%3Cscript%3E",
        "/nowhere/%3Cscript%3E?%3Cscript%3E",
        "/sign-in?%22%3E%3Cscript%3E",
    ] {
        let page = browse(&server, path);
        let text = page.text();
        assert!(
            !text.contains("<script") && !text.contains("<img"),
            "{path}"
        );
        assert!(!text.contains(['\u{202e}', '\u{7}']), "{path}");
        let elements = markup::parse(text).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
        assert!(elements.len() > 10, "{path}");
    }
    let page = browse(&server, &format!("/view/frameworks/{id}?version=1"));
    assert!(
        page.text()
            .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
    );
    assert!(page.text().contains(r"\u{202e}drow\u{7}"));
}

#[test]
fn every_page_tells_browsers_to_be_careful() {
    let (access, _) = tokens(&[&[Permission::Governance]]);
    let closed = Running::start(access, |_| {});
    let server = open();
    let pages = [
        browse(&server, "/"),
        browse(&server, "/nowhere"),
        browse(&server, "/view/frameworks/none"),
        browse(&closed, "/"),
        browse(&closed, "/sign-in"),
    ];
    for page in pages {
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        for part in [
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(page.header(name), Some(value));
        }
    }
}

#[test]
fn forms_of_other_sites_are_not_taken() {
    let (access, secrets) = tokens(&[&[Permission::Governance]]);
    let server = Running::start(access, |_| {});
    let body = format!("secret={}", secrets[0]);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let send = |path: &str, headers: &[(&str, &str)]| {
        let mut all = vec![form];
        all.extend_from_slice(headers);
        server.send("POST", path, &all, body.as_bytes())
    };
    for path in ["/sign-in", "/sign-out"] {
        for odd in [
            &[][..],
            &[("origin", "http://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", &*server.base), ("sec-fetch-site", "same-site")],
        ] {
            let answer = send(path, odd);
            assert_eq!(answer.status, 403, "{path} {odd:?}");
            assert_eq!(answer.header("set-cookie"), None);
        }
        assert_eq!(send(path, &[("origin", &*server.base)]).status, 303);
        assert_eq!(send(path, &[("sec-fetch-site", "same-origin")]).status, 303);
    }
    let elsewhere = [("origin", &*server.base), ("content-type", "text/plain")];
    assert_eq!(
        server
            .send("POST", "/sign-in", &elsewhere, b"secret=x")
            .status,
        415
    );
    let long = format!("secret={}", "x".repeat(10_000));
    let headers = [form, ("origin", &*server.base)];
    assert_eq!(
        server
            .send("POST", "/sign-in", &headers, long.as_bytes())
            .status,
        413
    );
}

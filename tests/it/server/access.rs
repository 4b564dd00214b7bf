//! Who is let in.

use super::{Running, open, tokens};
use classmark::server::{Access, Options, Permission, Server, StartError};

#[test]
fn some_routes_need_nothing_and_others_a_known_token() {
    let (access, secrets) = tokens(&[&[Permission::Governance], &[]]);
    let server = Running::start(access, |_| {});
    for path in ["/healthz", "/openapi.json"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let bearer = |value: &str| {
        let answer = server.send("GET", "/metrics", &[("authorization", value)], b"");
        assert_eq!(
            answer.header("www-authenticate"),
            (answer.status == 401).then_some("Bearer")
        );
        answer.status
    };
    assert_eq!(server.get("/metrics").status, 401);
    for secret in &secrets {
        assert_eq!(bearer(&format!("Bearer {secret}")), 200);
        assert_eq!(bearer(&format!("bearer {secret}")), 200);
    }
    let first = &secrets[0];
    for wrong in [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        first.clone(),
        format!("Basic {first}"),
        format!("Bearer {first}x"),
        format!("Bearer {first} x"),
        format!("Bearer {}", &first[..first.len() - 1]),
    ] {
        assert_eq!(bearer(&wrong), 401, "{wrong}");
    }
    let value = format!("Bearer {first}");
    let twice = [("authorization", &*value), ("authorization", &*value)];
    assert_eq!(server.send("GET", "/metrics", &twice, b"").status, 401);
}

#[test]
fn routes_and_methods_come_before_credentials() {
    let (access, _) = tokens(&[&[]]);
    let server = Running::start(access, |_| {});
    let lost = server.get("/nowhere");
    assert_eq!(lost.status, 404);
    assert_eq!(
        lost.json(),
        serde_json::json!({"statusCode": 404, "error": "Not Found", "message": "there is no such route"})
    );
    let lost = server.get("/api/v2/nowhere");
    assert_eq!(
        lost.header("content-type"),
        Some("application/vnd.api+json")
    );
    assert_eq!(lost.json()["errors"][0]["status"], "404");
    let wrong = server.send("DELETE", "/metrics", &[], b"");
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
}

#[test]
fn credentials_do_not_matter_where_everybody_is_let_in() {
    let server = open();
    let answer = server.send(
        "GET",
        "/metrics",
        &[("authorization", "Bearer nonsense")],
        b"",
    );
    assert_eq!(answer.status, 200);
}

#[test]
fn only_loopback_addresses_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path().join("store.db"), Access::Open);
    options.listen = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(
        Server::start(options),
        Err(StartError::Exposed(_))
    ));
    assert!(!folder.path().join("store.db").exists());
}

#[test]
fn too_many_calls_are_told_when_to_come_back() {
    let (access, secrets) = tokens(&[&[], &[]]);
    let server = Running::start(access, |options| options.rate = 3);
    let call = |secret: &str| {
        let value = format!("Bearer {secret}");
        server.send("GET", "/metrics", &[("authorization", &value)], b"")
    };
    let answers: Vec<_> = (0..12).map(|_| call(&secrets[0])).collect();
    let refused: Vec<_> = answers.iter().filter(|a| a.status == 429).collect();
    assert!(refused.len() >= 6, "{answers:?}");
    assert!(
        refused
            .iter()
            .all(|a| a.header("x-ratelimit-reset") == Some("1"))
    );
    assert_eq!(call(&secrets[1]).status, 200);
}

#[test]
fn an_open_server_answers_to_its_own_name_alone() {
    let server = open();
    let called = |host: &str, path: &str| server.send("GET", path, &[("host", host)], b"").status;
    assert_eq!(called("localhost:1", "/metrics"), 200);
    for path in [
        "/metrics",
        "/healthz",
        "/frameworks",
        "/",
        "/api/v2/static-analysis/ai/rulesets",
    ] {
        assert_eq!(called("rebound.example:8787", path), 403, "{path}");
    }
    let (access, _) = tokens(&[&[]]);
    let server = Running::start(access, |_| {});
    let elsewhere = [("host", "rebound.example")];
    assert_eq!(server.send("GET", "/healthz", &elsewhere, b"").status, 200);
}

#[test]
fn an_open_server_takes_no_changes_from_pages_of_other_sites() {
    let server = open();
    let list = server.get("/frameworks").json();
    let clone = format!(
        "/frameworks/{}/clone",
        list["frameworks"][0]["id"].as_str().unwrap()
    );
    let rulesets = "/api/v2/static-analysis/ai/rulesets";
    let host = server.base.trim_start_matches("http://").to_owned();
    let own = format!("http://{host}");
    for elsewhere in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for path in [&*clone, rulesets] {
            let answer = server.send("POST", path, &[elsewhere], b"{}");
            assert_eq!(answer.status, 403, "{elsewhere:?} {path}");
        }
        // What can only be read is no harm: browsers keep the answer from such pages.
        assert_eq!(
            server.send("GET", "/frameworks", &[elsewhere], b"").status,
            200
        );
    }
    for fine in [
        ("origin", &*own),
        ("sec-fetch-site", "same-origin"),
        ("accept", "*/*"),
    ] {
        assert_eq!(
            server.send("POST", &clone, &[fine], b"").status,
            200,
            "{fine:?}"
        );
    }
}

//! Compliance frameworks, and the runs that judge them.

use super::{browse, text};
use crate::report::markup;
use crate::server::runs::{Served, site};
use crate::server::{Answer, tokens};
use classmark::server::Permission;
use serde_json::json;

fn shown(server: &Served, path: &str) -> (Answer, String) {
    let page = browse(server, path);
    assert_eq!(page.status, 200, "{path}: {}", page.text());
    markup::parse(page.text()).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
    let text = text(&page);
    (page, text)
}

#[test]
fn controls_are_told_with_their_rules_and_what_the_last_run_found() {
    let server = site().filled().serve();
    let (_, before) = shown(&server, "/view/compliance");
    assert!(
        before.contains("No run is done yet") && before.contains("Not judged yet"),
        "{before}"
    );
    let run = server.run(json!({"columns": ["catalog"], "overrides": ["overrides.csv"], "asOf": "2026-11-21", "report": true}));
    assert_eq!(run["state"], "done", "{run}");
    let id = run["id"].as_str().unwrap();

    let (list, told) = shown(&server, "/view/compliance");
    assert!(told.contains("As of 2026-11-21"), "{told}");
    assert!(list.text().contains("<b class=\"fail\">Fail</b>"));
    let (page, told) = shown(&server, "/view/compliance/larkfield-privacy/1");
    assert!(page.text().matches("<b class=").count() > 10);
    for part in [
        "Controls that pass",
        "weighted by sensitivity",
        "No stored framework has this rule.",
        "A column gets Kind.",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // Each sentence links to the rule where it stands.
    let link = page
        .text()
        .split("href=\"")
        .find(|link| link.contains("#r"))
        .unwrap();
    let (path, place) = link.split('"').next().unwrap().split_once('#').unwrap();
    let (framework, _) = shown(&server, path);
    assert!(framework.text().contains(&format!("id=\"{place}\"")));

    let (_, runs) = shown(&server, "/view/runs");
    assert!(runs.contains("Done open"), "{runs}");
    let (page, told) = shown(&server, &format!("/view/runs/{id}"));
    for part in [
        "Done",
        "report.html",
        "assignments.parquet",
        "overrides.csv",
        "Fail",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let report = format!("/view/runs/{id}/results/report.html");
    assert!(page.text().contains(&report));
    let report = browse(&server, &report);
    assert_eq!(report.status, 200);
    let policy = report.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox allow-scripts;"), "{policy}");
    let (_, overview) = shown(&server, "/");
    assert!(
        overview.contains("As of 2026-11-21") && overview.contains("Done"),
        "{overview}"
    );
}

#[test]
fn runs_that_fail_say_why() {
    let server = site().filled().serve();
    std::fs::write(server.site.root().join("broken.parquet"), b"PAR1").unwrap();
    let run = server.run(json!({"columns": ["broken.parquet"]}));
    assert_eq!(run["state"], "failed");
    let (_, told) = shown(
        &server,
        &format!("/view/runs/{}", run["id"].as_str().unwrap()),
    );
    assert!(
        told.contains("Failed") && told.contains("broken.parquet"),
        "{told}"
    );
    assert!(!told.contains(server.site.path().to_str().unwrap()));
    assert_eq!(browse(&server, "/view/runs/nobody").status, 404);
    assert_eq!(browse(&server, "/view/runs?before=nobody").status, 404);
}

#[test]
fn whoever_may_not_see_frameworks_sees_ids_alone() {
    let (access, secrets) = tokens(&[&[Permission::RulesRead]]);
    let server = site().filled().serve_with(access, |_| {});
    let bearer = format!("Bearer {}", secrets[0]);
    let headers = [("authorization", &*bearer), ("accept", "text/html")];
    let page = server.send("GET", "/view/compliance/larkfield-privacy/1", &headers, b"");
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("A column gets") && !page.text().contains("/view/frameworks"));
    assert!(page.text().contains("<code><bdi>demo-"));
    for path in [
        "/view/runs",
        "/view/runs/x",
        "/view/runs/x/results/report.html",
        "/view/evaluate",
    ] {
        assert_eq!(
            server.send("GET", path, &headers, b"").status,
            403,
            "{path}"
        );
    }
    let lost = server.send("GET", "/view/compliance/larkfield-privacy/2", &headers, b"");
    assert_eq!(lost.status, 404);
}

#[test]
fn pages_say_when_the_rules_have_changed_since_a_run() {
    let server = site().filled().serve();
    let run = server.run(json!({"columns": ["catalog"], "asOf": "2026-11-21"}));
    assert_eq!(run["state"], "done", "{run}");
    let path = format!("/view/runs/{}", run["id"].as_str().unwrap());
    let changed = "The rules have changed since this run.";
    let pages = [
        &*path,
        "/view/compliance",
        "/view/compliance/larkfield-privacy/1",
        "/",
    ];
    for page in pages {
        assert!(!shown(&server, page).1.contains(changed), "{page}");
    }
    let id_of = |name: &str| {
        let all = run["frameworks"].as_array().unwrap().iter();
        let found = all.clone().find(|framework| framework["shortName"] == name);
        format!("/frameworks/{}", found.unwrap()["id"].as_str().unwrap())
    };
    // A clone is not active: no result depends on it.
    server.send("POST", &format!("{}/clone", id_of("demo-risk")), &[], b"");
    assert!(!shown(&server, &path).1.contains(changed));
    let edit = json!({"description": "Edited"});
    assert_eq!(server.json("PUT", &id_of("demo-risk"), &edit).status, 200);
    server.send("DELETE", &id_of("demo-record"), &[], b"");
    let new = json!({"shortName": "new", "name": "New", "description": "", "active": true, "tags": [], "rules": []});
    assert_eq!(server.json("POST", "/frameworks", &new).status, 200);
    for page in pages {
        let (_, told) = shown(&server, page);
        for part in [
            changed,
            "Framework demo-risk: version 1 then, version 2 now",
            "Framework demo-record: version 1 then, deleted now",
            "Framework new: not there then, version 1 now",
        ] {
            assert!(told.contains(part), "{page}: {part}: {told}");
        }
        assert!(!told.contains("demo-base: version"), "{told}");
    }
    // A framework that is as it was again is still another version.
    let custom = "/api/v2/cloud_security_management/custom_frameworks/larkfield-privacy/1";
    server.send("DELETE", custom, &[], b"");
    let (_, told) = shown(&server, &path);
    assert!(told.contains("version 1 then, deleted now"), "{told}");
    let again = server.run(json!({"columns": ["catalog"], "asOf": "2026-11-21"}));
    let again = format!("/view/runs/{}", again["id"].as_str().unwrap());
    assert!(!shown(&server, &again).1.contains(changed));
    assert!(shown(&server, &path).1.contains(changed));
}

//! What is on the pages.

use super::{browse, document, filled, framework, rule, stored, text};
use crate::server::{Running, open};
use classmark::server::Access;
use classmark::store::{Stamp, Store};
use serde_json::json;

fn shown(server: &Running, path: &str) -> String {
    let page = browse(server, path);
    assert_eq!(page.status, 200, "{path}: {}", page.text());
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    text(&page)
}

#[test]
fn an_empty_server_says_what_to_do() {
    let server = open();
    let page = shown(&server, "/");
    for part in [
        "4 frameworks, 0 active.",
        "No framework is active",
        "comes with classmark",
        &format!("{}/frameworks/ID", server.base),
        "There are no compliance frameworks",
        "There are no runs",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let active = shown(&server, "/view/frameworks?active=true");
    assert!(active.contains("There are no such frameworks"), "{active}");
    assert!(shown(&server, "/view/runs").contains("There are no runs"));
    assert!(shown(&server, "/view/compliance").contains("There are no compliance frameworks"));
}

#[test]
fn a_framework_is_told_in_sentences() {
    let mut one = rule("Mail of customers", &["Email"]);
    one["neighborColumnTags"] = json!([{"name": "Name", "source": "curated"}]);
    one["tableTags"] = json!([{"name": "Customer", "source": "collibra"}]);
    let mut id = String::new();
    let server = filled(Access::Open, |store| {
        id = stored(store, &[framework("crm", &json!([one]))]);
    });
    let page = shown(&server, &format!("/view/frameworks/{id}"));
    for part in [
        "crm in full",
        "Says what is where.",
        "Mail of customers crm/mail-of-customers",
        "A column gets PII.Email if it has the tag Email and some column of its data source has \
         Name and its data source has Customer (from collibra).",
        "PII.Email high 1 Reaches somebody",
        "2023-11-14 22:13 UTC by ada",
        "First version",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let overview = shown(&server, "/");
    assert!(
        overview.contains("crm in full crm Active 1 1"),
        "{overview}"
    );
    let json = browse(&server, &format!("/view/frameworks/{id}/json"));
    assert_eq!(json.header("content-type"), Some("application/json"));
    assert_eq!(json.json()["shortName"], "crm");
}

#[test]
fn versions_stay_and_their_differences_are_told() {
    let first = framework("crm", &json!([rule("a", &["A"]), rule("b", &["B"])]));
    let mut second = framework("crm", &json!([rule("a", &["A", "X"]), rule("c", &["C"])]));
    second["tags"][0]["sensitivities"][0]["sensitivity"] = json!(0);
    let mut third = second.clone();
    third["active"] = json!(false);
    let mut id = String::new();
    let server = filled(Access::Open, |store| {
        id = stored(store, &[first, second, third]);
    });
    let current = shown(&server, &format!("/view/frameworks/{id}"));
    assert!(current.contains("Inactive"), "{current}");
    assert!(
        current.contains("by ada") && current.contains("ben"),
        "{current}"
    );
    assert!(current.contains("1 rule added, 1 rule removed, 1 rule changed, 1 tag changed"));
    let old = shown(&server, &format!("/view/frameworks/{id}?version=1"));
    assert!(
        old.contains("This is version 1 as it was") && old.contains("crm/b"),
        "{old}"
    );
    let page = shown(
        &server,
        &format!("/view/frameworks/{id}/difference?from=1&to=3"),
    );
    for part in [
        "The framework was switched off",
        "A column gets PII.Email if it has the tag A. A column gets PII.Email if it has the tags A and X.",
        "It asks for X on the column now.",
        "Added 1 c crm/c",
        "Removed 1 b crm/b",
        "Its sensitivity was high, and is low now.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let versions = shown(&server, &format!("/view/frameworks/{id}/versions?before=3"));
    assert!(!versions.contains("Switched off"), "{versions}");
    let same = shown(
        &server,
        &format!("/view/frameworks/{id}/difference?from=2&to=2"),
    );
    assert!(same.contains("Nothing that a reader or a rule would notice"));
}

#[test]
fn long_lists_are_paged() {
    let server = filled(Access::Open, |store: &Store| {
        for at in 0..120 {
            let mut framework = framework(&format!("f{at}"), &json!([]));
            framework["active"] = json!(at % 2 == 0);
            store
                .create_framework(document(&framework), Stamp::new(at, 1, "a"))
                .unwrap();
        }
    });
    let overview = browse(&server, "/");
    assert!(text(&overview).contains("124 frameworks, 60 active"));
    assert!(overview.body.len() < 40_000, "{}", overview.body.len());
    let second = shown(&server, "/view/frameworks?page=2");
    assert!(second.contains("f50 in full") && second.contains("f99 in full"));
    assert!(!second.contains("f49 in full") && !second.contains("f100 in full"));
    assert!(second.contains("Page 2 of 3, 124 frameworks. Previous page Next page"));
    let active = shown(&server, "/view/frameworks?page=2&active=true");
    assert!(active.contains("f100 in full") && !active.contains("f101 in full"));
    assert!(shown(&server, "/view/frameworks?page=9").contains("The list ends before this page"));
    let audit = browse(&server, "/view/audit");
    assert_eq!(audit.text().matches("<tr>").count(), 101);
    assert!(text(&audit).contains("120 1970-01-01 00:00 UTC a made the framework"));
    assert!(audit.text().contains("href=\"/view/audit?before=25\""));
    let audit = browse(&server, "/view/audit?before=21");
    assert_eq!(audit.text().matches("<tr>").count(), 21);
}

#[test]
fn what_is_not_there_is_a_page_that_says_so() {
    let mut id = String::new();
    let server = filled(Access::Open, |store| {
        id = stored(store, &[framework("crm", &json!([]))]);
    });
    for (path, status, part) in [
        (
            "/view/frameworks/nobody",
            404,
            "There is no such framework.",
        ),
        (
            &*format!("/view/frameworks/{id}?version=2"),
            404,
            "There is no such version.",
        ),
        (
            &format!("/view/frameworks/{id}?version=0"),
            400,
            "the number of a version",
        ),
        (
            &format!("/view/frameworks/{id}?version=x&version=y"),
            400,
            "more than once",
        ),
        ("/view/frameworks?page=0", 400, "the number of a page"),
        (
            "/view/frameworks?active=1",
            400,
            "`active` is `true` or `false`",
        ),
        ("/view/audit?before=-1", 400, "a place in the log"),
        ("/nowhere", 404, "There is no such route."),
    ] {
        let page = browse(&server, path);
        assert_eq!(page.status, status, "{path}");
        assert!(text(&page).contains(part), "{path}: {}", text(&page));
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{path}");
    }
    // Programs get what the contract says.
    assert_eq!(
        server.get("/nowhere").header("content-type"),
        Some("application/json")
    );
    let lost = browse(&server, "/api/v2/nowhere");
    assert_eq!(
        lost.header("content-type"),
        Some("application/vnd.api+json")
    );
    let wrong = server.send("DELETE", "/", &[], b"");
    assert_eq!(
        (wrong.status, wrong.header("allow")),
        (405, Some("GET,HEAD"))
    );
}

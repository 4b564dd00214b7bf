//! What compliance frameworks come to is shown to those who may read them, and to nobody
//! else.

use super::evaluate::{catalog, stocked};
use super::runs::{Served, site};
use super::{Answer, Running, tokens};
use classmark::server::Permission;
use serde_json::{Value, json};

const TELLING: [&str; 6] = [
    "rollup.json",
    "rollup.parquet",
    "rollup.csv",
    "report.html",
    "oscal-assessment-results.json",
    "ocsf-compliance-findings.ndjson",
];

fn send(server: &Running, secret: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let bearer = format!("Bearer {secret}");
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/json"),
        ("accept", "text/html, application/json"),
    ];
    let body = body.map(Value::to_string).unwrap_or_default();
    server.send(method, path, &headers, body.as_bytes())
}

fn done(server: &Served, secret: &str, request: &Value) -> Value {
    let asked = send(server, secret, "POST", "/runs", Some(request));
    assert_eq!(asked.status, 202, "{}", asked.text());
    let path = format!("/runs/{}", asked.json()["id"].as_str().unwrap());
    for _ in 0..600 {
        let run = send(server, secret, "GET", &path, None).json();
        if run["state"] == "done" || run["state"] == "failed" {
            return run;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the run does not end");
}

fn names(run: &Value) -> Vec<&str> {
    let results = run["results"].as_array().unwrap().iter();
    results.map(|file| file["name"].as_str().unwrap()).collect()
}

#[test]
fn a_run_tells_nothing_of_compliance_to_those_who_may_not_read_it() {
    let (access, secrets) = tokens(&[
        &[Permission::Governance],
        &[Permission::Governance, Permission::RulesRead],
    ]);
    let server = site().filled().serve_with(access, |_| {});
    let request = json!({"columns": ["catalog"], "asOf": "2026-11-21", "report": true,
        "export": ["csv", "oscal", "ocsf"]});
    let run = done(&server, &secrets[0], &request);
    assert_eq!(run["state"], "done", "{run}");
    assert_eq!(run.get("compliance"), None);
    let path = format!("/runs/{}", run["id"].as_str().unwrap());
    let whole = send(&server, &secrets[1], "GET", &path, None).json();
    assert_eq!(whole["compliance"][0]["handle"], "larkfield-privacy");
    let warned = whole["warnings"].to_string();
    assert!(warned.contains("unknown-rule"), "{warned}");
    let telling = TELLING.iter().filter(|name| names(&whole).contains(*name));
    assert_eq!(telling.count(), TELLING.len());

    let hidden = ["larkfield-privacy", "unknown-rule", "inactive-rule"];
    let listed = send(&server, &secrets[0], "GET", "/runs", None);
    let page = send(&server, &secrets[0], "GET", &format!("/view{path}"), None);
    assert_eq!(page.status, 200);
    for text in [
        run.to_string(),
        listed.text().to_owned(),
        page.text().to_owned(),
    ] {
        assert!(hidden.iter().all(|word| !text.contains(word)), "{text}");
        assert!(
            TELLING
                .iter()
                .all(|name| !text.contains(&format!("results/{name}"))),
            "{text}"
        );
    }
    assert!(names(&run).contains(&"assignments.parquet"));
    for name in names(&whole) {
        let tells = TELLING.contains(&name);
        for place in [
            format!("{path}/results/{name}"),
            format!("/view{path}/results/{name}"),
        ] {
            let status = |secret| send(&server, secret, "GET", &place, None).status;
            let expected = if tells { 403 } else { 200 };
            assert_eq!(
                (status(&secrets[0]), status(&secrets[1])),
                (expected, 200),
                "{place}"
            );
        }
        assert_eq!(names(&run).contains(&name), !tells, "{name}");
    }
    // What everybody may read names none of it, either.
    for name in names(&run).iter().filter(|name| name.ends_with(".json")) {
        let file = send(
            &server,
            &secrets[0],
            "GET",
            &format!("{path}/results/{name}"),
            None,
        );
        assert!(
            hidden.iter().all(|word| !file.text().contains(word)),
            "{name}"
        );
    }
}

#[test]
fn an_evaluation_and_a_preview_tell_nothing_of_compliance_either() {
    let (access, secrets) = tokens(&[
        &[Permission::Governance],
        &[Permission::Governance, Permission::RulesRead],
    ]);
    let (server, ids) = stocked(access);
    let evaluate = |secret: &str, path: &str, compliance: Option<bool>| {
        let mut body = catalog();
        if let Some(compliance) = compliance {
            body["compliance"] = compliance.into();
        }
        send(&server, secret, "POST", path, Some(&body))
    };
    let (plain, asked) = ("/evaluate", "/evaluate?compliance=true");
    let whole = evaluate(&secrets[1], plain, None).json();
    assert!(whole["rollup"].is_object(), "{whole}");
    let without = evaluate(&secrets[0], plain, None);
    assert_eq!(without.status, 200, "{}", without.text());
    assert_eq!(without.json()["rollup"], Value::Null);
    assert_eq!(without.json()["assignments"], whole["assignments"]);
    assert_eq!(evaluate(&secrets[0], asked, Some(false)).status, 200);
    for (path, said) in [(plain, Some(true)), (asked, None)] {
        let refused = evaluate(&secrets[0], path, said);
        assert_eq!(refused.status, 403, "{}", refused.text());
        assert!(refused.text().contains("security_monitoring_rules_read"));
        assert_eq!(evaluate(&secrets[1], path, said).status, 200);
    }

    let preview = format!("/frameworks/{}/preview", ids[0]);
    let body = json!({"changes": {"active": false}, "catalog": catalog()});
    let told = |secret: &str| send(&server, secret, "POST", &preview, Some(&body)).json();
    let (without, whole) = (told(&secrets[0]), told(&secrets[1]));
    assert_eq!(whole["compliance"][0]["handle"], "house");
    assert_eq!(without["compliance"], json!([]));
    assert_eq!(without["assignments"], whole["assignments"]);
}

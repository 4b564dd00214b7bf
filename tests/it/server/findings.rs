//! What the last run found, as Datadog's clients ask for it.

use super::runs::{Served, site};
use super::{open, tokens};
use classmark::server::Permission;
use serde_json::{Value, json};

const PATH: &str = "/api/v2/compliance_findings/rule_based_view";
const LATER: i64 = 4_000_000_000_000;

fn view(served: &Served, query: &str) -> Value {
    let answer = served.get(&format!("{PATH}?to={LATER}{query}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/vnd.api+json")
    );
    let told = answer.json();
    let attributes = &told["data"]["attributes"];
    assert_eq!(told["data"]["type"], "rule_based_view");
    assert_eq!(
        attributes["count"],
        json!(attributes["rules"].as_array().unwrap().len())
    );
    told
}

fn rules(view: &Value) -> &Vec<Value> {
    view["data"]["attributes"]["rules"].as_array().unwrap()
}

fn find<'v>(view: &'v Value, id: &str) -> &'v Value {
    rules(view).iter().find(|rule| rule["id"] == id).unwrap()
}

#[test]
fn findings_are_those_of_the_rollup() {
    let served = site().filled().serve();
    let run = served.run(json!({
        "columns": ["catalog"], "overrides": ["overrides.csv"], "asOf": "2026-11-21",
    }));
    let id = run["id"].as_str().unwrap();
    let rollup = served
        .get(&format!("/runs/{id}/results/rollup.json"))
        .json();
    let all = view(&served, "&include_rules_without_findings=true");
    assert_eq!(all["data"]["id"], id);
    let mut named = 0;
    let mut ids = Vec::new();
    for framework in rollup["frameworks"].as_array().unwrap() {
        for requirement in framework["requirements"].as_array().unwrap() {
            for control in requirement["controls"].as_array().unwrap() {
                for rule in control["rules"].as_array().unwrap() {
                    let told = find(&all, rule["id"].as_str().unwrap());
                    assert_eq!(told["stats"], rule["findings"]);
                    assert_eq!(told["enabled"], rule["evaluated"]);
                    let tags = told["tags"].as_array().unwrap();
                    let status = format!("status:{}", rule["status"].as_str().unwrap());
                    assert!(tags.contains(&json!(status)), "{told}");
                    let by = json!({
                        "framework": framework["handle"], "version": framework["version"],
                        "requirement": requirement["name"], "control": control["name"],
                        "is_default": false,
                    });
                    assert!(
                        told["compliance_frameworks"]
                            .as_array()
                            .unwrap()
                            .contains(&by)
                    );
                    named += 1;
                    ids.push(rule["id"].clone());
                }
            }
        }
    }
    ids.sort_by_key(|id| id.as_str().unwrap().to_owned());
    ids.dedup();
    let told: Vec<Value> = rules(&all).iter().map(|rule| rule["id"].clone()).collect();
    assert_eq!(told, ids, "each once, by id");
    let namings = rules(&all)
        .iter()
        .map(|r| r["compliance_frameworks"].as_array().unwrap().len());
    assert_eq!(namings.sum::<usize>(), named);
    // Of some rules nothing was found, and they are left out unless asked for.
    let found = |rule: &&Value| {
        let stats = rule["stats"].as_object().unwrap();
        stats.values().any(|count| count.as_u64().unwrap() > 0)
    };
    let with: Vec<&Value> = rules(&all).iter().filter(found).collect();
    assert!(!with.is_empty() && with.len() < rules(&all).len());
    for query in [
        "",
        "&include_rules_without_findings=false",
        "&query=&framework=&version=",
    ] {
        assert_eq!(
            rules(&view(&served, query)).iter().collect::<Vec<_>>(),
            with
        );
    }
}

#[test]
fn rules_are_asked_for_by_framework() {
    let served = site().filled().serve();
    served.run(json!({"columns": ["catalog"]}));
    let all = view(&served, "");
    for query in [
        "&framework=larkfield-privacy",
        "&framework=larkfield-privacy&version=1",
        "&is_custom=true&framework=larkfield-privacy",
        "&query_findings_without_framework_version=true",
    ] {
        assert_eq!(view(&served, query), all, "{query}");
    }
    for query in [
        "&framework=other",
        "&framework=larkfield-privacy&version=9",
        "&is_custom=false",
    ] {
        assert!(rules(&view(&served, query)).is_empty(), "{query}");
    }
}

#[test]
fn the_last_run_by_then_is_told_and_no_other() {
    let served = site().filled().serve();
    let answer = served.get(&format!("{PATH}?to={LATER}"));
    assert_eq!(answer.status, 404, "no run is no findings of none");
    assert_eq!(answer.json()["errors"][0]["status"], "404");
    let first = served.run(json!({"columns": ["catalog"]}));
    std::thread::sleep(std::time::Duration::from_millis(20));
    let between = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let between = between.unwrap().as_millis();
    std::thread::sleep(std::time::Duration::from_millis(20));
    let second = served.run(json!({"columns": ["catalog"]}));
    served.run(json!({"columns": ["overrides.csv"]}));
    assert_eq!(
        view(&served, "")["data"]["id"],
        second["id"],
        "what failed tells nothing"
    );
    let then = served.get(&format!("{PATH}?to={between}")).json();
    assert_eq!(then["data"]["id"], first["id"]);
    assert_eq!(served.get(&format!("{PATH}?to=1000")).status, 404);
    let served = served.stop().serve();
    assert_eq!(
        view(&served, "")["data"]["id"],
        second["id"],
        "also after a restart"
    );
}

#[test]
fn a_run_without_custom_frameworks_has_no_rules_to_tell() {
    let served = site().serve();
    served.run(json!({"columns": ["catalog"]}));
    assert!(rules(&view(&served, "&include_rules_without_findings=true")).is_empty());
}

#[test]
fn damaged_results_are_never_told_as_findings() {
    let served = site().filled().serve();
    let run = served.run(json!({"columns": ["catalog"]}));
    let folder = served.site.runs().join(run["id"].as_str().unwrap());
    for name in ["rollup.json", "rules.parquet"] {
        let path = folder.join(name);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let answer = served.get(&format!("{PATH}?to={LATER}"));
        assert_eq!(answer.status, 500, "{name}");
        assert!(!answer.text().contains(name), "{}", answer.text());
        std::fs::write(&path, whole).unwrap();
    }
    assert!(!rules(&view(&served, "")).is_empty());
}

#[test]
fn what_cannot_be_answered_truly_is_refused() {
    let served = site().filled().serve();
    served.run(json!({"columns": ["catalog"]}));
    for query in [
        "",
        "?to=",
        "?to=now",
        "?to=1.5",
        "?to=1&to=2",
        "?to=99999999999999999999",
        "?to=1&include_rules_without_findings=1",
        "?to=1&is_custom=maybe",
        "?to=1&query=scored:true",
        "?to=1&query_findings_without_framework_version=x",
    ] {
        let answer = served.get(&format!("{PATH}{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["errors"][0]["title"], "Bad Request");
    }
}

#[test]
fn findings_need_leave_to_read_rules() {
    let (access, secrets) = tokens(&[&[Permission::RulesRead], &[Permission::Governance]]);
    let served = site().serve_with(access, |_| {});
    let status = |headers: &[(&str, &str)]| {
        served
            .send("GET", &format!("{PATH}?to=1"), headers, b"")
            .status
    };
    assert_eq!(status(&[]), 401);
    assert_eq!(
        status(&[
            ("dd-api-key", &secrets[1]),
            ("dd-application-key", &secrets[0])
        ]),
        404
    );
    assert_eq!(
        status(&[
            ("dd-api-key", &secrets[0]),
            ("dd-application-key", &secrets[1])
        ]),
        403
    );
    assert_eq!(open().get(&format!("{PATH}?to=1")).status, 404);
}

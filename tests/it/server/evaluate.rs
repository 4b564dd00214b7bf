//! Small catalogs, evaluated under what is stored.

use super::{Answer, Running, open, tokens};
use classmark::arrow::array::RecordBatch;
use classmark::arrow::ipc::reader::StreamReader;
use classmark::arrow::ipc::writer::StreamWriter;
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::reference::Row;
use classmark::server::{Access, Permission};
use classmark::store::{CustomDocument, FrameworkDocument, Options, Stamp, Store};
use classmark::tag::Tag;
use serde_json::{Value, json};

const ARROW: &str = "application/vnd.apache.arrow.stream";

/// A framework whose rule gives `gives` where `asks` is.
fn document(name: &str, active: bool, asks: &str, gives: &str) -> FrameworkDocument {
    let text = json!({
        "shortName": name,
        "name": name,
        "description": "",
        "tags": [{"name": gives, "source": "curated",
            "sensitivities": [{"dimension": "confidentiality", "sensitivity": 2}]}],
        "rules": [{"name": "rule", "classificationTag": {"name": gives, "source": "curated"},
            "columnTags": [{"name": asks, "source": "curated"}],
            "neighborColumnTags": [], "tableTags": []}],
    });
    FrameworkDocument {
        short_name: name.into(),
        active,
        rules: vec![format!("{name}/rule")],
        text: text.to_string(),
    }
}

fn custom(rules: &[&str]) -> (CustomDocument, Vec<String>) {
    let control = json!({"name": "control", "rules_id": rules});
    let requirements = json!([{"name": "requirement", "controls": [control]}]);
    let reference = |id: &&str| RuleReference {
        id: (*id).to_owned(),
        origin: None,
    };
    let framework = ComplianceFramework {
        handle: "house".into(),
        version: "1".into(),
        name: "House".into(),
        description: None,
        icon_url: None,
        requirements: vec![Requirement {
            name: "requirement".into(),
            controls: vec![Control {
                name: "control".into(),
                rules: rules.iter().map(reference).collect(),
            }],
        }],
        origin: None,
    };
    CustomDocument::new(&framework, requirements.to_string())
}

fn stamp() -> Stamp {
    Stamp::new(1_000, 7, "ada")
}

/// A server with an active framework, an inactive one and a custom one, and the
/// ids of the first two.
pub(super) fn stocked(access: Access) -> (Running, [String; 2]) {
    let mut ids = Vec::new();
    let server = Running::start(access, |options| {
        let store = Store::open(&options.store, &Options::default()).unwrap();
        for framework in [
            document("base", true, "Email", "PII"),
            document("idle", false, "Email", "Idle"),
        ] {
            ids.push(store.create_framework(framework, stamp()).unwrap().id);
        }
        let (document, rules) = custom(&["base/rule", "idle/rule"]);
        store
            .create_custom_framework(document, rules, stamp())
            .unwrap();
        store.close().unwrap();
    });
    (server, ids.try_into().unwrap())
}

pub(super) fn catalog() -> Value {
    json!({"data_sources": [
        {"id": "crm", "columns": [{"name": "email", "tags": ["Email"]}, {"name": "joined"}]},
        {"id": "hr", "columns": [{"name": "mail", "tags": ["Email", "PII"]}]},
    ]})
}

fn asked(server: &Running, body: &Value) -> Answer {
    server.json("POST", "/evaluate", body)
}

#[test]
fn a_catalog_is_answered_under_the_stored_rules() {
    let (server, _) = stocked(Access::Open);
    let answer = asked(&server, &catalog());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let found = answer.json();
    let row = |id: &str, column: &str, state: &str| {
        json!({"data_source_id": id, "column_name": column, "tag_name": "PII",
            "tag_source": "curated", "sensitivity": 2, "rules": ["base/rule"], "state": state,
            "recorded": state == "recorded"})
    };
    let expected = [row("crm", "email", "new"), row("hr", "mail", "recorded")];
    assert_eq!(found["assignments"], json!(expected));
    let column = |id: &str, name: &str, level: Option<u8>| json!({"data_source_id": id, "column_name": name, "sensitivity": level});
    let expected = [
        column("crm", "email", Some(2)),
        column("crm", "joined", None),
        column("hr", "mail", Some(2)),
    ];
    assert_eq!(found["columns"], json!(expected));
    assert_eq!(found["frameworks"].as_array().unwrap().len(), 1);
    assert_eq!(found["frameworks"][0]["shortName"], "base");
    assert_eq!(found["counts"]["assignments"], 2);
    let control = &found["rollup"]["frameworks"][0]["requirements"][0]["controls"][0];
    // It fails by one rule; the other is known and not evaluated.
    assert_eq!(control["status"], "fail");
    assert_eq!(control["rule_counts"]["evaluated"], 1);
    let as_of = found["rollup"]["as_of"].as_str().unwrap();
    assert!(as_of > "2026-01-01", "{as_of}");
}

#[test]
fn options_are_heeded() {
    let (server, _) = stocked(Access::Open);
    let mut plain = catalog();
    plain["compliance"] = false.into();
    assert_eq!(asked(&server, &plain).json()["rollup"], Value::Null);
    let nested = |matching: &str| {
        let column = json!({"name": "a", "tags": ["Email.Work"]});
        let body = json!({"data_sources": [{"id": 1, "columns": [column]}], "tag_match": matching});
        let found = asked(&server, &body).json();
        found["assignments"].as_array().unwrap().len()
    };
    assert_eq!((nested("exact"), nested("hierarchical")), (0, 1));
    let numbers =
        json!({"data_sources": [{"id": -7, "columns": [{"name": "a", "tags": ["Email"]}]}]});
    assert_eq!(
        asked(&server, &numbers).json()["assignments"][0]["data_source_id"],
        -7
    );
}

fn stream(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn rows() -> Vec<Row> {
    let row = |source: &str, column: &str, tags: &[&str]| Row {
        data_source: source.into(),
        column: column.into(),
        column_tags: tags.iter().map(|tag| Tag::curated(*tag)).collect(),
        table_tags: Vec::new(),
    };
    vec![
        row("crm", "email", &["Email"]),
        row("crm", "joined", &[]),
        row("hr", "mail", &["Email", "PII"]),
    ]
}

#[test]
fn arrow_streams_come_to_the_same() {
    let (server, _) = stocked(Access::Open);
    let bytes = stream(&crate::corpus::one_table(&rows()));
    let kind = ("content-type", ARROW);
    let found = server.send("POST", "/evaluate", &[kind], &bytes);
    assert_eq!(found.status, 200, "{}", found.text());
    let expected = asked(&server, &catalog()).json();
    let mut found = found.json();
    // One has a second table, and the other has none.
    found["counts"]["data_sources_without_source_row"] = 0.into();
    assert_eq!(found, expected);

    let headers = [kind, ("accept", ARROW)];
    let answer = server.send("POST", "/evaluate?compliance=false", &headers, &bytes);
    assert_eq!(answer.header("content-type"), Some(ARROW));
    let reader = StreamReader::try_new(&*answer.body, None).unwrap();
    let rows: Vec<_> = reader
        .flat_map(|batch| crate::corpus::assignments(&batch.unwrap()))
        .collect();
    let columns: Vec<&str> = rows.iter().map(|row| &*row.column).collect();
    assert_eq!(columns, ["email", "mail"]);

    let answer = server.send("POST", "/evaluate?tag_match=loose", &[kind], &bytes);
    assert_eq!(answer.status, 400);
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    let server = open();
    let send = |kind: &str, body: &[u8]| {
        let kind = ("content-type", kind);
        let headers: &[_] = if kind.1.is_empty() { &[] } else { &[kind] };
        server.send("POST", "/evaluate", headers, body)
    };
    let json = "application/json";
    assert_eq!(send("", b"").status, 400);
    assert_eq!(send("", b"{}").status, 415);
    assert_eq!(send("text/csv", b"a,b").status, 415);
    assert_eq!(send("application/yaml", b"data_sources: []").status, 415);
    assert_eq!(send(json, &vec![b' '; (4 << 20) + 1]).status, 413);
    let answer = send(json, br#"{"data_sources": [{"id": "", "column": []}]}"#);
    assert_eq!(answer.status, 400);
    let told: Vec<_> = answer.json()["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| format!("{} {}", finding["code"], finding["pointer"]).replace('"', ""))
        .collect();
    let expected = [
        "missing-field /data_sources/0",
        "empty-value /data_sources/0/id",
        "unknown-field /data_sources/0/column",
    ];
    assert_eq!(told, expected);

    let many = json!({"data_sources": [{"id": 1, "columns":
        (0..100_001).map(|n| json!({"name": n.to_string()})).collect::<Vec<_>>()}]});
    let answer = asked(&server, &many);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(
        answer.text().contains("more than 100000 rows"),
        "{}",
        answer.text()
    );

    let bytes = stream(&crate::corpus::one_table(&rows()));
    for broken in [&b"PAR1"[..], &bytes[..bytes.len() / 2]] {
        let answer = send(ARROW, broken);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.json()["diagnostics"][0]["code"], "broken-file");
    }
    let nameless = [Row {
        column: String::new(),
        ..rows().remove(0)
    }];
    let answer = send(ARROW, &stream(&crate::corpus::one_table(&nameless)));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["diagnostics"][0]["code"], "bad-row");
    // Thousands of faults are counted, and the first ones told.
    let faults = vec!["{}"; 5_000].join(",");
    let answer = send(
        json,
        format!(r#"{{"data_sources": [{faults}]}}"#).as_bytes(),
    );
    assert_eq!(
        answer.json()["diagnostics"].as_array().unwrap().len(),
        1_000
    );
}

#[test]
fn it_takes_the_permission() {
    let (access, secrets) = tokens(&[&[Permission::Governance], &[]]);
    let (server, _) = stocked(access);
    let body = catalog().to_string();
    let send = |secret: Option<&String>| {
        let bearer = secret.map(|secret| format!("Bearer {secret}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        server
            .send("POST", "/evaluate", &headers, body.as_bytes())
            .status
    };
    assert_eq!(send(Some(&secrets[0])), 200);
    assert_eq!(send(Some(&secrets[1])), 403);
    assert_eq!(send(None), 401);
}

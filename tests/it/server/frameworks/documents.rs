//! What the command line reads, HTTP takes.

use super::{Running, open, path};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn post(server: &Running, kind: &str, text: &str) -> super::Answer {
    server.send(
        "POST",
        "/frameworks",
        &[("content-type", kind)],
        text.as_bytes(),
    )
}

/// Whether no tag of an answer lacks its source.
fn every_tag_has_its_source(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(fields) => {
            let is_tag = [
                "tags",
                "classificationTag",
                "columnTags",
                "neighborColumnTags",
                "tableTags",
            ];
            let is_tag = is_tag.contains(&name);
            (!is_tag || fields.get("source").is_some_and(Value::is_string))
                && fields
                    .iter()
                    .all(|(name, value)| every_tag_has_its_source(value, name))
        }
        Value::Array(items) => items
            .iter()
            .all(|item| every_tag_has_its_source(item, name)),
        _ => true,
    }
}

#[test]
fn a_tag_without_source_is_curated_wherever_it_stands() {
    let server = open();
    let tag = |name: &str| json!({"name": name});
    let framework = json!({
        "shortName": "hr", "name": "HR", "description": "", "active": true,
        "tags": [tag("HR.Pay")],
        "rules": [{"name": "pay", "classificationTag": tag("HR.Pay"), "columnTags": [tag("Money")],
            "neighborColumnTags": [tag("Person")], "tableTags": [tag("Staff")]}],
    });
    let made = server.make(&framework);
    let curated = |name: &str| json!({"name": name, "source": "curated"});
    let rule = &made["rules"][0];
    assert_eq!(made["tags"][0]["source"], "curated");
    assert_eq!(rule["classificationTag"], curated("HR.Pay"));
    assert_eq!(rule["columnTags"], json!([curated("Money")]));
    assert_eq!(rule["neighborColumnTags"], json!([curated("Person")]));
    assert_eq!(rule["tableTags"], json!([curated("Staff")]));
    // The same with the sources written out is the same framework.
    let same = server.change(
        &made,
        &json!({"rules": framework["rules"], "tags": made["tags"]}),
    );
    assert_eq!(
        (same.status, &same.json()["version"]),
        (200, &made["version"])
    );
    let body = json!({"rules": framework["rules"]});
    let preview = server.json(
        "POST",
        &format!("{}/preview", path(&made)),
        &json!({"changes": body,
        "catalog": {"data_sources": [{"id": "a", "columns": [{"name": "b"}]}]}}),
    );
    assert_eq!(preview.status, 200, "{}", preview.text());
    let none = json!({"name": "Money", "source": null});
    let wrong = server.change(&made, &json!({"tags": [none]}));
    assert_eq!(wrong.status, 400, "{}", wrong.text());
}

#[test]
fn null_in_a_change_is_no_text_and_leaves_lists_as_they_are() {
    let server = open();
    let made = server.make(&json!({"shortName": "hr", "name": "HR", "description": "",
        "active": true, "tags": [{"name": "HR.Pay"}], "rules": []}));
    for field in ["name", "shortName", "description", "active"] {
        let wrong = server.change(&made, &json!({field: null}));
        assert_eq!(wrong.status, 400, "{field}: {}", wrong.text());
        let found = &wrong.json()["diagnostics"][0];
        assert_eq!(found["code"], "wrong-type", "{field}");
        assert_eq!(found["pointer"], format!("/{field}"));
    }
    let same = server.change(&made, &json!({"tags": null, "rules": null}));
    assert_eq!((same.status, same.json()), (200, made));
}

#[test]
fn every_framework_of_the_fixtures_and_of_the_readme_can_be_posted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("fixtures/demo/frameworks"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let server = open();
    let mut posted = 0;
    for file in files {
        let kind = match file.extension().and_then(|end| end.to_str()) {
            Some("json") => "application/json",
            _ => "text/yaml",
        };
        let text = fs::read_to_string(&file).unwrap();
        let made = post(&server, kind, &text);
        assert_eq!(made.status, 200, "{}: {}", file.display(), made.text());
        assert!(
            every_tag_has_its_source(&made.json(), ""),
            "{}",
            made.text()
        );
        posted += 1;
    }
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for fence in ["json", "yaml"] {
        for block in readme.split(&format!("```{fence}\n")).skip(1) {
            let block = block.split("```").next().unwrap();
            if block.contains("shortName") && block.contains("rules") {
                let made = post(&server, &format!("application/{fence}"), block);
                assert_eq!(made.status, 200, "{block}: {}", made.text());
                assert!(every_tag_has_its_source(&made.json(), ""));
                posted += 1;
            }
        }
    }
    assert!(posted >= 5, "{posted}");
}

#[test]
fn one_framework_comes_at_a_time() {
    let server = open();
    let one = json!({"shortName": "a", "name": "a", "description": "", "active": false, "tags": [], "rules": []});
    for body in [json!([one]), json!({"frameworks": [one]}), json!([])] {
        let refused = server.json("POST", "/frameworks", &body);
        assert_eq!(refused.status, 400);
        assert!(
            refused.text().contains("must be one framework"),
            "{}",
            refused.text()
        );
        assert!(refused.text().contains("send each framework by itself"));
    }
}

#[test]
fn yaml_is_known_by_all_its_names() {
    let server = open();
    let yaml = "shortName: a\nname: a\ndescription: ''\nactive: false\ntags: []\nrules: []\n";
    for kind in [
        "application/yaml",
        "application/x-yaml",
        "application/yml",
        "text/yaml",
        "text/x-yaml",
        "text/yml",
        "APPLICATION/YML",
        "Text/X-Yaml; charset=utf-8",
        " text/yml ; charset=\"UTF-8\"",
    ] {
        let made = post(&server, kind, yaml);
        assert_eq!(made.status, 200, "{kind}: {}", made.text());
        let headers = [("content-type", kind)];
        let changed = server.send("PUT", &path(&made.json()), &headers, b"name: b");
        assert_eq!(
            (changed.status, &changed.json()["name"]),
            (200, &json!("b")),
            "{kind}"
        );
        let preview = format!("{}/preview", path(&made.json()));
        // The document is taken: only the catalog is missing.
        assert_eq!(
            server.send("POST", &preview, &headers, b"name: c").status,
            409,
            "{kind}"
        );
    }
    for kind in [
        "application/yaml2",
        "yaml",
        "text/plain",
        "application/jsonl",
    ] {
        assert_eq!(post(&server, kind, yaml).status, 415, "{kind}");
    }
}

#[test]
fn a_version_says_who_made_it_and_when() {
    let (access, secrets) = crate::server::tokens(&[
        &[classmark::server::Permission::Governance],
        &[classmark::server::Permission::Governance],
    ]);
    let server = Running::start(access, |_| {});
    let send = |secret: &str, method: &str, path: &str, body: Value| {
        let bearer = format!("Bearer {secret}");
        let headers = [
            ("authorization", &*bearer),
            ("content-type", "application/json"),
        ];
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        server.send(method, path, &headers, body.as_bytes())
    };
    let made = send(&secrets[0], "POST", "/frameworks", super::hr()).json();
    assert_eq!(
        (&made["createdBy"], &made["modifiedBy"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(made["modifiedAt"], made["createdAt"]);
    let changed = send(&secrets[1], "PUT", &path(&made), json!({"name": "Ours"})).json();
    assert_eq!(
        (&changed["createdBy"], &changed["modifiedBy"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(changed["createdAt"], made["createdAt"]);
    assert!(changed["modifiedAt"].as_str() >= made["createdAt"].as_str());
    let versions = send(
        &secrets[0],
        "GET",
        &format!("{}/versions", path(&made)),
        Value::Null,
    );
    assert_eq!(versions.json()["versions"], json!([made, changed]));
    // What was answered can be sent back, and be read by the command line.
    let mut back = changed.clone();
    back["modifiedBy"] = json!("nobody");
    back["modifiedAt"] = json!(null);
    let same = send(&secrets[0], "PUT", &path(&made), back);
    assert_eq!((same.status, same.json()), (200, changed.clone()));
    let source = classmark::diagnostic::Source::new("exported.json", changed.to_string());
    let format = classmark::framework::Format::Json;
    let read = classmark::framework::parse(&source, format, &Default::default());
    assert_eq!((read.frameworks.len(), read.diagnostics.len()), (1, 0));
    let clone = send(
        &secrets[1],
        "POST",
        &format!("{}/clone", path(&made)),
        Value::Null,
    )
    .json();
    assert_eq!(
        (&clone["createdBy"], &clone["modifiedBy"]),
        (&json!(2), &json!(2))
    );
}

//! How long names and texts may be, that every name that is taken can be asked for, and
//! that lists stay small whatever is stored.

use super::custom_frameworks::with_rules;
use super::{Answer, Running, open};
use classmark::server::Access;
use classmark::store::{
    CustomDocument, FrameworkDocument, Options, RevisionDocument, Stamp, Store,
};
use serde_json::{Value, json};

const CUSTOM: &str = "/api/v2/cloud_security_management/custom_frameworks";
const SETS: &str = "/api/v2/static-analysis/ai/rulesets";

/// A part of a path, every byte written as a code.
fn part(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn custom(handle: &str, version: &str) -> Value {
    let control = json!({"name": "c", "rules_id": ["r1"]});
    let requirements = json!([{"name": "r", "controls": [control]}]);
    let attributes =
        json!({"handle": handle, "version": version, "name": "Pay", "requirements": requirements});
    json!({"data": {"type": "custom_framework", "attributes": attributes}})
}

fn ruleset(name: &str) -> Value {
    let attributes = json!({"name": name, "description": "d", "short_description": "s"});
    json!({"data": {"type": "ai_ruleset", "attributes": attributes}})
}

fn rule(name: &str) -> Value {
    json!({"data": {"type": "ai_rule", "attributes": {"name": name}}})
}

fn revision(id: &str) -> Value {
    let attributes = json!({
        "short_description": "s", "description": "d", "content": "c", "globs": [],
        "directories": [], "execution_mode": "auto", "severity": "ERROR",
        "category": "SECURITY", "is_published": true, "is_testing": false,
    });
    json!({"data": {"id": id, "type": "ai_rule_revision", "attributes": attributes}})
}

fn detail(answer: &Answer) -> String {
    let detail = &answer.json()["errors"][0]["detail"];
    detail.as_str().unwrap_or_default().to_owned()
}

/// Names as long as they may be, of the characters that take the most room in a path, and
/// names that paths, logs or shells may trip over.
fn odd_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "/",
        "//",
        "a/b",
        "...",
        "%2F",
        "%",
        "a\0b",
        "\u{1}\r\n\t",
        " ",
        "\u{7f}",
        "..\\",
        "?#&=+",
        "\u{202e}",
        "\u{feff}",
    ]
    .map(str::to_owned)
    .to_vec();
    for character in ["x", "é", "名", "\u{1f600}", "/"] {
        names.push(character.repeat(500));
    }
    names
}

#[test]
fn every_name_that_is_taken_can_be_asked_for_and_deleted() {
    let server = with_rules(Access::Open);
    for name in odd_names() {
        let path = format!("{CUSTOM}/{0}/{0}", part(&name));
        assert_eq!(
            server.json("POST", CUSTOM, &custom(&name, &name)).status,
            200,
            "{name:?}"
        );
        let shown = server.get(&path);
        assert_eq!(shown.status, 200, "{name:?}");
        assert_eq!(shown.json()["data"]["attributes"]["handle"], *name);
        assert_eq!(
            server.json("PUT", &path, &custom("", "")).status,
            200,
            "{name:?}"
        );
        assert_eq!(
            server.send("DELETE", &path, &[], b"").status,
            200,
            "{name:?}"
        );
        assert_eq!(server.get(&path).status, 400);

        let set = format!("{SETS}/{}", part(&name));
        let one = format!("{set}/rules/{}", part(&name));
        let revisions = format!("{one}/revisions");
        assert_eq!(
            server.json("POST", SETS, &ruleset(&name)).status,
            200,
            "{name:?}"
        );
        let made = server.json("POST", &format!("{set}/rules"), &rule(&name));
        assert_eq!(made.status, 200, "{name:?}: {}", made.text());
        assert_eq!(
            server.json("POST", &revisions, &revision(&name)).status,
            200,
            "{name:?}"
        );
        let shown = server.get(&format!("{revisions}/{}", part(&name)));
        assert_eq!(shown.json()["data"]["id"], *name);
        assert_eq!(
            server.json("PATCH", &set, &json!({})).status,
            200,
            "{name:?}"
        );
        assert_eq!(
            server.send("DELETE", &one, &[], b"").status,
            200,
            "{name:?}"
        );
        assert_eq!(
            server.send("DELETE", &set, &[], b"").status,
            200,
            "{name:?}"
        );
        assert_eq!(server.get(&set).status, 404);
    }
}

#[test]
fn names_that_no_path_can_hold_are_refused() {
    let server = with_rules(Access::Open);
    let long = [
        "x".repeat(501),
        "名".repeat(501),
        "x".repeat(70_000),
        ".".into(),
        "..".into(),
    ];
    for name in &long {
        for body in [custom(name, "1"), custom("h", name)] {
            let refused = server.json("POST", CUSTOM, &body);
            assert_eq!(refused.status, 400, "{}", refused.text());
            assert!(detail(&refused).starts_with("input_validation_error(Field 'data.attributes."));
            assert!(refused.text().len() < 1_000);
        }
        let refused = server.json("POST", SETS, &ruleset(name));
        assert_eq!(refused.status, 412);
        let source = &refused.json()["errors"][0]["source"];
        assert_eq!(source["pointer"], "/data/attributes/name");
        server.json("POST", SETS, &ruleset("set"));
        let rules = format!("{SETS}/set/rules");
        assert_eq!(server.json("POST", &rules, &rule(name)).status, 412);
        let by_id = json!({"data": {"id": name}});
        let refused = server.json("POST", &rules, &by_id);
        assert_eq!(refused.status, 412);
        assert_eq!(refused.json()["errors"][0]["source"]["pointer"], "/data/id");
        server.json("POST", &rules, &rule("rule"));
        let revisions = format!("{rules}/rule/revisions");
        let refused = server.json("POST", &revisions, &revision(name));
        assert_eq!((refused.status, refused.text().len() < 1_000), (400, true));
        assert_eq!(server.get(&revisions).json(), json!({"data": []}));
    }
    let found = server.get(SETS).json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[test]
fn texts_are_bounded_as_the_description_says() {
    let server = with_rules(Access::Open);
    let (fits, long) = ("名".repeat(262_144), "名".repeat(262_145));
    for (field, most) in [
        ("name", 1_000),
        ("icon_url", 4_096),
        ("description", 262_144),
    ] {
        let mut body = custom(field, "1");
        body["data"]["attributes"][field] = "é".repeat(most).into();
        assert_eq!(server.json("POST", CUSTOM, &body).status, 200, "{field}");
        body["data"]["attributes"][field] = "é".repeat(most + 1).into();
        let refused = server.json("PUT", &format!("{CUSTOM}/{field}/1"), &body);
        assert_eq!(refused.status, 400, "{field}");
        let place = format!("/data/attributes/{field}");
        assert_eq!(refused.json()["errors"][0]["source"]["pointer"], place);
    }
    let mut body = custom("titles", "1");
    let controls = &mut body["data"]["attributes"]["requirements"][0]["controls"];
    controls[0]["name"] = "c".repeat(1_001).into();
    let refused = server.json("POST", CUSTOM, &body);
    let place = "/data/attributes/requirements/0/controls/0/name";
    assert_eq!(
        (
            refused.status,
            &refused.json()["errors"][0]["source"]["pointer"]
        ),
        (400, &json!(place))
    );

    let mut set = ruleset("set");
    set["data"]["attributes"]["description"] = fits.clone().into();
    assert_eq!(server.json("POST", SETS, &set).status, 200);
    for field in ["description", "short_description"] {
        let change = json!({"data": {"attributes": {field: long}}});
        let refused = server.json("PATCH", &format!("{SETS}/set"), &change);
        assert_eq!(refused.status, 412, "{field}");
        let place = format!("/data/attributes/{field}");
        assert_eq!(refused.json()["errors"][0]["source"]["pointer"], place);
    }
    server.json("POST", &format!("{SETS}/set/rules"), &rule("rule"));
    let mut sent = revision("a");
    // What a revision is about is bounded by the size of a body alone.
    sent["data"]["attributes"]["content"] = "x".repeat(3 << 20).into();
    let revisions = format!("{SETS}/set/rules/rule/revisions");
    assert_eq!(server.json("POST", &revisions, &sent).status, 200);
    let mut sent = revision("b");
    sent["data"]["attributes"]["short_description"] = long.into();
    assert_eq!(server.json("POST", &revisions, &sent).status, 400);
}

#[test]
fn texts_of_classification_frameworks_are_bounded() {
    let server = open();
    let tag = |name: &str| json!({"name": name});
    let framework = json!({
        "shortName": "s", "name": "n", "description": "d", "active": false,
        "tags": [{"name": "T", "description": "d"}],
        "rules": [{"id": "r", "name": "r", "classificationTag": tag("T"), "columnTags": [tag("C")]}],
    });
    let made = server.json("POST", "/frameworks", &framework);
    assert_eq!(made.status, 200, "{}", made.text());
    let path = format!("/frameworks/{}", made.json()["id"].as_str().unwrap());
    for (pointer, most) in [
        ("/shortName", 400),
        ("/name", 1_000),
        ("/description", 262_144),
        ("/tags/0/name", 500),
        ("/tags/0/source", 400),
        ("/tags/0/description", 262_144),
        ("/rules/0/name", 500),
        ("/rules/0/id", 1_000),
        ("/rules/0/classificationTag/source", 400),
        ("/rules/0/columnTags/0/name", 500),
        ("/rules/0/columnTags/0/source", 400),
    ] {
        let set = |length: usize| {
            let mut framework = framework.clone();
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            framework.pointer_mut(parent).unwrap()[field] = "é".repeat(length).into();
            if pointer == "/tags/0/name" || pointer == "/tags/0/source" {
                let declared = framework["tags"][0].clone();
                framework["rules"][0]["classificationTag"] = json!({"name": declared["name"], "source": declared.get("source").unwrap_or(&json!("curated"))});
            }
            if pointer == "/rules/0/classificationTag/source" {
                framework["tags"][0]["source"] = "é".repeat(length).into();
            }
            framework
        };
        for method in [("POST", "/frameworks"), ("PUT", &*path)] {
            let fine = server.json(method.0, method.1, &set(most));
            assert_eq!(fine.status, 200, "{pointer}: {}", fine.text());
            let refused = server.json(method.0, method.1, &set(most + 1));
            assert_eq!(refused.status, 400, "{pointer}");
            let found = refused.json()["diagnostics"].clone();
            let found = found.as_array().unwrap();
            let told = found
                .iter()
                .any(|d| d["code"] == "too-long" && d["pointer"] == pointer);
            assert!(told, "{pointer}: {}", refused.text());
        }
    }
}

fn stamp() -> Stamp {
    Stamp::new(1_000, 7, "a".repeat(50_000))
}

/// A server on a store that older programs have filled, with names of that length.
fn crowded(length: usize, count: usize) -> Running {
    Running::start(Access::Open, |options| {
        let store = Store::open(&options.store, &Options::default()).unwrap();
        let long = |n: usize| format!("{n:04}{}", "<".repeat(length));
        for n in 0..count {
            let name = long(n);
            let text = json!({"shortName": name, "name": name, "description": "", "tags": [], "rules": []});
            let document = FrameworkDocument {
                short_name: name.clone(),
                active: false,
                rules: Vec::new(),
                text: text.to_string(),
            };
            let made = store.create_framework(document, stamp()).unwrap();
            store
                .set_active(&made.id, Default::default(), stamp(), true)
                .unwrap();
            let document = CustomDocument {
                handle: name.clone(),
                version: name.clone(),
                name: name.clone(),
                description: None,
                icon_url: None,
                requirements: "[]".into(),
            };
            store
                .create_custom_framework(document, Vec::new(), stamp())
                .unwrap();
            store.create_ruleset(&name, "", "", stamp()).unwrap();
            store.create_ruleset_rule(&name, &name, stamp()).unwrap();
            let revision = RevisionDocument {
                id: Some(name.clone()),
                version_id: None,
                published: false,
                text: revision("")["data"]["attributes"]
                    .as_object()
                    .map(|text| {
                        let mut text = text.clone();
                        text.remove("is_published");
                        text.insert("checksum".into(), "0".into());
                        Value::Object(text).to_string()
                    })
                    .unwrap(),
            };
            store
                .create_revision(&name, &name, revision, stamp())
                .unwrap();
            store
                .create_run("{\"columns\": []}", |_| String::new(), stamp())
                .unwrap();
        }
        store.close().unwrap();
    })
}

#[test]
fn list_pages_stay_small_whatever_is_stored() {
    let server = crowded(100_000, 60);
    for path in [
        "/",
        "/view/frameworks",
        "/view/frameworks?page=2",
        "/view/compliance",
        "/view/compliance?page=2",
        "/view/runs",
        "/view/audit?before=300",
    ] {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.len() < 400_000, "{path}: {}", page.body.len());
        assert!(page.text().contains('…'), "{path}");
    }
    let first = server.get("/view/compliance");
    assert!(
        first
            .text()
            .contains("Page 1 of 2, 60 compliance frameworks.")
    );
    assert!(
        first
            .text()
            .contains("href=\"/view/compliance?page=2\" rel=\"next\"")
    );
    let past = server.get("/view/compliance?page=9");
    assert!(past.text().contains("The list ends before this page"));
    assert_eq!(server.get("/view/compliance?page=0").status, 400);
    let frameworks = server.get("/frameworks?active=true").json();
    let id = frameworks["frameworks"][0]["id"].as_str().unwrap();
    let versions = server.get(&format!("/view/frameworks/{id}/versions"));
    assert!(versions.body.len() < 100_000, "{}", versions.body.len());
    // Its own page shows all of a name.
    let whole = server.get(&format!("/view/frameworks/{id}"));
    assert!(whole.text().contains(&"&lt;".repeat(100_000)));
}

#[test]
fn longer_names_of_older_stores_can_be_read_and_deleted() {
    let server = crowded(9_000, 1);
    let name = format!("0000{}", "<".repeat(9_000));
    let path = format!("{CUSTOM}/{0}/{0}", part(&name));
    assert!(path.len() > 50_000);
    assert_eq!(server.get(&path).status, 200);
    assert_eq!(server.send("DELETE", &path, &[], b"").status, 200);
    let set = format!("{SETS}/{}", part(&name));
    assert_eq!(server.get(&set).status, 200);
    assert_eq!(server.send("DELETE", &set, &[], b"").status, 200);
}

#[test]
fn a_page_of_long_texts_is_refused_and_can_be_asked_for_in_parts() {
    let server = Running::start(Access::Open, |options| {
        let store = Store::open(&options.store, &Options::default()).unwrap();
        let stamp = || Stamp::new(1_000, 7, "ada");
        let mut text = revision("")["data"]["attributes"].clone();
        text["content"] = "x".repeat(3 << 20).into();
        text["checksum"] = "0".into();
        let text = text.to_string();
        for set in ["a", "b"] {
            store.create_ruleset(set, "", "", stamp()).unwrap();
            for rule in 0..11 {
                let rule = rule.to_string();
                store.create_ruleset_rule(set, &rule, stamp()).unwrap();
                let document = || RevisionDocument {
                    id: None,
                    version_id: None,
                    published: false,
                    text: text.clone(),
                };
                store
                    .create_revision(set, &rule, document(), stamp())
                    .unwrap();
                let more = if rule == "0" && set == "a" { 21 } else { 0 };
                for _ in 0..more {
                    store
                        .create_revision(set, &rule, document(), stamp())
                        .unwrap();
                }
            }
        }
        store.close().unwrap();
    });
    let revisions = format!("{SETS}/a/rules/0/revisions");
    for path in [SETS, &revisions] {
        let refused = server.get(path);
        assert_eq!(refused.status, 400, "{path}");
        let source = &refused.json()["errors"][0]["source"];
        assert_eq!(source["parameter"], "page[limit]", "{path}");
        let part = server.get(&format!("{path}?page%5Boffset%5D=1&page%5Blimit%5D=1"));
        assert_eq!(part.status, 200, "{path}");
        assert_eq!(part.json()["data"].as_array().unwrap().len(), 1);
    }
}

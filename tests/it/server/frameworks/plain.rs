//! Anything that is sent comes back, and a change does what a plain model does.

use super::{content, open, path};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z .]{1,12}",
        1 => "\\PC{1,6}",
        1 => any::<Vec<char>>().prop_map(|mut all| { all.truncate(4); all.into_iter().chain(['x']).collect() }),
    ]
}

fn reference() -> impl Strategy<Value = Value> {
    (text(), select(vec!["curated", "collibra", "é\"\\\n"]))
        .prop_map(|(name, source)| json!({"name": name, "source": source}))
}

fn references() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(reference(), 0..3).prop_map(distinct)
}

fn distinct(mut all: Vec<Value>) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::new();
    all.retain(|one| {
        !seen.contains(one) && {
            seen.push(one.clone());
            true
        }
    });
    all
}

fn tag() -> impl Strategy<Value = Value> {
    (
        reference(),
        proptest::option::of(0..3),
        proptest::option::of(".{0,5}"),
    )
        .prop_map(|(mut tag, level, description)| {
            let rated =
                level.map(|level| json!({"dimension": "confidentiality", "sensitivity": level}));
            tag["sensitivities"] = rated.into_iter().collect();
            if let Some(description) = description {
                tag["description"] = description.into();
            }
            tag
        })
}

/// Tags, and rules that give some of them.
fn tags_and_rules() -> impl Strategy<Value = (Value, Value)> {
    let rule = (
        text(),
        any::<prop::sample::Index>(),
        references(),
        references(),
        references(),
        proptest::option::of(text()),
    );
    (
        proptest::collection::vec(tag(), 1..4),
        proptest::collection::vec(rule, 0..5),
    )
        .prop_map(|(tags, rules)| {
            let mut known = Vec::new();
            let tags: Vec<Value> = tags
                .into_iter()
                .filter(|tag| {
                    let pair = (tag["name"].clone(), tag["source"].clone());
                    !known.contains(&pair) && {
                        known.push(pair);
                        true
                    }
                })
                .collect();
            let rules = rules.into_iter().enumerate().map(
                |(place, (name, gives, column, neighbor, table, id))| {
                    let gives = gives.get(&tags);
                    let mut column = column;
                    if column.is_empty() && neighbor.is_empty() && table.is_empty() {
                        column.push(json!({"name": "some", "source": "curated"}));
                    }
                    let mut rule = json!({
                        "name": format!("{place} {name}"),
                        "classificationTag": {"name": gives["name"], "source": gives["source"]},
                        "columnTags": column, "neighborColumnTags": neighbor, "tableTags": table,
                    });
                    if let Some(id) = id {
                        rule["id"] = format!("{place}:{id}").into();
                    }
                    rule
                },
            );
            let rules = rules.collect();
            (Value::Array(tags), rules)
        })
}

fn framework() -> impl Strategy<Value = Value> {
    (text(), text(), ".{0,8}", tags_and_rules()).prop_map(|(short_name, name, description, (tags, rules))| {
        json!({"shortName": short_name, "name": name, "description": description, "active": false, "tags": tags, "rules": rules})
    })
}

/// The same with what has a default left out.
fn terse(framework: &Value) -> Value {
    let mut terse = framework.clone();
    let lists = [
        "sensitivities",
        "columnTags",
        "neighborColumnTags",
        "tableTags",
    ];
    for part in ["tags", "rules"] {
        for entry in terse[part].as_array_mut().unwrap() {
            let fields = entry.as_object_mut().unwrap();
            fields.retain(|key, value| !(lists.contains(&&**key) && *value == json!([])));
        }
    }
    terse
}

#[test]
fn what_is_sent_comes_back_and_changes_do_what_a_plain_model_does() {
    let server = open();
    let fields = vec![
        "shortName",
        "name",
        "description",
        "active",
        "tags",
        "rules",
        "id",
        "createdAt",
    ];
    let changed = (framework(), subsequence(fields, 0..6), any::<bool>());
    let mut runner = TestRunner::new(Config::with_cases(150));
    let all = (framework(), proptest::collection::vec(changed, 0..3));
    let run = runner.run(&all, |(first, changes)| {
        let made = server.json("POST", "/frameworks", &terse(&first));
        prop_assert_eq!(made.status, 200, "{}", made.text());
        let made = made.json();
        let mut model = first;
        prop_assert_eq!(&content(&made), &model);
        for (other, fields, active) in changes {
            let mut other = terse(&other);
            other["active"] = active.into();
            let mut change = Map::new();
            for field in fields {
                change.insert(
                    field.into(),
                    other.get(field).cloned().unwrap_or(json!("ignored")),
                );
            }
            // Whether it will do as a whole is what another framework's answer says.
            let mut next = model.clone();
            for (field, value) in &change {
                if field != "id" && field != "createdAt" {
                    next[field] = value.clone();
                }
            }
            let whole = server.json("POST", "/frameworks", &with_inactive(&next));
            let answer = server.change(&made, &change.into());
            let fits = matches!(whole.status, 200);
            prop_assert_eq!(
                matches!(answer.status, 200 | 409),
                fits,
                "{} {}",
                whole.text(),
                answer.text()
            );
            if whole.status == 200 {
                server.send("DELETE", &path(&whole.json()), &[], b"");
            }
            if answer.status == 200 {
                let active = next["active"].clone();
                model = content(&whole.json());
                model["active"] = active;
            }
            prop_assert_eq!(&content(&server.get(&path(&made)).json()), &model);
        }
        prop_assert_eq!(server.send("DELETE", &path(&made), &[], b"").status, 204);
        Ok(())
    });
    run.unwrap();
    assert!(server.own("").is_empty());
}

fn with_inactive(framework: &Value) -> Value {
    let mut framework = framework.clone();
    framework["active"] = false.into();
    framework
}

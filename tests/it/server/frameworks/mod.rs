//! `/frameworks`, row by row of the contract.

mod contract;
mod documents;
mod faults;
mod hostile;
mod many;
mod plain;
mod system;
mod tags;

use super::{Answer, Running, open};
use serde_json::{Value, json};

/// A framework with all that there is: what is answered is what was sent.
fn hr() -> Value {
    json!({
        "shortName": "HR Information",
        "name": "Human resources",
        "description": "",
        "active": true,
        "tags": [
            {"name": "HR.Salary", "source": "curated", "description": "What somebody earns",
             "sensitivities": [{"dimension": "confidentiality", "sensitivity": 2}]},
            {"name": "HR.Person", "source": "collibra", "sensitivities": []},
        ],
        "rules": [
            {"name": "HR Rule 1", "classificationTag": {"name": "HR.Salary", "source": "curated"},
             "columnTags": [{"name": "Money", "source": "curated"}],
             "neighborColumnTags": [{"name": "HR.Person", "source": "collibra"}],
             "tableTags": []},
            {"id": "people", "name": "HR Rule 2",
             "classificationTag": {"name": "HR.Person", "source": "collibra"},
             "columnTags": [], "neighborColumnTags": [],
             "tableTags": [{"name": "Staff", "source": "curated"}]},
        ],
    })
}

/// The same under another name, whose rules have other ids, and not active.
fn other(name: &str) -> Value {
    let mut other = hr();
    other["shortName"] = name.into();
    other["active"] = false.into();
    other["rules"][1]["id"] = format!("{name}/people").into();
    other
}

/// An answer without what the server sets.
fn content(framework: &Value) -> Value {
    let mut content = framework.clone();
    let fields = content.as_object_mut().unwrap();
    for set in [
        "id",
        "version",
        "createdBy",
        "createdAt",
        "modifiedBy",
        "modifiedAt",
        "system",
    ] {
        fields.remove(set);
    }
    content
}

fn path(framework: &Value) -> String {
    format!("/frameworks/{}", framework["id"].as_str().unwrap())
}

impl Running {
    /// Makes a framework.
    fn make(&self, framework: &Value) -> Value {
        let answer = self.json("POST", "/frameworks", framework);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    fn change(&self, framework: &Value, change: &Value) -> Answer {
        self.json("PUT", &path(framework), change)
    }

    /// The frameworks that did not come with the program.
    fn own(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/frameworks{query}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let all = answer.json()["frameworks"].as_array().unwrap().clone();
        all.into_iter()
            .filter(|f| f.get("system").is_none())
            .collect()
    }
}

/// Codes and pointers of a refusal's diagnostics.
fn places(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = answer.json()["diagnostics"].clone();
    let all = all.as_array().cloned().unwrap_or_default();
    let place = |found: &Value| (text(&found["code"]), text(&found["pointer"]));
    all.iter().map(place).collect()
}

fn assert_places(answer: &Answer, status: u16, expected: &[(&str, &str)]) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let found = places(answer);
    let found: Vec<(&str, &str)> = found.iter().map(|(c, p)| (&**c, &**p)).collect();
    assert_eq!(found, expected, "{}", answer.text());
}

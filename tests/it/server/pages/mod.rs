//! Pages, as a browser asks for them.

mod compliance;
mod content;
mod evaluate;
mod safety;
mod sessions;

use super::{Answer, Running};
use classmark::server::Access;
use classmark::store::{FrameworkDocument, Options, Stamp, Store, Wanted};
use serde_json::{Value, json};

/// A server on a store that was filled beforehand.
fn filled(access: Access, fill: impl FnOnce(&Store)) -> Running {
    Running::start(access, |options| {
        let store = Store::open(&options.store, &Options::default()).unwrap();
        fill(&store);
        store.close().unwrap();
    })
}

/// A framework as it is stored.
fn document(framework: &Value) -> FrameworkDocument {
    let short_name = framework["shortName"].as_str().unwrap().to_owned();
    let mut rest = framework.clone();
    let active = rest.as_object_mut().unwrap().remove("active");
    let rules = framework["rules"].as_array().unwrap();
    let slugged = |rule: &Value| {
        let name = classmark::framework::slug(rule["name"].as_str().unwrap());
        format!("{}/{name}", classmark::framework::slug(&short_name))
    };
    FrameworkDocument {
        active: active == Some(json!(true)),
        rules: rules.iter().map(slugged).collect(),
        text: rest.to_string(),
        short_name: short_name.clone(),
    }
}

/// Stores a framework, and then its later versions; its id.
fn stored(store: &Store, versions: &[Value]) -> String {
    let mut versions = versions.iter();
    let first = document(versions.next().unwrap());
    let made = store
        .create_framework(first, Stamp::new(1_700_000_000_000, 7, "ada"))
        .unwrap();
    for (at, version) in (1..).zip(versions) {
        let stamp = Stamp::new(1_700_000_000_000 + at * 60_000, 8, "ben");
        let next = document(version);
        store
            .update_framework(&made.id, Wanted::Any, stamp, move |_| Ok::<_, ()>(next))
            .unwrap();
    }
    made.id
}

fn framework(short_name: &str, rules: &Value) -> Value {
    json!({
        "shortName": short_name,
        "name": format!("{short_name} in full"),
        "description": "Says what is where.",
        "active": true,
        "tags": [{"name": "PII.Email", "source": "curated", "description": "Reaches somebody",
                  "sensitivities": [{"dimension": "confidentiality", "sensitivity": 2}]}],
        "rules": rules,
    })
}

fn rule(name: &str, column: &[&str]) -> Value {
    let tags: Vec<Value> = column
        .iter()
        .map(|name| json!({"name": name, "source": "curated"}))
        .collect();
    json!({
        "name": name,
        "classificationTag": {"name": "PII.Email", "source": "curated"},
        "columnTags": tags,
    })
}

/// Asks as browsers do.
fn browse(server: &Running, path: &str) -> Answer {
    let accept = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    server.send("GET", path, &[accept], b"")
}

/// Sends a form of our own page.
fn send_form(server: &Running, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut all = vec![form, ("origin", &*server.base), ("accept", "text/html")];
    all.extend_from_slice(headers);
    server.send("POST", path, &all, body.as_bytes())
}

/// A page's text without its elements and its style, blanks as one.
fn text(page: &Answer) -> String {
    let page = page.text();
    let body = page.split("<body").nth(1).unwrap();
    let mut text = String::new();
    for part in body.split('<') {
        let (element, words) = part.split_once('>').unwrap_or(("", part));
        let within = ["bdi", "b", "strong", "code", "a", "span", "time"];
        let name = element.trim_start_matches('/').split(' ').next().unwrap();
        if !within.contains(&name) {
            text.push(' ');
        }
        text.push_str(words);
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let text = text.replace("&#39;", "'").replace("&quot;", "\"");
    let text = text.replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! Datadog's custom frameworks, row by row of what is known of them.

use super::evaluate::{catalog, stocked};
use super::{Answer, Running, tokens};
use classmark::server::{Access, Permission};
use classmark::store::{FrameworkDocument, Options, Stamp, Store};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Barrier;

const BASE: &str = "/api/v2/cloud_security_management/custom_frameworks";

/// A server whose store knows the rules `r1`, `r2` and `r3`; the last one is of a
/// framework that is not active.
pub(super) fn with_rules(access: Access) -> Running {
    Running::start(access, |options| {
        let store = Store::open(&options.store, &Options::default()).unwrap();
        for (active, rules) in [(true, &["r1", "r2"][..]), (false, &["r3"])] {
            let document = FrameworkDocument {
                short_name: "HR".into(),
                active,
                rules: rules.iter().map(|r| (*r).to_owned()).collect(),
                text: "{}".into(),
            };
            store
                .create_framework(document, Stamp::new(1, 7, "ada"))
                .unwrap();
        }
        store.close().unwrap();
    })
}

fn running() -> Running {
    with_rules(Access::Open)
}

fn controls(names: &[(&str, &[&str])]) -> Value {
    let control = |(name, rules): &(&str, &[&str])| json!({"name": name, "rules_id": rules});
    names.iter().map(control).collect()
}

/// A framework of one requirement and one control.
fn body(handle: &str, version: &str) -> Value {
    let requirements = json!([{"name": "pay", "controls": controls(&[("tagged", &["r1"])])}]);
    let attributes =
        json!({"handle": handle, "version": version, "name": "Pay", "requirements": requirements});
    json!({"data": {"type": "custom_framework", "attributes": attributes}})
}

/// The same with other attributes in it.
fn with(mut body: Value, attributes: Value) -> Value {
    let fields = attributes.as_object().unwrap().clone();
    let target = body["data"]["attributes"].as_object_mut().unwrap();
    for (name, value) in fields {
        match value.is_null() {
            true => target.remove(&name),
            false => target.insert(name, value),
        };
    }
    body
}

fn at(handle: &str, version: &str) -> String {
    format!("{BASE}/{handle}/{version}")
}

/// Refused with this status and text, as JSON:API says it.
fn refused(answer: &Answer, status: u16, title: &str, detail: &str) {
    let error = json!({"status": status.to_string(), "title": title, "detail": detail});
    assert_eq!(answer.status, status, "{}", answer.text());
    let mut told = answer.json();
    // Where the fault lies is looked at by `faults_have_their_place`.
    let fields = told["errors"][0].as_object_mut().unwrap();
    fields.remove("source");
    assert_eq!(told, json!({"errors": [error]}));
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/vnd.api+json"));
}

fn not_there(answer: &Answer) {
    let error = json!({"status": "400", "title": "Bad Request"});
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json(), json!({"errors": [error]}));
}

/// Done with this answer.
fn done(answer: &Answer, id: &str, attributes: Value) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/vnd.api+json"));
    let data = json!({"id": id, "type": "custom_framework", "attributes": attributes});
    assert_eq!(answer.json(), json!({"data": data}));
}

fn empty(field: &str) -> String {
    format!(
        "input_validation_error(Field 'data.attributes.{field}' is invalid: field '{field}' must not be empty)"
    )
}

#[test]
fn a_framework_comes_and_changes_and_goes() {
    let server = running();
    let first = body("sec2", "2");
    let key = json!({"handle": "sec2", "version": "2"});
    done(&server.json("POST", BASE, &first), "sec2-2", key.clone());
    let whole = json!({"handle": "sec2", "version": "2", "name": "Pay",
        "requirements": first["data"]["attributes"]["requirements"]});
    done(&server.get(&at("sec2", "2")), "sec2-2", whole.clone());

    let texts = json!({"icon_url": "https://example.com/i.png", "description": "All of pay",
        "name": "Wages", "handle": "", "version": "ignored"});
    let second = with(first.clone(), texts.clone());
    done(
        &server.json("PUT", &at("sec2", "2"), &second),
        "sec2-2",
        key.clone(),
    );
    let changed = json!({"handle": "sec2", "version": "2", "name": "Wages",
        "icon_url": texts["icon_url"], "description": texts["description"],
        "requirements": whole["requirements"]});
    done(&server.get(&at("sec2", "2")), "sec2-2", changed);

    // All of it is replaced: what is left out is gone.
    done(
        &server.json("PUT", &at("sec2", "2"), &first),
        "sec2-2",
        key.clone(),
    );
    done(&server.get(&at("sec2", "2")), "sec2-2", whole);
    server.json("PUT", &at("sec2", "2"), &second);

    let was = json!({"handle": "sec2", "version": "2", "name": "Wages",
        "icon_url": texts["icon_url"], "description": texts["description"]});
    let delete = || server.send("DELETE", &at("sec2", "2"), &[], b"");
    done(&delete(), "sec2-2", was);
    not_there(&delete());
    not_there(&server.get(&at("sec2", "2")));
    not_there(&server.json("PUT", &at("sec2", "2"), &first));
    done(&server.json("POST", BASE, &first), "sec2-2", key);
    let was = json!({"handle": "sec2", "version": "2", "name": "Pay",
        "icon_url": "", "description": ""});
    done(&delete(), "sec2-2", was);
}

#[test]
fn empty_names_are_told_once_of_each_kind() {
    let server = running();
    let post = |body: &Value| server.json("POST", BASE, body);
    refused(&post(&body("", "2")), 400, "Bad Request", &empty("handle"));
    refused(&post(&body("h", "")), 400, "Bad Request", &empty("version"));

    let control = json!({"name": "", "rules_id": [""]});
    let requirement = json!({"name": "", "controls": [control, control]});
    let nothing = json!({"name": "", "requirements": [requirement, requirement]});
    let kinds = [
        "requirements.name",
        "controls.name",
        "name",
        "handle",
        "version",
    ];
    let told = |kinds: &[&str]| -> String {
        let told: Vec<String> = kinds.iter().map(|kind| empty(kind)).collect();
        told.join(", ")
    };
    let nothing = with(body("", ""), nothing);
    refused(&post(&nothing), 400, "Bad Request", &told(&kinds));
    post(&body("h", "1"));
    let put = |body: &Value| server.json("PUT", &at("h", "1"), body);
    refused(&put(&nothing), 400, "Bad Request", &told(&kinds[..3]));
    // What is not there is told after its names, and before its rules.
    let lost = server.json("PUT", &at("h", "2"), &nothing);
    refused(&lost, 400, "Bad Request", &told(&kinds[..3]));
    let unknown = json!([{"name": "r", "controls": controls(&[("c", &["no"])])}]);
    let unknown = with(body("h", "1"), json!({"requirements": unknown}));
    not_there(&server.json("PUT", &at("h", "2"), &unknown));
    // Bad names hide bad rules.
    let both = with(unknown, json!({"name": ""}));
    refused(&put(&both), 400, "Bad Request", &empty("name"));
    refused(&post(&both), 400, "Bad Request", &empty("name"));
}

#[test]
fn rules_are_known_in_any_framework_active_or_not() {
    let server = running();
    let resting_on = |rules: &[&str]| {
        let requirements = json!([{"name": "r", "controls": controls(&[("c", rules)])}]);
        with(body("h", "1"), json!({"requirements": requirements}))
    };
    let detail = "invalid_argument(Cannot find rule id def-000-be9)";
    let unknown = resting_on(&["r1", "def-000-be9", "other"]);
    refused(
        &server.json("POST", BASE, &unknown),
        400,
        "Bad Request",
        detail,
    );
    let nameless = server.json("POST", BASE, &resting_on(&[""]));
    refused(
        &nameless,
        400,
        "Bad Request",
        "invalid_argument(Cannot find rule id )",
    );

    let twice = resting_on(&["r3", "r1", "r3", "r1"]);
    assert_eq!(server.json("POST", BASE, &twice).status, 200);
    let stored = server.get(&at("h", "1")).json();
    let rules = &stored["data"]["attributes"]["requirements"][0]["controls"][0]["rules_id"];
    assert_eq!(rules, &json!(["r3", "r1"]));
    refused(
        &server.json("PUT", &at("h", "1"), &unknown),
        400,
        "Bad Request",
        detail,
    );
    // Rules before handles.
    refused(
        &server.json("POST", BASE, &unknown),
        400,
        "Bad Request",
        detail,
    );
}

#[test]
fn a_handle_is_there_in_one_version() {
    let server = running();
    assert_eq!(server.json("POST", BASE, &body("a", "b-c")).status, 200);
    let taken = "already_exists(Framework 'a' already existed)";
    for version in ["b-c", "other"] {
        let again = server.json("POST", BASE, &body("a", version));
        refused(&again, 409, "Status Conflict", taken);
    }
    // Another one with the same id.
    let twin = server.json("POST", BASE, &body("a-b", "c"));
    assert_eq!(twin.json()["data"]["id"], "a-b-c");
    server.send("DELETE", &at("a-b", "c"), &[], b"");
    assert_eq!(server.get(&at("a", "b-c")).status, 200);
    not_there(&server.get(&at("a", "other")));
    not_there(&server.get(&at("a-b", "c")));
}

#[test]
fn lists_are_not_empty_and_names_are_there_once() {
    let server = running();
    let one: &[&str] = &["r1"];
    for (requirements, detail) in [
        (json!([]), empty("requirements")),
        (
            json!([{"name": "r", "controls": []}]),
            empty("requirements.controls"),
        ),
        (
            json!([{"name": "r", "controls": controls(&[("c", one)])},
                {"name": "r", "controls": controls(&[("c", one)])}]),
            "input_validation_error(Field 'data.attributes.requirements.name' is invalid: \
             field 'requirements.name' must not repeat `r`)"
                .to_owned(),
        ),
        (
            json!([{"name": "r", "controls": controls(&[("c", one), ("c", one)])}]),
            "input_validation_error(Field 'data.attributes.controls.name' is invalid: \
             field 'controls.name' must not repeat `c`)"
                .to_owned(),
        ),
    ] {
        let body = with(body("h", "1"), json!({"requirements": requirements}));
        refused(
            &server.json("POST", BASE, &body),
            400,
            "Bad Request",
            &detail,
        );
    }
    // Controls of two requirements may have one name.
    let fine = json!([{"name": "r", "controls": controls(&[("c", one)])},
        {"name": "s", "controls": controls(&[("c", one)])}]);
    let fine = with(body("h", "1"), json!({"requirements": fine}));
    assert_eq!(server.json("POST", BASE, &fine).status, 200);
}

#[test]
fn names_in_paths_are_read_as_clients_send_them() {
    let server = running();
    for (handle, version) in [
        ("a b", "1+2"),
        ("a+b", "1 2"),
        ("é/ü", "%41"),
        ("?#", "&=;"),
    ] {
        assert_eq!(
            server.json("POST", BASE, &body(handle, version)).status,
            200
        );
    }
    let found = |path: &str| {
        let answer = server.get(&format!("{BASE}/{path}")).json();
        let attributes = &answer["data"]["attributes"];
        (attributes["handle"].clone(), attributes["version"].clone())
    };
    for (path, handle, version) in [
        ("a%20b/1%2B2", "a b", "1+2"),
        ("a%20b/1+2", "a b", "1+2"),
        ("a+b/1%2B2", "a b", "1+2"),
        ("a%2Bb/1%202", "a+b", "1 2"),
        ("a%2Bb/1+2", "a+b", "1 2"),
        ("a+b/1%202", "a+b", "1 2"),
        ("%C3%A9%2F%C3%BC/%2541", "é/ü", "%41"),
        ("%3F%23/%26%3D%3B", "?#", "&=;"),
        ("%3F%23/&=;", "?#", "&=;"),
    ] {
        assert_eq!(found(path), (handle.into(), version.into()), "{path}");
    }
    // `%2B` is never a space, neither for readers nor for those that delete.
    for path in ["a%2Bb/1%2B2", "a%20b/1%202"] {
        not_there(&server.send("DELETE", &format!("{BASE}/{path}"), &[], b""));
    }
    let put = server.json("PUT", &at("a+b", "1%2B2"), &body("x", "y"));
    assert_eq!(put.json()["data"]["id"], "a b-1+2");
    assert_eq!(
        server.send("DELETE", &at("a+b", "1%2B2"), &[], b"").status,
        200
    );
    not_there(&server.get(&at("a%20b", "1%2B2")));
    assert_eq!(server.get(&at("%ff", "1")).status, 400);
}

#[test]
fn what_is_missing_or_mistyped_is_named() {
    let server = running();
    let control = |control: Value| {
        with(
            body("h", "1"),
            json!({"requirements": [{"name": "r", "controls": [control]}]}),
        )
    };
    for (body, detail) in [
        (json!([]), "the body must be an object"),
        (json!(null), "the body must be an object"),
        (json!({}), "`data` is missing"),
        (json!({"data": 5}), "`data` must be an object"),
        (json!({"data": {}}), "`data.type` is missing"),
        (
            json!({"data": {"type": "x"}}),
            "`data.type` must be `custom_framework`",
        ),
        (
            json!({"data": {"type": ["x"]}}),
            "`data.type` must be a string",
        ),
        (
            json!({"data": {"type": "custom_framework"}}),
            "`data.attributes` is missing",
        ),
        (
            with(body("h", "1"), json!({"handle": null})),
            "`data.attributes.handle` is missing",
        ),
        (
            with(body("h", "1"), json!({"version": 2})),
            "`data.attributes.version` must be a string",
        ),
        (
            with(body("h", "1"), json!({"icon_url": false})),
            "`data.attributes.icon_url` must be a string",
        ),
        (
            with(body("h", "1"), json!({"requirements": {}})),
            "`data.attributes.requirements` must be a list",
        ),
        (
            control(json!({"name": "c"})),
            "`data.attributes.requirements[0].controls[0].rules_id` is missing",
        ),
        (
            control(json!({"name": "c", "rules_id": ["r1", 2]})),
            "`data.attributes.requirements[0].controls[0].rules_id[1]` must be a string",
        ),
    ] {
        refused(
            &server.json("POST", BASE, &body),
            400,
            "Bad Request",
            detail,
        );
    }
    // Unknown fields are passed over, and an empty text is none.
    let odd = json!({"icon_url": "", "description": "", "colour": {"x": []}});
    assert_eq!(
        server.json("POST", BASE, &with(body("h", "1"), odd)).status,
        200
    );
    let stored = server.get(&at("h", "1")).json()["data"]["attributes"].clone();
    let names: Vec<&String> = stored.as_object().unwrap().keys().collect();
    assert_eq!(names, ["handle", "name", "requirements", "version"]);
    // `PUT` does not look at what the path says.
    let bare = with(body("h", "1"), json!({"handle": null, "version": null}));
    assert_eq!(server.json("PUT", &at("h", "1"), &bare).status, 200);
    let odd = with(bare, json!({"handle": 5, "version": []}));
    assert_eq!(server.json("PUT", &at("h", "1"), &odd).status, 200);
}

#[test]
fn bodies_are_json_and_not_endless() {
    let server = running();
    let text = body("h", "1").to_string();
    let send = |kind: &[(&str, &str)], body: &[u8]| server.send("POST", BASE, kind, body).status;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "é",
        "application/xml",
    ] {
        assert_eq!(
            send(&[("content-type", kind)], text.as_bytes()),
            415,
            "{kind}"
        );
    }
    for kind in [
        &[][..],
        &[("content-type", "application/vnd.api+json")],
        &[("content-type", "Application/JSON; charset=utf-8")],
    ] {
        assert_eq!(send(kind, text.as_bytes()), 200);
        server.send("DELETE", &at("h", "1"), &[], b"");
    }
    assert_eq!(send(&[], b""), 400);
    let with_blanks = |blanks: usize| {
        text.clone()
            .into_bytes()
            .into_iter()
            .chain(vec![b' '; blanks])
    };
    let fill = (4 << 20) - text.len();
    let full: Vec<u8> = with_blanks(fill).collect();
    assert_eq!(send(&[], &full), 200);
    let over: Vec<u8> = with_blanks(fill + 1).collect();
    assert_eq!(send(&[], &over), 413);
}

#[test]
fn readers_read_and_writers_write() {
    let (read, write) = (Permission::RulesRead, Permission::RulesWrite);
    let (access, secrets) = tokens(&[&[read], &[read, write], &[write], &[]]);
    let server = with_rules(access);
    let text = body("h", "1").to_string();
    let calls = |secret: &str| -> Vec<u16> {
        let bearer = format!("Bearer {secret}");
        let headers = [("authorization", &*bearer)];
        let send = |method: &str, path: &str, body: &str| {
            server.send(method, path, &headers, body.as_bytes()).status
        };
        let one = at("h", "1");
        let statuses = [
            send("POST", BASE, &text),
            send("PUT", &one, &text),
            send("GET", &one, ""),
            send("DELETE", &one, ""),
        ];
        statuses.to_vec()
    };
    assert_eq!(calls(&secrets[0]), [403, 403, 400, 403]);
    assert_eq!(calls(&secrets[1]), [200, 200, 200, 200]);
    assert_eq!(calls(&secrets[2]), [403, 403, 403, 403]);
    assert_eq!(calls(&secrets[3]), [403, 403, 403, 403]);
    assert_eq!(calls("nobody"), [401, 401, 401, 401]);
    let keys = [
        ("dd-api-key", &*secrets[3]),
        ("dd-application-key", &secrets[1]),
    ];
    assert_eq!(
        server.send("POST", BASE, &keys, text.as_bytes()).status,
        200
    );
    let keys = [
        ("dd-api-key", &*secrets[1]),
        ("dd-application-key", &secrets[3]),
    ];
    assert_eq!(server.send("GET", &at("h", "1"), &keys, b"").status, 403);
    let key = [("dd-application-key", &*secrets[1])];
    let answer = server.send("GET", &at("h", "1"), &key, b"");
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (401, Some("Bearer"))
    );
}

#[test]
fn of_many_that_want_one_handle_one_gets_it() {
    let server = running();
    let start = Barrier::new(64);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..64)
            .map(|n| {
                let (server, start) = (&server, &start);
                scope.spawn(move || {
                    let body = body("one", &n.to_string());
                    start.wait();
                    server.json("POST", BASE, &body).status
                })
            })
            .collect();
        callers.into_iter().map(|c| c.join().unwrap()).collect()
    });
    let got = statuses.iter().filter(|s| **s == 200).count();
    let refused = statuses.iter().filter(|s| **s == 409).count();
    assert_eq!((got, refused), (1, 63), "{statuses:?}");
}

#[test]
fn what_comes_in_the_engine_can_read() {
    let (server, _) = stocked(Access::Open);
    let odd = [
        "\0",
        "\u{feff}\u{2028}",
        "'\"\\/",
        " ",
        "null",
        "1.10",
        "\u{1f600}",
    ];
    let long = "x".repeat(490);
    for (n, name) in odd.into_iter().chain([&*long]).enumerate() {
        let controls = json!([{"name": name, "rules_id": ["base/rule", "idle/rule"]}]);
        let requirements = json!([{"name": name, "controls": controls}]);
        let texts = json!({"name": name, "description": name, "icon_url": name,
            "requirements": requirements});
        let made = server.json(
            "POST",
            BASE,
            &with(body(name, &format!("{n}{name}")), texts),
        );
        assert_eq!(made.status, 200, "{}", made.text());
    }
    let found = server.json("POST", "/evaluate", &catalog());
    assert_eq!(found.status, 200, "{}", found.text());
    let rolled_up = found.json()["rollup"]["frameworks"]
        .as_array()
        .map(Vec::len);
    assert_eq!(rolled_up, Some(odd.len() + 2));
}

#[test]
fn hostile_bodies_are_bad_requests() {
    let server = running();
    assert_eq!(server.json("POST", BASE, &body("h", "1")).status, 200);
    let deep = |open: &str, close: &str| [open.repeat(100_000), close.repeat(100_000)].concat();
    let mut texts = vec![
        deep("[", "]"),
        deep("{\"data\":", "}"),
        format!("{{\"data\": {}}}", "9".repeat(100_000)),
        "{\"data\": 1e99999}".to_owned(),
        "{\"data\": \"\\ud800\"}".to_owned(),
        "{\"data\"".to_owned(),
        "\u{feff}{}".to_owned(),
    ];
    let odd = [
        json!(5),
        json!(-1.5e300),
        json!(true),
        json!([[]]),
        json!({"a": {}}),
        json!("\0"),
    ];
    for place in [
        "",
        "/data",
        "/data/type",
        "/data/attributes",
        "/data/attributes/handle",
        "/data/attributes/requirements",
        "/data/attributes/requirements/0",
        "/data/attributes/requirements/0/name",
        "/data/attributes/requirements/0/controls",
        "/data/attributes/requirements/0/controls/0",
        "/data/attributes/requirements/0/controls/0/rules_id",
        "/data/attributes/requirements/0/controls/0/rules_id/0",
    ] {
        for odd in &odd {
            let mut body = body("other", "1");
            *body.pointer_mut(place).unwrap() = odd.clone();
            texts.push(body.to_string());
        }
    }
    for text in &texts {
        for (method, path) in [("POST", BASE.to_owned()), ("PUT", at("h", "1"))] {
            let answer = server.send(method, &path, &[], text.as_bytes());
            let shown = &text[..text.len().min(300)];
            assert!(matches!(answer.status, 200 | 400), "{method} {shown}");
            if answer.status == 200 {
                server.send("DELETE", &at("other", "1"), &[], b"");
            }
        }
    }
    assert_eq!(server.get("/healthz").status, 200);
}

type Names = Vec<(String, Vec<String>)>;

/// Content of a framework: name, description, picture, requirements with controls.
#[derive(Debug, Clone)]
struct Content {
    name: String,
    texts: [Option<String>; 2],
    requirements: Vec<(String, Names)>,
}

impl Content {
    fn attributes(&self) -> Value {
        let control =
            |(name, rules): &(String, Vec<String>)| json!({"name": name, "rules_id": rules});
        let requirement = |(name, controls): &(String, Names)| {
            let controls: Vec<Value> = controls.iter().map(control).collect();
            json!({"name": name, "controls": controls})
        };
        let requirements: Vec<Value> = self.requirements.iter().map(requirement).collect();
        let mut attributes = json!({"name": self.name, "requirements": requirements});
        for (name, text) in ["description", "icon_url"].iter().zip(&self.texts) {
            if let Some(text) = text {
                attributes[name] = json!(text);
            }
        }
        attributes
    }

    /// What is to come back: each rule once, and no empty texts.
    fn kept(&self) -> Self {
        let mut kept = self.clone();
        for (_, controls) in &mut kept.requirements {
            for (_, rules) in controls {
                let mut seen = Vec::new();
                rules.retain(|rule| {
                    let new = !seen.contains(rule);
                    seen.push(rule.clone());
                    new
                });
            }
        }
        kept.texts = kept.texts.map(|text| text.filter(|text| !text.is_empty()));
        kept
    }
}

fn content() -> impl Strategy<Value = Content> {
    let name = "[a-c\u{e9}\"\\\\\0 ]{1,3}";
    let rules = proptest::collection::vec("r[1-3]", 1..4);
    let controls = proptest::collection::btree_map(name, rules, 1..3);
    let controls = controls.prop_map(|controls| controls.into_iter().rev().collect::<Names>());
    let requirements = proptest::collection::btree_map(name, controls, 1..3);
    let requirements = requirements.prop_map(|all: BTreeMap<_, _>| all.into_iter().rev().collect());
    let text = || proptest::option::of("[a-z<>]{0,3}");
    let parts = (name, [text(), text()], requirements);
    parts.prop_map(|(name, texts, requirements)| Content {
        name,
        texts,
        requirements,
    })
}

#[derive(Debug, Clone)]
enum Step {
    Create(usize, usize, Content),
    Replace(usize, usize, Content),
    Delete(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let key = || (0..3_usize, 0..2_usize);
    prop_oneof![
        2 => (key(), content()).prop_map(|((h, v), c)| Step::Create(h, v, c)),
        3 => (key(), content()).prop_map(|((h, v), c)| Step::Replace(h, v, c)),
        1 => key().prop_map(|(h, v)| Step::Delete(h, v)),
    ]
}

/// Handles and versions as they are sent and meant.
const HANDLES: [(&str, &str); 3] = [("a", "a"), ("a-1", "a-1"), ("b%20%2Bc", "b +c")];
const VERSIONS: [(&str, &str); 2] = [("1", "1"), ("1-1", "1-1")];

/// The plain model: handle → version and content.
type Model = BTreeMap<usize, (usize, Content)>;

/// The status that a step must have, and what it makes of the model.
fn expected(model: &mut Model, step: &Step) -> u16 {
    let there = |model: &Model, h: &usize, v: &usize| model.get(h).is_some_and(|(at, _)| at == v);
    match step {
        Step::Create(h, _, _) if model.contains_key(h) => 409,
        Step::Create(h, v, content) => {
            model.insert(*h, (*v, content.clone()));
            200
        }
        Step::Replace(h, v, content) if there(model, h, v) => {
            model.insert(*h, (*v, content.clone()));
            200
        }
        Step::Delete(h, v) if there(model, h, v) => {
            model.remove(h);
            200
        }
        Step::Replace(..) | Step::Delete(..) => 400,
    }
}

fn taken(server: &Running, step: &Step) -> u16 {
    let wrapped =
        |attributes: Value| json!({"data": {"type": "custom_framework", "attributes": attributes}});
    match step {
        Step::Create(h, v, content) => {
            let mut attributes = content.attributes();
            attributes["handle"] = json!(HANDLES[*h].1);
            attributes["version"] = json!(VERSIONS[*v].1);
            server.json("POST", BASE, &wrapped(attributes)).status
        }
        Step::Replace(h, v, content) => {
            let path = at(HANDLES[*h].0, VERSIONS[*v].0);
            server
                .json("PUT", &path, &wrapped(content.attributes()))
                .status
        }
        Step::Delete(h, v) => {
            let path = at(HANDLES[*h].0, VERSIONS[*v].0);
            server.send("DELETE", &path, &[], b"").status
        }
    }
}

fn same(server: &Running, model: &Model) {
    for (h, (path, handle)) in HANDLES.iter().enumerate() {
        for (v, (version_path, version)) in VERSIONS.iter().enumerate() {
            let answer = server.get(&at(path, version_path));
            let Some((_, content)) = model.get(&h).filter(|(at, _)| *at == v) else {
                not_there(&answer);
                continue;
            };
            let mut attributes = content.kept().attributes();
            attributes["handle"] = json!(handle);
            attributes["version"] = json!(version);
            done(&answer, &format!("{handle}-{version}"), attributes);
        }
    }
}

#[test]
fn the_server_does_what_a_plain_model_does() {
    let server = running();
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let steps = proptest::collection::vec(step(), 1..24);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&steps, |steps| {
        let mut model = Model::new();
        for (handle, _) in HANDLES {
            for (version, _) in VERSIONS {
                server.send("DELETE", &at(handle, version), &[], b"");
            }
        }
        for step in &steps {
            assert_eq!(taken(&server, step), expected(&mut model, step), "{step:?}");
        }
        same(&server, &model);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_control_without_rules_is_kept_and_is_unknown() {
    let (server, _) = stocked(Access::Open);
    let of = |rules: Value| {
        let control = json!({"name": "reviewed", "rules_id": rules});
        let requirements = json!([{"name": "pay", "controls": [control]}]);
        with(body("manual", "1"), json!({"requirements": requirements}))
    };
    let stored = || {
        let answer = server.get(&at("manual", "1"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"]["attributes"]["requirements"][0]["controls"][0].clone()
    };
    assert_eq!(server.json("POST", BASE, &of(json!([]))).status, 200);
    assert_eq!(stored(), json!({"name": "reviewed", "rules_id": []}));
    let null = server.json("PUT", &at("manual", "1"), &of(json!(null)));
    assert_eq!(null.status, 200, "{}", null.text());
    assert_eq!(stored(), json!({"name": "reviewed", "rules_id": []}));
    // What is not there is still missing.
    let bare = json!([{"name": "pay", "controls": [{"name": "reviewed"}]}]);
    let bare = with(body("other", "1"), json!({"requirements": bare}));
    refused(
        &server.json("POST", BASE, &bare),
        400,
        "Bad Request",
        "`data.attributes.requirements[0].controls[0].rules_id` is missing",
    );
    // A rollup and a page cope with it.
    let mut asked = catalog();
    asked["compliance"] = json!(true);
    let answer = server.json("POST", "/evaluate", &asked);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let frameworks = answer.json()["rollup"]["frameworks"].clone();
    let all = frameworks.as_array().unwrap();
    let manual = all.iter().find(|f| f["handle"] == "manual");
    let manual = manual.unwrap_or_else(|| panic!("{}", answer.text()));
    assert_eq!(manual["status"], "unknown");
    assert_eq!(
        manual["requirements"][0]["controls"][0]["status"],
        "unknown"
    );
    let page = server.get("/view/compliance/manual/1");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("assess it by hand"), "{}", page.text());
}

//! Runs, from the request to the download.

use super::{Answer, Running, open, tokens};
use classmark::diagnostic::Source;
use classmark::framework::{Format, Limits, parse};
use classmark::server::{Access, Options, Permission, Server};
use classmark::store::{self, CustomDocument, FrameworkDocument, RunState, Stamp, Store};
use classmark::synth::{Spec, write_columns};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with a store that has the demo's frameworks, and a files root with
/// the demo's catalog.
pub(super) struct Site {
    folder: TempDir,
}

pub(super) fn demo(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/demo")
        .join(name)
}

/// A server on a site.
pub(super) struct Served {
    pub(super) running: Running,
    pub(super) site: Site,
}

impl std::ops::Deref for Served {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

pub(super) fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let site = Site { folder };
    fs::create_dir_all(site.root().join("catalog")).unwrap();
    fs::copy(
        demo("catalog.parquet"),
        site.root().join("catalog/a.parquet"),
    )
    .unwrap();
    fs::copy(demo("overrides.csv"), site.root().join("overrides.csv")).unwrap();
    site
}

impl Site {
    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn store(&self) -> PathBuf {
        self.folder.path().join("classmark.db")
    }

    pub(super) fn runs(&self) -> PathBuf {
        self.folder.path().join("classmark.db.runs")
    }

    /// Puts the demo's frameworks and custom framework into the store.
    pub(super) fn filled(self) -> Self {
        let store = Store::open(self.store(), &store::Options::default()).unwrap();
        let stamp = || Stamp::new(1_000, 7, "ada");
        let mut names: Vec<_> = fs::read_dir(demo("frameworks")).unwrap().collect();
        names.sort_by_key(|name| name.as_ref().unwrap().path());
        for name in names {
            let path = name.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let name = path.to_str().unwrap();
            let format = Format::of_name(name, &text);
            let found = parse(&Source::new(name, &*text), format, &Limits::default());
            for framework in found.frameworks {
                let document = FrameworkDocument::new(&framework, written(&framework));
                store.create_framework(document, stamp()).unwrap();
            }
        }
        let path = demo("compliance/larkfield.yaml");
        let text = fs::read_to_string(path).unwrap();
        let source = Source::new("larkfield.yaml", text);
        let read = classmark::compliance::parse(
            &source,
            classmark::compliance::Format::Yaml,
            &Default::default(),
        );
        for custom in &read.frameworks {
            let requirements: Vec<Value> = custom
                .requirements
                .iter()
                .map(|requirement| {
                    let controls: Vec<Value> = requirement
                        .controls
                        .iter()
                        .map(|control| {
                            let rules: Vec<&str> =
                                control.rules.iter().map(|rule| &*rule.id).collect();
                            json!({"name": control.name, "rules_id": rules})
                        })
                        .collect();
                    json!({"name": requirement.name, "controls": controls})
                })
                .collect();
            let (document, _) = CustomDocument::new(custom, json!(requirements).to_string());
            // The demo has a control on a rule that nobody knows, which the store refuses.
            store
                .create_custom_framework(document, Vec::new(), stamp())
                .unwrap();
        }
        store.close().unwrap();
        self
    }

    pub(super) fn serve(self) -> Served {
        self.serve_with(Access::Open, |_| {})
    }

    pub(super) fn serve_with(self, access: Access, change: impl FnOnce(&mut Options)) -> Served {
        let running = Running::start(access, |options| {
            options.store = self.store();
            options.files_root = Some(self.root());
            change(options);
        });
        Served {
            running,
            site: self,
        }
    }
}

/// A framework as the store keeps its text.
fn written(framework: &classmark::framework::Framework) -> String {
    let tags = |tags: &[classmark::tag::Tag]| -> Vec<Value> {
        let tag = |tag: &classmark::tag::Tag| json!({"name": tag.name, "source": tag.source});
        tags.iter().map(tag).collect()
    };
    let declared: Vec<Value> = framework.tags.iter().map(|declared| {
        let rated = declared.sensitivity.iter();
        let rated: Vec<Value> = rated
            .map(|s| json!({"dimension": "confidentiality", "sensitivity": s}))
            .collect();
        json!({"name": declared.tag.name, "source": declared.tag.source, "sensitivities": rated})
    }).collect();
    let rules: Vec<Value> = framework.rules.iter().map(|rule| {
        json!({
            "id": rule.id, "name": rule.name,
            "classificationTag": {"name": rule.classification_tag.name, "source": rule.classification_tag.source},
            "columnTags": tags(&rule.column_tags),
            "neighborColumnTags": tags(&rule.neighbor_column_tags),
            "tableTags": tags(&rule.table_tags),
        })
    }).collect();
    json!({
        "shortName": framework.short_name, "name": framework.name,
        "description": framework.description, "tags": declared, "rules": rules,
    })
    .to_string()
}

impl Served {
    pub(super) fn ask(&self, request: Value) -> Answer {
        self.json("POST", "/runs", &request)
    }

    /// Asks for a run, and waits for its end.
    pub(super) fn run(&self, request: Value) -> Value {
        let asked = self.ask(request);
        assert_eq!(asked.status, 202, "{}", asked.text());
        self.end(asked.json()["id"].as_str().unwrap())
    }

    /// Waits for the end of a run.
    pub(super) fn end(&self, id: &str) -> Value {
        let began = Instant::now();
        loop {
            let run = self.get(&format!("/runs/{id}")).json();
            if ["done", "failed", "cancelled"].contains(&run["state"].as_str().unwrap()) {
                return run;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{run}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops the server; the site stays.
    pub(super) fn stop(self) -> Site {
        let Served { running, site } = self;
        running.stop();
        site
    }
}

fn catalog() -> Value {
    json!({"columns": ["catalog"], "asOf": "2026-11-21"})
}

#[test]
fn a_run_goes_from_request_to_download() {
    let served = site().filled().serve();
    let asked = served.ask(json!({
        "columns": ["catalog/a.parquet"], "overrides": ["overrides.csv"], "asOf": "2026-11-21",
        "report": true, "export": ["csv", "oscal", "ocsf"],
    }));
    assert_eq!(asked.status, 202, "{}", asked.text());
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(asked.header("location"), Some(&*format!("/runs/{id}")));
    assert_eq!(
        asked.json()["request"]["columns"],
        json!(["catalog/a.parquet"])
    );
    let run = served.end(&id);
    assert_eq!(run["state"], "done", "{run}");
    assert_eq!(run["counts"]["rows"], 200);
    assert_eq!(run["compliance"][0]["handle"], "larkfield-privacy");
    assert_eq!(run["compliance"][0]["status"], "fail");
    assert_eq!(
        active(&run).len(),
        4,
        "beside those that come with the program"
    );
    assert_eq!(run["resultsKept"], true);
    assert!(run["startedAt"].is_string() && run["endedAt"].is_string());
    let names: Vec<&str> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    for wanted in [
        "assignments.parquet",
        "rules.parquet",
        "data_sources.parquet",
        "overrides.parquet",
        "rollup.json",
        "rollup.parquet",
        "rollup.csv",
        "report.html",
        "manifest.json",
        "oscal-assessment-results.json",
        "ocsf-compliance-findings.ndjson",
    ] {
        assert!(names.contains(&wanted), "{wanted}: {names:?}");
    }
    for file in run["results"].as_array().unwrap() {
        download_is_whole(&served, &id, file);
    }
    let manifest = served
        .get(&format!("/runs/{id}/results/manifest.json"))
        .json();
    let versions: Vec<&Value> = run["frameworks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|framework| &framework["version"])
        .collect();
    let recorded: Vec<&Value> = manifest["frameworks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|framework| &framework["version"])
        .collect();
    assert_eq!(versions, recorded);
    assert_eq!(manifest["frameworks"][0]["file"], Value::Null);
}

/// The frameworks whose rules a run has evaluated.
fn active(run: &Value) -> Vec<&Value> {
    let all = run["frameworks"].as_array().unwrap().iter();
    all.filter(|framework| framework["active"] == true)
        .collect()
}

fn download_is_whole(served: &Served, id: &str, file: &Value) {
    let name = file["name"].as_str().unwrap();
    let path = format!("/runs/{id}/results/{name}");
    let answer = served.get(&path);
    assert_eq!(answer.status, 200, "{name}");
    assert_eq!(json!(answer.body.len()), file["bytes"], "{name}");
    let sum: String = Sha256::digest(&answer.body)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(json!(sum), file["sha256"], "{name}");
    let tag = format!("\"{sum}\"");
    assert_eq!(answer.header("etag"), Some(&*tag));
    assert_eq!(
        answer.header("content-length"),
        Some(&*answer.body.len().to_string())
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let kind = answer.header("content-type").unwrap();
    let policy = answer.header("content-security-policy");
    match name.rsplit_once('.').unwrap().1 {
        "parquet" => assert_eq!(kind, "application/vnd.apache.parquet"),
        "json" => assert_eq!(kind, "application/json"),
        "ndjson" => assert_eq!(kind, "application/x-ndjson"),
        "csv" => assert!(kind.starts_with("text/csv")),
        "html" => assert!(
            kind == "text/html; charset=utf-8"
                && policy.unwrap().starts_with("sandbox allow-scripts;")
        ),
        other => panic!("{other}"),
    }
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".into()] {
        let again = served.send("GET", &path, &[("if-none-match", &known)], b"");
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(&*tag));
    }
    let other = served.send("GET", &path, &[("if-none-match", "\"x\"")], b"");
    assert_eq!(other.status, 200);
    let head = served.send("HEAD", &path, &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn a_run_is_done_by_what_is_stored_when_it_starts() {
    let served = site().filled().serve();
    let first = served.run(catalog());
    assert!(first["counts"]["rules_evaluated"].as_u64().unwrap() > 0);
    let site = served.stop();
    let store = Store::open(site.store(), &store::Options::default()).unwrap();
    for framework in store.frameworks(Some(true)).unwrap() {
        let stamp = Stamp::new(2_000, 7, "ada");
        store
            .update_framework(&framework.id, store::Wanted::Any, stamp, |before| {
                Ok::<_, ()>(FrameworkDocument {
                    short_name: before.short_name.clone(),
                    active: false,
                    rules: Vec::new(),
                    text: before.text.clone(),
                })
            })
            .unwrap();
    }
    store.close().unwrap();
    let served = site.serve();
    let second = served.run(catalog());
    assert_eq!(second["counts"]["rules_evaluated"], 0);
    // Known, and not evaluated: never a pass.
    assert_eq!(second["compliance"][0]["status"], "unknown");
    assert!(active(&second).is_empty());
    for before in active(&first) {
        let all = second["frameworks"].as_array().unwrap();
        let after = all.iter().find(|after| after["id"] == before["id"]);
        assert_ne!(before["version"], after.unwrap()["version"]);
    }
}

#[test]
fn requests_are_read_strictly() {
    let served = site().serve();
    let refused = |body: &str, pointers: &[&str]| {
        let answer = served.send(
            "POST",
            "/runs",
            &[("content-type", "application/json")],
            body.as_bytes(),
        );
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        let told = answer.json();
        let found: Vec<&str> = told["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(found, pointers, "{body}");
    };
    refused("{", &[""]);
    refused("{}", &[""]);
    refused(r#"{"columns": ["a"], "colums": []}"#, &["/colums"]);
    refused(r#"{"columns": ["nowhere", "catalog"]}"#, &["/columns/0"]);
    refused(
        r#"{"columns": ["catalog"], "sources": ["../files"]}"#,
        &["/sources/0"],
    );
    refused(
        r#"{"columns": ["catalog"], "overrides": ["/etc/passwd"]}"#,
        &["/overrides/0"],
    );
    let typed = |kind: &str| {
        served
            .send("POST", "/runs", &[("content-type", kind)], b"{}")
            .status
    };
    assert_eq!(typed("application/yaml"), 415);
    assert_eq!(typed("text/plain"), 415);
    assert_eq!(typed("Application/JSON; charset=utf-8"), 400);
    assert_eq!(served.get("/runs").json(), json!({"runs": []}));
}

#[test]
fn without_a_folder_there_are_no_runs() {
    let server = open();
    let answer = server.json("POST", "/runs", &catalog());
    assert_eq!(answer.status, 409);
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("--files-root")
    );
    let missing = Running::try_start(|options| options.files_root = Some("/no/such/folder".into()));
    assert!(missing.unwrap_err().to_string().contains("files root"));
}

#[test]
fn runs_need_governance() {
    let all: &[&[Permission]] = &[
        &[Permission::Governance],
        &[Permission::RulesRead, Permission::RulesWrite],
    ];
    let (access, secrets) = tokens(all);
    let served = site().serve_with(access, |_| {});
    for (method, path) in [
        ("POST", "/runs"),
        ("GET", "/runs"),
        ("GET", "/runs/x"),
        ("DELETE", "/runs/x"),
        ("GET", "/runs/x/results/y"),
    ] {
        let status = |secret: &str| {
            let value = format!("Bearer {secret}");
            served
                .send(method, path, &[("authorization", &value)], b"")
                .status
        };
        assert_eq!(status("nobody"), 401);
        assert_eq!(status(&secrets[1]), 403);
        assert!(![401, 403].contains(&status(&secrets[0])));
    }
    let value = format!("Bearer {}", secrets[0]);
    let headers = [
        ("authorization", &*value),
        ("content-type", "application/json"),
    ];
    let asked = served.send("POST", "/runs", &headers, catalog().to_string().as_bytes());
    assert_eq!(asked.json()["createdBy"], 1);
}

#[test]
fn a_run_that_fails_says_why_and_nothing_of_the_machine() {
    let site = site().filled();
    fs::write(site.root().join("text.parquet"), "no catalog").unwrap();
    fs::write(
        site.root().join("cut.parquet"),
        &fs::read(demo("catalog.parquet")).unwrap()[..2000],
    )
    .unwrap();
    fs::write(
        site.root().join("bad.csv"),
        "data_source_id,column_name\n1,2\n",
    )
    .unwrap();
    fs::create_dir(site.root().join("empty")).unwrap();
    let machine = site.path().to_str().unwrap().to_owned();
    let served = site.serve();
    for (request, reason) in [
        (
            json!({"columns": ["text.parquet"]}),
            "`text.parquet` is no catalog",
        ),
        (json!({"columns": ["cut.parquet"]}), "`cut.parquet` is"),
        (
            json!({"columns": ["empty"]}),
            "`empty` holds no file to read",
        ),
        (
            json!({"columns": ["catalog"], "map": {"column_tags": "labels"}}),
            "column `labels`",
        ),
        (
            json!({"columns": ["catalog"], "overrides": ["bad.csv"]}),
            "the overrides have errors",
        ),
    ] {
        let run = served.run(request);
        assert_eq!(run["state"], "failed", "{run}");
        let told = run["reason"].as_str().unwrap();
        assert!(told.contains(reason), "{told}");
        assert!(!run.to_string().contains(&machine), "{run}");
        let results = served.get(&format!(
            "/runs/{}/results/rules.parquet",
            run["id"].as_str().unwrap()
        ));
        assert_eq!(results.status, 409);
    }
    assert!(!served.site.runs().exists() || fs::read_dir(served.site.runs()).unwrap().count() == 0);
}

#[test]
fn a_place_that_cannot_be_written_is_not_told() {
    let site = site().filled();
    let blocked = site.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    let served = site.serve_with(Access::Open, |options| {
        options.runs = Some(blocked.join("runs"))
    });
    let run = served.run(catalog());
    assert_eq!(run["reason"], "the results could not be written");
}

#[test]
fn reports_need_something_to_report() {
    let served = site().serve();
    assert_eq!(
        served.run(catalog())["state"],
        "done",
        "no rules and no controls are no error"
    );
    let run = served.run(json!({"columns": ["catalog"], "report": true}));
    assert_eq!(run["state"], "failed");
    assert!(
        run["diagnostics"][0]["message"]
            .as_str()
            .unwrap()
            .contains("no compliance framework"),
        "{run}"
    );
}

#[test]
fn runs_are_listed_in_pages() {
    let served = site().serve();
    let ids: Vec<Value> = (0..5)
        .map(|_| served.run(catalog())["id"].clone())
        .collect();
    let listed = |query: &str| -> Vec<Value> {
        let answer = served.get(&format!("/runs{query}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        answer["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["id"].clone())
            .collect()
    };
    let newest: Vec<Value> = ids.iter().rev().cloned().collect();
    assert_eq!(listed(""), newest);
    assert_eq!(listed("?limit=2"), newest[..2]);
    let before = newest[1].as_str().unwrap();
    assert_eq!(listed(&format!("?limit=2&before={before}")), newest[2..4]);
    for bad in [
        "?limit=0",
        "?limit=101",
        "?limit=-1",
        "?limit=x",
        "?limit=",
        "?limit=1&limit=2",
        "?before=x",
    ] {
        assert_eq!(served.get(&format!("/runs{bad}")).status, 400, "{bad}");
    }
}

#[test]
fn results_are_given_out_by_their_names_alone() {
    let served = site().filled().serve();
    let id = served.run(catalog())["id"].as_str().unwrap().to_owned();
    for name in [
        "nothing",
        "..",
        "%2e%2e%2f%2e%2e%2fclassmark.db",
        "..%2f..%2fclassmark.db",
        "%2fetc%2fpasswd",
        "assignments.parquet%00",
        "Rules.parquet",
        "./rules.parquet",
        ".scratch",
        "rules.parquet%2f",
    ] {
        let answer = served.get(&format!("/runs/{id}/results/{name}"));
        assert_eq!(answer.status, 404, "{name}: {}", answer.text());
    }
    for id in ["x", "..", "%2e%2e", "files", &id.to_uppercase()] {
        assert_eq!(
            served
                .get(&format!("/runs/{id}/results/rules.parquet"))
                .status,
            404,
            "{id}"
        );
    }
    // Something beside the results that the run did not write.
    fs::write(served.site.runs().join(&id).join("extra.txt"), "x").unwrap();
    assert_eq!(
        served.get(&format!("/runs/{id}/results/extra.txt")).status,
        404
    );
}

#[test]
fn a_damaged_file_is_never_given_out_whole() {
    let site = site().filled();
    let spec = Spec {
        data_sources: 200_000,
        columns_per_source: 1,
        ..Spec::default()
    };
    let file = fs::File::create(site.root().join("large.parquet")).unwrap();
    write_columns(&spec, file).unwrap();
    let served = site.serve();
    let run = served.run(json!({"columns": ["large.parquet"]}));
    let id = run["id"].as_str().unwrap();
    let folder = served.site.runs().join(id);
    let damage = |name: &str, place: usize| {
        let mut bytes = fs::read(folder.join(name)).unwrap();
        let place = place.min(bytes.len() - 1);
        bytes[place] ^= 1;
        fs::write(folder.join(name), &bytes).unwrap();
        bytes.len()
    };
    // Of a large file the end does not come.
    let path = format!("/runs/{id}/results/data_sources.parquet");
    let whole = served.raw(&path);
    let length = damage("data_sources.parquet", 10);
    assert!(length > 600_000, "it takes several pieces: {length}");
    assert!(whole.len() > length);
    let answer = served.raw(&path);
    assert!(answer.starts_with(b"HTTP/1.1 200") && answer.len() < length);
    // Of a small one nothing does.
    damage("rules.parquet", 10);
    fs::write(folder.join("manifest.json"), "{}").unwrap();
    for name in ["rules.parquet", "manifest.json"] {
        let answer = served.get(&format!("/runs/{id}/results/{name}"));
        assert_eq!(answer.status, 500, "{name}");
        assert_eq!(answer.json()["message"], "the run's results are damaged");
    }
}

#[test]
fn old_results_go_and_their_runs_stay() {
    let served = site()
        .filled()
        .serve_with(Access::Open, |options| options.keep_runs = 2);
    let ids: Vec<String> = (0..4)
        .map(|_| served.run(catalog())["id"].as_str().unwrap().to_owned())
        .collect();
    let kept = |id: &str| served.get(&format!("/runs/{id}")).json()["resultsKept"].clone();
    let began = Instant::now();
    while kept(&ids[1]) == true && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(kept(id), place >= 2, "{place}");
        let status = served
            .get(&format!("/runs/{id}/results/rules.parquet"))
            .status;
        assert_eq!(status, if place >= 2 { 200 } else { 410 });
    }
    // Of others nothing is taken away.
    let stranger = served.site.runs().join("somebody-elses");
    fs::create_dir(&stranger).unwrap();
    fs::write(
        stranger.join("manifest.json"),
        r#"{"tool": {"name": "classmark"}}"#,
    )
    .unwrap();
    served.run(catalog());
    let served = served.stop().serve();
    served.run(catalog());
    assert!(stranger.join("manifest.json").exists());
}

/// A catalog that takes its time: many files of the demo's.
pub(super) fn large(site: &Site) {
    let bytes = fs::read(demo("catalog.parquet")).unwrap();
    for number in 0..4000 {
        fs::write(
            site.root().join(format!("catalog/{number:05}.parquet")),
            &bytes,
        )
        .unwrap();
    }
}

#[test]
fn runs_are_cancelled_while_they_wait_and_while_they_go_on() {
    let site = site().filled();
    large(&site);
    let served = site.serve();
    let id = |answer: &Answer| answer.json()["id"].as_str().unwrap().to_owned();
    let first = id(&served.ask(catalog()));
    let began = Instant::now();
    let running = loop {
        let run = served.get(&format!("/runs/{first}")).json();
        if run["state"] == "running" {
            break run;
        }
        assert!(began.elapsed() < Duration::from_secs(10));
    };
    assert!(running["progress"]["phase"].is_string(), "{running}");
    let second = id(&served.ask(catalog()));
    let cancelled = served.send("DELETE", &format!("/runs/{second}"), &[], b"");
    assert_eq!(cancelled.status, 202);
    assert_eq!(cancelled.json()["state"], "cancelled");
    assert_eq!(cancelled.json()["reason"], "it was cancelled by `open`");
    assert_eq!(
        served
            .send("DELETE", &format!("/runs/{first}"), &[], b"")
            .status,
        202
    );
    let ended = served.end(&first);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    assert_eq!(ended["reason"], "it was cancelled by `open`");
    assert!(ended["endedAt"].is_string() && ended["results"].is_null());
    // The log tells that it was cancelled, and by whom: not that the program failed.
    let audit = served.get("/audit?limit=1000").json();
    for id in [&first, &second] {
        let entries = audit["entries"].as_array().unwrap().iter();
        let last = entries.rev().find(|entry| entry["id"] == **id).unwrap();
        assert_eq!(last["action"], "cancel", "{last}");
        assert_eq!(last["user"], "open", "{last}");
    }
    let page = served.get("/view/runs");
    assert!(page.text().contains("Cancelled") && !page.text().contains("Failed"));
    let page = served.get("/view/audit");
    assert!(page.text().contains("cancelled"), "{}", page.text());
    assert_eq!(
        fs::read_dir(served.site.runs()).map_or(0, |all| all.count()),
        0
    );
    for id in [&first, &second] {
        assert_eq!(
            served
                .send("DELETE", &format!("/runs/{id}"), &[], b"")
                .status,
            409
        );
    }
    assert_eq!(served.send("DELETE", "/runs/x", &[], b"").status, 404);
    assert_eq!(
        served.run(json!({"columns": ["catalog/a.parquet"]}))["state"],
        "done"
    );
}

#[test]
fn a_server_that_is_stopped_gives_up_what_is_under_way() {
    let site = site().filled();
    large(&site);
    let served = site.serve();
    let first = served.ask(catalog()).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = served.ask(json!({"columns": ["catalog/a.parquet"]})).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    while served.get(&format!("/runs/{first}")).json()["state"] == "queued" {}
    let began = Instant::now();
    let site = served.stop();
    assert!(began.elapsed() < Duration::from_secs(10));
    let store = Store::open(site.store(), &store::Options::default()).unwrap();
    assert_eq!(store.run(&second).unwrap().state, RunState::Queued);
    store.close().unwrap();
    let served = site.serve();
    let told = served.end(&first);
    assert!(
        told["reason"].as_str().unwrap().contains("interrupted"),
        "{told}"
    );
    assert_eq!(served.end(&second)["state"], "done", "what waited is done");
}

#[test]
fn a_run_that_waited_fails_with_the_reason_where_there_is_no_folder_any_more() {
    let site = site().filled();
    let store = Store::open(site.store(), &store::Options::default()).unwrap();
    let request = r#"{"columns": ["catalog/a.parquet"]}"#;
    let stamp = Stamp::new(1_000, 7, "ada");
    let waiting = store.create_run(request, str::to_owned, stamp).unwrap();
    store.close().unwrap();
    let served = site.serve_with(Access::Open, |options| options.files_root = None);
    let run = served.end(&waiting.id);
    assert_eq!(run["state"], "failed", "{run}");
    let reason = run["reason"].as_str().unwrap();
    assert!(reason.contains("--files-root"), "{reason}");
    assert_eq!(served.get("/runs").json()["runs"][0]["state"], "failed");
}

#[test]
fn no_more_runs_wait_than_may() {
    let site = site().filled();
    large(&site);
    let served = site.serve();
    let mut refused = None;
    for _ in 0..110 {
        let answer = served.ask(catalog());
        if answer.status != 202 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert!(
        refused
            .header("x-ratelimit-reset")
            .unwrap()
            .parse::<u32>()
            .unwrap()
            > 0
    );
}

/// A process that serves a site until it is killed.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_run_whose_server_was_killed_has_failed_and_the_next_one_works() {
    use std::io::{BufRead, BufReader};
    let site = site().filled();
    large(&site);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_classmark"))
        .args(["serve", "--open", "--listen", "127.0.0.1:0", "--store"])
        .arg(site.store())
        .arg("--files-root")
        .arg(site.root())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let mut child = Killed(child);
    let base = line.trim().trim_start_matches("listening on ").to_owned();
    let client = Running::client(base);
    let asked = client.json("POST", "/runs", &catalog());
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    loop {
        let run = client.get(&format!("/runs/{id}")).json();
        // Something of it is on the disk then.
        if run["progress"]["phase"] == "tagging" {
            break;
        }
        assert!(
            run["state"] == "queued" || run["state"] == "running",
            "{run}"
        );
        assert!(began.elapsed() < Duration::from_secs(30), "{run}");
    }
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert!(fs::read_dir(site.runs()).unwrap().count() > 0, "leftovers");
    let served = site.serve();
    let run = served.end(&id);
    assert_eq!(
        run["reason"],
        "it was interrupted: the server ended before it did"
    );
    let next = served.run(json!({"columns": ["catalog/a.parquet"]}));
    assert_eq!(next["state"], "done");
    let names: Vec<_> = fs::read_dir(served.site.runs())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        names,
        [next["id"].as_str().unwrap()],
        "leftovers are cleared"
    );
}

#[test]
fn requests_are_served_while_a_run_goes_on() {
    let site = site().filled();
    large(&site);
    let served = site.serve();
    let id = served.ask(catalog()).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut slowest = Duration::ZERO;
    loop {
        let state = served.get(&format!("/runs/{id}")).json()["state"].clone();
        assert_ne!(state, "failed");
        if state == "done" {
            break;
        }
        let began = Instant::now();
        assert_eq!(served.get("/healthz").status, 200);
        slowest = slowest.max(began.elapsed());
    }
    // The machine may have much else to do.
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

#[test]
fn a_server_can_be_dropped_on_the_floor() {
    // Nothing waits for ever for a worker that nobody stopped.
    let site = site();
    let mut options = Options::new(site.store(), Access::Open);
    options.files_root = Some(site.root());
    drop(Server::start(options).unwrap());
}

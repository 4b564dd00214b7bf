//! No path in a request opens a file outside of the files root.
#![cfg(unix)]

use super::runs::{Served, demo, site};
use classmark::server::Access;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

/// What is answered to a request with this path in each of the places where one may stand.
fn answers(served: &Served, path: &str) -> Vec<(u16, Value)> {
    let asked = [
        json!({"columns": [path]}),
        json!({"columns": ["catalog"], "sources": [path]}),
        json!({"columns": ["catalog"], "overrides": [path]}),
    ];
    let mut answers = Vec::new();
    for request in asked {
        let answer = served.ask(request);
        let told = answer.json();
        let machine = served.site.path().to_str().unwrap();
        assert!(!answer.text().contains(machine), "{}", answer.text());
        answers.push((answer.status, told));
    }
    answers
}

#[test]
fn paths_that_lead_out_are_refused_whatever_is_there() {
    let site = site();
    fs::write(site.path().join("there"), "outside").unwrap();
    let root = site.root();
    symlink("../there", root.join("far")).unwrap();
    symlink("../not-there", root.join("nothing")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("/", root.join("top")).unwrap();
    symlink("loop-2", root.join("loop-1")).unwrap();
    symlink("loop-1", root.join("loop-2")).unwrap();
    let served = site.serve();
    // Refused for what they say, and for where they lead: not a word differs.
    for pair in [
        ["../there", "../not-there"],
        ["/etc/passwd", "/etc/not-there"],
        ["catalog/../../there", "catalog/../../not-there"],
        ["far", "nothing"],
        ["up/there", "up/not-there"],
        ["up/files/catalog/a.parquet", "up/files/catalog/b.parquet"],
        ["top/etc/passwd", "top/etc/not-there"],
    ] {
        let [there, not_there] = pair.map(|path| answers(&served, path));
        for ((status, there), (_, not_there)) in std::iter::zip(there, not_there) {
            assert_eq!(status, 400, "{pair:?}");
            let named = |told: Value, path: &str| told.to_string().replace(path, "PATH");
            let (there, not_there) = (named(there, pair[0]), named(not_there, pair[1]));
            assert_eq!(there, not_there);
            assert!(there.contains("leads out of the folder"), "{there}");
        }
    }
    for path in [
        "%2e%2e/there",
        "..%2fthere",
        "..\\there",
        "catalog/%2e%2e/%2e%2e/there",
        "....//there",
        "catalog/..;/there",
        "loop-1",
        "loop-1/x",
        "catalog/a.parquet/x",
        "*",
        "cat*/a.parquet",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "~root",
        "-",
        "con",
        "catalog\u{2024}\u{2024}/there",
    ] {
        for (status, told) in answers(&served, path) {
            assert_eq!(status, 400, "{path}: {told}");
        }
    }
    let (deep, long) = ("d/".repeat(3000), "n".repeat(300));
    for path in ["", "a\0b", "a\nb", deep.as_str(), long.as_str()] {
        for (status, told) in answers(&served, path) {
            assert_eq!(status, 400, "{told}");
        }
    }
    assert_eq!(
        served.get("/runs").json()["runs"],
        json!([]),
        "nothing was queued"
    );
}

#[test]
fn a_link_that_is_exchanged_while_a_run_waits_leads_nowhere() {
    let site = site().filled();
    fs::copy(demo("catalog.parquet"), site.path().join("outside.parquet")).unwrap();
    let root = site.root();
    for number in 0..2000 {
        fs::copy(
            demo("catalog.parquet"),
            root.join(format!("catalog/{number}.parquet")),
        )
        .unwrap();
    }
    symlink("catalog/a.parquet", root.join("link")).unwrap();
    let served = site.serve();
    let first = served.ask(json!({"columns": ["catalog"]}));
    let second = served.ask(json!({"columns": ["link"]}));
    assert_eq!((first.status, second.status), (202, 202));
    fs::remove_file(root.join("link")).unwrap();
    symlink("../outside.parquet", root.join("link")).unwrap();
    let run = served.end(second.json()["id"].as_str().unwrap());
    assert_eq!(
        run["reason"],
        "`link` leads out of the folder that files are read from"
    );
}

#[test]
fn special_files_are_refused_and_nothing_waits_for_them() {
    let site = site().filled();
    let pipe = site.root().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::create_dir(site.root().join("folder")).unwrap();
    fs::rename(&pipe, site.root().join("folder/pipe.parquet")).unwrap();
    let served = site.serve();
    let began = Instant::now();
    for (status, told) in answers(&served, "folder/pipe.parquet") {
        assert_eq!(status, 400);
        assert!(
            told.to_string().contains("no regular file but a pipe"),
            "{told}"
        );
    }
    let run = served.run(json!({"columns": ["folder"]}));
    assert!(run["reason"].as_str().unwrap().contains("a pipe"), "{run}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn neither_store_nor_results_are_read_as_catalogs() {
    let site = site().filled();
    let (store, runs) = (site.root().join("inside.db"), site.root().join("results"));
    fs::copy(site.store(), &store).unwrap();
    let served = site.serve_with(Access::Open, |options| {
        options.store = store;
        options.runs = Some(runs.clone());
    });
    for path in ["inside.db", "inside.db-wal", "inside.db-shm"] {
        let run = served.run(json!({"columns": [path]}));
        assert_eq!(run["state"], "failed");
        let reason = run["reason"].as_str().unwrap();
        let expected = format!("`{path}` is no catalog: ");
        assert!(reason.starts_with(&expected), "{reason}");
        let overrides = served.run(json!({"columns": ["catalog"], "overrides": [path]}));
        assert_eq!(overrides["reason"], "the overrides have errors");
        // What kind of file it is may be said, and nothing that is in it.
        assert!(
            !overrides.to_string().contains("SQLite format"),
            "{overrides}"
        );
    }
    let done = served.run(json!({"columns": ["catalog"]}));
    let id = done["id"].as_str().unwrap();
    assert!(runs.join(id).join("rules.parquet").exists());
    let run = served.run(json!({"columns": [format!("results/{id}/assignments.parquet")]}));
    assert_eq!(run["state"], "failed", "{run}");
    // Names that differ by case only are other names.
    for path in ["Inside.db", "RESULTS", "CATALOG"] {
        assert_eq!(served.ask(json!({"columns": [path]})).status, 400, "{path}");
    }
}

#[test]
fn hidden_names_are_passed_over_in_folders() {
    let site = site().filled();
    for name in [".hidden.parquet", "_temporary.parquet"] {
        fs::copy(
            demo("catalog.parquet"),
            site.root().join("catalog").join(name),
        )
        .unwrap();
    }
    fs::create_dir(site.root().join("catalog/.git")).unwrap();
    fs::write(site.root().join("catalog/.git/x.parquet"), "x").unwrap();
    symlink("..", site.root().join("catalog/loop")).unwrap();
    let served = site.serve();
    let run = served.run(json!({"columns": ["catalog"]}));
    assert_eq!(run["counts"]["rows"], 200, "{run}");
}

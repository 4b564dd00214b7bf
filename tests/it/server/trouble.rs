//! A store that cannot be written for a while.

use super::runs::{large, site};
use super::{Answer, Running, open};
use rusqlite::Connection;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RULESETS: &str = "/api/v2/static-analysis/ai/rulesets";

fn framework(name: &str) -> Value {
    json!({"shortName": name, "name": name, "description": "", "active": false, "tags": [], "rules": []})
}

fn ruleset(name: &str) -> Value {
    let attributes = json!({"name": name, "description": "d", "short_description": "s"});
    json!({"data": {"id": name, "type": "ai_ruleset", "attributes": attributes}})
}

fn create(server: &Running, name: &str) -> [Answer; 2] {
    [
        server.json("POST", "/frameworks", &framework(name)),
        server.json("POST", RULESETS, &ruleset(name)),
    ]
}

fn count(server: &Running) -> [usize; 2] {
    let count = |list: &Value| list.as_array().unwrap().len();
    [
        count(&server.get("/frameworks").json()["frameworks"]),
        count(&server.get(RULESETS).json()["data"]),
    ]
}

/// Nothing can be written and everything can be read; in the end all goes on.
fn held_up(server: &Running, end: impl FnOnce()) {
    let before = count(server);
    let answers = create(server, "held-up");
    for answer in &answers {
        assert_eq!(answer.status, 503, "{}", answer.text());
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!(wait > 0);
        let lower = answer.text().to_lowercase();
        for inner in ["sql", "locked", "database", "/tmp", "wal"] {
            assert!(!lower.contains(inner), "{lower}");
        }
    }
    assert_eq!(answers[0].json()["statusCode"], 503);
    assert_eq!(answers[1].json()["errors"][0]["status"], "503");
    assert_eq!(count(server), before, "nothing was stored");
    assert_eq!(server.get("/healthz").status, 200);
    end();
    for answer in create(server, "held-up") {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(count(server), before.map(|before| before + 1));
}

#[test]
fn a_store_that_another_program_has_locked_is_waited_for() {
    let server = open();
    create(&server, "before");
    let other = Connection::open(server.folder.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    held_up(&server, || other.execute_batch("ROLLBACK").unwrap());
}

#[test]
fn writes_that_wait_for_a_lock_wait_together() {
    let server = open();
    create(&server, "before");
    let other = Connection::open(server.folder.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let server = &server;
            scope.spawn(move || {
                let name = format!("crowd-{number}");
                let answer = server.json("POST", "/frameworks", &framework(&name));
                assert_eq!(answer.status, 503, "{}", answer.text());
            });
        }
    });
    let took = began.elapsed();
    assert!(
        took.as_secs() < 40,
        "one by one they would take 80 s: {took:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
}

/// A server in a process whose files may not grow beyond a limit, which is what a full
/// disk is to it.
struct Limited {
    process: Child,
    server: Running,
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Limited {
    fn start(store: &Path, files_root: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_classmark"))
            .args(["serve", "--open", "--listen", "127.0.0.1:0", "--store"])
            .arg(store)
            .arg("--files-root")
            .arg(files_root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let base = line.trim().trim_start_matches("listening on ").to_owned();
        let server = Running::client(base);
        Limited { process, server }
    }

    /// Bytes that a file may have.
    fn limit(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        let pid = Pid::from_child(&self.process);
        prlimit(Some(pid), Resource::Fsize, limit).unwrap();
    }
}

#[test]
fn a_disk_without_room_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let limited = Limited::start(&folder.path().join("store.db"), folder.path());
    create(&limited.server, "before");
    limited.limit(Some(1024));
    held_up(&limited.server, || limited.limit(None));
}

#[test]
fn a_run_whose_end_cannot_be_recorded_has_failed_once_there_is_room() {
    let site = site().filled();
    large(&site);
    let limited = Limited::start(&site.store(), &site.root());
    let server = &limited.server;
    let ask = |columns: &str| {
        let asked = server.json("POST", "/runs", &json!({"columns": [columns]}));
        assert_eq!(asked.status, 202, "{}", asked.text());
        asked.json()["id"].as_str().unwrap().to_owned()
    };
    let look = |id: &str| server.get(&format!("/runs/{id}")).json();
    let until = |what: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !what() {
            assert!(began.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let first = ask("catalog");
    until(&|| look(&first)["state"] == "running");
    limited.limit(Some(1024));
    until(&|| look(&first)["progress"].is_null());
    // It is tried several times, for about six seconds.
    std::thread::sleep(Duration::from_secs(8));
    assert_eq!(look(&first)["state"], "running", "it is not known yet");
    limited.limit(None);
    let second = ask("catalog/a.parquet");
    until(&|| look(&second)["state"] == "done");
    let run = look(&first);
    assert_eq!(run["state"], "failed", "{run}");
    assert!(
        run["reason"].as_str().unwrap().contains("recorded"),
        "{run}"
    );
}

//! A store that cannot be written for a while.

use super::{Answer, Running, open};
use rusqlite::Connection;
use serde_json::{Value, json};

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
    let began = std::time::Instant::now();
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
#[test]
fn a_disk_without_room_is_waited_for() {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};
    struct Ended(Child);
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_classmark"))
        .args(["serve", "--open", "--listen", "127.0.0.1:0", "--store"])
        .arg(folder.path().join("store.db"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let child = Ended(child);
    let base = line.trim().trim_start_matches("listening on ").to_owned();
    let server = Running::client(base);
    create(&server, "before");
    let pid = rustix::process::Pid::from_child(&child.0);
    let limit = |current| {
        let limit = rustix::process::Rlimit {
            current,
            maximum: None,
        };
        let size = rustix::process::Resource::Fsize;
        rustix::process::prlimit(Some(pid), size, limit).unwrap();
    };
    limit(Some(1024));
    held_up(&server, || limit(None));
}

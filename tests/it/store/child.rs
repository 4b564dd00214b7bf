//! This program once more, as a process that can be limited and killed.

use super::{document, put};
use classmark::store::{Options, Stamp, Store};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const TASK: &str = "CLASSMARK_STORE_TASK";
const PATH: &str = "CLASSMARK_STORE_PATH";

/// What stands before what the child says, among what the harness says.
pub(super) const SAYS: &str = "child: ";

/// A process that does a task with the store at this path; through a shell that
/// does something first, if that is given.
pub(super) fn command(task: &str, path: &Path, first: Option<&str>) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = match first {
        Some(first) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]);
            shell.arg(program);
            shell
        }
        None => Command::new(program),
    };
    command
        .args(["--exact", "store::child::task", "--ignored", "--nocapture"])
        .env(TASK, task)
        .env(PATH, path)
        .stdout(Stdio::piped());
    command
}

/// What a child says, of lines as they come out of it.
pub(super) fn said(line: &str) -> Option<&str> {
    line.find(SAYS).and_then(|at| line.get(at + SAYS.len()..))
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    // In one write, so that a kill cannot cut a line that stands for a write.
    out.write_all(format!("\n{SAYS}{what}\n").as_bytes())
        .unwrap();
    out.flush().unwrap();
}

#[test]
#[ignore = "a task that other tests give to a child"]
fn task() {
    let (Ok(task), Ok(path)) = (std::env::var(TASK), std::env::var(PATH)) else {
        return;
    };
    let opened = Store::open(&path, &Options::default());
    let store = match opened {
        Ok(store) => store,
        Err(error) => return say(&format!("refused: {error}")),
    };
    match &*task {
        "storm" => storm(&store),
        "fill" => fill(&store),
        "open" => say("opened"),
        other => panic!("no task `{other}`"),
    }
}

/// Writes from many threads, for ever, and tells each version when it is answered.
fn storm(store: &Store) {
    let ids: Vec<String> = store
        .frameworks(None)
        .unwrap()
        .into_iter()
        .map(|f| f.id)
        .collect();
    std::thread::scope(|scope| {
        for user in 0..32i64 {
            let id = &ids[user as usize % ids.len()];
            scope.spawn(move || {
                for n in 0.. {
                    let mut next = document(&format!("{user} {n}"), &[]);
                    next.active = false;
                    let stored = put(store, id, next, Stamp::new(n, user, "storm")).unwrap();
                    say(&format!(
                        "{} {} {}",
                        stored.id, stored.number, stored.version
                    ));
                }
            });
        }
    });
}

/// Writes until no more fits, and tells what was answered, and whether it can be read.
fn fill(store: &Store) {
    let id = store.frameworks(None).unwrap()[0].id.clone();
    for n in 0..10_000i64 {
        let mut next = document(&n.to_string(), &[]);
        next.active = false;
        next.text = format!("{n} {}", "x".repeat(10_000));
        match put(store, &id, next, Stamp::new(n, 1, "fill")) {
            Ok(stored) => say(&format!(
                "{} {} {}",
                stored.id, stored.number, stored.version
            )),
            Err(error) => {
                let current = store.framework(&id).unwrap();
                say(&format!("full: {error}"));
                return say(&format!("current: {}", current.number));
            }
        }
    }
}

//! The table of rooms, as in the design, and what a file says against it.

use super::source::{Path, Source};
use std::collections::BTreeSet;

/// Room → the rooms that it may use.
const ROOMS: [(&str, &[&str]); 20] = [
    ("diagnostic", &[]),
    ("tag", &[]),
    ("bits", &[]),
    ("document", &["diagnostic"]),
    ("framework", &["tag", "diagnostic", "document"]),
    ("compliance", &["diagnostic", "document"]),
    ("catalog", &["tag", "bits", "diagnostic"]),
    ("compile", &["framework", "tag", "bits", "diagnostic"]),
    ("reference", &["framework", "tag"]),
    ("evaluate", &["compile", "catalog", "bits"]),
    ("explain", &["evaluate", "compile"]),
    (
        "rollup",
        &["evaluate", "compile", "compliance", "tag", "bits"],
    ),
    ("diff", &["rollup", "evaluate", "tag"]),
    (
        "output",
        &[
            "rollup",
            "diff",
            "evaluate",
            "compile",
            "catalog",
            "diagnostic",
        ],
    ),
    (
        "archive",
        &[
            "output",
            "rollup",
            "evaluate",
            "catalog",
            "tag",
            "diagnostic",
        ],
    ),
    // All of the above but the reference: that is for tests and readers.
    (
        "pipeline",
        &[
            "diagnostic",
            "tag",
            "bits",
            "document",
            "framework",
            "compliance",
            "catalog",
            "compile",
            "evaluate",
            "explain",
            "rollup",
            "diff",
            "output",
            "archive",
        ],
    ),
    ("synth", &["tag", "framework"]),
    ("exchange", &["catalog", "output"]),
    ("store", &["framework", "compliance", "output"]),
    (
        "server",
        &[
            "store",
            "pipeline",
            "compile",
            "framework",
            "compliance",
            "output",
            "rollup",
            "tag",
            "diagnostic",
        ],
    ),
];

/// The rooms that a room may use; `None`: it is no room.
pub(super) fn allowed(room: &str) -> Option<&'static [&'static str]> {
    let found = ROOMS.iter().find(|(name, _)| *name == room);
    found.map(|(_, allowed)| *allowed)
}

/// What may not be used, where, and why. A trailing `_` is any further segment.
struct Never {
    paths: &'static [&'static str],
    applies: fn(room: &str, file: &str) -> bool,
    why: &'static str,
}

const NEVER: [Never; 11] = [
    Never {
        paths: &["arrow", "parquet"],
        applies: |room, _| {
            [
                "diagnostic",
                "tag",
                "bits",
                "document",
                "framework",
                "compliance",
                "compile",
                "reference",
                "evaluate",
                "rollup",
                "diff",
                "store",
            ]
            .contains(&room)
        },
        why: "knows nothing of Arrow",
    },
    Never {
        paths: &["serde", "serde_json", "serde_saphyr"],
        applies: |room, _| {
            [
                "evaluate",
                "bits",
                "tag",
                "compile",
                "compliance",
                "rollup",
                "diff",
            ]
            .contains(&room)
        },
        why: "is never serialized",
    },
    // The store is not among them: SQLite has one writer at a time, so one thread
    // writes for all who wait, and they share a sync. Locks guard the way to it and
    // the connections that are lent out; no result depends on who comes first but
    // those that clients race for.
    Never {
        paths: &["rayon", "std::thread", "sync::Mutex"],
        applies: |room, _| {
            [
                "catalog",
                "compile",
                "evaluate",
                "framework",
                "rollup",
                "diff",
                "output",
                "archive",
                "compliance",
                "document",
            ]
            .contains(&room)
        },
        why: "has no threads: they are the pipeline's",
    },
    Never {
        paths: &[
            "std::fs",
            "File::_",
            "OpenOptions::_",
            "io::stdout",
            "io::stderr",
        ],
        applies: |room, file| {
            !["catalog", "output", "archive", "synth"].contains(&room)
                && file != "src/pipeline/documents.rs"
                // SQLite opens the store; a copy is synced and gets its name, and a
                // file says that the store is held.
                && !["src/store/backup.rs", "src/store/hold.rs"].contains(&file)
        },
        why: "touches no files and prints nothing",
    },
    Never {
        paths: &["std::time", "Instant::now", "SystemTime::now"],
        applies: |room, _| {
            [
                "compile",
                "evaluate",
                "framework",
                "catalog",
                "rollup",
                "diff",
                "archive",
                "document",
                "compliance",
                "store",
            ]
            .contains(&room)
        },
        why: "has no clock",
    },
    Never {
        paths: &["rusqlite"],
        applies: |room, _| room != "store",
        why: "speaks no SQL: that is the store's",
    },
    Never {
        paths: &["axum", "http", "hyper", "tokio", "tower"],
        applies: |room, _| room != "server",
        why: "speaks no HTTP: that is the server's",
    },
    Never {
        paths: &["rayon"],
        applies: |room, _| room == "store",
        why: "has one thread, which writes",
    },
    Never {
        paths: &[
            "collections::HashMap",
            "collections::HashSet",
            "collections::hash_map",
            "collections::hash_set",
        ],
        applies: |room, _| room == "output",
        why: "may not write in hash order",
    },
    Never {
        paths: &["collections::HashSet", "collections::hash_set"],
        applies: |room, _| room == "evaluate",
        why: "may look things up by hash, never walk them in hash order",
    },
    Never {
        paths: &["crate::reference"],
        applies: |room, _| room != "reference",
        why: "may not lean on its judge",
    },
];

const NO_NAMES: [&str; 6] = ["utils", "util", "common", "types", "helpers", "helper"];
const PRINTING: [&str; 5] = ["println", "eprintln", "print", "eprint", "dbg"];

/// What a file under `src` says against the table: `file:line: complaint` each.
///
/// `chunk` are the names that `catalog/chunk.rs` declares.
pub(super) fn complaints(file: &str, text: &str, chunk: &BTreeSet<String>) -> Vec<String> {
    let source = Source::new(text);
    let mut complaints = Vec::new();
    let mut complain =
        |line: usize, what: String| complaints.push(format!("{file}:{line}: {what}"));

    check_names(file, &source, &mut complain);
    check_length(file, &source, &mut complain);
    if file == "src/lib.rs" || file.starts_with("src/bin/") {
        return complaints;
    }
    let room = room_of(file);
    let Some(allowed) = allowed(room) else {
        complain(1, format!("`{room}` is no room of the table"));
        return complaints;
    };
    check_printing(&source, &mut complain);
    for path in source.paths() {
        check_never(file, room, &path, &mut complain);
        if let Some(inner) = from_root(file, &path) {
            check_room(room, allowed, inner, path.line, &mut complain);
            if room == "evaluate" {
                check_chunk(inner, chunk, path.line, &mut complain);
            }
        }
    }
    complaints
}

/// The names that a file declares for others.
pub(super) fn declared(text: &str) -> BTreeSet<String> {
    let source = Source::new(text);
    let kinds = ["struct", "enum", "type", "trait", "const", "fn"];
    let named = |kind: &str| -> Vec<String> {
        let wanted = ["pub", kind];
        let after = source.after(&wanted);
        after
            .filter_map(|rest| Some(rest.first()?.text.clone()))
            .collect()
    };
    kinds.into_iter().flat_map(named).collect()
}

fn room_of(file: &str) -> &str {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let first = inner.split('/').next().unwrap_or(inner);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// How deep in the crate's modules a file is: a room's root is 1.
fn depth(file: &str) -> usize {
    file.matches('/').count() - usize::from(file.ends_with("/mod.rs"))
}

/// The path below the crate's root, if it starts there.
fn from_root<'a>(file: &str, path: &'a Path) -> Option<&'a [String]> {
    let first = path.segments.first()?;
    if first == "crate" {
        // Alone it is half of `pub(crate)`, which uses nothing.
        let used = path.segments.len() > 1 || path.imported;
        return used.then(|| &path.segments[1..]);
    }
    let relative = path.segments.iter().skip(usize::from(first == "self"));
    let supers = relative.take_while(|s| *s == "super").count();
    let inner = &path.segments[supers + usize::from(first == "self")..];
    // A module written inside a file is deeper than its file, so only rooms are believed.
    let is_room = inner
        .first()
        .is_some_and(|s| ROOMS.iter().any(|(name, _)| name == s));
    (supers > 0 && supers >= depth(file) && is_room).then_some(inner)
}

type Complain<'a> = dyn FnMut(usize, String) + 'a;

fn check_room(
    room: &str,
    allowed: &[&str],
    inner: &[String],
    line: usize,
    complain: &mut Complain,
) {
    match inner.first().map(String::as_str) {
        None | Some("self" | "*") => {
            complain(line, "uses the crate as a whole; name the room".into())
        }
        Some(used) if used == room || allowed.contains(&used) => {}
        Some(used) if ROOMS.iter().any(|(name, _)| *name == used) => {
            complain(line, format!("`{room}` may not use `{used}`"));
        }
        Some(used) => complain(
            line,
            format!("`crate::{used}` is no room; name the room it comes from"),
        ),
    }
}

/// `evaluate` knows of the catalog nothing but its chunks.
fn check_chunk(inner: &[String], chunk: &BTreeSet<String>, line: usize, complain: &mut Complain) {
    if inner.first().is_some_and(|room| room == "catalog") {
        let item = inner.get(1).map_or("*", String::as_str);
        if item != "chunk" && !chunk.contains(item) {
            let what = format!(
                "`evaluate` may use of `catalog` only what `catalog/chunk.rs` declares, not `{item}`"
            );
            complain(line, what);
        }
    }
}

fn check_never(file: &str, room: &str, path: &Path, complain: &mut Complain) {
    for never in NEVER.iter().filter(|never| (never.applies)(room, file)) {
        for wanted in never.paths.iter().filter(|wanted| holds(path, wanted)) {
            let name = wanted.trim_end_matches("::_");
            complain(
                path.line,
                format!("`{room}` may not use `{name}`: it {}", never.why),
            );
        }
    }
}

/// Whether the path leads through the wanted one.
fn holds(path: &Path, wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split("::").collect();
    let fits = |part: &[String]| part.iter().zip(&wanted).all(|(p, w)| *w == "_" || p == w);
    if wanted.len() == 1 {
        // A lone word may be anything's name: a crate is imported, led through or reached by root.
        let reach =
            &path.segments[usize::from(path.segments[0] == "crate").min(path.segments.len() - 1)..];
        return fits(&reach[..1]) && (path.imported || path.segments.len() > 1);
    }
    path.segments.windows(wanted.len()).any(fits)
}

fn check_names(file: &str, source: &Source, complain: &mut Complain) {
    let parts = file.split('/').map(|part| part.trim_end_matches(".rs"));
    for name in parts.filter(|part| NO_NAMES.contains(part)) {
        complain(1, format!("no module is named `{name}`: say what it holds"));
    }
    for rest in source.after(&["mod"]) {
        if let Some(name) = rest.first().filter(|name| NO_NAMES.contains(&&*name.text)) {
            complain(
                name.line,
                format!("no module is named `{}`: say what it holds", name.text),
            );
        }
    }
}

fn check_length(file: &str, source: &Source, complain: &mut Complain) {
    let cap = if file == "src/reference.rs" { 150 } else { 600 };
    if source.lines > cap {
        complain(
            cap + 1,
            format!("{} lines beside its tests; the cap is {cap}", source.lines),
        );
    }
}

fn check_printing(source: &Source, complain: &mut Complain) {
    for three in source.tokens().windows(3) {
        let [first, second, third] = [0, 1, 2].map(|i| three[i].text.as_str());
        if PRINTING.contains(&first) && second == "!" && third != "=" {
            complain(
                three[0].line,
                format!("the library never prints: `{first}!`"),
            );
        }
        if ["(", ","].contains(&first) && second == "feature" && third == "=" {
            let what = "a feature is a room, gated on `mod` lines in `lib.rs`";
            complain(three[1].line, what.into());
        }
    }
}

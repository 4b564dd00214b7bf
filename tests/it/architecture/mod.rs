//! Holds the design's table of rooms against the source.

mod map;
mod rooms;
mod source;

use rooms::{complaints, declared};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_source_keeps_to_the_table_of_rooms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chunk = fs::read_to_string(root.join("src/catalog/chunk.rs")).unwrap_or_default();
    let chunk = declared(&chunk);
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    assert!(files.len() > 5, "found only {files:?}");
    let mut found = Vec::new();
    for path in files {
        let file = path
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        // What stands behind `#[cfg(test)] mod tests;`.
        if !file.ends_with("/tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(complaints(&file, &text, &chunk));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn found(file: &str, text: &str) -> Vec<String> {
    let chunk = BTreeSet::from(["Chunk".to_owned(), "ChunkColumn".to_owned()]);
    complaints(file, text, &chunk)
}

#[track_caller]
fn accepted(file: &str, text: &str) {
    assert_eq!(found(file, text), Vec::<String>::new(), "{text}");
}

#[track_caller]
fn refused(file: &str, text: &str, complaint: &str) {
    let found = found(file, text);
    assert!(
        found.iter().any(|c| c.contains(complaint)),
        "{text}: {found:?}"
    );
}

#[test]
fn a_room_may_use_its_neighbors_in_the_table_only() {
    accepted(
        "src/compile/mod.rs",
        "use crate::tag::Tag;\nuse crate::{framework::Framework, bits};",
    );
    accepted(
        "src/compile/rule.rs",
        "use crate::compile::Program; use super::index;",
    );
    refused(
        "src/compile/mod.rs",
        "\nuse crate::output::Run;",
        "src/compile/mod.rs:2: `compile` may not use `output`",
    );
    refused(
        "src/tag/path.rs",
        "use crate::{\n  tag::Tag,\n  bits::{Row, Set},\n};",
        "src/tag/path.rs:3: `tag` may not use `bits`",
    );
    refused(
        "src/rollup.rs",
        "fn f() -> crate::output::Run { todo() }",
        "`rollup` may not use `output`",
    );
    refused(
        "src/evaluate/deep/er.rs",
        "use super::super::super::output::Run;",
        "`evaluate` may not use `output`",
    );
    refused(
        "src/evaluate/mod.rs",
        "use super::output;",
        "`evaluate` may not use `output`",
    );
    accepted("src/evaluate/round.rs", "use super::output; mod output {}");
    refused(
        "src/pipeline/mod.rs",
        "use crate::reference;",
        "may not lean on its judge",
    );
    refused("src/tag/mod.rs", "use crate::*;", "the crate as a whole");
    refused(
        "src/tag/mod.rs",
        "use crate as all;",
        "the crate as a whole",
    );
    accepted(
        "src/tag/mod.rs",
        "pub(crate) mod path; pub(in crate::tag) fn f() {}",
    );
    refused(
        "src/pipeline/mod.rs",
        "use crate::Tag;",
        "`crate::Tag` is no room",
    );
}

#[test]
fn a_room_outside_the_table_is_refused() {
    refused("src/misc/mod.rs", "", "`misc` is no room");
    refused("src/misc.rs", "", "`misc` is no room");
    accepted("src/lib.rs", "pub use crate::output::Run;");
    accepted(
        "src/bin/classmark/main.rs",
        "fn main() { println!(\"x\"); }",
    );
}

#[test]
fn evaluate_knows_only_chunks_of_the_catalog() {
    accepted(
        "src/evaluate/mod.rs",
        "use crate::catalog::{Chunk, ChunkColumn, chunk::Cursor};",
    );
    refused(
        "src/evaluate/mod.rs",
        "use crate::catalog::{Chunk, Reader};",
        "not `Reader`",
    );
    refused("src/evaluate/mod.rs", "use crate::catalog;", "not `*`");
    refused("src/evaluate/mod.rs", "use crate::catalog::*;", "not `*`");
    let names =
        declared("pub struct Chunk<'a>;\npub(super) struct Inner;\npub enum Kind {}\nstruct Own;");
    assert_eq!(
        names,
        BTreeSet::from(["Chunk".to_owned(), "Kind".to_owned()])
    );
}

#[test]
fn the_never_columns_are_held() {
    refused(
        "src/compile/mod.rs",
        "use arrow::array::Array;",
        "`compile` may not use `arrow`",
    );
    refused(
        "src/evaluate/mod.rs",
        "fn f(a: &parquet::file::X) {}",
        "may not use `parquet`",
    );
    refused(
        "src/framework/mod.rs",
        "use crate::arrow::array;",
        "may not use `arrow`",
    );
    refused(
        "src/document/mod.rs",
        "use arrow::array::Array;",
        "may not use `arrow`",
    );
    refused(
        "src/compliance/mod.rs",
        "use std::time::Instant;",
        "may not use `std::time`",
    );
    refused(
        "src/compliance/mod.rs",
        "use crate::framework::Framework;",
        "`compliance` may not use `framework`",
    );
    refused(
        "src/document/mod.rs",
        "use rayon::prelude::*;",
        "may not use `rayon`",
    );
    refused(
        "src/tag/mod.rs",
        "use serde::Serialize;",
        "may not use `serde`",
    );
    refused(
        "src/output/mod.rs",
        "use rayon::prelude::*;",
        "may not use `rayon`",
    );
    refused(
        "src/catalog/mod.rs",
        "use std::{sync::{Arc, Mutex}, fs};",
        "may not use `sync::Mutex`",
    );
    refused(
        "src/catalog/mod.rs",
        "fn f() { std::thread::spawn(g); }",
        "may not use `std::thread`",
    );
    refused(
        "src/framework/mod.rs",
        "use std::fs;",
        "may not use `std::fs`",
    );
    refused(
        "src/pipeline/mod.rs",
        "fn f() { File::open(p); }",
        "may not use `File`",
    );
    refused(
        "src/rollup/mod.rs",
        "fn f() { std::io::stdout(); }",
        "may not use `io::stdout`",
    );
    refused(
        "src/compile/mod.rs",
        "use std::time::Instant;",
        "may not use `std::time`",
    );
    refused(
        "src/output/mod.rs",
        "use std::collections::HashMap;",
        "hash order",
    );
    refused(
        "src/evaluate/mod.rs",
        "use std::collections::{HashMap, HashSet};",
        "hash order",
    );
    refused(
        "src/rollup/mod.rs",
        "fn f() { println!(\"x\") }",
        "never prints",
    );
    refused(
        "src/output/mod.rs",
        "#[cfg(feature = \"cli\")] fn f() {}",
        "a feature is a room",
    );

    refused(
        "src/store/writer.rs",
        "use std::time::Instant;",
        "may not use `std::time`",
    );
    refused(
        "src/store/writer.rs",
        "fn f() -> axum::Router;",
        "may not use `axum`",
    );
    refused("src/store/open.rs", "use std::fs;", "may not use `std::fs`");
    refused(
        "src/store/mod.rs",
        "use rayon::prelude::*;",
        "may not use `rayon`",
    );
    refused(
        "src/pipeline/mod.rs",
        "use rusqlite::Connection;",
        "may not use `rusqlite`",
    );
    refused(
        "src/store/mod.rs",
        "use crate::pipeline::Tagger;",
        "`store` may not use `pipeline`",
    );

    accepted(
        "src/store/writer.rs",
        "use std::sync::Mutex; use std::thread; use rusqlite::Connection;",
    );
    accepted(
        "src/compile/mod.rs",
        "fn f(arrow: u8) -> u8 { arrow } // arrow::array\nconst P: &str = \"parquet::x\";",
    );
    accepted("src/evaluate/mod.rs", "use std::collections::HashMap;");
    accepted("src/pipeline/documents.rs", "use std::fs::File;");
    accepted(
        "src/pipeline/mod.rs",
        "use rayon::prelude::*; use std::time::Instant;",
    );
    accepted(
        "src/output/mod.rs",
        "use std::collections::BTreeMap; use std::fs; use arrow::array::Array;",
    );
}

#[test]
fn tests_inside_a_file_are_free() {
    accepted(
        "src/tag/mod.rs",
        "#[cfg(test)]\nmod tests {\n use crate::output::Run;\n fn f() { println!(\"{}\", 1) }\n}",
    );
    refused(
        "src/tag/mod.rs",
        "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::output::Run;",
        "src/tag/mod.rs:3:",
    );
}

#[test]
fn modules_say_what_they_hold() {
    for name in ["utils", "common", "types", "helpers"] {
        refused(&format!("src/tag/{name}.rs"), "", "say what it holds");
        refused(
            "src/tag/mod.rs",
            &format!("mod {name};"),
            "say what it holds",
        );
        refused(
            &format!("src/bin/classmark/{name}.rs"),
            "",
            "say what it holds",
        );
    }
}

#[test]
fn files_are_capped() {
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "fn f() {}\n".repeat(700)
    );
    accepted("src/tag/mod.rs", &("fn f() {}\n".repeat(600) + &tests));
    refused(
        "src/tag/mod.rs",
        &("fn f() {}\n".repeat(601) + &tests),
        "the cap is 600",
    );
    refused(
        "src/bin/classmark/main.rs",
        &"\n".repeat(601),
        "the cap is 600",
    );
    refused("src/reference.rs", &"\n".repeat(151), "the cap is 150");
}

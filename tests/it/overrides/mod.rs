//! Overrides out of files: what is read, what is refused, when they act, and
//! what is told of them.

mod faults;
mod formats;
mod told;

use classmark::catalog::{Day, Override};
use classmark::diagnostic::Diagnostic;
use classmark::pipeline::{OverrideDocuments, load_overrides};
use std::fs;
use std::path::{Path, PathBuf};

const HEADER: &str = "data_source_id,column_name,tag_name,tag_source,action,reason,owner,expires";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn load(paths: &[PathBuf]) -> OverrideDocuments {
    load_overrides(paths, day("2026-11-21")).unwrap()
}

/// What a file of this name and content gives.
fn read(name: &str, content: impl AsRef<[u8]>) -> OverrideDocuments {
    let folder = folder();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    load(&[path])
}

/// What is found in a file: `code line:column message`.
fn findings(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    read(name, content).diagnostics.iter().map(line).collect()
}

fn line(finding: &Diagnostic) -> String {
    let place = finding.position();
    let place = place.map_or_else(String::new, |(line, column)| format!("{line}:{column} "));
    let severity = match finding.is_error() {
        true => "",
        false => "warning ",
    };
    format!("{severity}{} {place}{}", finding.code, finding.message)
}

/// `data source|column|tag|source|reason|owner|expires`, nothing for what is not said.
fn shown(given: &Override) -> String {
    let or_nothing = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        given.data_source_id.clone(),
        given.column_name.clone(),
        given.tag.name.clone(),
        given.tag.source.clone(),
        or_nothing(&given.reason),
        or_nothing(&given.owner),
        given
            .expires
            .map_or_else(String::new, |day| day.to_string()),
    ]
    .join("|")
}

#[track_caller]
fn sound(documents: &OverrideDocuments) -> Vec<String> {
    let found: Vec<String> = documents.diagnostics.iter().map(line).collect();
    assert_eq!(found, Vec::<String>::new());
    documents.overrides.all().iter().map(shown).collect()
}

fn csv(rows: &[&str]) -> String {
    let rows = rows.iter().map(|row| format!("{row}\n"));
    std::iter::once(format!("{HEADER}\n")).chain(rows).collect()
}

fn demo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/demo")
        .join(name)
}

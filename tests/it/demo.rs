//! The demo: its Parquet is what its text says, and its frameworks make sense of it.

use crate::corpus::{read_assignments, rows_of_file};
use classmark::framework::{Framework, Limits};
use classmark::pipeline::{
    Silent, TagOptions, check_rules_known, load_compliance, load_frameworks, tag,
};
use classmark::reference::{Assignment, Row, assign};
use classmark::tag::{Tag, TagMatch};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    source: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    id: String,
    tags: Vec<String>,
    columns: Vec<Vec<String>>,
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo")
}

/// `Name` or `Name (source)`.
fn written_tag(text: &str) -> Tag {
    match text.strip_suffix(')').and_then(|t| t.rsplit_once(" (")) {
        Some((name, source)) => Tag::new(source, name),
        None => Tag::curated(text),
    }
}

fn frameworks() -> Vec<Framework> {
    let documents = load_frameworks(&[demo().join("frameworks")], &Limits::default()).unwrap();
    assert_eq!(documents.diagnostics, []);
    documents.frameworks
}

fn rows_of_text() -> Vec<Row> {
    let text = fs::read_to_string(demo().join("catalog.toml")).unwrap();
    let catalog: Catalog = toml::from_str(&text).unwrap();
    let tags = |names: &[String]| names.iter().map(|text| written_tag(text)).collect();
    let rows = |source: &Source| {
        let row = |column: &Vec<String>| Row {
            data_source: source.id.clone(),
            column: column[0].clone(),
            column_tags: tags(&column[1..]),
            table_tags: tags(&source.tags),
        };
        source.columns.iter().map(row).collect::<Vec<Row>>()
    };
    catalog.source.iter().flat_map(rows).collect()
}

fn assignments() -> Vec<Assignment> {
    assign(&frameworks(), &rows_of_text(), &[], TagMatch::Exact)
}

#[test]
fn the_parquet_is_what_the_text_says() {
    let keys = |rows: Vec<Row>| -> Vec<_> {
        let key = |r: Row| (r.data_source, r.column, r.column_tags, r.table_tags);
        rows.into_iter().map(key).collect()
    };
    let parquet = rows_of_file(&demo().join("catalog.parquet"));
    assert_eq!(
        keys(parquet),
        keys(rows_of_text()),
        "run `cargo run --example demo_catalog`"
    );
}

#[test]
fn there_are_twenty_data_sources_and_two_hundred_columns() {
    let rows = rows_of_text();
    let sources: BTreeSet<_> = rows.iter().map(|row| &row.data_source).collect();
    let columns: BTreeSet<_> = rows
        .iter()
        .map(|row| (&row.data_source, &row.column))
        .collect();
    assert_eq!((sources.len(), columns.len(), rows.len()), (20, 200, 200));
}

#[test]
fn a_run_over_the_demo_equals_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let documents = load_frameworks(&[demo().join("frameworks")], &Limits::default()).unwrap();
    let options = TagOptions::new(demo().join("catalog.parquet"), &out);
    let summary = tag(&documents, &options, &Silent).unwrap();
    assert_eq!(
        read_assignments(&out.join("assignments.parquet")),
        assignments()
    );
    assert_eq!(summary.counts.rules_evaluated, summary.counts.rules_fired);
    assert_eq!(
        (summary.counts.columns, summary.counts.data_sources),
        (200, 20)
    );
}

#[test]
fn every_rule_fires() {
    let fired: BTreeSet<String> = assignments().into_iter().flat_map(|a| a.rules).collect();
    for rule in frameworks().iter().flat_map(|f| &f.rules) {
        assert!(fired.contains(&rule.id), "{}", rule.id);
    }
}

#[test]
fn the_chain_reaches_from_recorded_tags_to_risk() {
    let assignments = assignments();
    let given = |source: &str, column: &str| -> Vec<&str> {
        let here = |a: &&Assignment| a.data_source == source && a.column == column;
        let ruled = |a: &&Assignment| !a.rules.is_empty();
        assignments
            .iter()
            .filter(here)
            .filter(ruled)
            .map(|a| &*a.tag.name)
            .collect()
    };
    assert_eq!(
        given("clinical.imaging_studies", "finding_code"),
        [
            "Kind.Diagnosis",
            "Record.Health",
            "Regulation.HIPAA.PHI",
            "Risk.Critical",
            "Risk.High"
        ]
    );
    assert_eq!(
        given("web.newsletter", "last_device"),
        ["Kind.Online Identifier", "Record.Visitor"]
    );
    assert_eq!(
        given("billing.payments", "iban"),
        [
            "Kind.Payment",
            "Record.Payer",
            "Regulation.GDPR.Personal Data",
            "Risk.Moderate"
        ]
    );
    assert_eq!(
        given("sandbox.patient_extract", "score"),
        ["Risk.Misplaced"]
    );
    assert_eq!(
        given("research.trial_enrollment", "arm"),
        ["Risk.Legal Hold"]
    );
    assert!(given("ops.facilities", "beds").is_empty());
    assert!(given("clinical.lab_results", "unit").is_empty());
}

#[test]
fn some_classification_tags_are_recorded_and_some_are_stale() {
    let assignments = assignments();
    let in_state = |state: &str| -> Vec<String> {
        let line = |a: &Assignment| format!("{}.{}: {}", a.data_source, a.column, a.tag);
        assignments
            .iter()
            .filter(|a| a.state == state)
            .map(line)
            .collect()
    };
    assert_eq!(in_state("recorded").len(), 6);
    assert_eq!(
        in_state("stale"),
        [
            "ops.facilities.name: Risk.High",
            "ops.suppliers.contact_email: Record.Person",
            "ops.suppliers.contract_note: Regulation.HIPAA.PHI"
        ]
    );
}

#[test]
fn controls_rest_on_rules_that_fire_and_one_that_is_planned() {
    let folder = demo().join("compliance");
    let compliance = load_compliance(&[folder], &Limits::default().document()).unwrap();
    assert_eq!(compliance.diagnostics, []);
    let documents = load_frameworks(&[demo().join("frameworks")], &Limits::default()).unwrap();
    let findings = check_rules_known(&compliance, &documents);
    let told: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(told, ["unknown-rule"]);

    let assignments = assignments();
    let states = |rule: &str| -> BTreeSet<&str> {
        let by = assignments
            .iter()
            .filter(|a| a.rules.iter().any(|r| r == rule));
        by.map(|a| a.state).collect()
    };
    let [framework] = &compliance.frameworks[..] else {
        panic!("one compliance framework is there");
    };
    let mut without = Vec::new();
    let mut all_recorded = Vec::new();
    for control in framework.requirements.iter().flat_map(|r| &r.controls) {
        let found: BTreeSet<&str> = control.rules.iter().flat_map(|r| states(&r.id)).collect();
        if found.is_empty() {
            without.push(&*control.name);
        } else if found == BTreeSet::from(["recorded"]) {
            all_recorded.push(&*control.name);
        }
    }
    assert_eq!(without, ["Backups follow the retention schedule"]);
    assert_eq!(all_recorded, ["Card numbers are recorded as payment data"]);
}

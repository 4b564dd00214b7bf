//! The demo: its Parquet is what its text says, and its frameworks make sense of it.

use crate::corpus::{read_assignments, rows_of_file};
use classmark::framework::{Framework, Limits};
use classmark::pipeline::{
    ComplianceDocuments, Silent, TagOptions, check_rules_known, load_compliance, load_frameworks,
    tag,
};
use classmark::reference::{Assignment, Rejection, Row, assign};
use classmark::tag::{Tag, TagMatch};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
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

/// The states of the findings of each control, by its name.
fn control_states(assignments: &[Assignment]) -> BTreeMap<String, BTreeSet<&'static str>> {
    let states = |rule: &str| {
        let by = assignments
            .iter()
            .filter(move |a| a.rules.iter().any(|r| r == rule));
        by.map(|a| a.state).collect::<Vec<_>>()
    };
    let requirements = compliance()
        .frameworks
        .into_iter()
        .flat_map(|f| f.requirements);
    let controls = requirements.flat_map(|requirement| requirement.controls);
    controls
        .map(|control| {
            let found = control.rules.iter().flat_map(|rule| states(&rule.id));
            (control.name, found.collect())
        })
        .collect()
}

fn compliance() -> ComplianceDocuments {
    let folder = demo().join("compliance");
    load_compliance(&[folder], &Limits::default().document()).unwrap()
}

#[test]
fn the_compliance_framework_names_one_planned_rule() {
    let compliance = compliance();
    assert_eq!(
        (compliance.frameworks.len(), &*compliance.diagnostics),
        (1, &[][..])
    );
    let documents = load_frameworks(&[demo().join("frameworks")], &Limits::default()).unwrap();
    let findings = check_rules_known(&compliance, &documents);
    let told: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(told, ["unknown-rule"]);
}

/// What the controls come to, as far as findings tell: one passes, one has no
/// findings since its rule is planned, the others fail.
#[test]
fn controls_are_of_several_kinds() {
    let states = control_states(&assignments());
    let of = |wanted: &[&str]| -> Vec<&str> {
        let wanted = wanted.iter().copied().collect();
        let such = states.iter().filter(|(_, found)| **found == wanted);
        such.map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(
        of(&["recorded"]),
        ["Card numbers are recorded as payment data"]
    );
    assert_eq!(of(&[]), ["Backups follow the retention schedule"]);
    assert_eq!(of(&["new"]).len() + of(&["new", "recorded"]).len(), 8);
}

/// One rejected tag mutes a control, and leaves another one without findings.
#[test]
fn a_rejected_tag_mutes_one_control_and_empties_another() {
    let rejected = Rejection {
        data_source: "research.genomics_cohort".into(),
        column: "variant_call".into(),
        tag: Tag::curated("Record.Health"),
    };
    let assignments = assign(&frameworks(), &rows_of_text(), &[rejected], TagMatch::Exact);
    let states = control_states(&assignments);
    assert_eq!(
        states["Genetic markers are treated as health data"],
        BTreeSet::from(["muted"])
    );
    assert_eq!(
        states["Limited data sets are marked before they are shared"],
        BTreeSet::new()
    );
}

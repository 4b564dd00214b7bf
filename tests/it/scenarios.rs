//! Every case of `fixtures/scenarios` on every engine.

use crate::corpus::{Case, Engine, difference, every_way, faulty_documents, scenarios};
use std::collections::BTreeSet;

/// What is wrong with the engine's answers, case by case; empty when nothing is.
fn faults(engine: &Engine, cases: &[Case]) -> String {
    let fault = |case: &Case| {
        let found = engine.run(&case.job);
        let difference = difference(&case.expected, &found)?;
        let (name, why) = (&case.name, &case.why);
        Some(format!("{name} on {}: {why}\n{difference}", engine.name()))
    };
    cases.iter().filter_map(fault).collect()
}

#[test]
fn every_engine_answers_every_case_as_written() {
    let cases = scenarios();
    let faults: String = every_way().iter().map(|e| faults(e, &cases)).collect();
    assert!(faults.is_empty(), "- expected, + found\n{faults}");
}

#[test]
fn an_engine_that_answers_nothing_is_found_out() {
    let idle = Engine::new("idle", |_, _, _, _| Vec::new());
    let cases = scenarios();
    let faults = faults(&idle, &cases);
    for case in &cases {
        let named = faults.contains(&format!("{} on idle", case.name));
        assert_ne!(named, case.expected.is_empty(), "{}", case.name);
    }
}

#[test]
fn the_corpus_is_large_and_its_names_are_unique() {
    let cases = scenarios();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let bare = cases.iter().map(|c| c.name.rsplit('/').next().unwrap());
    assert_names(bare.collect());
    for case in &cases {
        assert!(!case.why.is_empty(), "{} does not say why", case.name);
    }
}

#[test]
fn rule_ids_are_unique_among_active_frameworks() {
    for case in scenarios() {
        let active = case.job.frameworks.iter().filter(|f| f.active);
        let mut ids: Vec<&str> = active.flat_map(|f| &f.rules).map(|r| &*r.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{}: one rule id twice", case.name);
    }
}

#[test]
fn faulty_documents_are_written_as_meant() {
    let documents = faulty_documents();
    assert!(documents.len() >= 10, "only {} documents", documents.len());
    assert_names(documents.iter().map(|d| d.name.as_str()).collect());
    for document in documents {
        let name = &document.name;
        assert!(!document.why.is_empty(), "{name} does not say why");
        let one = document.expect_error.is_some() && document.expect_warning.is_some();
        assert!(!one, "{name} expects two findings");
        let no_json = document.expect_error.as_deref() == Some("syntax");
        if document.format == "json" {
            let parsed = serde_json::from_str::<serde_json::Value>(&document.payload);
            assert_eq!(parsed.is_err(), no_json, "{name}: {parsed:?}");
        } else {
            assert_eq!(document.format, "yaml", "{name}");
        }
    }
}

fn assert_names(names: Vec<&str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.chars().all(kebab), "`{name}` is not in kebab case");
        assert!(seen.insert(name), "two cases named `{name}`");
    }
}

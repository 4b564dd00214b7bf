//! What the frameworks make of the catalog, by the plainest evaluator.

use super::Spec;
use super::frameworks::Rulebook;
use super::rows::{Catalog, Cursor};
use super::tags::Recorded;
use crate::framework::Rule;
use crate::tag::Tag;
use std::collections::{BTreeMap, BTreeSet};

type Tags = BTreeSet<Tag>;

/// Per data source: its table tags and the tags of each column.
fn sources(spec: &Spec) -> Vec<(Tags, Vec<Tags>)> {
    let catalog = Catalog::new(spec).unwrap();
    let mut cursor = Cursor::new(&catalog);
    let mut sources = BTreeMap::new();
    for number in 0..catalog.columns {
        let row = cursor.row(&catalog, number);
        let of = |tags: &[Tag], numbers: &[usize]| -> Tags {
            numbers.iter().map(|&n| tags[n].clone()).collect()
        };
        let table = of(catalog.table_tags(), &row.source.table_tags);
        let tags = of(catalog.tags(), row.tags);
        let source = sources.entry(row.source.number);
        source.or_insert((table, Vec::new())).1.push(tags);
    }
    sources.into_values().collect()
}

/// (columns, assignments, assignments by rules that read given tags).
fn assignments(spec: &Spec) -> (usize, usize, usize) {
    let recorded = Recorded::new(spec.seed, spec.tags);
    let rulebook = Rulebook::new(spec, &recorded);
    let rules: Vec<&Rule> = rulebook.frameworks.iter().flat_map(|f| &f.rules).collect();
    let (mut columns, mut given, mut chained) = (0, 0, 0);
    for (table, mut source) in sources(spec) {
        let mut put: Vec<Tags> = vec![Tags::new(); source.len()];
        // Stages build on each other, so one pass in order is the fixpoint,
        // but for recorded classification tags, which change nothing here.
        for rule in &rules {
            let around: Tags = source.iter().flatten().cloned().collect();
            let holds = rule.table_tags.iter().all(|t| table.contains(t))
                && rule.neighbor_column_tags.iter().all(|t| around.contains(t));
            for (tags, put) in source.iter_mut().zip(&mut put) {
                if holds && rule.column_tags.iter().all(|t| tags.contains(t)) {
                    tags.insert(rule.classification_tag.clone());
                    put.insert(rule.classification_tag.clone());
                }
            }
        }
        columns += put.len();
        given += put.iter().map(Tags::len).sum::<usize>();
        let late = |tag: &&Tag| !tag.name.starts_with("Base.");
        chained += put.iter().flatten().filter(late).count();
    }
    (columns, given, chained)
}

#[test]
fn a_column_earns_a_sensible_number_of_tags() {
    for (rules, tags, seed) in [(300, 1000, 1), (300, 1000, 2), (300, 1000, 3), (50, 100, 1)] {
        let spec = Spec {
            data_sources: 60,
            rules,
            tags,
            seed,
            ..Spec::default()
        };
        let (columns, given, chained) = assignments(&spec);
        let mean = given as f64 / columns as f64;
        assert!((0.2..2.0).contains(&mean), "{rules} rules: {mean}");
        assert!(chained * 20 > given, "{chained} of {given}");
    }
}

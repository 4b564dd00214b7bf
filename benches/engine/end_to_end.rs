//! Files to a folder of results.

use crate::catalog::{DENSITIES, columns, frameworks, spec};
use crate::rollup::document;
use classmark::pipeline::{Documents, RollupOptions, Silent, TagOptions, tag};
use classmark::synth::{Spec, write_catalog};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use std::path::Path;

/// 1.5 million columns of real catalogs, most of them untagged.
const REAL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/catalogs/big_realistic.parquet"
);

pub(crate) fn end_to_end(c: &mut Criterion) {
    let mut group = c.benchmark_group("end_to_end");
    for (name, density) in DENSITIES {
        let spec = Spec { density, ..spec() };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = write_catalog(&spec, folder.path()).expect("the catalog is written");
        run(
            &mut group,
            name,
            &spec,
            &files[0].path,
            Some(columns(&spec)),
        );
    }
    rolled_up(&mut group);
    if Path::new(REAL).is_file() {
        run(&mut group, "real", &spec(), Path::new(REAL), None);
    }
    group.finish();
}

/// The same catalog without controls, with some, and with very many: the
/// counting, and the writing of what was counted.
fn rolled_up(group: &mut BenchmarkGroup<'_, WallTime>) {
    let spec = Spec {
        data_sources: 20_000,
        ..spec()
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = write_catalog(&spec, folder.path()).expect("the catalog is written");
    let frameworks = frameworks(&spec);
    let rules = frameworks.iter().flat_map(|framework| &framework.rules);
    let ids: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
    let documents = Documents::of(frameworks.clone());
    for controls in [0, 50, 2_000] {
        let mut options = TagOptions::new(&files[0].path, folder.path().join("out"));
        options.force = true;
        options.rollup = (controls > 0).then(|| RollupOptions {
            frameworks: vec![document(&ids, controls)],
            ..RollupOptions::default()
        });
        let summary = tag(&documents, &options, &Silent).expect("the catalog is tagged");
        assert_eq!(summary.rollup.is_some(), controls > 0);
        group.throughput(Throughput::Elements(summary.counts.columns));
        group.bench_function(format!("{controls} controls"), |b| {
            b.iter(|| tag(&documents, &options, &Silent));
        });
    }
}

fn run(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    spec: &Spec,
    catalog: &Path,
    expected: Option<u64>,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let documents = Documents::of(frameworks(spec));
    let mut options = TagOptions::new(catalog, folder.path().join("out"));
    options.force = true;
    let summary = tag(&documents, &options, &Silent).expect("the catalog is tagged");
    assert!(expected.is_none_or(|columns| columns == summary.counts.columns));
    group.throughput(Throughput::Elements(summary.counts.columns));
    group.bench_function(name, |b| b.iter(|| tag(&documents, &options, &Silent)));
}

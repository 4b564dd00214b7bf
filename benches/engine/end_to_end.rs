//! Files to a folder of results.

use crate::catalog::{DENSITIES, columns, frameworks, spec};
use classmark::pipeline::{Documents, Silent, TagOptions, tag};
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
    if Path::new(REAL).is_file() {
        run(&mut group, "real", &spec(), Path::new(REAL), None);
    }
    group.finish();
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

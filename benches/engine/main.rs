//! The engine without files, and the whole journey with them. Every bench
//! checks its answer before it is timed.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot be set up has nothing to say"
)]

use classmark::catalog::{Batches, Chunk, Mapping, Overrides};
use classmark::compile::{Options, Program};
use classmark::evaluate::Evaluator;
use classmark::framework::Framework;
use classmark::pipeline::{Documents, Silent, TagOptions, tag};
use classmark::synth::{Spec, catalog_schema, framework_models, record_batches, write_catalog};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;

fn spec(distinct: bool) -> Spec {
    Spec {
        data_sources: 2_000,
        distinct,
        ..Spec::default()
    }
}

fn frameworks(spec: &Spec) -> Vec<Framework> {
    framework_models(spec).expect("the spec is valid")
}

fn compiled(frameworks: &[Framework]) -> Arc<Program> {
    Arc::new(
        Program::compile(frameworks, Options::default()).expect("generated frameworks are valid"),
    )
}

/// The catalog of a spec as the engine sees it.
fn chunks(program: &Program, spec: &Spec) -> Vec<Chunk> {
    let vocabulary = Arc::clone(program.vocabulary());
    let mapping = Mapping::default();
    let mut batches = Batches::new(
        vocabulary,
        &catalog_schema(),
        &mapping,
        Overrides::default(),
    )
    .expect("a generated catalog fits");
    let mut chunks = Vec::new();
    for batch in record_batches(spec, 1 << 15).expect("the spec is valid") {
        chunks.extend(
            batches
                .push(&batch)
                .expect("no row is bad")
                .into_iter()
                .map(|p| p.chunk),
        );
    }
    chunks.extend(
        batches
            .finish()
            .expect("no row is bad")
            .into_iter()
            .map(|p| p.chunk),
    );
    chunks
}

/// Evaluates everything; how many rules fired on how many columns.
fn findings(evaluator: &mut Evaluator, chunks: &[Chunk]) -> u64 {
    for chunk in chunks {
        black_box(evaluator.evaluate(chunk));
    }
    evaluator.tally().rule_columns.iter().sum()
}

fn compile(c: &mut Criterion) {
    let frameworks = frameworks(&spec(false));
    assert_eq!(compiled(&frameworks).rule_count(), 300);
    c.bench_function("compile/300 rules", |b| {
        b.iter(|| compiled(black_box(&frameworks)))
    });
}

fn evaluate(c: &mut Criterion) {
    let mut group = c.benchmark_group("evaluate");
    for (name, distinct) in [("typical", false), ("distinct", true)] {
        let spec = spec(distinct);
        let program = compiled(&frameworks(&spec));
        let chunks = chunks(&program, &spec);
        let warm = findings(&mut Evaluator::new(Arc::clone(&program)), &chunks);
        let cold = findings(
            &mut Evaluator::new(Arc::clone(&program)).with_memo(0),
            &chunks,
        );
        assert!(
            warm > 0 && warm == cold,
            "the memo changed the answer: {warm}, {cold}"
        );
        group.throughput(Throughput::Elements(spec.data_sources * 50));
        group.bench_function(name, |b| {
            b.iter(|| findings(&mut Evaluator::new(Arc::clone(&program)), &chunks));
        });
    }
    group.finish();
}

fn end_to_end(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let spec = spec(false);
    let files = write_catalog(&spec, folder.path()).expect("the catalog is written");
    let documents = Documents::of(frameworks(&spec));
    let mut options = TagOptions::new(files[0].path.clone(), folder.path().join("out"));
    options.force = true;
    let summary = tag(&documents, &options, &Silent).expect("the catalog is tagged");
    assert_eq!(summary.counts.columns, 100_000);
    let mut group = c.benchmark_group("end_to_end");
    group.throughput(Throughput::Elements(100_000));
    group.sample_size(20);
    group.bench_function("tag 100,000 columns", |b| {
        b.iter(|| tag(&documents, &options, &Silent))
    });
    group.finish();
}

criterion_group!(benches, compile, evaluate, end_to_end);
criterion_main!(benches);

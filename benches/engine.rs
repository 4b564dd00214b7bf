//! The engine without files, and the whole journey with them. Every bench
//! checks its answer before it is timed.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot be set up has nothing to say"
)]

use classmark::arrow::array::{Array, RecordBatch};
use classmark::arrow::compute::{cast, concat};
use classmark::arrow::datatypes::{DataType, Field, Schema};
use classmark::catalog::{Batches, Chunk, IdKind, Mapping, Overrides, Piece};
use classmark::compile::{Options, Program};
use classmark::evaluate::{Assignments, Evaluator};
use classmark::framework::Framework;
use classmark::output::{AssignmentEncoder, AssignmentNames, Staging, Table};
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

/// The catalog of a spec, its columns' names as keys into one dictionary, as
/// they come from a file.
fn keyed(spec: &Spec) -> impl Iterator<Item = RecordBatch> {
    let batches: Vec<RecordBatch> = batches(spec).collect();
    let schema = batches[0].schema();
    let names: Vec<&dyn Array> = batches
        .iter()
        .map(|batch| batch.column(1).as_ref())
        .collect();
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let names = concat(&names)
        .and_then(|names| cast(&names, &kind))
        .expect("names have keys");
    let mut fields = schema.fields().to_vec();
    fields[1] = Arc::new(Field::new(schema.field(1).name(), kind, false));
    let schema = Arc::new(Schema::new(fields));
    let mut start = 0;
    batches.into_iter().map(move |batch| {
        let mut columns = batch.columns().to_vec();
        columns[1] = names.slice(start, batch.num_rows());
        start += batch.num_rows();
        RecordBatch::try_new(Arc::clone(&schema), columns).expect("the same rows")
    })
}

fn batches(spec: &Spec) -> impl Iterator<Item = RecordBatch> {
    record_batches(spec, 1 << 15).expect("the spec is valid")
}

/// A catalog, as it is read.
fn pieces(program: &Program, catalog: impl Iterator<Item = RecordBatch>) -> Vec<Piece> {
    let mut catalog = catalog.peekable();
    let schema = catalog
        .peek()
        .map_or_else(catalog_schema, RecordBatch::schema);
    let vocabulary = Arc::clone(program.vocabulary());
    let mapping = Mapping::default();
    let mut batches = Batches::new(vocabulary, &schema, &mapping, Overrides::default())
        .expect("a generated catalog fits");
    let mut pieces = Vec::new();
    for batch in catalog {
        pieces.extend(batches.push(&batch).expect("no row is bad"));
    }
    pieces.extend(batches.finish().expect("no row is bad"));
    pieces
}

/// The catalog of a spec as the engine sees it.
fn chunks(program: &Program, spec: &Spec) -> Vec<Chunk> {
    let pieces = pieces(program, batches(spec)).into_iter();
    pieces.map(|piece| piece.chunk).collect()
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

/// The assignments of a catalog, encoded as for `assignments.parquet`.
fn encode(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let staging = Staging::begin(&folder.path().join("out"), false).expect("a staging folder");
    let mut group = c.benchmark_group("encode");
    for (name, density) in [("sparse", 0.3), ("dense", 3.0)] {
        let spec = Spec {
            density,
            data_sources: 10_000,
            ..Spec::default()
        };
        let program = compiled(&frameworks(&spec));
        let names = Arc::new(AssignmentNames::new(&program, &IdKind::Text));
        let table = Table::create(&staging, name, names.schema()).expect("a table");
        let mut evaluator = Evaluator::new(Arc::clone(&program));
        let tagged: Vec<(Piece, Assignments)> = pieces(&program, keyed(&spec))
            .into_iter()
            .map(|piece| {
                let assignments = evaluator.evaluate(&piece.chunk);
                (piece, assignments)
            })
            .collect();
        let mut encoder = AssignmentEncoder::new(&table.leaves(), &names).expect("an encoder");
        let mut rows = || {
            for (piece, assignments) in &tagged {
                let sources = 0..piece.chunk.sources.len();
                encoder
                    .extend(piece, assignments, sources)
                    .expect("rows are encoded");
            }
            let group = encoder.finish().expect("a row group is encoded");
            group.map_or(0, |group| group.rows())
        };
        let wanted: u64 = evaluator.tally().states.iter().sum();
        assert_eq!(rows(), wanted);
        group.throughput(Throughput::Elements(wanted));
        group.sample_size(20);
        group.bench_function(name, |b| b.iter(&mut rows));
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

criterion_group!(benches, compile, evaluate, encode, end_to_end);
criterion_main!(benches);

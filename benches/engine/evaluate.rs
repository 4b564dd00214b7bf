//! Chunks to assignments, without files and strings.

use crate::catalog::{DENSITIES, chunks, columns, compiled, frameworks, over_one_table, spec};
use classmark::catalog::Chunk;
use classmark::compile::Program;
use classmark::evaluate::Evaluator;
use classmark::synth::Spec;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use std::hint::black_box;
use std::sync::Arc;

/// What is evaluated, and what comes of it.
struct Case {
    program: Arc<Program>,
    chunks: Vec<Chunk>,
}

impl Case {
    fn of(spec: &Spec) -> Self {
        let program = compiled(&frameworks(spec));
        let foreign = chunks(&program, spec);
        let mut case = Case {
            chunks: Vec::new(),
            program,
        };
        let expected = findings(&mut case.evaluator(), &foreign);
        case.chunks = over_one_table(foreign);
        let mut warm = case.evaluator();
        for times in 1..=2 {
            assert_eq!(findings(&mut warm, &case.chunks), times * expected);
        }
        let mut forgetful = case.evaluator().with_memo(0);
        assert_eq!(findings(&mut forgetful, &case.chunks), expected);
        assert!(expected > 0, "rules fire in a generated catalog");
        case
    }

    fn evaluator(&self) -> Evaluator {
        Evaluator::new(Arc::clone(&self.program))
    }
}

/// Evaluates everything; on how many columns rules have fired, all told.
fn findings(evaluator: &mut Evaluator, chunks: &[Chunk]) -> u64 {
    for chunk in chunks {
        black_box(evaluator.evaluate(chunk));
    }
    evaluator.tally().rule_columns.iter().sum()
}

pub(crate) fn evaluate(c: &mut Criterion) {
    let mut group = c.benchmark_group("evaluate");
    let densities = DENSITIES.into_iter().chain([("typical", 0.8)]);
    for (name, density) in densities {
        let spec = Spec { density, ..spec() };
        group.throughput(Throughput::Elements(columns(&spec)));
        let case = Case::of(&spec);
        warm(&mut group, name, &case);
        cold(&mut group, name, &case);
        let mut forgetful = case.evaluator().with_memo(0);
        group.bench_function(format!("{name}, no memo"), |b| {
            b.iter(|| findings(&mut forgetful, &case.chunks));
        });
    }
    let distinct = Spec {
        distinct: true,
        ..spec()
    };
    cold(&mut group, "distinct", &Case::of(&distinct));
    group.finish();
}

/// All has been seen before, as nearly all has in a long run.
fn warm(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, case: &Case) {
    let mut evaluator = case.evaluator();
    group.bench_function(format!("{name}, warm"), |b| {
        b.iter(|| findings(&mut evaluator, &case.chunks));
    });
}

/// From the first chunk on.
fn cold(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, case: &Case) {
    group.bench_function(format!("{name}, cold"), |b| {
        b.iter(|| findings(&mut case.evaluator(), &case.chunks));
    });
}

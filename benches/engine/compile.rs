//! Frameworks to a program.

use crate::catalog::{compiled, frameworks, spec};
use classmark::synth::Spec;
use criterion::{BenchmarkId, Criterion, Throughput};
use std::hint::black_box;

pub(crate) fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    for rules in [50, 300, 5_000, 50_000] {
        let frameworks = frameworks(&Spec { rules, ..spec() });
        assert_eq!(compiled(&frameworks).rule_count(), rules as usize);
        group.throughput(Throughput::Elements(u64::from(rules)));
        group.bench_function(BenchmarkId::from_parameter(rules), |b| {
            b.iter(|| compiled(black_box(&frameworks)));
        });
    }
    group.finish();
}

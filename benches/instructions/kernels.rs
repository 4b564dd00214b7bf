//! What is counted.

use classmark::bits::{BitSet, SetTable};
use classmark::catalog::{Batches, Chunk, Mapping, Overrides};
use classmark::compile::{Options, Program};
use classmark::evaluate::Evaluator;
use classmark::synth::{Spec, catalog_schema, framework_models, record_batches};
use std::hint::black_box;
use std::sync::Arc;

pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    /// Runs so many times; the columns, or sets, of one time.
    pub(crate) run: fn(u64) -> u64,
}

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "evaluate-sparse",
        run: |times| evaluate(&density(0.05), times, false),
    },
    Kernel {
        name: "evaluate-typical",
        run: |times| evaluate(&density(0.8), times, false),
    },
    Kernel {
        name: "evaluate-dense",
        run: |times| evaluate(&density(2.0), times, false),
    },
    Kernel {
        name: "closure-on-miss",
        run: |times| evaluate(&distinct(), times, true),
    },
    Kernel {
        name: "bit-set",
        run: bit_set,
    },
    Kernel {
        name: "set-interning",
        run: set_interning,
    },
];

fn density(density: f64) -> Spec {
    Spec {
        data_sources: 200,
        density,
        ..Spec::default()
    }
}

fn distinct() -> Spec {
    Spec {
        distinct: true,
        ..density(0.8)
    }
}

/// One evaluator, warm or forgetting everything each time.
fn evaluate(spec: &Spec, times: u64, forget: bool) -> u64 {
    let frameworks = framework_models(spec).expect("the spec is valid");
    let program = Program::compile(&frameworks, Options::default());
    let program = Arc::new(program.expect("generated frameworks are valid"));
    let chunk = chunk(&program, spec);
    let mut evaluator = Evaluator::new(program);
    if forget {
        evaluator = evaluator.with_memo(0);
    }
    black_box(evaluator.evaluate(&chunk));
    for _ in 0..times {
        black_box(evaluator.evaluate(black_box(&chunk)));
    }
    assert!(evaluator.tally().rule_columns.iter().sum::<u64>() > 0);
    chunk.columns.len() as u64
}

/// The whole catalog but its last data source.
fn chunk(program: &Program, spec: &Spec) -> Chunk {
    let (vocabulary, mapping) = (Arc::clone(program.vocabulary()), Mapping::default());
    let schema = catalog_schema();
    let mut batches = Batches::new(vocabulary, &schema, &mapping, Overrides::default())
        .expect("a generated catalog fits");
    let mut rows = record_batches(spec, 1 << 20).expect("the spec is valid");
    let rows = rows.next().expect("there are rows");
    let pieces = batches.push(&rows).expect("no row is bad");
    let piece = pieces.into_iter().next();
    piece.expect("there are whole data sources").chunk
}

const SETS: u32 = 10_000;

/// Small sets in a wide bit set.
fn bit_set(times: u64) -> u64 {
    let mut set = BitSet::new(100_000);
    let mut found = 0;
    for _ in 0..times {
        for number in 0..SETS {
            set.clear();
            for member in 0..4 {
                set.insert(black_box(number * 7 + member * 911));
            }
            found += u64::from(set.contains(black_box(number * 7 + 911)));
        }
    }
    assert_eq!(found, times * u64::from(SETS));
    u64::from(SETS)
}

/// Sets of one to four numbers: new ones first, then known ones.
fn set_interning(times: u64) -> u64 {
    let mut table = SetTable::new();
    for _ in 0..=times {
        for number in 0..SETS {
            let set = [number, number + 1, number + 2, number + 3];
            table.intern(black_box(&set[..1 + number as usize % 4]));
        }
    }
    assert_eq!(table.len(), SETS as usize + 1);
    u64::from(SETS)
}

//! Generated catalogs and frameworks, as each bench needs them.

use classmark::bits::SetTable;
use classmark::catalog::{Batches, Chunk, Mapping, Overrides};
use classmark::compile::{Options, Program};
use classmark::framework::Framework;
use classmark::synth::{Spec, catalog_schema, framework_models, record_batches};
use std::sync::Arc;

/// How densely catalogs are tagged, in mean tags a column.
pub(crate) const DENSITIES: [(&str, f64); 3] = [("sparse", 0.05), ("half", 0.5), ("dense", 2.0)];

/// 100,000 columns.
pub(crate) fn spec() -> Spec {
    Spec {
        data_sources: 2_000,
        ..Spec::default()
    }
}

pub(crate) fn columns(spec: &Spec) -> u64 {
    spec.columns().expect("the spec is valid")
}

pub(crate) fn frameworks(spec: &Spec) -> Vec<Framework> {
    framework_models(spec).expect("the spec is valid")
}

pub(crate) fn compiled(frameworks: &[Framework]) -> Arc<Program> {
    Arc::new(
        Program::compile(frameworks, Options::default()).expect("generated frameworks are valid"),
    )
}

/// The catalog of a spec as the engine sees it, in chunks of about 32,768 columns.
pub(crate) fn chunks(program: &Program, spec: &Spec) -> Vec<Chunk> {
    let vocabulary = Arc::clone(program.vocabulary());
    let mapping = Mapping::default();
    let schema = catalog_schema();
    let mut batches = Batches::new(vocabulary, &schema, &mapping, Overrides::default())
        .expect("a generated catalog fits");
    let mut chunks = Vec::new();
    for batch in record_batches(spec, 1 << 15).expect("the spec is valid") {
        chunks.extend(batches.push(&batch).expect("no row is bad"));
    }
    chunks.extend(batches.finish().expect("no row is bad"));
    chunks.into_iter().map(|piece| piece.chunk).collect()
}

/// The same chunks over one table of sets, as a reader gives them that keeps its own.
pub(crate) fn over_one_table(chunks: Vec<Chunk>) -> Vec<Chunk> {
    let mut table = SetTable::new();
    let mut rehomed: Vec<Chunk> = Vec::new();
    for mut chunk in chunks {
        let sets = Arc::clone(&chunk.sets);
        let mut number = |set: &mut u32| *set = table.intern(sets.get(*set));
        chunk.columns.iter_mut().for_each(&mut number);
        chunk
            .sources
            .iter_mut()
            .for_each(|source| number(&mut source.table));
        rehomed.push(chunk);
    }
    let table = Arc::new(table);
    for chunk in &mut rehomed {
        chunk.sets = Arc::clone(&table);
    }
    rehomed
}

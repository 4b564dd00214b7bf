//! A Parquet file's rows to pieces.

use crate::catalog::{DENSITIES, columns, compiled, frameworks, spec};
use classmark::catalog::{Batches, Mapping, Overrides};
use classmark::compile::Program;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::synth::{Spec, write_catalog};
use criterion::{Criterion, Throughput};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn ingest(c: &mut Criterion) {
    let mut group = c.benchmark_group("ingest");
    for (name, density) in DENSITIES {
        let spec = Spec { density, ..spec() };
        let program = compiled(&frameworks(&spec));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = write_catalog(&spec, folder.path()).expect("the catalog is written");
        let file = &files[0].path;
        assert_eq!(read(&program, file), columns(&spec));
        group.throughput(Throughput::Elements(columns(&spec)));
        group.bench_function(name, |b| b.iter(|| read(&program, file)));
    }
    group.finish();
}

/// How many columns a file has.
fn read(program: &Program, path: &Path) -> u64 {
    let file = File::open(path).expect("the file is there");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("it is Parquet");
    let schema = Arc::clone(reader.schema());
    let reader = reader
        .with_batch_size(1 << 15)
        .build()
        .expect("it is whole");
    let (vocabulary, mapping) = (Arc::clone(program.vocabulary()), Mapping::default());
    let mut batches = Batches::new(vocabulary, &schema, &mapping, Overrides::default())
        .expect("a generated catalog fits");
    let mut columns = 0;
    for batch in reader {
        let pieces = batches.push(&batch.expect("it is whole"));
        columns += count(&pieces.expect("no row is bad"));
    }
    columns + count(&batches.finish().expect("no row is bad"))
}

fn count(pieces: &[classmark::catalog::Piece]) -> u64 {
    pieces.iter().map(|p| p.chunk.columns.len() as u64).sum()
}

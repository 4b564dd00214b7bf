//! Assignments to encoded row groups.

use crate::catalog::{compiled, frameworks, spec};
use classmark::arrow::array::{Array, RecordBatch};
use classmark::arrow::compute::{cast, concat};
use classmark::arrow::datatypes::{DataType, Field, Schema};
use classmark::catalog::{Batches, IdKind, Mapping, Overrides, Piece};
use classmark::compile::Program;
use classmark::evaluate::{Assignments, Evaluator};
use classmark::output::{AssignmentEncoder, AssignmentNames, Staging, Table};
use classmark::synth::{Spec, catalog_schema, record_batches};
use criterion::{Criterion, Throughput};
use std::sync::Arc;

/// The assignments of a catalog, encoded as for `assignments.parquet`.
pub(crate) fn encode(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let staging = Staging::begin(&folder.path().join("out"), false).expect("a staging folder");
    let mut group = c.benchmark_group("encode");
    for (name, density) in [("sparse", 0.3), ("dense", 3.0)] {
        let spec = Spec {
            density,
            data_sources: 10_000,
            ..spec()
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

/// The catalog of a spec, its columns' names as keys into one dictionary, as
/// they come from a file.
fn keyed(spec: &Spec) -> impl Iterator<Item = RecordBatch> {
    let batches: Vec<RecordBatch> = generated(spec).collect();
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

fn generated(spec: &Spec) -> impl Iterator<Item = RecordBatch> {
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

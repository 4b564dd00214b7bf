//! A Parquet file's rows to pieces: as `tag` reads it, and as embedders give it.

use crate::catalog::{DENSITIES, columns, compiled, frameworks, spec};
use classmark::catalog::{
    Batches, Catalog, CatalogInput, Layout, Lexicon, Mapping, Overrides, Piece, Survey,
};
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
        let mut lexicon = Lexicon::default();
        assert_eq!(of_file(&program, file, &mut lexicon), columns(&spec));
        assert_eq!(of_batches(&program, file), columns(&spec));
        group.throughput(Throughput::Elements(columns(&spec)));
        group.bench_function(format!("{name}, file"), |b| {
            b.iter(|| of_file(&program, file, &mut lexicon));
        });
        group.bench_function(format!("{name}, batches"), |b| {
            b.iter(|| of_batches(&program, file));
        });
    }
    group.finish();
}

/// How many columns a file has, read as `tag` reads it.
fn of_file(program: &Program, path: &Path, lexicon: &mut Lexicon) -> u64 {
    let input = CatalogInput {
        columns: vec![path.to_owned()],
        ..CatalogInput::default()
    };
    let vocabulary = Arc::clone(program.vocabulary());
    let mut catalog = Catalog::open(&input, vocabulary, Overrides::default()).expect("it opens");
    let segments = catalog.segments();
    let present = segments
        .iter()
        .map(|segment| catalog.segment_tags(*segment))
        .reduce(|all, more| {
            let mut all = all?;
            all.join(&more?);
            Some(all)
        });
    catalog.heed(program.notice(present.flatten().as_ref()));
    let mut survey = Survey::default();
    for segment in segments {
        survey.push(
            segment,
            catalog.segment_ids(segment).expect("ids are there"),
        );
    }
    let Layout::Contiguous(stretches) = survey.layout(input.stretch_rows) else {
        return 0;
    };
    let mut columns = 0;
    for stretch in &stretches {
        for piece in catalog.read(stretch, lexicon) {
            columns += count(&[piece.expect("no row is bad")]);
        }
    }
    columns
}

/// How many columns a file has, read by arrow-rs and given batch by batch.
fn of_batches(program: &Program, path: &Path) -> u64 {
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

fn count(pieces: &[Piece]) -> u64 {
    pieces.iter().map(|p| p.chunk.columns.len() as u64).sum()
}

//! The engine inside another program: frameworks are compiled once, and record
//! batches are tagged in as many threads as one likes.
//!
//! `cargo run --release --example embed`

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use classmark::arrow::array::RecordBatch;
use classmark::compile::{Options, Program};
use classmark::evaluate::Tally;
use classmark::framework::Limits;
use classmark::pipeline::{PipelineError, Tagger, load_frameworks};
use classmark::synth::{Spec, catalog_schema, framework_models, record_batches};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    demo()?;
    threads()
}

/// A catalog out of a Parquet file, as a reader of record batches.
fn demo() -> Result<(), Box<dyn Error>> {
    use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use classmark::pipeline::TaggedReader;

    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let documents = load_frameworks(&[folder.join("frameworks")], &Limits::default())?;
    let program = Program::compile(&documents.frameworks, Options::default())?;
    let file = std::fs::File::open(folder.join("catalog.parquet"))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
    let mut rows = 0;
    for batch in TaggedReader::new(Arc::new(program), reader)? {
        rows += batch?.num_rows();
    }
    println!("demo: {rows} assignments");
    Ok(())
}

/// Batches of whole data sources, dealt out to two threads.
fn threads() -> Result<(), Box<dyn Error>> {
    let spec = Spec {
        data_sources: 2_000,
        ..Spec::default()
    };
    let program = Program::compile(&framework_models(&spec)?, Options::default())?;
    let program = Arc::new(program);
    let catalogs = [1, 2].map(|seed| Spec {
        seed,
        ..spec.clone()
    });
    let tallies = std::thread::scope(|scope| {
        let workers = catalogs.each_ref().map(|catalog| {
            let program = Arc::clone(&program);
            scope.spawn(move || tag(program, record_batches(catalog, 8192).into_iter().flatten()))
        });
        workers.map(|worker| worker.join())
    });
    let mut total = Tally::new(&program);
    for tally in tallies {
        let tally = tally.map_err(|_| "a worker panicked")??;
        total.merge(&tally);
    }
    println!(
        "threads: {} columns, {} of them tagged",
        total.columns, total.tagged_columns
    );
    Ok(())
}

fn tag(
    program: Arc<Program>,
    batches: impl Iterator<Item = RecordBatch>,
) -> Result<Tally, PipelineError> {
    let mut tagger = Tagger::new(program, &catalog_schema())?;
    for batch in batches {
        let assignments = tagger.push(&batch)?;
        // Here an embedder would pass the batch on.
        drop(assignments);
    }
    tagger.finish()?;
    Ok(tagger.tally())
}

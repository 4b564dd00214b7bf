//! The bare scan: the columns that classmark reads, decoded with the same
//! hints and threads, and dropped.

use crate::Failed;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetMetaData;
use serde_json::{Value, json};
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

const WANTED: [&str; 4] = ["data_source_id", "column_name", "column_tags", "table_tags"];
const BATCH_ROWS: usize = 1 << 15;

/// Scans a catalog with so many threads, a row group at a time each.
pub fn run(path: &Path, threads: usize) -> Result<Value, Failed> {
    let begun = Instant::now();
    let plain = ArrowReaderMetadata::load(&File::open(path)?, ArrowReaderOptions::new())?;
    let hinted = hinted(&plain)?;
    let next = AtomicUsize::new(0);
    let work = || scan(path, &hinted, &next);
    let rows: Result<Vec<usize>, Failed> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| {
            let stopped = |_| Failed::from("a thread of the scan stopped");
            worker.join().map_err(stopped).and_then(|rows| rows)
        });
        joined.collect()
    });
    let rows: usize = rows?.into_iter().sum();
    let seconds = begun.elapsed().as_secs_f64();
    let hints: Vec<String> = hinted
        .schema()
        .fields()
        .iter()
        .filter(|field| WANTED.contains(&field.name().as_str()))
        .map(|field| format!("{}: {}", field.name(), field.data_type()))
        .collect();
    Ok(json!({"rows": rows, "seconds": seconds, "read as": hints}))
}

/// Reads row groups until none is left; how many rows they had.
fn scan(path: &Path, metadata: &ArrowReaderMetadata, next: &AtomicUsize) -> Result<usize, Failed> {
    let mut rows = 0;
    loop {
        let group = next.fetch_add(1, Ordering::Relaxed);
        if group >= metadata.metadata().num_row_groups() {
            return Ok(rows);
        }
        let file = File::open(path)?;
        let roots = metadata.schema().fields().iter().enumerate();
        let roots = roots.filter(|(_, field)| WANTED.contains(&field.name().as_str()));
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots.map(|(place, _)| place));
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_projection(mask)
            .with_row_groups(vec![group])
            .with_batch_size(BATCH_ROWS)
            .build()?;
        for batch in reader {
            rows += black_box(batch?).num_rows();
        }
    }
}

/// The same file, with text that is a dictionary throughout read as one.
fn hinted(plain: &ArrowReaderMetadata) -> Result<ArrowReaderMetadata, Failed> {
    let mut leaf = 0;
    let fields: Vec<FieldRef> = plain
        .schema()
        .fields()
        .iter()
        .map(|field| hint(field, plain.metadata(), &mut leaf))
        .collect();
    let schema = Schema::new_with_metadata(fields, plain.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    Ok(ArrowReaderMetadata::try_new(
        Arc::clone(plain.metadata()),
        options,
    )?)
}

/// The field to ask for; `leaf` counts the leaves of the Parquet schema.
fn hint(field: &FieldRef, metadata: &ParquetMetaData, leaf: &mut usize) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::List(element) => DataType::List(hint(element, metadata, leaf)),
        DataType::Struct(parts) => {
            DataType::Struct(parts.iter().map(|f| hint(f, metadata, leaf)).collect())
        }
        other => {
            let place = *leaf;
            *leaf += 1;
            match other == &DataType::Utf8 && is_dictionary(metadata, place) {
                true => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
                false => other.clone(),
            }
        }
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

/// Whether every data page of a leaf holds dictionary keys.
fn is_dictionary(metadata: &ParquetMetaData, leaf: usize) -> bool {
    let keys = |encoding: Encoding| {
        matches!(
            encoding,
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY
        )
    };
    metadata.row_groups().iter().all(|group| {
        let column = group.column(leaf);
        let only = column
            .page_encoding_stats_mask()
            .is_none_or(|mask| mask.encodings().all(keys));
        column.num_values() == 0 || column.dictionary_page_offset().is_some() && only
    })
}

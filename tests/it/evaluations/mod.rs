//! Small catalogs, evaluated in memory.

mod documents;
mod limits;
mod same;
mod streams;

use crate::corpus::{column_batch, one_table, source_batch};
use classmark::arrow::array::RecordBatch;
use classmark::catalog::{Held, Id};
use classmark::pipeline::{CatalogLimits, Evaluation, PipelineError, SmallCatalog};
use classmark::reference::{Assignment, Row};

/// A table of batches of so many rows.
fn held(name: &'static str, batch: &RecordBatch, rows: usize) -> Held {
    let parts = (0..batch.num_rows()).step_by(rows);
    let parts = parts.map(|at| batch.slice(at, rows.min(batch.num_rows() - at)));
    Held::new(name, batch.schema(), parts.collect()).unwrap()
}

pub(crate) fn small(rows: &[Row], two_tables: bool, batch_rows: usize) -> SmallCatalog {
    let table = |name, batch: RecordBatch| held(name, &batch, batch_rows);
    let (columns, sources) = match two_tables {
        true => (column_batch(rows), Some(source_batch(rows))),
        false => (one_table(rows), None),
    };
    let sources = sources.map(|batch| table("sources", batch));
    SmallCatalog::new(
        table("columns", columns),
        sources,
        &CatalogLimits::default(),
    )
    .unwrap()
}

/// The assignments as they come.
fn found(evaluation: &Evaluation) -> Vec<Assignment> {
    let rows = evaluation.rows().map(|row| Assignment {
        data_source: row.data_source.to_string(),
        column: row.column.to_owned(),
        tag: row.tag.clone(),
        sensitivity: row.sensitivity,
        rules: row.rules.iter().map(|id| (*id).to_owned()).collect(),
        state: row.state.as_str(),
        recorded: row.recorded,
    });
    rows.collect()
}

/// What is wrong with a document, as code and pointer.
fn findings(error: PipelineError) -> Vec<(String, String)> {
    let PipelineError::Small(findings) = error else {
        panic!("{error}");
    };
    let short = |f: &classmark::diagnostic::Diagnostic| (f.code.to_string(), f.pointer.clone());
    findings.iter().map(short).collect()
}

/// An id as it is told.
fn id(id: &str) -> Id {
    Id::Text(id.into())
}

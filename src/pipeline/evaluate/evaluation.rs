//! What a small catalog comes to.

use super::RolledUp;
use crate::catalog::{Id, Piece};
use crate::compile::Program;
use crate::evaluate::{Assignments, Entry, Outcome, State};
use crate::output::{AssignmentNames, AssignmentRows, Basis, CountsRecord};
use crate::pipeline::PipelineError;
use crate::rollup::Rollup;
use crate::tag::Tag;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use std::sync::Arc;

/// What a small catalog comes to.
#[derive(Debug)]
pub struct Evaluation {
    program: Arc<Program>,
    names: Arc<AssignmentNames>,
    parts: Vec<(Piece, Assignments)>,
    rollup: Option<RolledUp>,
    counts: CountsRecord,
}

/// A row of the assignments.
#[derive(Debug, Clone)]
pub struct Row<'e> {
    /// The data source.
    pub data_source: Id,
    /// The column.
    pub column: &'e str,
    /// The tag.
    pub tag: &'e Tag,
    /// Its sensitivity; `None` is not rated.
    pub sensitivity: Option<u8>,
    /// The ids of the rules that give it.
    pub rules: Vec<&'e str>,
    /// How it stands to the catalog.
    pub state: State,
    /// Whether the catalog records the tag on the column, rejected or not.
    pub recorded: bool,
}

/// A column as it was found, and what the rules say of it.
pub(super) struct Found<'e> {
    pub(super) data_source: Id,
    pub(super) column: &'e str,
    pub(super) outcome: &'e Outcome,
}

impl Evaluation {
    pub(super) fn new(
        program: Arc<Program>,
        names: Arc<AssignmentNames>,
        parts: Vec<(Piece, Assignments)>,
        rollup: Option<RolledUp>,
        counts: CountsRecord,
    ) -> Self {
        Evaluation {
            program,
            names,
            parts,
            rollup,
            counts,
        }
    }

    /// What was counted, as in a manifest.
    pub fn counts(&self) -> &CountsRecord {
        &self.counts
    }

    /// What its findings come to, and what that rests on, where it was asked for.
    pub fn rollup(&self) -> Option<(&Rollup, &Basis)> {
        self.rollup.as_ref().map(|(rollup, basis)| (rollup, basis))
    }

    /// The assignments, in the order in which `assignments.parquet` has them.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.columns().flat_map(move |found| {
            let entries = found.outcome.entries().iter();
            entries.filter_map(move |entry| self.row(&found, entry))
        })
    }

    /// Every column once, in the order of the assignments, and its sensitivity:
    /// the highest over the tags that it bears or is to bear.
    pub fn sensitivities(&self) -> impl Iterator<Item = (Id, &str, Option<u8>)> {
        self.columns().map(|found| {
            let sensitivity = found.outcome.sensitivity(&self.program);
            (found.data_source, found.column, sensitivity)
        })
    }

    /// The schema of [`Evaluation::batches`]: that of `assignments.parquet`.
    pub fn schema(&self) -> &SchemaRef {
        self.names.schema()
    }

    /// The assignments as record batches.
    ///
    /// # Errors
    ///
    /// Arrays over Arrow's limits.
    pub fn batches(&self) -> Result<Vec<RecordBatch>, PipelineError> {
        let mut rows = AssignmentRows::new(Arc::clone(&self.names));
        let mut batches = Vec::new();
        for (piece, assignments) in &self.parts {
            rows.extend(piece, assignments, 0..piece.chunk.sources.len(), |batch| {
                batches.push(batch);
                Ok::<(), ArrowError>(())
            })?;
        }
        batches.extend(rows.finish()?);
        Ok(batches)
    }

    fn columns(&self) -> impl Iterator<Item = Found<'_>> {
        self.parts.iter().flat_map(|(piece, assignments)| {
            let sources = piece.chunk.sources().enumerate();
            sources.flat_map(move |(source, (columns, _))| {
                let id = piece.id(source);
                columns.filter_map(move |column| {
                    Some(Found {
                        data_source: id.clone()?,
                        column: piece.column_name(column),
                        outcome: assignments.of(column)?,
                    })
                })
            })
        })
    }

    fn row<'e>(&'e self, found: &Found<'e>, entry: &'e Entry) -> Option<Row<'e>> {
        let rules = found.outcome.rules(entry).iter();
        Some(Row {
            data_source: found.data_source.clone(),
            column: found.column,
            tag: self.program.vocabulary().tags().get(entry.tag as usize)?,
            sensitivity: self.program.sensitivity(entry.tag),
            rules: rules.map(|rule| self.program.rule_id(*rule)).collect(),
            state: entry.state,
            recorded: entry.recorded,
        })
    }
}

//! What every way through a catalog needs, and what it comes to.

use super::overrides::note_muted;
use super::progress::{Progress, go_on};
use crate::catalog::{BadRow, Catalog, Chunk, Lexicon, Piece};
use crate::compile::Program;
use crate::evaluate::{Assignments, Evaluator, Tally};
use crate::output::{
    AssignmentEncoder, AssignmentNames, EncodedRowGroup, Leaves, OutputError, OutputRecord,
    SourceTable, Staging, Table, source_batch,
};
use crate::pipeline::PipelineError;
use crate::rollup::{Counter, Partial, Plan};
use arrow::array::RecordBatch;
use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::sync::Arc;

/// That the catalog has table tags if a rule asks for them, or was said to have none.
pub(super) fn check_table_tags(catalog: &Catalog, program: &Program) -> Result<(), PipelineError> {
    let rule = program.rule_on_table_tags();
    match rule.and_then(|rule| catalog.without_table_tags(rule)) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// What every way through a catalog needs.
pub(super) struct Journey<'j> {
    pub(super) catalog: &'j Catalog,
    pub(super) program: &'j Arc<Program>,
    /// What is counted for compliance frameworks, if there are any.
    pub(super) plan: Option<&'j Arc<Plan>>,
    pub(super) names: Arc<AssignmentNames>,
    pub(super) pool: &'j ThreadPool,
    pub(super) progress: &'j dyn Progress,
}

impl Journey<'_> {
    /// Tells that so many more rows are done, and hears whether it goes on.
    pub(super) fn advance(&self, rows: u64) -> Result<(), PipelineError> {
        self.progress.advance(rows);
        go_on(self.progress)
    }

    /// The engine of a thread.
    pub(super) fn engine(&self) -> Engine {
        Engine::new(self.program, self.plan)
    }
}

/// Applies the rules, and counts what comes of it.
pub(super) struct Engine {
    evaluator: Evaluator,
    counter: Option<Counter>,
}

impl Engine {
    /// An engine that has counted nothing yet.
    pub(super) fn new(program: &Arc<Program>, plan: Option<&Arc<Plan>>) -> Self {
        let program = || Arc::clone(program);
        Engine {
            evaluator: Evaluator::new(program()),
            counter: plan.map(|plan| Counter::new(Arc::clone(plan), program())),
        }
    }

    /// What it has counted.
    pub(super) fn sums(mut self) -> (Tally, Option<Partial>) {
        let sums = self.counter.map(Counter::finish);
        (self.evaluator.tally(), sums)
    }

    pub(super) fn apply(&mut self, chunk: &Chunk) -> Assignments {
        let assignments = self.evaluator.evaluate(chunk);
        if let Some(counter) = &mut self.counter {
            counter.count(&assignments);
        }
        assignments
    }
}

/// What a thread keeps from one stretch of the catalog to the next.
pub(super) struct Worker {
    pub(super) lexicon: Lexicon,
    pub(super) engine: Engine,
}

/// The tables that grow stretch by stretch.
pub(super) struct Tables {
    assignments: Table,
    sources: SourceTable,
}

impl Tables {
    pub(super) fn create(staging: &Staging, names: &AssignmentNames) -> Result<Self, OutputError> {
        Ok(Tables {
            assignments: Table::create(staging, "assignments.parquet", names.schema())?,
            sources: SourceTable::create(staging, names.schema())?,
        })
    }

    /// The columns of the assignments.
    pub(super) fn leaves(&self) -> Leaves {
        self.assignments.leaves()
    }

    fn append(
        &mut self,
        groups: Vec<EncodedRowGroup>,
        sources: Vec<RecordBatch>,
    ) -> Result<(), OutputError> {
        for group in groups {
            self.assignments.append(group)?;
        }
        sources
            .into_iter()
            .try_for_each(|batch| self.sources.append(batch))
    }

    pub(super) fn finish(self) -> Result<Vec<OutputRecord>, OutputError> {
        let assignments = OutputRecord::table(self.assignments.finish()?);
        Ok(vec![
            assignments,
            OutputRecord::table(self.sources.finish()?),
        ])
    }
}

/// What a stretch of the catalog comes to.
#[derive(Default)]
pub(super) struct StretchResult {
    pub(super) groups: Vec<EncodedRowGroup>,
    pub(super) sources: Vec<RecordBatch>,
    pub(super) bad: Vec<BadRow>,
    pub(super) unlisted: u64,
}

/// What a catalog comes to, beside its assignments.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tally: Tally,
    /// The sums for compliance frameworks, if there are any.
    pub(super) sums: Option<Partial>,
    pub(super) bad: Vec<BadRow>,
    pub(super) unlisted: u64,
    pub(super) scattered: bool,
}

impl Found {
    pub(super) fn of(journey: &Journey<'_>) -> Self {
        Found {
            tally: Tally::new(journey.program),
            sums: journey.plan.map(|plan| Partial::new(plan)),
            ..Found::default()
        }
    }

    /// Takes what a stretch comes to; its rows go to the tables.
    pub(super) fn take(
        &mut self,
        result: StretchResult,
        tables: &mut Tables,
    ) -> Result<(), PipelineError> {
        self.bad.extend(result.bad);
        self.unlisted += result.unlisted;
        Ok(tables.append(result.groups, result.sources)?)
    }

    /// Takes in what the engines have counted; each sums up in a thread of its own.
    pub(super) fn merge(&mut self, pool: &ThreadPool, engines: Vec<Engine>) {
        let counted: Vec<_> = pool.install(|| {
            let engines = engines.into_par_iter();
            engines.map(Engine::sums).collect()
        });
        for (tally, sums) in counted {
            self.tally.merge(&tally);
            if let (Some(all), Some(sums)) = (&mut self.sums, sums) {
                all.merge(&sums);
            }
        }
    }
}

/// How many positions of the input share a row group of the output.
const POSITIONS_PER_GROUP: u64 = 1 << 20;

/// Encodes a stretch's assignments into row groups that are cut by the
/// position of data sources in the input, so that threads and batches do not
/// show in the file.
pub(super) struct StretchWriter<'j> {
    catalog: &'j Catalog,
    encoder: AssignmentEncoder,
    number: u64,
    done: Vec<EncodedRowGroup>,
    sources: Vec<RecordBatch>,
}

impl<'j> StretchWriter<'j> {
    pub(super) fn new(journey: &Journey<'j>, leaves: &Leaves) -> Result<Self, PipelineError> {
        Ok(StretchWriter {
            catalog: journey.catalog,
            encoder: AssignmentEncoder::new(leaves, &journey.names)?,
            number: 0,
            done: Vec::new(),
            sources: Vec::new(),
        })
    }

    /// Evaluates a piece and writes what comes of it.
    pub(super) fn write(
        &mut self,
        engine: &mut Engine,
        piece: &Piece,
    ) -> Result<(), PipelineError> {
        let assignments = engine.apply(&piece.chunk);
        self.sources.push(source_batch(piece)?);
        note_muted(
            self.catalog,
            engine.evaluator.program(),
            piece,
            &assignments,
        );
        let mut start = 0;
        while let Some(position) = piece.positions.get(start) {
            let number = position / POSITIONS_PER_GROUP;
            let count = piece.positions[start..]
                .iter()
                .take_while(|position| **position / POSITIONS_PER_GROUP == number)
                .count();
            if number != self.number {
                self.end_group()?;
                self.number = number;
            }
            let sources = start..start + count;
            self.encoder.extend(piece, &assignments, sources)?;
            start += count;
        }
        Ok(())
    }

    /// Gives what was written to a result.
    pub(super) fn finish(mut self, to: &mut StretchResult) -> Result<(), PipelineError> {
        self.end_group()?;
        (to.groups, to.sources) = (self.done, self.sources);
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), PipelineError> {
        self.done.extend(self.encoder.finish()?);
        Ok(())
    }
}

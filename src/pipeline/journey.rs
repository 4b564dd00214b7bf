//! What every way through a catalog needs, and what it comes to.

use super::overrides::note_muted;
use super::progress::Progress;
use crate::catalog::{BadRow, Catalog, Lexicon, Piece};
use crate::compile::Program;
use crate::evaluate::{Evaluator, Tally};
use crate::output::{AssignmentEncoder, AssignmentNames, EncodedRowGroup, Leaves};
use crate::pipeline::PipelineError;
use rayon::ThreadPool;
use std::sync::Arc;

/// What every way through a catalog needs.
pub(super) struct Journey<'j> {
    pub(super) catalog: &'j Catalog,
    pub(super) program: &'j Arc<Program>,
    pub(super) names: Arc<AssignmentNames>,
    pub(super) pool: &'j ThreadPool,
    pub(super) progress: &'j dyn Progress,
}

/// What a thread keeps from one stretch of the catalog to the next.
pub(super) struct Worker {
    pub(super) lexicon: Lexicon,
    pub(super) evaluator: Evaluator,
}

impl Worker {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        Worker {
            lexicon: Lexicon::default(),
            evaluator: Evaluator::new(Arc::clone(program)),
        }
    }
}

/// What a stretch of the catalog comes to.
#[derive(Default)]
pub(super) struct StretchResult {
    pub(super) groups: Vec<EncodedRowGroup>,
    pub(super) bad: Vec<BadRow>,
    pub(super) unlisted: u64,
}

/// What a catalog comes to, beside its assignments.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tally: Tally,
    pub(super) bad: Vec<BadRow>,
    pub(super) unlisted: u64,
    pub(super) scattered: bool,
}

impl Found {
    pub(super) fn of(program: &Program) -> Self {
        Found {
            tally: Tally::new(program),
            ..Found::default()
        }
    }

    pub(super) fn take(&mut self, result: StretchResult) -> Vec<EncodedRowGroup> {
        self.bad.extend(result.bad);
        self.unlisted += result.unlisted;
        result.groups
    }

    pub(super) fn merge(&mut self, evaluators: impl IntoIterator<Item = Evaluator>) {
        for mut evaluator in evaluators {
            self.tally.merge(&evaluator.tally());
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
}

impl<'j> StretchWriter<'j> {
    pub(super) fn new(journey: &Journey<'j>, leaves: &Leaves) -> Result<Self, PipelineError> {
        Ok(StretchWriter {
            catalog: journey.catalog,
            encoder: AssignmentEncoder::new(leaves, &journey.names)?,
            number: 0,
            done: Vec::new(),
        })
    }

    /// Evaluates a piece and writes what comes of it.
    pub(super) fn write(
        &mut self,
        evaluator: &mut Evaluator,
        piece: &Piece,
    ) -> Result<(), PipelineError> {
        let assignments = evaluator.evaluate(&piece.chunk);
        note_muted(self.catalog, evaluator.program(), piece, &assignments);
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

    /// The encoded row groups.
    pub(super) fn finish(mut self) -> Result<Vec<EncodedRowGroup>, PipelineError> {
        self.end_group()?;
        Ok(self.done)
    }

    fn end_group(&mut self) -> Result<(), PipelineError> {
        self.done.extend(self.encoder.finish()?);
        Ok(())
    }
}

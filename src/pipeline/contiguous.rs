//! The way through a catalog whose data sources each lie in one place.

use super::PipelineError;
use super::journey::{Found, Journey, StretchResult, StretchWriter, Worker};
use super::ordered::in_order;
use crate::catalog::Stretch;
use crate::output::{Leaves, Table};

/// Tags stretch by stretch, each thread on its own, and appends in input order.
pub(super) fn run(
    journey: &Journey<'_>,
    stretches: &[Stretch],
    table: &mut Table,
) -> Result<Found, PipelineError> {
    let mut found = Found::of(journey.program);
    let leaves = table.leaves();
    let workers = in_order(
        journey.pool,
        stretches.len(),
        4 * journey.pool.current_num_threads(),
        || Worker::new(journey.program),
        |worker, number| tag_stretch(journey, &stretches[number], &leaves, worker),
        |result| {
            for group in found.take(result) {
                table.append(group)?;
            }
            Ok(())
        },
    )?;
    found.merge(workers.into_iter().map(|worker| worker.evaluator));
    Ok(found)
}

fn tag_stretch(
    journey: &Journey<'_>,
    stretch: &Stretch,
    leaves: &Leaves,
    worker: &mut Worker,
) -> Result<StretchResult, PipelineError> {
    let mut result = StretchResult::default();
    let mut writer = StretchWriter::new(journey, leaves)?;
    let mut reader = journey.catalog.read(stretch, &mut worker.lexicon);
    while let Some(piece) = reader.next() {
        let piece = piece?;
        result.unlisted += piece.unlisted;
        writer.write(&mut worker.evaluator, &piece)?;
        journey.progress.advance(reader.take_rows_read());
    }
    result.bad = reader.take_bad_rows();
    result.groups = writer.finish()?;
    Ok(result)
}

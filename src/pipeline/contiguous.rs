//! The way through a catalog whose data sources each lie in one place.

use super::PipelineError;
use super::journey::{Found, Journey, StretchResult, StretchWriter, Tables, Worker};
use super::ordered::in_order;
use crate::catalog::{Lexicon, Stretch};
use crate::output::Leaves;

/// Tags stretch by stretch, each thread on its own, and appends in input order.
pub(super) fn run(
    journey: &Journey<'_>,
    stretches: &[Stretch],
    tables: &mut Tables,
) -> Result<Found, PipelineError> {
    let mut found = Found::of(journey);
    let leaves = tables.leaves();
    let workers = in_order(
        journey.pool,
        stretches.len(),
        4 * journey.pool.current_num_threads(),
        || Worker {
            lexicon: Lexicon::default(),
            engine: journey.engine(),
        },
        |worker, number| tag_stretch(journey, &stretches[number], &leaves, worker),
        |result| found.take(result, tables),
    )?;
    let engines = workers.into_iter().map(|worker| worker.engine);
    found.merge(journey.pool, engines.collect());
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
        writer.write(&mut worker.engine, &piece)?;
        journey.advance(reader.take_rows_read())?;
    }
    result.bad = reader.take_bad_rows();
    writer.finish(&mut result)?;
    Ok(result)
}

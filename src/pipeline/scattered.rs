//! The way through a catalog whose data sources lie scattered.

use super::PipelineError;
use super::journey::{Engine, Found, Journey, StretchResult, StretchWriter, Tables};
use super::ordered::in_order;
use super::progress::{Progress, go_on};
use crate::catalog::{
    BadRow, Catalog, Cut, Dealer, Dealt, Gatherer, Shares, Stretch, StretchDealer,
};
use crate::output::Leaves;
use rayon::ThreadPool;
use std::sync::{Mutex, PoisonError};

/// Deals all rows out into shares, then tags share by share.
pub(super) fn run(
    journey: &Journey<'_>,
    stretches: &[Stretch],
    shares: Shares,
    tables: &mut Tables,
) -> Result<Found, PipelineError> {
    let mut found = Found::of(journey);
    found.scattered = true;
    let cut = shares.cut();
    let shares = Mutex::new(shares);
    let reading = (journey.catalog, journey.pool, journey.progress);
    found.bad = deal(reading, stretches, cut, &shares)?;
    let shares = shares.into_inner().unwrap_or_else(PoisonError::into_inner);
    let dealt = shares.dealt()?;
    let rows = stretches.iter().map(Stretch::rows).sum();
    journey.progress.phase("tagging", Some(rows));
    let leaves = tables.leaves();
    let workers = in_order(
        journey.pool,
        dealt.count(),
        2 * journey.pool.current_num_threads(),
        || (journey.engine(), Gatherer::default()),
        |worker, share| tag_share(journey, (&dealt, share), &leaves, worker),
        |result| found.take(result, tables),
    )?;
    let engines = workers.into_iter().map(|(engine, _)| engine);
    found.merge(journey.pool, engines.collect());
    Ok(found)
}

/// Deals all rows out; those that are bad come back.
pub(super) fn deal(
    (catalog, pool, progress): (&Catalog, &ThreadPool, &dyn Progress),
    stretches: &[Stretch],
    cut: Cut,
    shares: &Mutex<Shares>,
) -> Result<Vec<BadRow>, PipelineError> {
    let mut bad = Vec::new();
    in_order(
        pool,
        stretches.len(),
        stretches.len(),
        Dealer::default,
        |dealer, number| {
            let stretch = &stretches[number];
            let mut dealing = catalog.deal(stretch, number, cut, dealer);
            while deal_batch(&mut dealing, shares)? {
                progress.advance(dealing.take_rows_read());
                go_on(progress)?;
            }
            Ok(dealing.take_bad_rows())
        },
        |rows| {
            bad.extend(rows);
            Ok(())
        },
    )?;
    Ok(bad)
}

/// Deals the next batch out; whether there was one.
///
/// Whoever brings a block while others are written to disk waits: else more
/// would be held in memory than may be.
fn deal_batch(
    dealing: &mut StretchDealer<'_>,
    shares: &Mutex<Shares>,
) -> Result<bool, PipelineError> {
    let lock = || shares.lock().unwrap_or_else(PoisonError::into_inner);
    let more = dealing.read()?;
    if dealing.has_new() {
        dealing.number(&mut lock());
    }
    for block in dealing.deal() {
        lock().keep(block)?;
    }
    Ok(more)
}

fn tag_share(
    journey: &Journey<'_>,
    (dealt, share): (&Dealt, usize),
    leaves: &Leaves,
    (engine, gatherer): &mut (Engine, Gatherer),
) -> Result<StretchResult, PipelineError> {
    let mut result = StretchResult::default();
    let mut writer = StretchWriter::new(journey, leaves)?;
    let catalog = journey.catalog;
    if let Some(piece) = catalog.gather(dealt, share, gatherer)? {
        result.unlisted = piece.unlisted;
        writer.write(engine, &piece)?;
        journey.advance(piece.chunk.columns.len() as u64)?;
    }
    writer.finish(&mut result)?;
    Ok(result)
}

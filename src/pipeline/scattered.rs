//! The way through a catalog whose data sources lie scattered.

use super::PipelineError;
use super::journey::{Found, Journey, StretchResult, StretchWriter, Worker};
use super::ordered::in_order;
use crate::catalog::{BadRow, Catalog, CatalogError, Lexicon, Share, Stretch};
use crate::output::Table;
use arrow::array::RecordBatch;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Deals all rows out into shares, then tags share by share.
pub(super) fn run(
    journey: &Journey<'_>,
    stretches: &[Stretch],
    rows: &[u64],
    folder: &Path,
    memory: u64,
    table: &mut Table,
) -> Result<Found, PipelineError> {
    let mut found = Found::of(journey.program);
    found.scattered = true;
    let shares = Shares::new(folder, Catalog::shares_for(rows.iter().sum()), memory);
    found.bad = deal(journey, stretches, rows, &shares)?;
    journey.progress.phase("tagging", Some(rows.iter().sum()));
    let shares = shares.into_slots();
    let leaves = table.leaves();
    let workers = in_order(
        journey.pool,
        shares.len(),
        2 * journey.pool.current_num_threads(),
        || Worker::new(journey.program),
        |worker, number| {
            let mut result = StretchResult::default();
            let mut writer = StretchWriter::new(&leaves, &journey.names)?;
            if let Some(piece) = gather(journey.catalog, &shares[number], &mut worker.lexicon)? {
                result.unlisted = piece.unlisted;
                writer.write(&mut worker.evaluator, &piece)?;
                journey.progress.advance(piece.chunk.columns.len() as u64);
            }
            result.groups = writer.finish()?;
            Ok(result)
        },
        |result| {
            for group in found.take(result) {
                table.append(group)?;
            }
            Ok(())
        },
    )?;
    found.merge(workers);
    Ok(found)
}

fn gather(
    catalog: &Catalog,
    slot: &Mutex<Option<Share>>,
    lexicon: &mut Lexicon,
) -> Result<Option<crate::catalog::Piece>, CatalogError> {
    let share = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    share.map_or(Ok(None), |share| catalog.gather(share, lexicon))
}

fn deal(
    journey: &Journey<'_>,
    stretches: &[Stretch],
    rows: &[u64],
    shares: &Shares,
) -> Result<Vec<BadRow>, PipelineError> {
    let starts: Vec<u64> = rows
        .iter()
        .scan(0, |sum, rows| {
            let start = *sum;
            *sum += rows;
            Some(start)
        })
        .collect();
    let mut bad = Vec::new();
    in_order(
        journey.pool,
        stretches.len(),
        stretches.len(),
        Lexicon::default,
        |lexicon, number| {
            let (stretch, start) = (&stretches[number], starts[number]);
            let count = shares.slots.len();
            let mut dealer = journey.catalog.deal(stretch, start, count, lexicon);
            while let Some(dealt) = dealer.next() {
                shares.take(dealt?)?;
                journey.progress.advance(dealer.take_rows_read());
            }
            Ok(dealer.take_bad_rows())
        },
        |rows| {
            bad.extend(rows);
            Ok(())
        },
    )?;
    Ok(bad)
}

/// The shares, while rows are dealt out by many threads.
struct Shares {
    slots: Vec<Mutex<Option<Share>>>,
    /// Bytes of the batches in memory.
    held: AtomicU64,
    /// From so many on, all goes to disk.
    most: u64,
}

impl Shares {
    fn new(folder: &Path, count: usize, memory: u64) -> Self {
        let share = |number| Mutex::new(Some(Share::new(folder, number)));
        Shares {
            slots: (0..count).map(share).collect(),
            held: AtomicU64::new(0),
            // The rest is for reading, for writing, and for the shares being tagged.
            most: memory / 4,
        }
    }

    fn take(&self, dealt: Vec<(usize, RecordBatch)>) -> Result<(), CatalogError> {
        // All batches of one deal are slices of the same memory.
        let bytes = dealt
            .first()
            .map_or(0, |(_, batch)| batch.get_array_memory_size()) as u64;
        for (number, batch) in dealt {
            if let Some(share) = &mut *self.lock(number) {
                share.push(batch);
            }
        }
        let held = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if held > self.most {
            self.held.store(0, Ordering::Relaxed);
            for number in 0..self.slots.len() {
                if let Some(share) = &mut *self.lock(number) {
                    share.flush()?;
                }
            }
        }
        Ok(())
    }

    fn lock(&self, number: usize) -> std::sync::MutexGuard<'_, Option<Share>> {
        self.slots[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn into_slots(self) -> Vec<Mutex<Option<Share>>> {
        self.slots
    }
}

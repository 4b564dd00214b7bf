//! A catalog opened, and what its ids and dictionaries say before its rows are read.

use super::PipelineError;
use super::journey::check_table_tags;
use super::ordered::{calmly, in_order};
use super::progress::{Progress, go_on};
use crate::catalog::{Catalog, CatalogInput, Overrides, SegmentIds, Survey};
use crate::compile::Program;
use crate::tag::{Present, Vocabulary};
use rayon::ThreadPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Opens a catalog in a thread of the pool: libraries panic over broken
/// headers as they do over broken rows.
pub(super) fn open(
    pool: &ThreadPool,
    input: &CatalogInput,
    program: &Program,
    overrides: &Overrides,
) -> Result<Catalog, PipelineError> {
    let catalog = open_under(pool, input, Arc::clone(program.vocabulary()), overrides)?;
    check_table_tags(&catalog, program)?;
    Ok(catalog)
}

/// The same under any vocabulary, whether or not there are table tags.
pub(super) fn open_under(
    pool: &ThreadPool,
    input: &CatalogInput,
    vocabulary: Arc<Vocabulary>,
    overrides: &Overrides,
) -> Result<Catalog, PipelineError> {
    pool.install(|| calmly(|| Ok(Catalog::open(input, vocabulary, overrides.clone())?)))
}

/// What the ids of the segments tell.
///
/// As soon as data sources are known to lie scattered, the ids of later
/// segments tell nothing more, and neither do errors over them: that is for
/// the reading proper. Which segment decides it is found in their order, so a
/// thread that hears of it passes over nothing that would have counted.
pub(super) fn read_ids(
    catalog: &Catalog,
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<Survey, PipelineError> {
    let segments = catalog.segments();
    // From the segment after this one on, only rows count.
    let decided = AtomicUsize::new(usize::MAX);
    let mut survey = Survey::default();
    in_order(
        pool,
        segments.len(),
        segments.len(),
        || (),
        |(), number| {
            go_on(progress)?;
            let segment = segments[number];
            let passed = number > decided.load(Ordering::Relaxed);
            let rows = catalog.rows_known(segment).filter(|_| passed);
            let ids = match rows {
                Some(rows) => Ok(SegmentIds::unread(rows)),
                None => catalog.segment_ids(segment),
            };
            if ids.as_ref().is_ok_and(SegmentIds::is_scattered) {
                decided.fetch_min(number, Ordering::Relaxed);
            }
            Ok((segment, ids))
        },
        |(segment, ids)| {
            let rows = catalog.rows_known(segment);
            match rows.filter(|_| survey.is_scattered()) {
                Some(rows) => survey.push(segment, SegmentIds::unread(rows)),
                None => survey.push(segment, ids?),
            }
            if survey.is_scattered() {
                decided.fetch_min(survey.rows().len() - 1, Ordering::Relaxed);
            }
            Ok(())
        },
    )?;
    Ok(survey)
}

/// Which atoms occur in the catalog; `None`: any may.
pub(super) fn read_tags(
    catalog: &Catalog,
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<Option<Present>, PipelineError> {
    let segments = catalog.segments();
    let mut all: Option<Present> = None;
    let mut told = true;
    in_order(
        pool,
        segments.len(),
        segments.len(),
        || (),
        |(), number| {
            go_on(progress)?;
            Ok(catalog.segment_tags(segments[number]))
        },
        |present| {
            match (present, &mut all) {
                (None, _) => told = false,
                (Some(present), Some(all)) => all.join(&present),
                (present, all) => *all = present,
            }
            Ok(())
        },
    )?;
    Ok(all.filter(|_| told))
}

//! A catalog, read in one thread.

use super::super::PipelineError;
use crate::catalog::{
    BadRow, Catalog, Dealer, Gatherer, Layout, Lexicon, Piece, Shares, Stretch, Survey,
};
use std::path::Path;

/// What was read beside the data sources.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) rows: u64,
    pub(super) bad: Vec<BadRow>,
    pub(super) scattered: bool,
}

/// Gives `each` all whole data sources of a catalog, in the order in which they
/// come in the results.
pub(super) fn each_piece(
    catalog: &Catalog,
    each: &mut impl FnMut(Piece) -> Result<(), PipelineError>,
) -> Result<Read, PipelineError> {
    let mut survey = Survey::default();
    for segment in catalog.segments() {
        survey.push(segment, catalog.segment_ids(segment)?);
    }
    let mut read = Read {
        rows: survey.rows().iter().map(|(_, rows)| rows).sum(),
        bad: catalog.bad_source_rows().to_vec(),
        scattered: survey.is_scattered(),
    };
    match survey.layout(u64::MAX) {
        Layout::Contiguous(stretches) => contiguous(catalog, &stretches, each, &mut read)?,
        Layout::Scattered(stretches) => scattered(catalog, &stretches, each, &mut read)?,
    }
    Ok(read)
}

fn contiguous(
    catalog: &Catalog,
    stretches: &[Stretch],
    each: &mut impl FnMut(Piece) -> Result<(), PipelineError>,
    read: &mut Read,
) -> Result<(), PipelineError> {
    let mut lexicon = Lexicon::default();
    for stretch in stretches {
        let mut reader = catalog.read(stretch, &mut lexicon);
        for piece in reader.by_ref() {
            each(piece?)?;
        }
        read.bad.extend(reader.take_bad_rows());
    }
    Ok(())
}

fn scattered(
    catalog: &Catalog,
    stretches: &[Stretch],
    each: &mut impl FnMut(Piece) -> Result<(), PipelineError>,
    read: &mut Read,
) -> Result<(), PipelineError> {
    // All of it fits into memory, so nothing is ever set aside in a folder.
    let mut shares = Shares::new(Path::new(""), read.rows, u64::MAX);
    let (cut, mut dealer) = (shares.cut(), Dealer::default());
    for (number, stretch) in stretches.iter().enumerate() {
        let mut dealing = catalog.deal(stretch, number, cut, &mut dealer);
        loop {
            let more = dealing.read()?;
            if dealing.has_new() {
                dealing.number(&mut shares);
            }
            for block in dealing.deal() {
                shares.keep(block)?;
            }
            if !more {
                break;
            }
        }
        read.bad.extend(dealing.take_bad_rows());
    }
    let (dealt, mut gatherer) = (shares.dealt()?, Gatherer::default());
    for share in 0..dealt.count() {
        if let Some(piece) = catalog.gather(&dealt, share, &mut gatherer)? {
            each(piece)?;
        }
    }
    Ok(())
}

//! Both programs over the same data sources, in one pass.

use super::joint::Joint;
use super::samples::Samples;
use crate::catalog::{Catalog, CatalogError, Gatherer, Id, Lexicon, Piece, Shares, Stretch};
use crate::diff::{Block, BlockWriter, Change, Comparison};
use crate::evaluate::{Assignments, Tally};
use crate::pipeline::PipelineError;
use crate::pipeline::evaluate::Prepared;
use crate::pipeline::journey::Engine;
use crate::pipeline::ordered::in_order;
use crate::pipeline::progress::{Progress, go_on};
use crate::pipeline::scattered::deal;
use crate::rollup::Partial;
use rayon::ThreadPool;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

/// What a pass needs.
pub(super) struct Pass<'p> {
    pub(super) sides: [&'p Prepared; 2],
    pub(super) catalogs: &'p [Catalog; 2],
    pub(super) joint: &'p Joint<'p>,
    pub(super) pool: &'p ThreadPool,
    pub(super) progress: &'p dyn Progress,
    /// Samples of each kind, at most.
    pub(super) samples: usize,
    /// Tells nobody how far it is, and ends with `progress`.
    pub(super) silently: &'p dyn Progress,
}

/// What a pass comes to.
pub(super) struct Passed {
    pub(super) comparison: Comparison,
    pub(super) samples: Samples,
    pub(super) sums: [(Tally, Option<Partial>); 2],
}

/// What a thread keeps from one part of the catalog to the next.
struct Worker {
    engines: [Engine; 2],
    comparison: Comparison,
    lexicons: [Lexicon; 2],
    gatherers: [Gatherer; 2],
}

impl Pass<'_> {
    /// Through a catalog whose data sources each lie in one place.
    pub(super) fn contiguous(&self, stretches: &[Stretch]) -> Result<Passed, PipelineError> {
        self.over(stretches.len(), |worker, number| {
            let Some(stretch) = stretches.get(number) else {
                return Ok(Samples::default());
            };
            let [old, new] = &mut worker.lexicons;
            let pieces = [
                self.catalogs[0].read(stretch, old),
                self.catalogs[1].read(stretch, new),
            ];
            self.side_by_side(&mut worker.engines, &mut worker.comparison, pieces)
        })
    }

    /// Through one whose data sources lie scattered; `memory` is for both sides.
    pub(super) fn scattered(
        &self,
        stretches: &[Stretch],
        rows: u64,
        memory: u64,
    ) -> Result<Passed, PipelineError> {
        let folder = std::env::temp_dir();
        let dealt = |side: usize, progress: &dyn Progress| {
            let shares = Shares::new(&folder, rows, memory / 2);
            let cut = shares.cut();
            let shares = Mutex::new(shares);
            let reading = (&self.catalogs[side], self.pool, progress);
            deal(reading, stretches, cut, &shares)?;
            let shares = shares.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok::<_, PipelineError>(shares.dealt()?)
        };
        let (old, new) = (dealt(0, self.progress)?, dealt(1, self.silently)?);
        self.progress.phase("comparing", Some(rows));
        self.over(old.count(), |worker, share| {
            let [of_old, of_new] = &mut worker.gatherers;
            let pieces = [
                self.catalogs[0].gather(&old, share, of_old)?,
                self.catalogs[1].gather(&new, share, of_new)?,
            ];
            let pieces = pieces.map(|piece| piece.map(Ok).into_iter());
            self.side_by_side(&mut worker.engines, &mut worker.comparison, pieces)
        })
    }

    /// Goes over so many parts of the catalog.
    fn over(
        &self,
        parts: usize,
        compare: impl Fn(&mut Worker, usize) -> Result<Samples, PipelineError> + Sync,
    ) -> Result<Passed, PipelineError> {
        let engines = || {
            self.sides
                .map(|side| Engine::new(&side.program, side.plan.as_ref()))
        };
        let worker = || Worker {
            engines: engines(),
            comparison: self.joint.comparison(),
            lexicons: Default::default(),
            gatherers: Default::default(),
        };
        let mut samples = Samples::default();
        let ahead = 4 * self.pool.current_num_threads();
        let workers = in_order(self.pool, parts, ahead, worker, compare, |more| {
            samples.append(more, self.samples);
            Ok(())
        })?;
        let mut passed = Passed {
            comparison: self.joint.comparison(),
            samples,
            sums: engines().map(Engine::sums),
        };
        for worker in workers {
            passed.comparison.merge(&worker.comparison);
            for (mine, engine) in passed.sums.iter_mut().zip(worker.engines) {
                let (tally, sums) = engine.sums();
                mine.0.merge(&tally);
                if let (Some(all), Some(sums)) = (&mut mine.1, sums) {
                    all.merge(&sums);
                }
            }
        }
        Ok(passed)
    }

    /// Compares data source by data source what two readers of the same rows give.
    fn side_by_side(
        &self,
        [old, new]: &mut [Engine; 2],
        comparison: &mut Comparison,
        [of_old, of_new]: [impl Iterator<Item = Result<Piece, CatalogError>>; 2],
    ) -> Result<Samples, PipelineError> {
        let mut samples = Samples::default();
        let mut old = Feed::new(old, of_old, self.joint.places(0));
        let mut new = Feed::new(new, of_new, self.joint.places(1));
        let mut note = |change: Change<'_>| {
            samples.note(&change, self.samples);
            Ok::<(), Infallible>(())
        };
        loop {
            let both = (old.next(self)?, new.next(self)?);
            match (Block::first(&old.block), Block::first(&new.block)) {
                (Some((old, _)), Some((new, _)))
                    if both == (true, true) && old.id() == new.id() =>
                {
                    let Ok(()) = comparison.both(old, new, &mut note);
                }
                _ if both == (false, false) => return Ok(samples),
                _ => return Err(changed()),
            }
            self.progress.advance(old.take_rows());
        }
    }
}

/// One side's data sources, each as a block.
struct Feed<'f, I> {
    engine: &'f mut Engine,
    pieces: I,
    /// The places of the side's rules among those of both.
    places: &'f [u32],
    /// The piece at hand, and which of its data sources is next and where it begins.
    piece: Option<(Piece, Assignments)>,
    next: usize,
    column: usize,
    writer: BlockWriter,
    rules: Vec<u32>,
    block: Vec<u8>,
    /// Columns since they were last told of.
    rows: u64,
}

impl<'f, I: Iterator<Item = Result<Piece, CatalogError>>> Feed<'f, I> {
    fn new(engine: &'f mut Engine, pieces: I, places: &'f [u32]) -> Self {
        Feed {
            engine,
            pieces,
            places,
            piece: None,
            next: 0,
            column: 0,
            writer: BlockWriter::default(),
            rules: Vec::new(),
            block: Vec::new(),
            rows: 0,
        }
    }

    /// Puts the next data source into `block`; whether there was one.
    fn next(&mut self, pass: &Pass<'_>) -> Result<bool, PipelineError> {
        self.block.clear();
        loop {
            if let Some((piece, assignments)) = &self.piece
                && let Some(source) = piece.chunk.sources.get(self.next)
            {
                let columns = self.column..source.end as usize;
                self.rows += columns.len() as u64;
                for column in columns {
                    let Some(outcome) = assignments.of(column) else {
                        continue;
                    };
                    if outcome.entries().is_empty() {
                        continue;
                    }
                    // The rules of all entries behind one another, as an outcome has them.
                    self.rules.clear();
                    let rules = outcome.entries().iter().flat_map(|e| outcome.rules(e));
                    let places = rules.filter_map(|rule| self.places.get(*rule as usize));
                    self.rules.extend(places);
                    let mut rest = &self.rules[..];
                    let rows = outcome.entries().iter().map(|entry| {
                        let count = outcome.rules(entry).len();
                        let (rules, after) = rest.split_at(count.min(rest.len()));
                        rest = after;
                        (entry.tag, entry.state, rules)
                    });
                    self.writer.column(piece.column_name(column), rows);
                }
                let id = piece
                    .id(self.next)
                    .as_ref()
                    .map_or_else(String::new, Id::to_string);
                self.writer.end(&id, &mut self.block);
                self.column = source.end as usize;
                self.next += 1;
                return Ok(true);
            }
            go_on(pass.progress)?;
            let Some(piece) = self.pieces.next().transpose()? else {
                self.piece = None;
                return Ok(false);
            };
            let assignments = self.engine.apply(&piece.chunk);
            self.piece = Some((piece, assignments));
            (self.next, self.column) = (0, 0);
        }
    }

    fn take_rows(&mut self) -> u64 {
        std::mem::take(&mut self.rows)
    }
}

/// Two readings of one catalog differ.
fn changed() -> PipelineError {
    PipelineError::GaveUp("the catalog changed while it was read".into())
}

//! Runs of rows to whole data sources.

use super::chunk::{Chunk, SourceSpan};
use super::decode::{Decoded, Run};
use super::error::CatalogError;
use super::ids::{Id, Ids};
use super::schema::IdKind;
use super::text::Text;
use crate::bits::SetTable;
use ahash::RandomState;
use arrow::array::{ArrayRef, StringBuilder};
use arrow::error::ArrowError;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Whole data sources: the numbers for the engine, and the ids and names that
/// go back to the reader of the results.
#[derive(Debug)]
pub struct Piece {
    /// The numbers.
    pub chunk: Chunk,
    /// Per data source: its id, of the type in which ids are written.
    pub ids: ArrayRef,
    /// Per data source: the position of its first row in the stretch.
    pub positions: Vec<u64>,
    /// Data sources for which the second table, where there is one, has no row.
    pub unlisted: u64,
    names: Text,
    /// Per column of the chunk: where its name stands in `names`.
    rows: Vec<u32>,
}

impl Piece {
    /// The name of a column of the chunk.
    pub fn column_name(&self, column: usize) -> &str {
        let row = self.rows.get(column);
        row.and_then(|row| self.names.get(*row as usize))
            .unwrap_or_default()
    }
}

/// Builds [`Piece`]s out of batches in which every data source's rows follow
/// one another, whatever the bounds of the batches.
#[derive(Debug)]
pub(super) struct Assembler {
    kind: IdKind,
    open: Option<Open>,
    names: Names,
}

/// A data source whose last row may not have come yet.
#[derive(Debug)]
struct Open {
    id: Id,
    id_array: ArrayRef,
    position: u64,
    listed: bool,
    names: StringBuilder,
    sets: SetTable,
    columns: Vec<u32>,
    table: Vec<u32>,
}

impl Assembler {
    pub(super) fn new(kind: IdKind) -> Self {
        Assembler {
            kind,
            open: None,
            names: Names::default(),
        }
    }

    /// Takes a batch in; whole data sources go to `pieces`.
    pub(super) fn push(
        &mut self,
        decoded: Decoded,
        file: &Path,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), CatalogError> {
        let broken = |error: ArrowError| CatalogError::Broken {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let mut runs = 0..decoded.runs.len();
        if let Some(run) = decoded.runs.first() {
            if self
                .open
                .as_ref()
                .is_some_and(|open| decoded.ids.is(run.rows.start, &open.id))
            {
                self.extend(&decoded, run);
                runs.start = 1;
            }
            if runs.start < decoded.runs.len() {
                self.close(pieces).map_err(broken)?;
            }
        }
        let Some(last) = decoded.runs.last().filter(|_| !runs.is_empty()).cloned() else {
            return Ok(());
        };
        runs.end -= 1;
        self.begin(&decoded, &last).map_err(broken)?;
        if !runs.is_empty() {
            pieces.push(self.whole(decoded, runs).map_err(broken)?);
        }
        Ok(())
    }

    /// No more batches: the last data source is whole.
    pub(super) fn finish(
        &mut self,
        file: &Path,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), CatalogError> {
        self.close(pieces).map_err(|error| CatalogError::Broken {
            file: file.to_owned(),
            reason: error.to_string(),
        })
    }

    fn begin(&mut self, decoded: &Decoded, run: &Run) -> Result<(), ArrowError> {
        let row = run.rows.start;
        self.open = Some(Open {
            id: decoded.ids.get(row),
            id_array: decoded.ids.gather(&[row], &self.kind)?,
            position: decoded.position(row),
            listed: run.listed,
            names: StringBuilder::new(),
            sets: SetTable::new(),
            columns: Vec::new(),
            table: Vec::new(),
        });
        self.extend(decoded, run);
        Ok(())
    }

    fn extend(&mut self, decoded: &Decoded, run: &Run) {
        let Some(open) = &mut self.open else { return };
        for row in run.rows.clone() {
            open.names.append_option(decoded.names.get(row));
            open.columns
                .push(open.sets.intern(decoded.sets.get(decoded.columns[row])));
        }
        open.table.extend_from_slice(decoded.sets.get(run.table));
    }

    fn close(&mut self, pieces: &mut Vec<Piece>) -> Result<(), ArrowError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        open.table.sort_unstable();
        open.table.dedup();
        let table = open.sets.intern(&open.table);
        let names: ArrayRef = Arc::new(open.names.finish());
        let names = Text::of(&names)?;
        let run = Run {
            rows: 0..open.columns.len(),
            table,
            listed: open.listed,
        };
        let mut builder = PieceBuilder::new(open.sets);
        builder.source(
            &run,
            &open.columns,
            &names,
            &mut Names::default(),
            open.position,
        );
        pieces.push(builder.finish(open.id_array, names));
        Ok(())
    }

    /// The data sources of some runs, all of whose rows are in the batch.
    fn whole(&mut self, decoded: Decoded, runs: Range<usize>) -> Result<Piece, ArrowError> {
        let runs = &decoded.runs[runs];
        let firsts: Vec<usize> = runs.iter().map(|run| run.rows.start).collect();
        let ids = decoded.ids.gather(&firsts, &self.kind)?;
        let positions: Vec<u64> = firsts.iter().map(|row| decoded.position(*row)).collect();
        let mut builder = PieceBuilder::new(decoded.sets);
        for (run, position) in runs.iter().zip(positions) {
            builder.source(
                run,
                &decoded.columns,
                &decoded.names,
                &mut self.names,
                position,
            );
        }
        Ok(builder.finish(ids, decoded.names))
    }
}

/// A piece in the making.
pub(super) struct PieceBuilder {
    chunk: Chunk,
    positions: Vec<u64>,
    unlisted: u64,
    rows: Vec<u32>,
}

impl PieceBuilder {
    pub(super) fn new(sets: SetTable) -> Self {
        PieceBuilder {
            chunk: Chunk {
                sets: Arc::new(sets),
                ..Chunk::default()
            },
            positions: Vec::new(),
            unlisted: 0,
            rows: Vec::new(),
        }
    }

    /// Adds a data source. Rows of one name are one column: their sets are united.
    pub(super) fn source(
        &mut self,
        run: &Run,
        columns: &[u32],
        names: &Text,
        numbers: &mut Names,
        position: u64,
    ) {
        numbers.begin(names);
        for row in run.rows.clone() {
            let column = self.chunk.columns.len() as u32;
            match numbers.column(names, row, column) {
                None => {
                    self.chunk.columns.push(columns[row]);
                    self.rows.push(row as u32);
                }
                Some(earlier) => self.unite(earlier as usize, columns[row]),
            }
        }
        let end = self.chunk.columns.len() as u32;
        self.chunk.sources.push(SourceSpan {
            end,
            table: run.table,
        });
        self.positions.push(position);
        self.unlisted += u64::from(!run.listed);
    }

    fn unite(&mut self, column: usize, more: u32) {
        let set = self.chunk.columns[column];
        if set == more {
            return;
        }
        let mut atoms = self.chunk.sets.get(set).to_vec();
        atoms.extend_from_slice(self.chunk.sets.get(more));
        atoms.sort_unstable();
        atoms.dedup();
        self.chunk.columns[column] = Arc::make_mut(&mut self.chunk.sets).intern(&atoms);
    }

    pub(super) fn finish(self, ids: ArrayRef, names: Text) -> Piece {
        Piece {
            chunk: self.chunk,
            ids,
            positions: self.positions,
            unlisted: self.unlisted,
            names,
            rows: self.rows,
        }
    }
}

/// Finds out whether a name has been met in the data source at hand.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The strings that `canonical` is about.
    of: Option<Text>,
    /// Place → the first place with the same string.
    canonical: Vec<u32>,
    /// Per place: the data source in which it was last met, and as which column.
    met: Vec<(u32, u32)>,
    source: u32,
}

impl Names {
    /// Begins a data source whose names are among `names`.
    fn begin(&mut self, names: &Text) {
        let known = self.of.as_ref().is_some_and(|of| of.is_same(names));
        if !known || self.source == u32::MAX {
            self.learn(names);
        }
        self.source += 1;
    }

    fn learn(&mut self, names: &Text) {
        let mut first: HashMap<&str, u32, RandomState> = HashMap::default();
        self.canonical.clear();
        for place in 0..names.places() {
            let place32 = place as u32;
            self.canonical.push(match names.at(place) {
                Some(name) => *first.entry(name).or_insert(place32),
                None => place32,
            });
        }
        self.met.clear();
        self.met.resize(names.places(), (0, 0));
        self.source = 0;
        self.of = Some(names.clone());
    }

    /// The column as which a row's name was met in this data source; else it
    /// is noted as `column`.
    fn column(&mut self, names: &Text, row: usize, column: u32) -> Option<u32> {
        let place = *self.canonical.get(names.place(row)?)? as usize;
        let (source, earlier) = self.met[place];
        if source == self.source {
            return Some(earlier);
        }
        self.met[place] = (self.source, column);
        None
    }
}

/// What the data sources of scattered rows are built from.
pub(super) fn grouped(
    ids: &Ids,
    kind: &IdKind,
    runs: &[(Run, u64)],
    columns: &[u32],
    names: Text,
    sets: SetTable,
) -> Result<Piece, ArrowError> {
    let firsts: Vec<usize> = runs.iter().map(|(run, _)| run.rows.start).collect();
    let ids = ids.gather(&firsts, kind)?;
    let mut numbers = Names::default();
    let mut builder = PieceBuilder::new(sets);
    for (run, position) in runs {
        builder.source(run, columns, &names, &mut numbers, *position);
    }
    Ok(builder.finish(ids, names))
}

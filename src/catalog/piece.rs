//! Runs of rows to whole data sources.

use super::chunk::{Chunk, SourceSpan};
use super::decode::{Decoded, Run};
use super::error::CatalogError;
use super::ids::{Id, Ids};
use super::lexicon::Lexicon;
use super::schema::IdKind;
use super::text::Text;
use ahash::RandomState;
use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::error::ArrowError;
use hashbrown::HashTable;
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
    /// The id of a data source, by its place in the chunk.
    pub fn id(&self, source: usize) -> Option<Id> {
        let one = (source < self.ids.len()).then(|| self.ids.slice(source, 1))?;
        Some(Ids::of(&one).ok()?.get(0))
    }

    /// The name of a column of the chunk.
    pub fn column_name(&self, column: usize) -> &str {
        let row = self.rows.get(column);
        row.and_then(|row| self.names.get(*row as usize))
            .unwrap_or_default()
    }

    /// The dictionary of the columns' names; `None` where names are given as they are.
    pub fn name_dictionary(&self) -> Option<NameDictionary> {
        let given = self.names.is_dictionary();
        given.then(|| NameDictionary(self.names.clone()))
    }

    /// The key of a column's name in the dictionary, where there is one.
    pub fn name_key(&self, column: usize) -> Option<usize> {
        let row = *self.rows.get(column)? as usize;
        let given = self.names.is_dictionary();
        given.then(|| self.names.place(row)).flatten()
    }
}

/// A dictionary of column names: pieces that share it mean the same by the same key.
#[derive(Debug, Clone)]
pub struct NameDictionary(Text);

impl NameDictionary {
    /// Whether a piece's keys are keys into this one.
    pub fn is_of(&self, piece: &Piece) -> bool {
        self.0.shares_dictionary(&piece.names)
    }

    /// Keys are less than this.
    pub fn places(&self) -> usize {
        self.0.places()
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
    columns: Vec<u32>,
    dropped: Vec<(u32, u32)>,
    table: u32,
}

impl Assembler {
    pub(super) fn new(kind: IdKind) -> Self {
        Assembler {
            kind,
            open: None,
            names: Names::default(),
        }
    }

    /// Whether a row belongs to the data source whose last row may not have come yet.
    pub(super) fn continues(&self, ids: &Ids, row: usize) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| ids.is(row, &open.id))
    }

    /// Takes a batch in; whole data sources go to `pieces`.
    pub(super) fn push(
        &mut self,
        decoded: Decoded,
        file: &Path,
        lexicon: &mut Lexicon,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), CatalogError> {
        let broken = |error: ArrowError| CatalogError::Broken {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let mut runs = 0..decoded.runs.len();
        if let Some(run) = decoded.runs.first() {
            if self.continues(&decoded.ids, run.rows.start) {
                self.extend(&decoded, run, lexicon);
                runs.start = 1;
            }
            if runs.start < decoded.runs.len() {
                self.close(lexicon, pieces).map_err(broken)?;
            }
        }
        let Some(last) = decoded.runs.last().filter(|_| !runs.is_empty()).cloned() else {
            return Ok(());
        };
        runs.end -= 1;
        self.begin(&decoded, &last, lexicon).map_err(broken)?;
        if !runs.is_empty() {
            pieces.push(self.whole(decoded, runs, lexicon).map_err(broken)?);
        }
        Ok(())
    }

    /// No more batches: the last data source is whole.
    pub(super) fn finish(
        &mut self,
        file: &Path,
        lexicon: &mut Lexicon,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), CatalogError> {
        self.close(lexicon, pieces)
            .map_err(|error| CatalogError::Broken {
                file: file.to_owned(),
                reason: error.to_string(),
            })
    }

    /// To be called between batches: gives a lexicon that has to forget all
    /// the chance to, and the sets of the open data source their new numbers.
    pub(super) fn refresh(&mut self, lexicon: &mut Lexicon) {
        let (Some(before), Some(open)) = (lexicon.refresh(), &mut self.open) else {
            return;
        };
        for set in open.columns.iter_mut().chain([&mut open.table]) {
            *set = lexicon.intern(before.get(*set));
        }
    }

    fn begin(
        &mut self,
        decoded: &Decoded,
        run: &Run,
        lexicon: &mut Lexicon,
    ) -> Result<(), ArrowError> {
        let row = run.rows.start;
        self.open = Some(Open {
            id: decoded.ids.get(row),
            id_array: decoded.ids.gather(&[row], &self.kind)?,
            position: decoded.position(row),
            listed: run.listed,
            names: StringBuilder::new(),
            columns: Vec::new(),
            dropped: Vec::new(),
            table: 0,
        });
        self.extend(decoded, run, lexicon);
        Ok(())
    }

    fn extend(&mut self, decoded: &Decoded, run: &Run, lexicon: &mut Lexicon) {
        let Some(open) = &mut self.open else { return };
        for row in run.rows.clone() {
            open.names.append_option(decoded.names.get(row));
        }
        let begun = open.columns.len() as u32;
        let start = run.rows.start as u32;
        let dropped = decoded.column_sets().dropped_in(run.rows.clone());
        let moved = dropped
            .iter()
            .map(|(row, atom)| (begun + row - start, *atom));
        open.dropped.extend(moved);
        open.columns
            .extend_from_slice(&decoded.columns[run.rows.clone()]);
        open.table = lexicon.union(open.table, run.table);
    }

    fn close(&mut self, lexicon: &mut Lexicon, pieces: &mut Vec<Piece>) -> Result<(), ArrowError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let names: ArrayRef = Arc::new(open.names.finish());
        let names = Text::of(&names)?;
        let run = Run {
            rows: 0..open.columns.len(),
            table: open.table,
            listed: open.listed,
        };
        let mut builder = PieceBuilder::default();
        let met = &mut Names::default();
        let columns = ColumnSets {
            sets: &open.columns,
            dropped: &open.dropped,
        };
        builder.source(&run, columns, &names, met, open.position, lexicon);
        pieces.push(builder.finish(open.id_array, names, lexicon));
        Ok(())
    }

    /// The data sources of some runs, all of whose rows are in the batch.
    fn whole(
        &mut self,
        decoded: Decoded,
        runs: Range<usize>,
        lexicon: &mut Lexicon,
    ) -> Result<Piece, ArrowError> {
        let runs = &decoded.runs[runs];
        let firsts: Vec<usize> = runs.iter().map(|run| run.rows.start).collect();
        let ids = decoded.ids.gather(&firsts, &self.kind)?;
        let positions: Vec<u64> = firsts.iter().map(|row| decoded.position(*row)).collect();
        let mut builder = PieceBuilder::default();
        for (run, position) in runs.iter().zip(positions) {
            builder.source(
                run,
                decoded.column_sets(),
                &decoded.names,
                &mut self.names,
                position,
                lexicon,
            );
        }
        Ok(builder.finish(ids, decoded.names, lexicon))
    }
}

/// The sets of rows' columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnSets<'a> {
    /// Per row.
    pub(super) sets: &'a [u32],
    /// Atoms that the sets lack since no rule could notice them on their rows,
    /// each with its row, ascending. Beside another row's, some could.
    pub(super) dropped: &'a [(u32, u32)],
}

impl<'a> ColumnSets<'a> {
    /// Sets that lack nothing.
    pub(super) fn of(sets: &'a [u32]) -> Self {
        ColumnSets { sets, dropped: &[] }
    }

    fn dropped_in(self, rows: Range<usize>) -> &'a [(u32, u32)] {
        let before = |end: usize| {
            self.dropped
                .partition_point(|(row, _)| (*row as usize) < end)
        };
        &self.dropped[before(rows.start)..before(rows.end)]
    }

    /// The whole set of a row.
    fn whole(self, row: usize, lexicon: &mut Lexicon) -> u32 {
        let dropped = self.dropped_in(row..row + 1).iter();
        dropped.fold(self.sets[row], |set, (_, atom)| {
            let atom = lexicon.intern(&[*atom]);
            lexicon.union(set, atom)
        })
    }
}

/// A piece in the making.
#[derive(Default)]
pub(super) struct PieceBuilder {
    columns: Vec<u32>,
    sources: Vec<SourceSpan>,
    positions: Vec<u64>,
    unlisted: u64,
    rows: Vec<u32>,
}

impl PieceBuilder {
    /// Adds a data source. Rows of one name are one column: their sets are united.
    pub(super) fn source(
        &mut self,
        run: &Run,
        columns: ColumnSets<'_>,
        names: &Text,
        numbers: &mut Names,
        position: u64,
        lexicon: &mut Lexicon,
    ) {
        numbers.begin(names);
        let keys = names.sound_keys();
        self.columns.reserve(run.rows.len());
        self.rows.reserve(run.rows.len());
        for row in run.rows.clone() {
            let place = match keys {
                Some(keys) => keys[row] as usize,
                None => names.place(row).unwrap_or(usize::MAX),
            };
            let column = self.columns.len() as u32;
            match numbers.column(place, column) {
                None => {
                    self.columns.push(columns.sets[row]);
                    self.rows.push(row as u32);
                }
                Some(earlier) => {
                    let row = columns.whole(row, lexicon);
                    let first = columns.whole(self.rows[earlier as usize] as usize, lexicon);
                    let earlier = &mut self.columns[earlier as usize];
                    let united = lexicon.union(first, row);
                    *earlier = lexicon.union(*earlier, united);
                }
            }
        }
        let end = self.columns.len() as u32;
        self.sources.push(SourceSpan {
            end,
            table: run.table,
        });
        self.positions.push(position);
        self.unlisted += u64::from(!run.listed);
    }

    pub(super) fn finish(self, ids: ArrayRef, names: Text, lexicon: &Lexicon) -> Piece {
        Piece {
            chunk: Chunk {
                sets: Arc::clone(lexicon.sets()),
                columns: self.columns,
                sources: self.sources,
            },
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
    /// The strings that all of this is about.
    of: Option<Text>,
    met: Vec<Met>,
    /// The data source at hand, counted from 1.
    source: u32,
    /// The first place of every string.
    distinct: HashTable<u32>,
    hasher: RandomState,
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
        let places = names.places();
        let name = |place: u32| names.at(place as usize).unwrap_or_default();
        let hash = |place: &u32| self.hasher.hash_one(name(*place));
        self.distinct.clear();
        self.distinct.reserve(places, hash);
        self.met.clear();
        self.met.reserve(places);
        for place in 0..places as u32 {
            let same = |other: &u32| name(*other) == name(place);
            let entry = self.distinct.entry(hash(&place), same, hash);
            let first = *entry.or_insert(place).get();
            self.met.push(Met {
                first,
                source: 0,
                column: 0,
            });
        }
        self.source = 0;
        self.of = Some(names.clone());
    }

    /// The column as which the name at a place was met in this data source;
    /// else it is noted as `column`.
    fn column(&mut self, place: usize, column: u32) -> Option<u32> {
        let first = self.met.get(place)?.first;
        let met = self.met.get_mut(first as usize)?;
        if met.source == self.source {
            return Some(met.column);
        }
        (met.source, met.column) = (self.source, column);
        None
    }
}

/// Of a place: the first place with the same string, the data source in which
/// it was last met, and as which column.
#[derive(Debug, Clone, Copy)]
struct Met {
    first: u32,
    source: u32,
    column: u32,
}

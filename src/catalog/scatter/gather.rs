//! The rows of a share to whole data sources.

use super::block::{Block, IdList, OWN};
use super::shares::Dealt;
use crate::catalog::Context;
use crate::catalog::decode::Run;
use crate::catalog::error::CatalogError;
use crate::catalog::ids::Id;
use crate::catalog::lexicon::Lexicon;
use crate::catalog::piece::{ColumnSets, Names, Piece, PieceBuilder};
use crate::catalog::schema::IdKind;
use crate::catalog::text::Text;
use arrow::array::{ArrayRef, Int64Array, StringArray, UInt64Array};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::error::ArrowError;
use hashbrown::HashTable;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// Stands for a number that has not been asked for.
const UNKNOWN: u32 = u32::MAX;

/// Gathers share after share: what a thread keeps from one to the next.
#[derive(Debug, Default)]
pub struct Gatherer {
    lexicon: Lexicon,
    sets: Sets,
    names: Names,
    sources: Sources,
}

/// The lexicon's numbers of the sets that rows have by their numbers.
#[derive(Debug, Default)]
struct Sets {
    /// The rows that this is about, known by their names' dictionary, and the
    /// lexicon's epoch.
    of: Option<(ArrayRef, u64)>,
    numbers: Vec<u32>,
}

/// The data sources of a share.
#[derive(Debug, Default)]
struct Sources {
    all: Vec<Source>,
    index: HashTable<u32>,
    /// Per row: its data source.
    of_rows: Vec<u32>,
}

/// A data source, known by its first row.
#[derive(Debug, Clone, Copy)]
struct Source {
    hash: u64,
    part: u32,
    row: u32,
    /// How many rows it has, and later where the next one of them goes.
    rows: u32,
    table: u32,
}

/// A block, and its rows that belong to the share.
type Part<'b> = (&'b Block, Range<usize>);

/// Rows in the order of their data sources.
struct Sorted {
    columns: Vec<u32>,
    names: Vec<u32>,
    /// Per row its part, where names are needed as strings.
    parts: Option<Vec<u32>>,
}

impl Gatherer {
    /// The whole data sources of a share; `None` when it has no rows.
    pub(in crate::catalog) fn gather(
        &mut self,
        dealt: &Dealt,
        share: usize,
        (kind, context): (&IdKind, &Context),
    ) -> Result<Option<Piece>, CatalogError> {
        let read = dealt.disk.read(share)?;
        let in_memory = dealt
            .blocks
            .iter()
            .map(|block| (block, block.rows_of(share)));
        let on_disk = read.iter().map(|block| (block, block.rows_of(0)));
        let mut parts: Vec<Part<'_>> = in_memory.chain(on_disk).collect();
        parts.retain(|(_, rows)| !rows.is_empty());
        parts.sort_unstable_by_key(|(block, _)| block.place);
        let rows: usize = parts.iter().map(|(_, rows)| rows.len()).sum();
        if rows == 0 {
            return Ok(None);
        }
        if rows > i32::MAX as usize {
            return Err(too_large());
        }
        self.lexicon.refresh();
        self.sets.begin(dealt, &self.lexicon);
        self.sources.find(&parts, rows, IdList::hash);
        let order = self.sources.in_order(&parts);
        let sorted = self.sort(&parts, dealt);
        let piece = self.piece(dealt, &parts, &order, sorted, (kind, context));
        piece.map(Some)
    }

    /// Puts the rows behind one another, data source after data source; a data
    /// source's rows keep the order that they have in the catalog.
    fn sort(&mut self, parts: &[Part<'_>], dealt: &Dealt) -> Sorted {
        let lexicon = &mut self.lexicon;
        let rows = self.sources.of_rows.len();
        let is_own = |(block, rows): &Part<'_>| {
            let names = &block.rows.names[rows.clone()];
            block.own.names.len() > 0 && names.iter().any(|name| name & OWN != 0)
        };
        let mut sorted = Sorted {
            columns: vec![0; rows],
            names: vec![0; rows],
            parts: parts.iter().any(is_own).then(|| vec![0; rows]),
        };
        let mut of_rows = self.sources.of_rows.iter();
        for (number, (block, rows)) in (0..).zip(parts) {
            let columns = &block.rows.columns[rows.clone()];
            let tables = &block.rows.tables[rows.clone()];
            let names = &block.rows.names[rows.clone()];
            let numbers = columns.iter().zip(tables).zip(names);
            for (((column, table), name), source) in numbers.zip(of_rows.by_ref()) {
                let source = &mut self.sources.all[*source as usize];
                let at = source.rows as usize;
                source.rows += 1;
                let table = self.sets.number(*table, block, dealt, lexicon);
                source.table = lexicon.union(source.table, table);
                sorted.columns[at] = self.sets.number(*column, block, dealt, lexicon);
                sorted.names[at] = *name;
                if let Some(parts) = &mut sorted.parts {
                    parts[at] = number;
                }
            }
        }
        sorted
    }

    fn piece(
        &mut self,
        dealt: &Dealt,
        parts: &[Part<'_>],
        order: &[u32],
        sorted: Sorted,
        (kind, context): (&IdKind, &Context),
    ) -> Result<Piece, CatalogError> {
        let lexicon = &mut self.lexicon;
        let sources = order
            .iter()
            .map(|source| self.sources.all[*source as usize]);
        let firsts = sources.clone().map(|source| {
            let (block, rows) = &parts[source.part as usize];
            (&block.ids, rows.start + source.row as usize)
        });
        let ids = ids(firsts.clone(), kind)?;
        let names = match &sorted.parts {
            None => Text::keyed(sorted.names, &dealt.names),
            Some(of_rows) => strings(&sorted.names, of_rows, parts, dealt)?,
        };
        let mut builder = PieceBuilder::default();
        let mut start = 0;
        for (source, (ids, row)) in sources.zip(firsts) {
            let sources = &context.sources;
            let recorded = sources.is_given().then(|| sources.atoms(&id(ids, row)));
            let more = recorded.flatten().map_or(0, |set| lexicon.intern(set));
            // All its rows have been placed, so the next one would be behind them.
            let rows = start..source.rows as usize;
            start = rows.end;
            let run = Run {
                rows,
                table: lexicon.union(source.table, more),
                listed: recorded.is_none_or(|set| set.is_some()),
            };
            // One share is one stretch of the results: there is no other position to tell.
            let columns = ColumnSets::of(&sorted.columns);
            builder.source(&run, columns, &names, &mut self.names, 0, lexicon);
        }
        Ok(builder.finish(ids, names, lexicon))
    }
}

impl Sets {
    fn begin(&mut self, dealt: &Dealt, lexicon: &Lexicon) {
        let (names, epoch) = (&dealt.names, lexicon.epoch());
        let of = self.of.as_ref();
        if !of.is_some_and(|(of, at)| Arc::ptr_eq(of, names) && *at == epoch) {
            self.numbers.clear();
            self.of = Some((Arc::clone(names), epoch));
        }
        self.numbers.resize(dealt.sets.len(), UNKNOWN);
    }

    fn number(&mut self, set: u32, block: &Block, dealt: &Dealt, lexicon: &mut Lexicon) -> u32 {
        match self.numbers.get_mut(set as usize) {
            Some(number) => {
                if *number == UNKNOWN {
                    *number = lexicon.intern(dealt.sets.get(set));
                }
                *number
            }
            None => lexicon.intern(block.own.sets.get(set & !OWN)),
        }
    }
}

impl Sources {
    /// Finds out which rows have one id; two ids may have one hash.
    fn find(&mut self, parts: &[Part<'_>], rows: usize, hash: impl Fn(&IdList, usize) -> u64) {
        self.all.clear();
        self.index.clear();
        self.of_rows.clear();
        self.of_rows.reserve(rows);
        for (number, (block, rows)) in (0..).zip(parts) {
            for row in rows.clone() {
                let hash = hash(&block.ids, row);
                let all = &mut self.all;
                let same = |source: &u32| {
                    let source = &all[*source as usize];
                    let (first, rows) = &parts[source.part as usize];
                    let at = rows.start + source.row as usize;
                    source.hash == hash && block.ids.same(row, &first.ids, at)
                };
                let found = match self.index.find(spread(hash), same) {
                    Some(found) => *found,
                    None => {
                        let new = all.len() as u32;
                        all.push(Source {
                            hash,
                            part: number,
                            row: (row - rows.start) as u32,
                            rows: 0,
                            table: 0,
                        });
                        self.index.insert_unique(spread(hash), new, |source| {
                            spread(all[*source as usize].hash)
                        });
                        new
                    }
                };
                self.all[found as usize].rows += 1;
                self.of_rows.push(found);
            }
        }
    }

    /// The data sources by hash and id; instead of how many rows it has, each
    /// knows then where the first one goes.
    fn in_order(&mut self, parts: &[Part<'_>]) -> Vec<u32> {
        let all = &mut self.all;
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        let first = |source: &Source| {
            let (block, rows) = &parts[source.part as usize];
            (&block.ids, rows.start + source.row as usize)
        };
        order.sort_unstable_by(|a, b| {
            let (a, b) = (&all[*a as usize], &all[*b as usize]);
            let by_hash = a.hash.cmp(&b.hash);
            by_hash.then_with(|| {
                let ((a, row), (b, at)) = (first(a), first(b));
                a.compare(row, b, at)
            })
        });
        let mut sum = 0;
        for source in &order {
            let rows = &mut all[*source as usize].rows;
            sum += std::mem::replace(rows, sum);
        }
        order
    }
}

/// The highest bits are those that all ids of a share have in common.
fn spread(hash: u64) -> u64 {
    hash.rotate_left(32)
}

fn too_large() -> CatalogError {
    CatalogError::Spill(io::Error::new(
        io::ErrorKind::FileTooLarge,
        "a share of the rows is too large",
    ))
}

fn id(ids: &IdList, row: usize) -> Id {
    match ids {
        IdList::Text(ids) => Id::Text(ids.get(row).to_owned()),
        IdList::Signed(ids) => Id::Signed(ids[row]),
        IdList::Unsigned(ids) => Id::Unsigned(ids[row]),
    }
}

/// Ids as they are written.
fn ids<'b>(
    ids: impl Iterator<Item = (&'b IdList, usize)> + Clone,
    kind: &IdKind,
) -> Result<ArrayRef, CatalogError> {
    let array: ArrayRef = match ids.clone().next() {
        Some((IdList::Signed(_), _)) => {
            let ids = ids.filter_map(|(ids, row)| match ids {
                IdList::Signed(ids) => Some(ids[row]),
                _ => None,
            });
            Arc::new(Int64Array::from_iter_values(ids))
        }
        Some((IdList::Unsigned(_), _)) => {
            let ids = ids.filter_map(|(ids, row)| match ids {
                IdList::Unsigned(ids) => Some(ids[row]),
                _ => None,
            });
            Arc::new(UInt64Array::from_iter_values(ids))
        }
        _ => Arc::new(string_array(ids.filter_map(|(ids, row)| match ids {
            IdList::Text(ids) => Some(ids.get(row)),
            _ => None,
        }))?),
    };
    cast(&array, &kind.data_type()).map_err(failed)
}

/// The names of rows as strings.
fn strings(
    names: &[u32],
    of_rows: &[u32],
    parts: &[Part<'_>],
    dealt: &Dealt,
) -> Result<Text, CatalogError> {
    let numbered = Text::of(&dealt.names).map_err(failed)?;
    let strings = names.iter().zip(of_rows).map(|(name, part)| {
        if name & OWN == 0 {
            return numbered.at(*name as usize).unwrap_or_default();
        }
        let (block, _) = &parts[*part as usize];
        block.own.names.get((name & !OWN) as usize)
    });
    let strings: ArrayRef = Arc::new(string_array(strings)?);
    Text::of(&strings).map_err(failed)
}

/// Strings as an array, whose bounds are of 32 bits with a sign.
fn string_array<'s>(strings: impl Iterator<Item = &'s str>) -> Result<StringArray, CatalogError> {
    let (mut bytes, mut ends) = (Vec::new(), vec![0]);
    for string in strings {
        bytes.extend_from_slice(string.as_bytes());
        ends.push(i32::try_from(bytes.len()).map_err(|_| too_large())?);
    }
    let bounds = OffsetBuffer::new(ends.into());
    StringArray::try_new(bounds, Buffer::from_vec(bytes), None).map_err(failed)
}

fn failed(error: ArrowError) -> CatalogError {
    CatalogError::Spill(io::Error::other(error.to_string()))
}

/// The data sources of whole blocks in their order: the hash of the id, and
/// how many rows, as found by some other hash.
#[cfg(test)]
pub(super) fn in_order_of(
    blocks: &[Block],
    hash: impl Fn(&IdList, usize) -> u64,
) -> Vec<(u64, usize)> {
    let parts: Vec<Part<'_>> = blocks.iter().map(|b| (b, 0..b.rows.names.len())).collect();
    let mut sources = Sources::default();
    sources.find(&parts, 0, hash);
    let order = sources.in_order(&parts);
    let of = |source: &u32| {
        let Source { part, row, .. } = sources.all[*source as usize];
        let rows = sources.of_rows.iter().filter(|of| *of == source).count();
        (parts[part as usize].0.ids.hash(row as usize), rows)
    };
    order.iter().map(of).collect()
}

//! A batch of rows to runs of one data source each, with numbered sets of atoms.

use super::Context;
use super::error::{BadRow, CatalogError};
use super::ids::Ids;
use super::lists::TagLists;
use super::resolve::Resolver;
use super::schema::Fields;
use super::text::Text;
use crate::bits::SetTable;
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A batch out of a file, and where it stood there.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) batch: RecordBatch,
    /// The row group (or record batch) that the rows are from.
    pub(crate) row_group: u64,
    /// The first row's number in it.
    pub(crate) row: u64,
    /// The first row's number in the stretch that is read.
    pub(crate) position: u64,
}

/// A batch in numbers.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) ids: Ids,
    pub(super) names: Text,
    pub(super) sets: SetTable,
    /// Per row: the set of its column's tags.
    pub(super) columns: Vec<u32>,
    /// Maximal runs of rows with one data source id.
    pub(super) runs: Vec<Run>,
    /// Per row: its position in the stretch. `None`: they follow one another.
    positions: Option<Vec<u64>>,
    first_position: u64,
}

/// Rows that follow one another and have one data source id.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) rows: Range<usize>,
    /// The set of the data source's own tags, as far as these rows tell.
    pub(super) table: u32,
    /// Whether a second table, where there is one, has a row for the data source.
    pub(super) listed: bool,
}

impl Decoded {
    /// A row's position in its stretch.
    pub(super) fn position(&self, row: usize) -> u64 {
        match &self.positions {
            None => self.first_position + row as u64,
            Some(positions) => positions.get(row).copied().unwrap_or(u64::MAX),
        }
    }
}

/// Decodes batch after batch of one file.
#[derive(Debug)]
pub(super) struct Decoder {
    context: Arc<Context>,
    fields: Fields,
    columns: Resolver,
    tables: Resolver,
    /// Whether every id must be looked at: there are overrides or a second table.
    by_id: bool,
}

impl Decoder {
    /// A decoder of batches in which `fields` says where the columns stand.
    pub(super) fn new(context: Arc<Context>, fields: Fields) -> Self {
        Decoder {
            columns: Resolver::new(Arc::clone(&context.vocabulary)),
            tables: Resolver::new(Arc::clone(&context.vocabulary)),
            by_id: !context.overrides.is_empty() || context.sources.is_given(),
            context,
            fields,
        }
    }

    /// Decodes a batch; its bad rows are an error or, where they are to be
    /// quarantined, left out and added to `bad`.
    pub(super) fn decode(
        &mut self,
        rows: &Rows,
        file: &Path,
        bad: &mut Vec<BadRow>,
    ) -> Result<Decoded, CatalogError> {
        let broken = |error: ArrowError| CatalogError::Broken {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let (ids, names) = self.keys(&rows.batch).map_err(broken)?;
        let found = bad_rows(&ids, &names, rows, file);
        match found.first() {
            None => {
                let decoded = self.decode_good(&rows.batch, ids, names, None, rows.position);
                return decoded.map_err(broken);
            }
            Some(first) if !self.context.quarantine => {
                return Err(CatalogError::BadRow(first.clone()));
            }
            Some(_) => {}
        }
        let mut keep = vec![true; ids.len()];
        for row in &found {
            keep[(row.row - rows.row) as usize] = false;
        }
        bad.extend(found);
        let positions = (rows.position..)
            .zip(&keep)
            .filter(|(_, k)| **k)
            .map(|(p, _)| p)
            .collect();
        let kept = filter_record_batch(&rows.batch, &BooleanArray::from(keep)).map_err(broken)?;
        let (ids, names) = self.keys(&kept).map_err(broken)?;
        self.decode_good(&kept, ids, names, Some(positions), rows.position)
            .map_err(broken)
    }

    fn keys(&self, batch: &RecordBatch) -> Result<(Ids, Text), ArrowError> {
        let name = self.fields.name.unwrap_or(self.fields.id);
        Ok((
            Ids::of(batch.column(self.fields.id))?,
            Text::of(batch.column(name))?,
        ))
    }

    fn decode_good(
        &mut self,
        batch: &RecordBatch,
        ids: Ids,
        names: Text,
        positions: Option<Vec<u64>>,
        first_position: u64,
    ) -> Result<Decoded, ArrowError> {
        let mut sets = SetTable::new();
        let lists = self
            .fields
            .column_tags
            .map(|f| TagLists::of(batch.column(f)))
            .transpose()?;
        let mut columns = match &lists {
            Some(lists) => self.columns.rows(lists, batch.num_rows(), &mut sets),
            None => vec![0; batch.num_rows()],
        };
        let tables = match self.fields.table_tags {
            Some(field) => {
                let lists = TagLists::of(batch.column(field))?;
                self.tables.rows(&lists, batch.num_rows(), &mut sets)
            }
            None => vec![0; batch.num_rows()],
        };
        let mut runs = Vec::new();
        for rows in run_bounds(&ids) {
            let id = self.by_id.then(|| ids.get(rows.start));
            let recorded = id.as_ref().and_then(|id| self.context.sources.atoms(id));
            let listed = recorded.is_some() || !self.context.sources.is_given();
            let table = unite(
                &mut sets,
                &tables[rows.clone()],
                recorded.unwrap_or_default(),
            );
            if let (Some(lists), Some(rejected)) =
                (&lists, id.and_then(|id| self.context.overrides.of(&id)))
            {
                for row in rows.clone() {
                    if let Some(tags) = names.get(row).and_then(|name| rejected.get(name)) {
                        columns[row] = self.columns.row_without(lists, row, tags, &mut sets);
                    }
                }
            }
            runs.push(Run {
                rows,
                table,
                listed,
            });
        }
        Ok(Decoded {
            ids,
            names,
            sets,
            columns,
            runs,
            positions,
            first_position,
        })
    }
}

/// What is wrong with the rows of a batch.
fn bad_rows(ids: &Ids, names: &Text, rows: &Rows, file: &Path) -> Vec<BadRow> {
    let fault = |row: usize| {
        ids.fault(row).or_else(|| match names.get(row) {
            None => Some("the column name is null"),
            Some("") => Some("the column name is empty"),
            Some(_) => None,
        })
    };
    let bad = |row: usize| {
        fault(row).map(|reason| BadRow {
            file: file.to_owned(),
            row_group: rows.row_group,
            row: rows.row + row as u64,
            data_source_id: ids.fault(row).is_none().then(|| ids.get(row).to_string()),
            column_name: names
                .get(row)
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            reason,
        })
    };
    (0..ids.len()).filter_map(bad).collect()
}

/// Maximal runs of rows with one id.
pub(super) fn run_bounds(ids: &Ids) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for row in 1..=ids.len() {
        if row == ids.len() || !ids.same(row - 1, row) {
            runs.push(start..row);
            start = row;
        }
    }
    runs
}

/// One set out of the table sets of a run's rows and what else is known.
fn unite(sets: &mut SetTable, tables: &[u32], more: &[u32]) -> u32 {
    let Some(first) = tables.first() else {
        return 0;
    };
    if more.is_empty() && tables.iter().all(|table| table == first) {
        return *first;
    }
    let mut distinct = tables.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut atoms: Vec<u32> = more.to_vec();
    for table in distinct {
        atoms.extend_from_slice(sets.get(table));
    }
    atoms.sort_unstable();
    atoms.dedup();
    sets.intern(&atoms)
}

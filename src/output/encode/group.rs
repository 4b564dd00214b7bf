//! A row group of assignments in the making.

use super::chunk::EncodedChunk;
use super::ids::{IdColumn, IdValues};
use super::kinds::{KindColumns, PageRows};
use super::names::NameColumn;
use super::outcomes::{Found, Patterns};
use super::press::Press;
use crate::catalog::Piece;
use crate::evaluate::Assignments;
use crate::output::AssignmentNames;
use crate::output::table::{EncodedRowGroup, Leaves, OutputError};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescPtr;
use std::ops::Range;
use std::sync::Arc;

/// Pages end with the column by which they have so many rows …
const PAGE_ROWS: usize = 1 << 16;
/// … or so many rules.
const PAGE_RULES: usize = 1 << 20;
/// So many bytes a dictionary of ids or of names may have.
const DICTIONARY_BYTES: usize = 1 << 20;

/// Outcomes of so many columns are looked at ahead.
const NEAR: usize = 64;

/// Encodes assignments into row groups, one after the other.
pub struct AssignmentEncoder {
    file: &'static str,
    names: Arc<AssignmentNames>,
    leaves: [ColumnDescPtr; 8],
    columns: Columns,
    rows: u64,
}

/// All columns, and the page at hand.
struct Columns {
    press: Press,
    ids: IdColumn,
    column_names: NameColumn,
    kinds: KindColumns,
    patterns: Patterns,
    /// The patterns of the page at hand, and what they come to.
    page: Vec<u32>,
    page_rows: usize,
    page_rules: usize,
}

impl AssignmentEncoder {
    /// An encoder for the table with these leaves.
    ///
    /// # Errors
    ///
    /// When they are not those of assignments.
    pub fn new(
        leaves: &Leaves,
        names: &Arc<AssignmentNames>,
    ) -> std::result::Result<Self, OutputError> {
        let fault = |reason| OutputError::Table {
            name: leaves.file,
            reason,
        };
        let columns: [ColumnDescPtr; 8] = leaves.columns.to_vec().try_into().map_err(|_| {
            fault(ParquetError::General(
                "the table is none of assignments".into(),
            ))
        })?;
        Ok(AssignmentEncoder {
            file: leaves.file,
            names: Arc::clone(names),
            columns: Columns {
                press: Press::new().map_err(fault)?,
                ids: IdColumn::new(columns[0].physical_type(), DICTIONARY_BYTES),
                column_names: NameColumn::new(DICTIONARY_BYTES),
                kinds: KindColumns::new(names),
                patterns: Patterns::new(),
                page: Vec::new(),
                page_rows: 0,
                page_rules: 0,
            },
            leaves: columns,
            rows: 0,
        })
    }

    /// Adds the assignments of some of a piece's data sources.
    ///
    /// # Errors
    ///
    /// When they cannot be encoded.
    pub fn extend(
        &mut self,
        piece: &Piece,
        assignments: &Assignments,
        sources: Range<usize>,
    ) -> std::result::Result<(), OutputError> {
        let ids = IdValues::of(&piece.ids)?;
        let Self { columns, names, .. } = self;
        columns.column_names.begin(piece);
        columns.patterns.begin(assignments);
        let skipped = sources.start;
        for (source, (range, _)) in piece
            .chunk
            .sources()
            .enumerate()
            .take(sources.end)
            .skip(skipped)
        {
            let done = columns.source(names, piece, assignments, &ids, source, range);
            self.rows += done.map_err(|reason| OutputError::Table {
                name: self.file,
                reason,
            })? as u64;
        }
        Ok(())
    }

    /// Ends the row group; `None` when it has no row. The next one can be begun.
    ///
    /// # Errors
    ///
    /// When the rest cannot be encoded.
    pub fn finish(&mut self) -> std::result::Result<Option<EncodedRowGroup>, OutputError> {
        let rows = std::mem::take(&mut self.rows);
        if rows == 0 {
            return Ok(None);
        }
        let chunks = self.columns.finish(&self.leaves);
        let chunks = chunks.map_err(|reason| OutputError::Table {
            name: self.file,
            reason,
        })?;
        Ok(Some(EncodedRowGroup::of_chunks(chunks, rows)))
    }
}

impl Columns {
    /// Adds the assignments of a data source; how many rows that are.
    fn source(
        &mut self,
        names: &AssignmentNames,
        piece: &Piece,
        assignments: &Assignments,
        ids: &IdValues,
        source: usize,
        columns: Range<usize>,
    ) -> Result<usize> {
        let (mut all, mut open) = (0, 0);
        let outcomes = &assignments.outcomes;
        let places = assignments.columns.get(columns.clone()).unwrap_or_default();
        let mut columns = columns;
        for places in places.chunks(NEAR) {
            self.patterns.draw_near(places, outcomes);
            for (place, column) in places.iter().zip(columns.by_ref()) {
                let kinds = &mut self.kinds.kinds;
                let Some(found) = self.patterns.at(*place, assignments, kinds, names) else {
                    continue;
                };
                let rows = found.rows as usize;
                if rows == 0 {
                    continue;
                }
                if all == 0 {
                    self.ids.begin(&mut self.press, ids, source)?;
                }
                self.column_names
                    .rows(&mut self.press, piece, column, rows)?;
                all += rows;
                open += rows;
                if self.add(found) {
                    self.ids.rows(&mut self.press, std::mem::take(&mut open))?;
                    self.cut()?;
                }
            }
        }
        if open > 0 {
            self.ids.rows(&mut self.press, open)?;
        }
        Ok(all)
    }

    /// Adds the rows of a column to the page; whether it is to end now.
    fn add(&mut self, found: Found) -> bool {
        self.page.push(found.pattern);
        self.page_rows += found.rows as usize;
        self.page_rules += found.rules as usize;
        self.page_rows >= PAGE_ROWS || self.page_rules >= PAGE_RULES
    }

    /// Ends the page.
    fn cut(&mut self) -> Result<()> {
        if self.page.is_empty() {
            return Ok(());
        }
        self.ids.cut(&mut self.press)?;
        self.column_names.cut(&mut self.press)?;
        let page = PageRows {
            patterns: &self.page,
            rows: self.page_rows,
            rules: self.page_rules,
        };
        self.kinds.cut(&mut self.press, &mut self.patterns, page)?;
        self.page.clear();
        self.page_rows = 0;
        self.page_rules = 0;
        if self.patterns.is_large() {
            self.patterns.forget();
        }
        Ok(())
    }

    fn finish(&mut self, leaves: &[ColumnDescPtr; 8]) -> Result<Vec<EncodedChunk>> {
        self.cut()?;
        // Their numbers are those of this row group.
        self.patterns.forget();
        let [id, column_name, rest @ ..] = leaves;
        let mut chunks = vec![
            self.ids.finish(&mut self.press, id)?,
            self.column_names.finish(&mut self.press, column_name)?,
        ];
        chunks.extend(self.kinds.finish(&mut self.press, rest)?);
        Ok(chunks)
    }
}

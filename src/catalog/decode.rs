//! A batch of rows to runs of one data source each, with numbered sets of atoms.

use super::Context;
use super::convert::RowFault;
use super::error::{BadRow, CatalogError};
use super::ids::Ids;
use super::layout::Segment;
use super::lexicon::Lexicon;
use super::lists::TagLists;
use super::overrides::Rejected;
use super::pages::Numbers;
use super::parquet_file::plain;
use super::piece::ColumnSets;
use super::resolve::Resolver;
use super::schema::{COLUMN_NAME, Fields, TagField};
use super::sources::SourceTags;
use super::text::Text;
use crate::diagnostic::quoted;
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
    /// Rows of the batch whose tags cannot be read.
    pub(crate) faults: Vec<RowFault>,
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
    /// Per row: the lexicon's set of its column's tags.
    pub(super) columns: Vec<u32>,
    /// Atoms that those sets lack since no rule could notice them on their
    /// rows, each with its row, ascending.
    pub(super) dropped: Vec<(u32, u32)>,
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
    /// The lexicon's set of the data source's own tags, as far as these rows tell.
    pub(super) table: u32,
    /// Whether a second table, where there is one, has a row for the data source.
    pub(super) listed: bool,
}

impl Decoded {
    /// The sets of the rows' columns.
    pub(super) fn column_sets(&self) -> ColumnSets<'_> {
        ColumnSets {
            sets: &self.columns,
            dropped: &self.dropped,
        }
    }

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
    /// Whether runs are to have what the second table says of their data sources.
    with_sources: bool,
}

impl Decoder {
    /// A decoder of batches in which `fields` says where the columns stand.
    pub(super) fn new(context: Arc<Context>, fields: Fields) -> Self {
        Decoder {
            columns: Resolver::new(&context, false),
            tables: Resolver::new(&context, true),
            context,
            fields,
            with_sources: true,
        }
    }

    /// The same without the second table: where data sources lie scattered, it
    /// is asked once they are whole.
    pub(super) fn without_sources(self) -> Self {
        Decoder {
            with_sources: false,
            ..self
        }
    }

    /// The columns may stand elsewhere from here on.
    pub(super) fn set_fields(&mut self, fields: Fields) {
        self.fields = fields;
    }

    /// Decodes a batch; its bad rows are an error or, where they are to be
    /// quarantined, left out and added to `bad`.
    pub(super) fn decode(
        &mut self,
        rows: &Rows,
        file: &Path,
        bad: &mut Vec<BadRow>,
        lexicon: &mut Lexicon,
    ) -> Result<Decoded, CatalogError> {
        let broken = |error: ArrowError| CatalogError::Broken {
            file: file.to_owned(),
            reason: plain(&error.to_string()),
        };
        let (ids, names) = self.keys(&rows.batch).map_err(broken)?;
        let found = bad_rows(&ids, &names, (rows, &self.fields), file);
        match found.first() {
            None => {
                let decoded = self.decode_good(&rows.batch, (ids, names), rows.position, lexicon);
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
        let decoded = self.decode_good(&kept, (ids, names), rows.position, lexicon);
        Ok(Decoded {
            positions: Some(positions),
            ..decoded.map_err(broken)?
        })
    }

    /// Decodes rows that are numbers already; none of them is bad.
    pub(super) fn decode_numbers(
        &self,
        numbers: Numbers,
        (segment, position): (Segment, u64),
        lexicon: &mut Lexicon,
    ) -> Decoded {
        let Numbers {
            ids,
            names,
            mut columns,
            dropped,
            tables,
        } = numbers;
        let asked_at = (&self.context.traces, segment.place());
        let reject = |row: usize, tags: &[Rejected], lexicon: &mut Lexicon| {
            columns[row] = self
                .columns
                .set_without(columns[row], tags, asked_at, lexicon);
        };
        let runs = runs(
            asked(&self.context, self.with_sources),
            &ids,
            &names,
            tables,
            lexicon,
            reject,
        );
        Decoded {
            ids,
            names,
            columns,
            dropped,
            runs,
            positions: None,
            first_position: position,
        }
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
        (ids, names): (Ids, Text),
        first_position: u64,
        lexicon: &mut Lexicon,
    ) -> Result<Decoded, ArrowError> {
        let lists = |field: &Option<TagField>| {
            let lists = field.as_ref();
            let lists = lists.map(|field| TagLists::of(batch.column(field.place)));
            lists.transpose()
        };
        let (column_lists, table_lists) = (
            lists(&self.fields.column_tags)?,
            lists(&self.fields.table_tags)?,
        );
        let rows = batch.num_rows();
        let mut columns = match &column_lists {
            Some(lists) => self.columns.rows(lists, rows, lexicon),
            None => vec![0; rows],
        };
        let tables = table_lists.map(|lists| self.tables.rows(&lists, rows, lexicon));
        let (resolver, traces) = (&mut self.columns, &self.context.traces);
        let reject = |row: usize, tags: &[Rejected], lexicon: &mut Lexicon| {
            if let Some(lists) = &column_lists {
                columns[row] = resolver.row_without(lists, row, tags, traces, lexicon);
            }
        };
        let runs = runs(
            asked(&self.context, self.with_sources),
            &ids,
            &names,
            tables,
            lexicon,
            reject,
        );
        Ok(Decoded {
            ids,
            names,
            columns,
            dropped: Vec::new(),
            runs,
            positions: None,
            first_position,
        })
    }
}

/// Who is asked about data sources.
fn asked(context: &Context, with_sources: bool) -> (&Context, Option<&SourceTags>) {
    let sources = &context.sources;
    let asked = with_sources && sources.is_given();
    (context, asked.then_some(sources))
}

/// The runs of a batch; rows with rejected tags are given to `reject`.
fn runs(
    (context, sources): (&Context, Option<&SourceTags>),
    ids: &Ids,
    names: &Text,
    tables: Option<Vec<u32>>,
    lexicon: &mut Lexicon,
    mut reject: impl FnMut(usize, &[Rejected], &mut Lexicon),
) -> Vec<Run> {
    let overrides = &context.overrides;
    // Ids are looked at only where there are overrides or a second table.
    let by_id = !overrides.is_empty() || sources.is_some();
    let mut runs = Vec::new();
    for rows in run_bounds(ids) {
        let id = by_id.then(|| ids.get(rows.start));
        let recorded = sources.zip(id.as_ref()).and_then(|(s, id)| s.atoms(id));
        let more = recorded.map_or(0, |atoms| lexicon.intern(atoms));
        let tables = tables.as_ref().map_or(&[][..], |sets| &sets[rows.clone()]);
        let table = united(tables, more, lexicon);
        if let Some(rejected) = id.and_then(|id| overrides.of(&id)) {
            context.traces.source(rejected.number);
            for row in rows.clone() {
                if let Some(tags) = names.get(row).and_then(|name| rejected.columns.get(name)) {
                    reject(row, tags, lexicon);
                }
            }
        }
        runs.push(Run {
            rows,
            table,
            listed: recorded.is_some() || sources.is_none(),
        });
    }
    runs
}

/// What is wrong with the rows of a batch.
fn bad_rows(ids: &Ids, names: &Text, (rows, fields): (&Rows, &Fields), file: &Path) -> Vec<BadRow> {
    let fault = |row: usize| match (ids.fault(row), names.get(row)) {
        (Some(fault), _) => Some((Some(fields.id), fault)),
        (None, None) => Some((fields.name, "null")),
        (None, Some("")) => Some((fields.name, "empty")),
        (None, Some(_)) => None,
    };
    // As the file spells it.
    let schema = rows.batch.schema();
    let spelled = |field: Option<usize>| {
        let field = field.and_then(|field| schema.fields().get(field));
        quoted(field.map_or(COLUMN_NAME, |field| field.name())).to_string()
    };
    let tag_fault = |row: usize| {
        let found = rows.faults.binary_search_by_key(&row, |fault| fault.row);
        let fault = found.ok().and_then(|place| rows.faults.get(place));
        fault.map(|fault| fault.reason.clone())
    };
    let bad = |row: usize| {
        let reason = fault(row)
            .map(|(field, fault)| format!("column {} is {fault}", spelled(field)))
            .or_else(|| tag_fault(row));
        reason.map(|reason| BadRow {
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
    if ids.is_empty() {
        return Vec::new();
    }
    let changes = ids.changes();
    let starts = std::iter::once(0).chain(changes.iter().copied());
    let ends = changes.iter().copied().chain([ids.len()]);
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

/// One set out of those of a run's rows and what else is known.
pub(super) fn united(tables: &[u32], more: u32, lexicon: &mut Lexicon) -> u32 {
    let by_set = tables.chunk_by(|a, b| a == b);
    by_set.fold(more, |set, same| lexicon.union(set, same[0]))
}

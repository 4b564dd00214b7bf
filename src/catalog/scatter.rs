//! Rows whose data sources lie scattered: dealt out by a hash of the id, kept
//! in memory while there is room and on disk when there is none, and gathered
//! share by share.
//!
//! Into how many shares a catalog is dealt depends on its rows alone, and a
//! share is put in the order of (hash, id, position). So neither memory nor
//! threads can be seen in the results.

use super::Context;
use super::decode::{Decoded, Run, run_bounds, united};
use super::error::CatalogError;
use super::ids::Ids;
use super::lexicon::Lexicon;
use super::piece::{Piece, grouped};
use super::schema::IdKind;
use super::text::Text;
use arrow::array::{
    ArrayRef, AsArray, ListArray, ListBuilder, RecordBatch, UInt32Builder, UInt64Array,
};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// About how many rows a share holds.
const SHARE_ROWS: u64 = 1 << 18;
/// More shares than this are not opened, whatever the catalog's size.
const MOST_SHARES: u64 = 1 << 12;

/// Into how many shares so many rows are dealt: a power of two.
pub(crate) fn shares_for(rows: u64) -> usize {
    rows.div_ceil(SHARE_ROWS)
        .next_power_of_two()
        .min(MOST_SHARES) as usize
}

/// The share that an id with this hash belongs to: by the hash's highest
/// bits, so that shares follow one another in the order of hashes.
fn share_of(hash: u64, shares: usize) -> usize {
    let bits = shares.trailing_zeros();
    if bits == 0 {
        0
    } else {
        (hash >> (64 - bits)) as usize
    }
}

/// Deals a batch's rows out; `start` is the position of the segment's first row in the catalog.
pub(super) fn deal(
    decoded: &Decoded,
    start: u64,
    shares: usize,
    lexicon: &Lexicon,
) -> Result<Vec<(usize, RecordBatch)>, ArrowError> {
    let mut rows_of: Vec<Vec<(usize, u32)>> = vec![Vec::new(); shares];
    for run in &decoded.runs {
        let share = share_of(decoded.ids.hash(run.rows.start), shares);
        rows_of[share].extend(run.rows.clone().map(|row| (row, run.table)));
    }
    let order: Vec<(usize, u32)> = rows_of.iter().flatten().copied().collect();
    let batch = set_aside(decoded, start, &order, lexicon)?;
    let mut dealt = Vec::new();
    let mut at = 0;
    for (share, rows) in rows_of.iter().enumerate() {
        if !rows.is_empty() {
            dealt.push((share, batch.slice(at, rows.len())));
            at += rows.len();
        }
    }
    Ok(dealt)
}

/// The rows in a given order, as they are kept.
fn set_aside(
    decoded: &Decoded,
    start: u64,
    order: &[(usize, u32)],
    lexicon: &Lexicon,
) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<usize> = order.iter().map(|(row, _)| *row).collect();
    let kind = match &decoded.ids {
        Ids::Text(_) => IdKind::Text,
        Ids::Signed(_) => IdKind::Integer(arrow::datatypes::DataType::Int64),
        Ids::Unsigned(_) => IdKind::Integer(arrow::datatypes::DataType::UInt64),
    };
    let ids = decoded.ids.gather(&rows, &kind)?;
    let names: arrow::array::StringArray = rows.iter().map(|row| decoded.names.get(*row)).collect();
    let positions: UInt64Array = rows
        .iter()
        .map(|row| Some(start + decoded.position(*row)))
        .collect();
    let columns = lists(rows.iter().map(|row| lexicon.get(decoded.columns[*row])));
    let tables = lists(order.iter().map(|(_, table)| lexicon.get(*table)));
    RecordBatch::try_from_iter([
        ("id", ids),
        ("name", Arc::new(names) as ArrayRef),
        ("position", Arc::new(positions)),
        ("column", Arc::new(columns)),
        ("table", Arc::new(tables)),
    ])
}

fn lists<'a>(sets: impl Iterator<Item = &'a [u32]>) -> ListArray {
    let mut builder = ListBuilder::new(UInt32Builder::new());
    for set in sets {
        builder.values().append_slice(set);
        builder.append(true);
    }
    builder.finish()
}

/// One share of the rows: in memory, on disk, or both.
#[derive(Debug)]
pub struct Share {
    memory: Vec<RecordBatch>,
    file: PathBuf,
    on_disk: bool,
}

impl Share {
    /// An empty share that goes to a file in `folder` when it must.
    pub(crate) fn new(folder: &Path, number: usize) -> Self {
        Share {
            memory: Vec::new(),
            file: folder.join(format!("share-{number}.arrows")),
            on_disk: false,
        }
    }

    /// Keeps a batch in memory.
    pub(crate) fn push(&mut self, batch: RecordBatch) {
        self.memory.push(batch);
    }

    /// Moves what is in memory to disk.
    pub(crate) fn flush(&mut self) -> Result<(), CatalogError> {
        let batches = std::mem::take(&mut self.memory);
        let Some(first) = batches.first() else {
            return Ok(());
        };
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file);
        let file = BufWriter::with_capacity(1 << 18, file.map_err(CatalogError::Spill)?);
        let mut writer = StreamWriter::try_new(file, &first.schema()).map_err(spill)?;
        for batch in &batches {
            writer.write(batch).map_err(spill)?;
        }
        writer.finish().map_err(spill)?;
        let file = writer.into_inner().map_err(spill)?;
        file.into_inner()
            .map_err(|error| CatalogError::Spill(error.into_error()))?;
        self.on_disk = true;
        Ok(())
    }

    /// All its rows; what was on disk is removed there.
    fn load(&mut self) -> Result<Vec<RecordBatch>, CatalogError> {
        let mut batches = Vec::new();
        if self.on_disk {
            let mut file = BufReader::new(File::open(&self.file).map_err(CatalogError::Spill)?);
            // Every flush has written a stream of its own.
            while !file.fill_buf().map_err(CatalogError::Spill)?.is_empty() {
                for batch in StreamReader::try_new(&mut file, None).map_err(spill)? {
                    batches.push(batch.map_err(spill)?);
                }
            }
            fs::remove_file(&self.file).map_err(CatalogError::Spill)?;
        }
        batches.append(&mut self.memory);
        Ok(batches)
    }

    /// The share's data sources, whole; `None` when it has no rows.
    pub(super) fn gather(
        mut self,
        kind: &IdKind,
        context: &Context,
        lexicon: &mut Lexicon,
    ) -> Result<Option<Piece>, CatalogError> {
        let batches = self.load()?;
        let Some(first) = batches.first() else {
            return Ok(None);
        };
        let rows = concat_batches(&first.schema(), &batches).map_err(spill)?;
        drop(batches);
        gather(&rows, kind, context, lexicon)
            .map(Some)
            .map_err(spill)
    }
}

fn spill(error: ArrowError) -> CatalogError {
    CatalogError::Spill(match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other.to_string()),
    })
}

fn gather(
    rows: &RecordBatch,
    kind: &IdKind,
    context: &Context,
    lexicon: &mut Lexicon,
) -> Result<Piece, ArrowError> {
    lexicon.refresh();
    let ids = Ids::of(rows.column(0))?;
    let positions = rows.column(2).as_primitive::<UInt64Type>();
    let mut order: Vec<(u64, u64, u32)> = (0..ids.len())
        .map(|row| (ids.hash(row), positions.value(row), row as u32))
        .collect();
    order.sort_unstable();
    for collided in order.chunk_by_mut(|a, b| a.0 == b.0) {
        collided.sort_by_cached_key(|(_, position, row)| (ids.get(*row as usize), *position));
    }
    let order = arrow::array::UInt32Array::from_iter_values(order.iter().map(|(_, _, row)| *row));
    let sorted = |column: usize| take(rows.column(column), &order, None);
    let (ids, names) = (Ids::of(&sorted(0)?)?, Text::of(&sorted(1)?)?);
    let columns = intern(&sorted(3)?, lexicon);
    let tables = intern(&sorted(4)?, lexicon);
    let mut runs = Vec::new();
    for rows in run_bounds(&ids) {
        let table = united(&tables[rows.clone()], 0, lexicon);
        let sources = &context.sources;
        let listed = !sources.is_given() || sources.atoms(&ids.get(rows.start)).is_some();
        // One share is one stretch of the results: there is no other position to tell.
        runs.push((
            Run {
                rows,
                table,
                listed,
            },
            0,
        ));
    }
    grouped(&ids, kind, &runs, &columns, names, lexicon)
}

fn intern(lists: &ArrayRef, lexicon: &mut Lexicon) -> Vec<u32> {
    let lists = lists.as_list::<i32>();
    let values = lists.values().as_primitive::<UInt32Type>().values();
    let bounds = lists.offsets().windows(2);
    bounds
        .map(|w| lexicon.intern(&values[w[0] as usize..w[1] as usize]))
        .collect()
}

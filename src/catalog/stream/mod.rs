//! An Arrow IPC stream out of hands that nobody trusts.
//!
//! The reader of the arrow crate checks what it has read, but it believes a
//! stream's lengths before it has, and takes the memory that they claim. So the
//! messages are walked over first, and their claims held against the bytes that
//! are there: see `frames.rs`.

mod frames;
mod views;

use super::parquet_file::plain;
use super::schema::{Fields, Mapping, Search, Shape};
use super::{CatalogError, Held};
use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use frames::check;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What a stream may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// Rows of all batches together.
    pub rows: u64,
    /// Messages: the schema, batches, dictionaries.
    pub messages: u64,
    /// Bytes that are looked at because messages point at other bytes again and
    /// again: dictionaries by each of their batches, texts by their views.
    pub repeated_bytes: u64,
}

impl Default for StreamLimits {
    fn default() -> Self {
        StreamLimits {
            rows: 100_000,
            messages: 1_000,
            repeated_bytes: 1 << 30,
        }
    }
}

impl Held {
    /// The table of an Arrow IPC stream, in the one-table shape, reduced to the
    /// columns of a catalog.
    ///
    /// Compressed batches are refused: how much they come to shows only when it
    /// is in memory.
    ///
    /// # Errors
    ///
    /// [`CatalogError::Broken`] where it is none, is cut off, claims more than is
    /// there, or is compressed; [`CatalogError::Schema`] where it does not fit;
    /// [`CatalogError::TooMuch`] over a limit.
    ///
    /// ```
    /// use classmark::catalog::{CatalogError, Held, Mapping, StreamLimits};
    /// let none = Held::of_stream("body", b"PAR1", &Mapping::default(), &StreamLimits::default());
    /// assert!(matches!(none, Err(CatalogError::Broken { .. })));
    /// ```
    pub fn of_stream(
        name: &'static str,
        bytes: &[u8],
        mapping: &Mapping,
        limits: &StreamLimits,
    ) -> Result<Self, CatalogError> {
        let path = Path::new(name);
        let broken = |reason: String| CatalogError::Broken {
            file: path.to_owned(),
            reason,
        };
        let read = || {
            check(bytes, limits).map_err(|fault| fault.told(path))?;
            let reader =
                StreamReader::try_new(bytes, None).map_err(|e| broken(plain(&e.to_string())))?;
            let search = Search::new(Shape::OneTable, mapping);
            let fields = Fields::find(&reader.schema(), search, path)?;
            let reader = StreamReader::try_new(bytes, Some(fields.all()));
            let reader = reader.map_err(|e| broken(plain(&e.to_string())))?;
            let schema = reader.schema();
            let batches: Result<Vec<RecordBatch>, _> = reader.collect();
            Held::new(
                name,
                schema,
                batches.map_err(|e| broken(plain(&e.to_string())))?,
            )
        };
        // What a panic says is about the reader, and nothing that a sender could mend.
        let gave_up = |_| Err(broken("it cannot be read to its end".into()));
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(gave_up)
    }
}

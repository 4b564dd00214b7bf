//! Whole data sources as the engine sees them: numbers only.

use crate::bits::SetTable;
use std::sync::Arc;

/// Marks an atom in a column's set as rejected: an override says that this
/// very tag is not to be on the column.
///
/// The atom without the mark is the number of the tag. A set holds its
/// rejected atoms after all others.
pub const REJECTED: u32 = 1 << 31;

/// Marks an atom as rejected, too, and says that the catalog records the tag
/// on the column.
///
/// Such an atom stands beside the one that is marked with [`REJECTED`] alone.
pub const REJECTED_RECORDED: u32 = REJECTED | 1 << 30;

/// Whole data sources, reduced to sets of atoms.
///
/// Equal sets have one number, so "the columns with the same tags" is a
/// comparison of two integers. Names and ids stay outside: the engine reads
/// no string.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The distinct sets of the columns and of the data sources' own tags.
    ///
    /// Chunks may share a table that grows from one to the next: the engine
    /// then looks only at the sets that it has not met yet.
    pub sets: Arc<SetTable>,
    /// Per column: the number of its set.
    pub columns: Vec<u32>,
    /// The data sources, in the order of their columns.
    pub sources: Vec<SourceSpan>,
}

/// One data source of a [`Chunk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceSpan {
    /// Its columns end before this one; they begin where the last one's ended.
    pub end: u32,
    /// The set of its own tags.
    pub table: u32,
}

impl Chunk {
    /// The data sources, each as its columns and the set of its own tags.
    pub fn sources(&self) -> impl Iterator<Item = (std::ops::Range<usize>, u32)> {
        let mut start = 0;
        self.sources.iter().map(move |span| {
            let columns = start..span.end as usize;
            start = columns.end;
            (columns, span.table)
        })
    }
}

//! All blocks, while they are dealt and afterwards.

use super::block::Block;
use super::dictionaries::Dictionaries;
use super::disk::Disk;
use super::shares_for;
use crate::bits::SetTable;
use crate::catalog::error::CatalogError;
use arrow::array::ArrayRef;
use std::ops::Range;
use std::path::Path;

/// Rows of a block: as many as `--memory` allows, between these.
const BLOCK_ROWS: Range<u64> = 1 << 12..1 << 17;

/// The shares, while rows are dealt out.
#[derive(Debug)]
pub struct Shares {
    cut: Cut,
    /// From so many bytes of blocks on, all goes to disk.
    most: u64,
    pub(super) dictionaries: Dictionaries,
    blocks: Vec<Block>,
    /// Bytes of the blocks in memory.
    held: u64,
    disk: Disk,
}

/// How rows are cut.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub(super) shares: usize,
    pub(super) block_rows: usize,
}

impl Shares {
    /// Shares for so many rows, of which `memory` bytes may be used; what is
    /// more goes to a file in `folder`.
    ///
    /// Blocks take at most a half of the memory, names and sets an eighth. The
    /// rest is for reading, and later for the shares being tagged.
    pub fn new(folder: &Path, rows: u64, memory: u64) -> Self {
        let most = usize::try_from(memory / 16).unwrap_or(usize::MAX);
        Shares {
            cut: Cut {
                shares: shares_for(rows),
                block_rows: (memory >> 12).clamp(BLOCK_ROWS.start, BLOCK_ROWS.end) as usize,
            },
            most: memory / 2,
            dictionaries: Dictionaries::new(most),
            blocks: Vec::new(),
            held: 0,
            disk: Disk::new(folder),
        }
    }

    /// How rows are to be cut.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// Keeps a block.
    ///
    /// # Errors
    ///
    /// When blocks cannot be written to disk.
    pub fn keep(&mut self, block: Block) -> Result<(), CatalogError> {
        self.held += block.held();
        self.blocks.push(block);
        if self.held > self.most {
            self.set_aside()?;
        }
        Ok(())
    }

    /// All rows have been dealt out.
    ///
    /// # Errors
    ///
    /// When blocks cannot be written to disk.
    pub fn dealt(mut self) -> Result<Dealt, CatalogError> {
        if self.disk.is_used() && !self.blocks.is_empty() {
            self.set_aside()?;
        }
        let (names, sets) = self.dictionaries.finish();
        Ok(Dealt {
            count: self.cut.shares,
            blocks: self.blocks,
            disk: self.disk,
            names,
            sets,
        })
    }

    fn set_aside(&mut self) -> Result<(), CatalogError> {
        self.disk.write(&self.blocks, self.cut.shares)?;
        self.blocks = Vec::new();
        self.held = 0;
        Ok(())
    }
}

/// All rows, dealt out into shares.
#[derive(Debug)]
pub struct Dealt {
    count: usize,
    pub(super) blocks: Vec<Block>,
    pub(super) disk: Disk,
    /// The names and the sets that rows have by their numbers.
    pub(super) names: ArrayRef,
    pub(super) sets: SetTable,
}

impl Dealt {
    /// How many shares there are.
    pub fn count(&self) -> usize {
        self.count
    }
}

//! The bytes of one column chunk.

use bytes::{Buf, Bytes};
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::Read;

/// Chunks of more bytes are read page by page.
const WHOLE: u64 = 1 << 24;

/// A column chunk, in memory when it is small enough: a read a page costs more
/// than the page.
pub(super) enum ChunkBytes {
    Whole { start: u64, bytes: Bytes },
    File(File),
}

impl ChunkBytes {
    /// The bytes from `start` on, `length` of them.
    pub(super) fn of(file: File, start: u64, length: u64) -> Result<Self> {
        if length > WHOLE {
            return Ok(ChunkBytes::File(file));
        }
        let bytes = file.get_bytes(start, length as usize)?;
        Ok(ChunkBytes::Whole { start, bytes })
    }
}

impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        match self {
            ChunkBytes::Whole { start, bytes } => start + bytes.len() as u64,
            ChunkBytes::File(file) => Length::len(file),
        }
    }
}

impl ChunkReader for ChunkBytes {
    type T = Box<dyn Read>;

    fn get_read(&self, from: u64) -> Result<Self::T> {
        match self {
            ChunkBytes::Whole { start, bytes } => {
                let at = within(*start, from, bytes.len());
                Ok(Box::new(bytes.slice(at..).reader()))
            }
            ChunkBytes::File(file) => Ok(Box::new(file.get_read(from)?)),
        }
    }

    fn get_bytes(&self, from: u64, length: usize) -> Result<Bytes> {
        match self {
            ChunkBytes::Whole { start, bytes } => {
                let at = within(*start, from, bytes.len());
                match bytes.len() - at >= length {
                    true => Ok(bytes.slice(at..at + length)),
                    false => Err(parquet::errors::ParquetError::EOF(
                        "a page ends after its column chunk".into(),
                    )),
                }
            }
            ChunkBytes::File(file) => file.get_bytes(from, length),
        }
    }
}

/// Where in the chunk a place in the file is; its end for a place outside.
fn within(start: u64, from: u64, length: usize) -> usize {
    let at = from
        .checked_sub(start)
        .and_then(|at| usize::try_from(at).ok());
    at.map_or(length, |at| at.min(length))
}

//! Working memory that all columns share.

use super::chunk::Squeeze;
use super::hybrid::{encode, encode_bit, repeat, width_for};
use parquet::errors::Result;

/// What pages are made with.
pub(super) struct Press {
    pub(super) squeeze: Squeeze,
    /// Per row of a page: its kind.
    pub(super) kinds: Vec<u32>,
    /// What rows come to in a column, before it is packed.
    pub(super) mapped: Vec<u32>,
    pub(super) levels: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Press {
    pub(super) fn new() -> Result<Self> {
        Ok(Press {
            squeeze: Squeeze::new()?,
            kinds: Vec::new(),
            mapped: Vec::new(),
            levels: Vec::new(),
            body: Vec::new(),
        })
    }

    /// Adds one bit of each of the levels to the body.
    pub(super) fn put_levels(&mut self, bit: u8) {
        let start = self.body.len();
        self.body.extend_from_slice(&[0; size_of::<u32>()]);
        encode_bit(&self.levels, bit, &mut self.body);
        let length = self.body.len() - start - size_of::<u32>();
        // A page has far fewer than 2^32 levels.
        self.body[start..start + size_of::<u32>()].copy_from_slice(&(length as u32).to_le_bytes());
    }

    /// Adds the mapped places in a dictionary of `entries` values to the body.
    pub(super) fn put_places(&mut self, entries: usize) {
        let width = width_for(entries);
        self.body.push(width);
        encode(&self.mapped, width, &mut self.body);
    }

    /// Adds so many times the place of a dictionary's only value to the body.
    pub(super) fn put_one_place(&mut self, rows: usize) {
        let width = width_for(1);
        self.body.push(width);
        repeat(0, rows, width, &mut self.body);
    }
}

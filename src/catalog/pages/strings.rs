//! Strings and numbers as plain pages have them.

use super::leaf::Leaf;
use arrow::array::StringArray;
use arrow::buffer::{Buffer, OffsetBuffer};

/// The first bytes, split off.
pub(super) fn front<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*front)
}

/// The strings of a leaf's dictionary; `None` when they are not UTF-8.
pub(super) fn strings(leaf: &Leaf) -> Option<StringArray> {
    let (bytes, entries) = leaf.dictionary();
    let mut rest = &bytes[..];
    let mut strings = Strings::with_room_for(bytes.len());
    for _ in 0..entries {
        strings.take(&mut rest)?;
    }
    strings.finish()
}

/// Strings out of plain values: each stands behind its length.
#[derive(Debug)]
pub(super) struct Strings {
    ends: Vec<i32>,
    bytes: Vec<u8>,
}

impl Default for Strings {
    fn default() -> Self {
        Strings::with_room_for(0)
    }
}

impl Strings {
    fn with_room_for(bytes: usize) -> Self {
        Strings {
            ends: vec![0],
            bytes: Vec::with_capacity(bytes),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(super) fn take(&mut self, rest: &mut &[u8]) -> Option<()> {
        let length = u32::from_le_bytes(front(rest)?) as usize;
        let (string, after) = rest.split_at_checked(length)?;
        self.bytes.extend_from_slice(string);
        self.ends.push(i32::try_from(self.bytes.len()).ok()?);
        *rest = after;
        Some(())
    }

    /// The strings taken; `None` when they are not UTF-8.
    pub(super) fn finish(self) -> Option<StringArray> {
        let bounds = OffsetBuffer::new(self.ends.into());
        StringArray::try_new(bounds, Buffer::from_vec(self.bytes), None).ok()
    }
}

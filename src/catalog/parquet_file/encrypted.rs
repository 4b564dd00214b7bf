//! Whether a Parquet file is encrypted: the `parquet` crate passes over what
//! says so when it is built without encryption, and then stumbles over the pages.

use crate::catalog::error::CatalogError;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// `encryption_algorithm` of the file's metadata: given when the footer is plain
/// and columns are encrypted.
const ENCRYPTION_ALGORITHM: i16 = 8;
/// Deeper structures than Parquet's metadata have.
const MOST_DEEP: usize = 16;
/// Larger footers are not looked into.
const MOST_BYTES: u64 = 1 << 28;

/// Whether the footer, or columns under a plain footer, are encrypted.
fn is_encrypted(mut file: &File) -> bool {
    let mut look = || -> std::io::Result<bool> {
        let end = file.seek(SeekFrom::End(-8))?;
        let mut tail = [0; 8];
        file.read_exact(&mut tail)?;
        let [a, b, c, d, magic @ ..] = tail;
        if magic == *b"PARE" {
            return Ok(true);
        }
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if length > end.min(MOST_BYTES) {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(end - length))?;
        let mut footer = Vec::new();
        file.take(length).read_to_end(&mut footer)?;
        Ok(Thrift { rest: &footer }
            .has_field(ENCRYPTION_ALGORITHM)
            .unwrap_or(false))
    };
    look().unwrap_or(false)
}

/// The same error, or that the file is encrypted, if that is why it seems broken.
pub(in crate::catalog) fn or_encrypted(error: CatalogError, file: &File) -> CatalogError {
    match error {
        CatalogError::Broken { file: path, .. } if is_encrypted(file) => {
            CatalogError::Encrypted { file: path }
        }
        other => other,
    }
}

/// Thrift's compact protocol, as far as it takes to pass over fields.
struct Thrift<'b> {
    rest: &'b [u8],
}

impl Thrift<'_> {
    /// Whether the struct that begins here has a field; `None` where it is broken.
    fn has_field(&mut self, wanted: i16) -> Option<bool> {
        let mut last = 0;
        while let Some((field, kind)) = self.field(&mut last)? {
            if field == wanted {
                return Some(true);
            }
            self.pass(kind, MOST_DEEP)?;
        }
        Some(false)
    }

    /// The number and type of the next field; `None` within: the struct ends.
    fn field(&mut self, last: &mut i16) -> Option<Option<(i16, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *last = match head >> 4 {
            0 => {
                let number = self.varint()?;
                i16::try_from((number >> 1) as i64 ^ -((number & 1) as i64)).ok()?
            }
            delta => last.checked_add(i16::from(delta))?,
        };
        Some(Some((*last, head & 0x0f)))
    }

    fn pass(&mut self, kind: u8, deep: usize) -> Option<()> {
        let deep = deep.checked_sub(1)?;
        match kind {
            // Booleans are in the head of the field.
            1 | 2 => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.varint()?),
            7 => self.take(8)?,
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.take(length)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                for _ in 0..count {
                    match head & 0x0f {
                        1 | 2 => drop(self.byte()?),
                        kind => self.pass(kind, deep)?,
                    }
                }
            }
            12 => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.pass(kind, deep)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<()> {
        self.rest = self.rest.get(count..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

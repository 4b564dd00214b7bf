//! Bytes set aside on disk, and had back shelf by shelf.

use super::ArchiveError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use twox_hash::XxHash3_64;

/// Bytes that are gathered before they are written.
const WRITE_BYTES: usize = 1 << 20;

/// Bytes set aside on disk, on numbered shelves: in one temporary file that
/// nobody else sees and that is gone with the process.
#[derive(Debug)]
pub struct SetAside {
    file: File,
    end: u64,
    /// Per shelf the pieces that were put there.
    shelves: Vec<Vec<Piece>>,
    /// What is not yet written.
    waiting: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: u64,
    bytes: usize,
    /// A hash of the bytes: what is read back must be what was written.
    hash: u64,
}

impl SetAside {
    /// Empty shelves, in the folder for temporary files.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Spill`] when the file cannot be made.
    pub fn new(shelves: usize) -> Result<Self, ArchiveError> {
        Ok(SetAside {
            file: tempfile::tempfile().map_err(|e| failed("create", &e))?,
            end: 0,
            shelves: vec![Vec::new(); shelves],
            waiting: Vec::with_capacity(WRITE_BYTES),
        })
    }

    /// Puts bytes behind those that are on a shelf; one that there is not takes none.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Spill`] when they cannot be written.
    pub fn put(&mut self, shelf: usize, bytes: &[u8]) -> Result<(), ArchiveError> {
        let Some(shelf) = self.shelves.get_mut(shelf).filter(|_| !bytes.is_empty()) else {
            return Ok(());
        };
        shelf.push(Piece {
            start: self.end,
            bytes: bytes.len(),
            hash: XxHash3_64::oneshot(bytes),
        });
        self.end += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= WRITE_BYTES {
            self.write()?;
        }
        Ok(())
    }

    /// All bytes of a shelf, in the order in which they were put there.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Spill`] when they cannot be had back as they were.
    pub fn take(&mut self, shelf: usize) -> Result<Vec<u8>, ArchiveError> {
        self.write()?;
        let pieces = self.shelves.get_mut(shelf).map(std::mem::take);
        let pieces = pieces.unwrap_or_default();
        let mut all = vec![0; pieces.iter().map(|piece| piece.bytes).sum()];
        let mut rest = &mut all[..];
        for piece in pieces {
            let (bytes, after) = rest.split_at_mut(piece.bytes);
            self.file
                .seek(SeekFrom::Start(piece.start))
                .and_then(|_| self.file.read_exact(bytes))
                .map_err(|e| failed("read from", &e))?;
            if XxHash3_64::oneshot(bytes) != piece.hash {
                return Err(damaged());
            }
            rest = after;
        }
        Ok(all)
    }

    fn write(&mut self) -> Result<(), ArchiveError> {
        self.file
            .seek(SeekFrom::End(0))
            .and_then(|_| self.file.write_all(&self.waiting))
            .map_err(|e| failed("write to", &e))?;
        self.waiting.clear();
        Ok(())
    }
}

/// An error about the temporary file, which has no name of its own.
fn failed(attempt: &str, e: &io::Error) -> ArchiveError {
    let folder = std::env::temp_dir();
    let folder = folder.display();
    let text = format!("cannot {attempt} a temporary file in `{folder}`: {e}");
    ArchiveError::Spill(io::Error::new(e.kind(), text))
}

fn damaged() -> ArchiveError {
    ArchiveError::Spill(io::Error::new(
        io::ErrorKind::InvalidData,
        "what is read back is not what was written",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shelves_give_back_what_they_got_in_its_order() {
        let mut aside = SetAside::new(3).unwrap();
        let long = vec![7; WRITE_BYTES + 1];
        for (shelf, bytes) in [
            (2, &b"ab"[..]),
            (0, b"c"),
            (2, &long),
            (2, b""),
            (0, b"de"),
            (9, b"x"),
        ] {
            aside.put(shelf, bytes).unwrap();
        }
        assert_eq!(aside.take(1).unwrap(), b"");
        assert_eq!(aside.take(0).unwrap(), b"cde");
        aside.put(0, b"f").unwrap();
        assert_eq!(aside.take(2).unwrap(), [b"ab", &*long].concat());
        assert_eq!(aside.take(0).unwrap(), b"f");
        assert_eq!(aside.take(0).unwrap(), b"");
        assert_eq!(aside.take(9).unwrap(), b"");
    }

    #[test]
    fn damage_and_full_disks_are_told() {
        let mut aside = SetAside::new(1).unwrap();
        aside.put(0, b"abc").unwrap();
        aside.write().unwrap();
        aside.file.seek(SeekFrom::Start(1)).unwrap();
        aside.file.write_all(b"x").unwrap();
        assert!(matches!(aside.take(0), Err(ArchiveError::Spill(_))));
        if cfg!(target_os = "linux") {
            let full = File::options()
                .read(true)
                .write(true)
                .open("/dev/full")
                .unwrap();
            let mut aside = SetAside {
                file: full,
                ..SetAside::new(1).unwrap()
            };
            aside.put(0, b"abc").unwrap();
            assert!(matches!(aside.take(0), Err(ArchiveError::Spill(_))));
        }
    }
}

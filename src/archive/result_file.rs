//! The files of a run, given out piece by piece.

use super::rules::read_rules;
use super::run::RULES;
use super::{ArchiveError, StoredManifest, StoredOutput, StoredRule, file};
use crate::output::MANIFEST;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file of a run that is read from its beginning to its end, once, and is
/// judged by the sum in the manifest on the way: the last piece is kept back
/// until all of it is what was written.
#[derive(Debug)]
pub struct ResultFile {
    path: PathBuf,
    file: File,
    left: u64,
    sum: Sha256,
    wanted: String,
}

impl ResultFile {
    /// Opens a file of the run in a folder.
    ///
    /// # Errors
    ///
    /// When it is not there, or not of the size that it was written with.
    pub fn open(folder: &Path, output: &StoredOutput) -> Result<Self, ArchiveError> {
        let path = folder.join(&output.name);
        let opened = file::open(&path).map_err(|error| file::unopened(&path, error));
        let (file, bytes) = opened?;
        if bytes != output.bytes {
            return Err(changed(&path));
        }
        Ok(ResultFile {
            path,
            file,
            left: bytes,
            sum: Sha256::new(),
            wanted: output.sha256.clone(),
        })
    }

    /// Bytes that are still to come.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The next piece, `most` bytes long or the rest; empty at the end.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not what was written.
    pub fn next_piece(&mut self, most: usize) -> Result<Vec<u8>, ArchiveError> {
        let length = usize::try_from(self.left).map_or(most, |left| left.min(most));
        let mut piece = vec![0; length];
        let read = self.file.read_exact(&mut piece);
        read.map_err(|error| ArchiveError::unreadable(&self.path, error))?;
        self.sum.update(&piece);
        self.left -= length as u64;
        if self.left == 0 && hex(self.sum.clone()) != self.wanted {
            return Err(changed(&self.path));
        }
        Ok(piece)
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// As for a piece.
    pub fn read_all(mut self) -> Result<Vec<u8>, ArchiveError> {
        self.next_piece(usize::MAX)
    }
}

/// The files of the run in a folder as its manifest has them, and the manifest.
///
/// # Errors
///
/// A folder that is no run.
pub fn results(folder: &Path) -> Result<Vec<StoredOutput>, ArchiveError> {
    let text = StoredManifest::text(folder)?;
    let mut outputs = StoredManifest::read(folder, &text)?.outputs;
    outputs.push(StoredOutput {
        name: MANIFEST.into(),
        rows: 0,
        bytes: text.len() as u64,
        sha256: hex(Sha256::new_with_prefix(&text)),
    });
    Ok(outputs)
}

/// The rules of the run in a folder, evaluated or not, in the order of the frameworks.
///
/// # Errors
///
/// A folder that is no run, or whose rules are not what its manifest says.
pub fn run_rules(folder: &Path) -> Result<Vec<StoredRule>, ArchiveError> {
    let manifest = StoredManifest::read(folder, &StoredManifest::text(folder)?)?;
    let path = folder.join(RULES);
    let Some(output) = manifest.output(RULES) else {
        return Err(ArchiveError::broken(
            &path,
            "the run's manifest does not name it",
        ));
    };
    let mut file = ResultFile::open(folder, output)?;
    while file.left() > 0 {
        file.next_piece(1 << 18)?;
    }
    read_rules(&path)
}

/// Whether a run lies in a folder, as far as shows at a glance.
pub fn is_kept(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

fn hex(sum: Sha256) -> String {
    let bytes = sum.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn changed(path: &Path) -> ArchiveError {
    ArchiveError::broken(path, "its content is not what the run's manifest says")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn output(name: &str, bytes: &[u8]) -> StoredOutput {
        StoredOutput {
            name: name.into(),
            rows: 0,
            bytes: bytes.len() as u64,
            sha256: hex(Sha256::new_with_prefix(bytes)),
        }
    }

    #[test]
    fn a_file_comes_in_pieces_and_is_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
        fs::write(folder.path().join("a"), &bytes).unwrap();
        for most in [1, 7, 999, 1000, 5000] {
            let mut file = ResultFile::open(folder.path(), &output("a", &bytes)).unwrap();
            let mut read = Vec::new();
            while file.left() > 0 {
                read.extend(file.next_piece(most).unwrap());
            }
            assert_eq!(read, bytes);
            assert!(file.next_piece(most).unwrap().is_empty());
        }
        fs::write(folder.path().join("a"), "").unwrap();
        let empty = ResultFile::open(folder.path(), &output("a", b"")).unwrap();
        assert!(empty.read_all().unwrap().is_empty());
    }

    #[test]
    fn the_last_piece_of_a_changed_file_does_not_come() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = output("a", b"abcdef");
        fs::write(folder.path().join("a"), "abcdeX").unwrap();
        let mut file = ResultFile::open(folder.path(), &wanted).unwrap();
        assert_eq!(file.next_piece(3).unwrap(), b"abc");
        assert!(file.next_piece(3).is_err());
        fs::write(folder.path().join("a"), "abcde").unwrap();
        assert!(ResultFile::open(folder.path(), &wanted).is_err());
        fs::remove_file(folder.path().join("a")).unwrap();
        assert!(ResultFile::open(folder.path(), &wanted).is_err());
    }
}

//! A folder committed as a whole: either all of a run is there, or nothing.
//!
//! A run is written into a staging folder beside its place and put there in
//! one step, once every byte is on the disk. Where no other folder can take the
//! place of the one that is there, the staging folder lies inside it. Whatever
//! goes wrong before the commit leaves the place as it was; a killed run leaves
//! its staging folder, which the next run into the same place or one beside it
//! clears.

mod attributes;
mod contents;
mod discard;
mod error;
mod inside;
mod leftovers;
mod place;
mod replace;

pub use contents::is_ours;
pub use discard::{discard, traces};
pub use error::{CommitError, Refusal, Step};

use place::{MadeFolders, Place, Standing};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The folder for spill files, inside the staging folder.
const SCRATCH: &str = ".scratch";
/// Bytes that are gathered before a file is written to.
const BUFFER: usize = 256 << 10;

/// Where a staging folder lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Beside the output folder, whose place it takes.
    Beside,
    /// Inside the output folder, into which its files move.
    Inside,
}

/// A folder in the making, beside or inside its place and locked by this process.
///
/// Dropped without [`Staging::commit`] it is removed, with the folders that
/// were made on the way to it.
///
/// ```
/// use classmark::output::Staging;
/// use std::io::Write;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let out = dir.path().join("reports/today");
/// let staging = Staging::begin(&out, false)?;
/// let mut file = staging.create("hello.txt")?;
/// file.write_all(b"hello")?;
/// let written = file.finish()?;
/// assert_eq!(written.bytes, 5);
/// assert!(!out.exists());
/// staging.commit()?;
/// assert!(out.join("hello.txt").exists());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Staging {
    place: Place,
    path: PathBuf,
    position: Position,
    force: bool,
    committed: bool,
    /// Files that were created and not finished.
    unfinished: Arc<AtomicUsize>,
    made: MadeFolders,
    /// Holds the lock; the last to go.
    _handle: File,
}

impl Staging {
    /// Begins a folder that is to stand at `out`.
    ///
    /// Missing folders above `out` are made, and what killed runs into `out`
    /// and its neighbors left behind is cleared. Where `out` exists, its owner,
    /// group, permissions and attributes stay.
    ///
    /// # Errors
    ///
    /// [`CommitError::Refused`] when `out` may not be used: it is not empty and
    /// `force` is not given, or it is and `out` is no run of ours or holds
    /// anything beside the files of that run, or it cannot be a folder at all.
    /// [`CommitError::Failed`] when the system fails.
    pub fn begin(out: &Path, force: bool) -> Result<Staging, CommitError> {
        let place = Place::resolve(out)?;
        leftovers::clear(&place);
        inside::recover(&place.path());
        let standing = place.standing(force)?;
        let mut made = MadeFolders::default();
        let (position, (path, handle)) = match standing {
            Standing::Absent => (Position::Beside, leftovers::create(&place, &mut made)?),
            Standing::Empty | Standing::Ours => {
                place.check_writable()?;
                match exchangeable(&place, &mut made) {
                    Some(made) => (Position::Beside, made),
                    None => (Position::Inside, inside::create(&place.path())?),
                }
            }
        };
        Ok(Staging {
            place,
            path,
            position,
            force,
            committed: false,
            unfinished: Arc::default(),
            made,
            _handle: handle,
        })
    }

    /// A new file of the folder. `name` is a plain file name that was not
    /// created before.
    ///
    /// # Errors
    ///
    /// [`CommitError::Failed`] when the file cannot be made.
    pub fn create(&self, name: &str) -> Result<StagedFile, CommitError> {
        let path = self.path.join(name);
        // Errors name the final path, which people know, and not the staging folder.
        let shown = self.place.path().join(name);
        let mut parts = Path::new(name).components();
        let plain = matches!(parts.next(), Some(Component::Normal(part)) if part == name)
            && parts.next().is_none()
            && ![SCRATCH, inside::JOURNAL, inside::REPLACED].contains(&name);
        if !plain {
            let e = io::Error::from(ErrorKind::InvalidInput);
            return Err(CommitError::failed(Step::Create, &shown)(e));
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(CommitError::failed(Step::Create, &shown))?;
        self.unfinished.fetch_add(1, Ordering::Relaxed);
        Ok(StagedFile {
            name: name.to_owned(),
            path: shown,
            unfinished: Arc::clone(&self.unfinished),
            writer: BufWriter::with_capacity(BUFFER, Summed::new(file)),
        })
    }

    /// The folder in the making, for files that are not written by
    /// [`Staging::create`]: who writes such a file forces it to the disk.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder for spill files. It lies inside the staging folder, is the same
    /// at every call, and is never part of what is committed.
    ///
    /// # Errors
    ///
    /// [`CommitError::Failed`] when the folder cannot be made.
    pub fn scratch(&self) -> Result<PathBuf, CommitError> {
        let path = self.path.join(SCRATCH);
        match fs::create_dir(&path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => {
                Err(CommitError::failed(Step::Create, &path)(e))
            }
            _ => Ok(path),
        }
    }

    /// Puts the folder in its place, whole and on the disk.
    ///
    /// What stands there is looked at again: the same rules hold as at
    /// [`Staging::begin`].
    ///
    /// # Errors
    ///
    /// [`CommitError::Refused`] when somebody took the place meanwhile,
    /// [`CommitError::Unfinished`] when a created file was not finished,
    /// [`CommitError::Failed`] when the system fails. After any error the place
    /// is as it was and the staging folder is gone.
    pub fn commit(mut self) -> Result<(), CommitError> {
        match self.unfinished.load(Ordering::Acquire) {
            0 => {}
            files => {
                let path = self.place.path();
                return Err(CommitError::Unfinished { path, files });
            }
        }
        self.remove_scratch()?;
        sync_folder(&self.path)?;
        match self.position {
            Position::Beside => {
                let sync = || self.sync_around();
                replace::put(&self.path, &self.place, self.force, &sync)?;
            }
            Position::Inside => inside::put(&self.path, &self.place, self.force)?,
        }
        self.committed = true;
        self.made.keep();
        Ok(())
    }

    fn remove_scratch(&self) -> Result<(), CommitError> {
        let scratch = self.path.join(SCRATCH);
        match fs::remove_dir_all(&scratch) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                Err(CommitError::failed(Step::Remove, &scratch)(e))
            }
            _ => Ok(()),
        }
    }

    /// Forces the names on the way to the place to the disk.
    fn sync_around(&self) -> Result<(), CommitError> {
        sync_folder(&self.place.parent)?;
        let above = self.made.paths().iter().filter_map(|made| made.parent());
        above.into_iter().try_for_each(sync_folder)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        match self.position {
            _ if self.committed => {}
            // What cannot be removed is cleared by the next run.
            Position::Beside => drop(fs::remove_dir_all(&self.path)),
            Position::Inside => inside::discard(&self.path),
        }
    }
}

/// A staging folder beside the folder at `place` that can take the place of that
/// folder without any difference; `None` if there can be none.
fn exchangeable(place: &Place, made: &mut MadeFolders) -> Option<(PathBuf, File)> {
    if place.is_fixed() || inside::is_used(&place.path()) {
        return None;
    }
    let (path, handle) = leftovers::create(place, made).ok()?;
    match attributes::carry_over(&place.path(), &path) {
        Ok(true) => Some((path, handle)),
        _ => {
            let _ = fs::remove_dir(&path);
            None
        }
    }
}

/// A file of a folder in the making: buffered, counted and summed as it is written.
#[derive(Debug)]
pub struct StagedFile {
    name: String,
    path: PathBuf,
    unfinished: Arc<AtomicUsize>,
    writer: BufWriter<Summed>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file's name in its folder.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its content, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl StagedFile {
    /// Ends the file: all of it is on the disk.
    ///
    /// # Errors
    ///
    /// [`CommitError::Failed`] when the rest cannot be written or the file
    /// cannot be synced, and when an earlier write failed.
    pub fn finish(self) -> Result<Written, CommitError> {
        let path = self.path;
        let summed = self
            .writer
            .into_inner()
            .map_err(|e| CommitError::failed(Step::Write, &path)(e.into_error()))?;
        if let Some(kind) = summed.failed {
            return Err(CommitError::failed(Step::Write, &path)(kind.into()));
        }
        summed
            .file
            .sync_all()
            .map_err(CommitError::failed(Step::Sync, &path))?;
        self.unfinished.fetch_sub(1, Ordering::Release);
        Ok(Written {
            name: self.name,
            bytes: summed.bytes,
            sha256: hex(&summed.sum.finalize()),
        })
    }

    /// An error that says which file it is about; [`CommitError::of_io`] finds it.
    fn failed(&self, e: io::Error) -> io::Error {
        match e.kind() {
            ErrorKind::Interrupted => e,
            kind => io::Error::new(kind, CommitError::failed(Step::Write, &self.path)(e)),
        }
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes);
        written.map_err(|e| self.failed(e))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.writer.flush();
        flushed.map_err(|e| self.failed(e))
    }
}

/// A file with the count and sum of what reached it.
#[derive(Debug)]
struct Summed {
    file: File,
    bytes: u64,
    sum: Sha256,
    /// The first failure: a file with a gap must not pass for whole.
    failed: Option<ErrorKind>,
}

impl Summed {
    fn new(file: File) -> Self {
        Summed {
            file,
            bytes: 0,
            sum: Sha256::new(),
            failed: None,
        }
    }
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.file.write(bytes) {
            Ok(count) => {
                self.bytes += count as u64;
                self.sum.update(&bytes[..count]);
                Ok(count)
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Err(e),
            Err(e) => {
                self.failed.get_or_insert(e.kind());
                Err(e)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Forces the names in a folder to the disk. Systems that cannot do that to a
/// folder at all are no failure.
fn sync_folder(folder: &Path) -> Result<(), CommitError> {
    if cfg!(windows) {
        return Ok(());
    }
    match File::open(folder).and_then(|handle| handle.sync_all()) {
        Err(e) if e.kind() != ErrorKind::InvalidInput => {
            Err(CommitError::failed(Step::Sync, folder)(e))
        }
        _ => Ok(()),
    }
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
    bytes
        .iter()
        .flat_map(|&byte| [digit(byte >> 4), digit(byte)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_counted_and_summed() {
        let dir = tempfile::tempdir().unwrap();
        let staging = Staging::begin(&dir.path().join("out"), false).unwrap();
        let mut file = staging.create("abc").unwrap();
        file.write_all(b"a").unwrap();
        file.write_all(b"bc").unwrap();
        let written = file.finish().unwrap();
        assert_eq!(written.name, "abc");
        assert_eq!(written.bytes, 3);
        assert_eq!(
            written.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_on_a_full_disk_is_never_finished() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let staging = Staging::begin(&out, false).unwrap();
        let mut file = staging.create("full").unwrap();
        file.writer.get_mut().file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let failure = file
            .write_all(&vec![0; 2 * BUFFER])
            .and_then(|()| file.flush())
            .unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::StorageFull);
        // Even if later writes would succeed.
        file.writer.get_mut().file = File::create(dir.path().join("other")).unwrap();
        let failed = file.finish().unwrap_err();
        assert!(!failed.is_refusal());
        assert!(matches!(
            staging.commit(),
            Err(CommitError::Unfinished { files: 1, .. })
        ));
        assert!(!out.exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_killed_runs_folder_is_cleared_and_a_live_ones_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let mut killed = Staging::begin(&out, false).unwrap();
        let gone = killed.path.clone();
        // As when killed: the lock is gone, the folder is not.
        killed._handle.unlock().unwrap();
        killed.committed = true;
        killed.made.keep();
        drop(killed);
        assert!(gone.exists());
        let live = Staging::begin(&out, false).unwrap();
        assert!(!gone.exists());
        let other = Staging::begin(&out, false).unwrap();
        assert!(live.path.exists());
        assert_ne!(live.path, other.path);
    }

    #[test]
    fn a_folder_above_that_cannot_be_synced_fails_the_commit() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let mut staging = Staging::begin(&out, false).unwrap();
        staging.path = dir.path().join("vanished");
        let failed = staging.commit().unwrap_err();
        assert!(matches!(
            failed,
            CommitError::Failed {
                step: Step::Sync,
                ..
            }
        ));
        assert!(!out.exists());
    }
}

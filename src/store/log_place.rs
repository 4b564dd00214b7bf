//! Where a store's write-ahead log lies, recorded in the store itself.
//!
//! SQLite finds the log by the name that the store is opened under. A store that was
//! not closed well and is opened under another name afterwards (a hard link, a bind
//! mount, a copy of the file alone) would be read without the writes in its log, and
//! then written on. So the first write records the log's path in the file proper, and
//! closing removes the record when nothing is in the log any more.

use super::error::OpenError;
use super::open;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What a store's file says.
enum Recorded {
    /// It was closed well, or never written.
    Closed,
    /// This log belongs to it.
    Open(PathBuf),
    /// It has a format that records nothing.
    Unknown,
}

/// The log of the store at this path, whether or not it is there.
pub(super) fn log_of(store: &Path) -> PathBuf {
    // SQLite follows symbolic links before it names the log.
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let mut log = store.into_os_string();
    log.push("-wal");
    log.into()
}

/// Refuses a store that was last written under another name and not closed well.
///
/// # Errors
///
/// [`OpenError::Elsewhere`], [`OpenError::SeveralNames`].
pub(super) fn check(store: &Path) -> Result<(), OpenError> {
    let own = log_of(store);
    if length(&own).is_some_and(|length| length > 0) {
        // It was moved along; whether it fits is SQLite's to judge.
        return Ok(());
    }
    match recorded(store) {
        Recorded::Open(log) if log != own => match (length(&own), length(&log)) {
            (_, Some(1..)) | (None, None) => Err(elsewhere(store, log)),
            _ => Ok(()),
        },
        Recorded::Unknown if has_several_names(store) => {
            Err(OpenError::SeveralNames(store.to_owned()))
        }
        _ => Ok(()),
    }
}

/// The same for a store that is only to be read, and that others may be writing under
/// another name at this moment.
pub(super) fn check_reading(store: &Path) -> Result<(), OpenError> {
    let own = log_of(store);
    match length(&own).is_none().then(|| recorded(store)) {
        Some(Recorded::Open(log)) if log != own => Err(elsewhere(store, log)),
        _ => check(store),
    }
}

fn elsewhere(store: &Path, log: PathBuf) -> OpenError {
    OpenError::Elsewhere {
        path: store.to_owned(),
        log,
    }
}

fn length(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|found| found.len())
}

/// What the file itself says, without any log. To be asked where no log lies beside it.
fn recorded(store: &Path) -> Recorded {
    let Ok(connection) = open::without_log(store) else {
        return Recorded::Closed;
    };
    let number = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    if number == Ok(1) {
        return Recorded::Unknown;
    }
    let path = connection.query_row("SELECT path FROM log_place", [], |row| row.get(0));
    // Whatever else is wrong with the file is told by whoever opens it.
    match path.optional() {
        Ok(Some(Some(path))) => Recorded::Open(from_bytes(path)),
        _ => Recorded::Closed,
    }
}

/// Records in the file proper where its log lies. Gives whether it is there now:
/// somebody who is reading may keep it from getting there, and then it is to be tried
/// again.
pub(super) fn record(connection: &Connection, log: &Path) -> rusqlite::Result<bool> {
    let sql = "UPDATE log_place SET path = ?1 WHERE path IS NOT ?1";
    match connection.execute(sql, [to_bytes(log)]) {
        Ok(_) => moved(connection, "PRAGMA wal_checkpoint(PASSIVE)"),
        // A newer format may do without the table.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Removes the record: to be called when the log is empty.
pub(super) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'log_place'";
    if !connection.prepare(sql)?.exists([])? {
        return Ok(());
    }
    let sql = "UPDATE log_place SET path = NULL WHERE path IS NOT NULL";
    connection.execute(sql, []).map(drop)
}

/// Runs a checkpoint. Gives whether all of the log is in the file now.
pub(super) fn moved(connection: &Connection, checkpoint: &str) -> rusqlite::Result<bool> {
    connection.query_row(checkpoint, [], |row| {
        let (busy, all): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(busy == 0 && all == row.get::<_, i64>(2)?)
    })
}

#[cfg(unix)]
fn has_several_names(store: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    store.metadata().is_ok_and(|found| found.nlink() > 1)
}

#[cfg(not(unix))]
fn has_several_names(_: &Path) -> bool {
    false
}

fn to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    #[cfg(unix)]
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    #[cfg(not(unix))]
    let path: OsString = String::from_utf8_lossy(&bytes).into_owned().into();
    path.into()
}

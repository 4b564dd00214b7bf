//! Files as stores: recognized, checked, set up.

use super::error::OpenError;
use super::{log_place, schema};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What `open` does beside opening.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether a store is made where nothing is.
    pub create: bool,
    /// Whether all pages are looked at first, which takes about a second for a
    /// gigabyte. Otherwise damage shows when a damaged page is read.
    pub check: bool,
    /// How many reads are made at once; more wait.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            create: true,
            check: true,
            readers: 8,
        }
    }
}

/// Statements that a connection keeps ready.
const STATEMENTS: usize = 128;

/// Bytes of the smallest database: a page of the smallest size.
const SMALLEST: u64 = 512;

/// The connection that writes, on a store of the newest format.
///
/// The log is synced at every commit (`synchronous = FULL`): what is
/// acknowledged outlives a power cut, and not only the end of the process.
pub(super) fn writer(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    let failed = |error| OpenError::sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Where the file could be made for this user alone, it has been.
    let create = match options.create && cfg!(not(unix)) {
        true => OpenFlags::SQLITE_OPEN_CREATE,
        false => OpenFlags::empty(),
    };
    let mut connection = Connection::open_with_flags(path, flags | create).map_err(failed)?;
    set_up(&connection).map_err(failed)?;
    if connection.is_readonly("main").map_err(failed)? {
        return Err(OpenError::ReadOnly(path.to_owned()));
    }
    // Before anything is written: a stranger's database stays as it is.
    schema::recognize(&connection, path, schema::STEPS.len())?;
    whole(&connection, path)?;
    if options.check {
        check(&connection, path)?;
    }
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        return Err(OpenError::Unusable {
            path: path.to_owned(),
            reason: "it is where a write-ahead log cannot be kept".into(),
        });
    }
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;")
        .map_err(failed)?;
    schema::migrate(&mut connection, path, schema::STEPS)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    set_up(&connection)?;
    Ok(connection)
}

/// A connection that reads what the file itself holds: no log, no locks, and no file
/// beside it is made.
pub(super) fn without_log(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;",
    )?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Whether the pages of a database fit together.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let found: Result<String, _> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match found.map_err(|error| OpenError::sqlite(path, error))? {
        found if found == "ok" => Ok(()),
        reason => Err(OpenError::Broken {
            path: path.to_owned(),
            // SQLite tells some faults in several lines.
            reason: reason.lines().collect::<Vec<_>>().join(", "),
        }),
    }
}

/// Refuses a last page that is not all there: SQLite would read the rest as zeros.
pub(super) fn whole(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let page: Result<u32, _> = connection.query_row("PRAGMA page_size", [], |row| row.get(0));
    let page = page.map_err(|error| OpenError::sqlite(path, error))?;
    let length = path.metadata().map_or(0, |found| found.len());
    // A log makes good whatever a crash has left of the page.
    if length.checked_rem(page.into()).is_none_or(|rest| rest > 0) && !has_log(path) {
        return Err(OpenError::Broken {
            path: path.to_owned(),
            reason: "its last page is cut off".into(),
        });
    }
    Ok(())
}

fn has_log(path: &Path) -> bool {
    let log = log_place::log_of(path).metadata();
    log.is_ok_and(|log| log.len() > 0)
}

/// Refuses what SQLite would take for an empty database.
pub(super) fn look(path: &Path, create: bool) -> Result<(), OpenError> {
    let Ok(found) = path.metadata() else {
        return look_around(path, create);
    };
    if !found.is_file() {
        return Err(OpenError::NoFile(path.to_owned()));
    }
    match found.len() {
        0 => Err(OpenError::Empty(path.to_owned())),
        // SQLite takes one byte for an empty database.
        length if length < SMALLEST => Err(OpenError::Foreign(path.to_owned())),
        _ => Ok(()),
    }
}

fn look_around(path: &Path, create: bool) -> Result<(), OpenError> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(OpenError::NoFolder(path.to_owned()));
    }
    if has_log(path) {
        return Err(OpenError::Orphan(path.to_owned()));
    }
    if !create {
        return Err(OpenError::Missing(path.to_owned()));
    }
    Ok(())
}

//! A copy of a store, taken while others write.

use super::error::OpenError;
use super::{hold, log_place, open, schema};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::File;
use std::path::Path;

/// Writes a copy of a store: what every commit up to some moment left, and nothing
/// of any later one. Whoever writes meanwhile, in this process or another, is not
/// held up; the store is only read.
///
/// The copy gets its name when it is whole, checked and on disk. Nothing that has
/// that name is replaced.
///
/// # Errors
///
/// The store is none, or damaged, or the copy could not be made: then none is there.
pub fn backup(store: impl AsRef<Path>, copy: impl AsRef<Path>) -> Result<(), OpenError> {
    let (store, copy) = (store.as_ref(), copy.as_ref());
    let failed = |error| OpenError::sqlite(store, error);
    open::look(store, false)?;
    // Declared before the connection: closed after it.
    #[cfg(unix)]
    let _handle = hold::keep_open(store).map_err(|error| OpenError::io(store, &error))?;
    log_place::check_reading(store)?;
    let source = open::reader(store).map_err(failed)?;
    if schema::recognize(&source, store, schema::STEPS.len())? == 0 {
        return Err(OpenError::Foreign(store.to_owned()));
    }
    open::whole(&source, store)?;
    if copy.symlink_metadata().is_ok() {
        return Err(OpenError::Exists(copy.to_owned()));
    }
    let folder = copy.parent().filter(|f| !f.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(OpenError::NoFolder(copy.to_owned()));
    }
    let failed = |error: std::io::Error| OpenError::io(copy, &error);
    let draft = tempfile::Builder::new()
        .prefix(".classmark-backup-")
        .tempfile_in(folder)
        .map_err(failed)?;
    hold::make_private(draft.as_file()).map_err(failed)?;
    write(&source, draft.path()).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            OpenError::sqlite(store, error)
        }
        _ => OpenError::sqlite(copy, error),
    })?;
    check(draft.path())?;
    draft.as_file().sync_all().map_err(failed)?;
    draft
        .persist_noclobber(copy)
        .map_err(|error| failed(error.error))?;
    // The name is on disk when its folder is.
    let folder = File::open(folder).map_err(failed)?;
    folder.sync_all().map_err(failed)
}

fn write(source: &Connection, draft: &Path) -> rusqlite::Result<()> {
    let name = draft.to_str();
    let name = name.ok_or_else(|| rusqlite::Error::InvalidPath(draft.to_owned()))?;
    // One statement reads one state of the store.
    source.execute("VACUUM INTO ?1", [name])?;
    // The log of the store is not the copy's. A copy that is half written goes anyway.
    let copy = Connection::open_with_flags(draft, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    copy.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    log_place::clear(&copy)?;
    copy.close().map_err(|(_, error)| error)
}

/// Whether what was written is a store and whole.
fn check(draft: &Path) -> Result<(), OpenError> {
    let copy = open::reader(draft).map_err(|error| OpenError::sqlite(draft, error))?;
    schema::recognize(&copy, draft, schema::STEPS.len())?;
    open::check(&copy, draft)
}

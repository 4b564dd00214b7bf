//! The store's format: numbered steps, each of which makes the next format of the last.
//!
//! A released step is never edited: what has to change gets a step of its own,
//! and a store of every released format lies in `fixtures/store`. A step that older
//! programs would trip over, were it only by a new word in the audit log, says so in
//! `format.oldest`.

use super::error::OpenError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// `CMrk`: a database that bears it is ours.
pub(super) const APPLICATION: i32 = 0x434d_726b;

/// From an empty database to this program's format, a step each.
pub(super) const STEPS: &[&str] = &[include_str!("v1.sql"), include_str!("v2.sql")];

/// Makes a database that is empty or of an older format one of the newest.
///
/// All or nothing: whatever happens, the store is of one format. A store of a
/// newer format is left as it is if that format says that we can use it.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    steps: &[&str],
) -> Result<(), OpenError> {
    let failed = |error| OpenError::sqlite(path, error);
    // Two programs may open a new store at once: the second one finds it made.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let found = recognize(&transaction, path, steps.len())?;
    let steps = steps.get(found..).unwrap_or_default();
    for step in steps {
        transaction.execute_batch(step).map_err(failed)?;
    }
    if !steps.is_empty() {
        let format = i64::try_from(found + steps.len()).unwrap_or(i64::MAX);
        transaction
            .pragma_update(None, "application_id", APPLICATION)
            .map_err(failed)?;
        transaction
            .pragma_update(None, "user_version", format)
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// The format of a database, 0 for an empty one, if it is a store that we can use.
pub(super) fn recognize(
    connection: &Connection,
    path: &Path,
    ours: usize,
) -> Result<usize, OpenError> {
    let failed = |error| OpenError::sqlite(path, error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id").map_err(failed)?;
    let format = number("PRAGMA user_version").map_err(failed)?;
    let objects = number("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    if application == 0 && format == 0 && objects == 0 {
        return Ok(0);
    }
    let format = usize::try_from(format).unwrap_or(0);
    if application != i64::from(APPLICATION) || format == 0 {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    if format > ours {
        let oldest = number("SELECT oldest FROM format").map_err(failed)?;
        if usize::try_from(oldest).map_or(true, |oldest| oldest > ours) {
            return Err(OpenError::Newer {
                path: path.to_owned(),
                format,
                ours,
            });
        }
    }
    Ok(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE format (only_row INTEGER PRIMARY KEY, oldest INTEGER);
        INSERT INTO format VALUES (1, 1); CREATE TABLE one (a);";

    fn format(connection: &Connection) -> i64 {
        connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap()
    }

    fn tables(connection: &Connection) -> i64 {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn steps_are_taken_once_and_from_where_the_store_is() {
        let mut store = Connection::open_in_memory().unwrap();
        let path = Path::new("a.db");
        let steps = [FIRST, "CREATE TABLE two (a);", "CREATE TABLE three (a);"];
        migrate(&mut store, path, &steps[..1]).unwrap();
        assert_eq!((format(&store), tables(&store)), (1, 2));
        migrate(&mut store, path, &steps).unwrap();
        assert_eq!((format(&store), tables(&store)), (3, 4));
        migrate(&mut store, path, &steps).unwrap();
        assert_eq!((format(&store), tables(&store)), (3, 4));
    }

    #[test]
    fn a_step_that_fails_takes_those_before_it_back() {
        let mut store = Connection::open_in_memory().unwrap();
        let path = Path::new("a.db");
        migrate(&mut store, path, &[FIRST]).unwrap();
        let steps = [FIRST, "CREATE TABLE two (a);", "CREATE TABLE two (a);"];
        migrate(&mut store, path, &steps).unwrap_err();
        assert_eq!((format(&store), tables(&store)), (1, 2));
    }

    #[test]
    fn a_newer_store_is_used_only_if_it_says_so() {
        let mut store = Connection::open_in_memory().unwrap();
        let path = Path::new("a.db");
        migrate(&mut store, path, &[FIRST, "CREATE TABLE two (a);"]).unwrap();
        migrate(&mut store, path, &[FIRST]).unwrap();
        assert_eq!(format(&store), 2, "it stays of its format");
        store.execute("UPDATE format SET oldest = 2", []).unwrap();
        let refused = migrate(&mut store, path, &[FIRST]).unwrap_err();
        assert!(
            matches!(
                refused,
                OpenError::Newer {
                    format: 2,
                    ours: 1,
                    ..
                }
            ),
            "{refused}"
        );
    }
}

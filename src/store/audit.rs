//! The log of everything that was changed.

use super::error::{FaultKind, Resource, StoreError};
use super::{Actor, Stamp, Store};
use rusqlite::{Connection, Row, params};

/// A change: who, when, what, and which version came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place: later changes have higher ones.
    pub seq: i64,
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// Who.
    pub by: Actor,
    /// What was done.
    pub action: Action,
    /// To what kind of thing.
    pub resource: Resource,
    /// To which: an id, a handle, a name, or `ruleset/rule`.
    pub id: String,
    /// The version that came of it, or that was taken away.
    pub version: Option<String>,
}

/// What was done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It was made.
    Create,
    /// It was made from another one.
    Clone,
    /// Its content was changed.
    Update,
    /// It was switched on, and nothing else.
    Activate,
    /// It was switched off, and nothing else.
    Deactivate,
    /// It was taken away.
    Delete,
    /// A run began.
    Start,
    /// A run ended well.
    Finish,
    /// A run failed.
    Fail,
    /// A run was cancelled.
    Cancel,
}

impl Action {
    const ALL: [Action; 10] = [
        Action::Create,
        Action::Clone,
        Action::Update,
        Action::Activate,
        Action::Deactivate,
        Action::Delete,
        Action::Start,
        Action::Finish,
        Action::Fail,
        Action::Cancel,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Clone => "clone",
            Action::Update => "update",
            Action::Activate => "activate",
            Action::Deactivate => "deactivate",
            Action::Delete => "delete",
            Action::Start => "start",
            Action::Finish => "finish",
            Action::Fail => "fail",
            Action::Cancel => "cancel",
        }
    }
}

impl Store {
    /// Changes after the one in this place, oldest first; 0 is before the first.
    pub fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT seq, at, by, by_name, action, resource, id, version FROM audit
                 WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = found.query_map(params![after, limit], entry)?;
            collected(rows)
        })
    }

    /// Changes of one thing, oldest first.
    pub fn audit_of(&self, resource: Resource, id: &str) -> Result<Vec<AuditEntry>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT seq, at, by, by_name, action, resource, id, version FROM audit
                 WHERE resource = ?1 AND id = ?2 ORDER BY seq",
            )?;
            let rows = found.query_map(params![resource.as_str(), id], entry)?;
            collected(rows)
        })
    }

    /// A number that grows with every write of this program, in memory: as long as
    /// it stays, so does everything in the store.
    ///
    /// It grows before a write is answered. What was read after asking for it is as
    /// new as the number says, or newer.
    pub fn generation(&self) -> u64 {
        self.writer.generation()
    }

    /// The place of the last change, 0 in a new store: as long as it stays, so does
    /// everything in the store.
    pub fn last_change(&self) -> Result<i64, StoreError> {
        self.readers.read(|connection| {
            let mut last = connection.prepare_cached("SELECT coalesce(max(seq), 0) FROM audit")?;
            Ok(last.query_row([], |row| row.get(0))?)
        })
    }
}

/// Notes a change in the transaction that makes it.
pub(super) fn note(
    connection: &Connection,
    stamp: &Stamp,
    action: Action,
    (resource, id, version): (Resource, &str, Option<&str>),
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO audit (at, by, by_name, action, resource, id, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Stamp { at, by } = stamp;
    let (action, resource) = (action.as_str(), resource.as_str());
    insert.execute(params![
        at, by.user_id, by.name, action, resource, id, version
    ])?;
    Ok(())
}

fn collected(
    rows: impl Iterator<Item = rusqlite::Result<Option<AuditEntry>>>,
) -> Result<Vec<AuditEntry>, StoreError> {
    let unknown = || StoreError::fault(FaultKind::Broken, "an unknown word in the audit log");
    rows.map(|row| row?.ok_or_else(unknown)).collect()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Option<AuditEntry>> {
    let action: String = row.get(4)?;
    let action = Action::ALL.into_iter().find(|a| a.as_str() == action);
    let resource = Resource::named(&row.get::<_, String>(5)?);
    let (Some(action), Some(resource)) = (action, resource) else {
        return Ok(None);
    };
    let Stamp { at, by } = Stamp::read(row, 1)?;
    Ok(Some(AuditEntry {
        seq: row.get(0)?,
        at,
        by,
        action,
        resource,
        id: row.get(6)?,
        version: row.get(7)?,
    }))
}

//! Frameworks as they are, and as they were.

use super::{Stamp, StoredFramework};
use crate::store::Store;
use crate::store::error::{Resource, StoreError};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, params};
use std::ops::RangeInclusive;

/// Columns of a version, in the order in which [`stored`] takes them.
const VERSION: &str =
    "SELECT f.id, v.version, v.number, f.is_system, v.active, v.short_name, d.text,
        f.created_at, f.created_by, f.created_by_name, v.changed_at, v.changed_by, v.changed_by_name
    FROM framework f
    JOIN framework_version v ON v.framework = f.seq
    JOIN document d ON d.seq = v.document";

impl Store {
    /// A framework, in its current version.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], also when it has been deleted.
    pub fn framework(&self, id: &str) -> Result<StoredFramework, StoreError> {
        self.readers.read(|connection| current(connection, id))
    }

    /// Frameworks in their current versions, oldest first: all, or the active ones,
    /// or the others. All of them as they were at one moment.
    pub fn frameworks(&self, active: Option<bool>) -> Result<Vec<StoredFramework>, StoreError> {
        let mut all = Vec::new();
        self.each_framework(active, |framework| all.push(framework))?;
        Ok(all)
    }

    /// As [`frameworks`](Self::frameworks), with one in memory at a time.
    ///
    /// `visit` holds a reader meanwhile: it asks nothing else of the store.
    pub fn each_framework(
        &self,
        active: Option<bool>,
        mut visit: impl FnMut(StoredFramework),
    ) -> Result<(), StoreError> {
        self.readers
            .read(|connection| each(connection, active, &mut visit))
    }

    /// One version of a framework.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the framework, or else of the version.
    pub fn framework_version(
        &self,
        id: &str,
        version: &str,
    ) -> Result<StoredFramework, StoreError> {
        self.readers.read(|connection| {
            there(connection, id)?;
            let with = "WHERE v.version = ?2 AND f.id = ?1";
            let found = one(connection, with, params![id, version])?;
            found.ok_or(StoreError::NotFound(Resource::Version))
        })
    }

    /// All versions of a framework, oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], also when it has been deleted.
    pub fn framework_versions(&self, id: &str) -> Result<Vec<StoredFramework>, StoreError> {
        self.readers.read(|connection| {
            there(connection, id)?;
            versions(connection, id)
        })
    }

    /// Versions of a framework by their numbers, oldest first and with one in memory
    /// at a time, until `visit` has seen enough and says so by `false`.
    ///
    /// Versions are there for ever, so a list can be read in several goes, also when
    /// the framework is deleted meanwhile. `visit` holds a reader: it asks nothing
    /// else of the store.
    pub fn visit_framework_versions(
        &self,
        id: &str,
        numbers: RangeInclusive<i64>,
        mut visit: impl FnMut(StoredFramework) -> bool,
    ) -> Result<(), StoreError> {
        self.readers.read(|connection| {
            let mut found = select(
                connection,
                "WHERE f.id = ?1 AND v.number BETWEEN ?2 AND ?3 ORDER BY v.number",
            )?;
            let mut rows = found.query(params![id, numbers.start(), numbers.end()])?;
            while let Some(row) = rows.next()? {
                if !visit(stored(row)?) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// At most `limit` versions of a framework before the one of that number,
    /// newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], also when it has been deleted.
    pub fn framework_versions_before(
        &self,
        id: &str,
        number: i64,
        limit: u32,
    ) -> Result<Vec<StoredFramework>, StoreError> {
        self.readers.read(|connection| {
            there(connection, id)?;
            let mut found = select(
                connection,
                "WHERE f.id = ?1 AND v.number < ?2 ORDER BY v.number DESC LIMIT ?3",
            )?;
            let rows = found.query_map(params![id, number, limit], stored)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// All versions of a framework, oldest first, even if it has been deleted.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if there never was one of that id.
    pub fn kept_versions(&self, id: &str) -> Result<Vec<StoredFramework>, StoreError> {
        let kept = self.readers.read(|connection| versions(connection, id))?;
        if kept.is_empty() {
            return Err(StoreError::NotFound(Resource::Framework));
        }
        Ok(kept)
    }

    /// The ids of all rules of frameworks in their current versions, sorted, and
    /// whether an active framework has them.
    pub fn rules(&self) -> Result<Vec<(String, bool)>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT r.id, max(f.active) FROM rule r JOIN framework f ON f.seq = r.framework
                 GROUP BY r.id ORDER BY r.id",
            )?;
            let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Which frameworks that are not deleted have these rules in their current
    /// version: rule id, framework id, and whether that is active. Oldest first.
    pub fn homes(&self, rules: &[String]) -> Result<Vec<(String, String, bool)>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT r.id, f.id, f.active FROM rule r JOIN framework f ON f.seq = r.framework
                 WHERE r.id = ?1 ORDER BY f.seq",
            )?;
            let mut homes = Vec::new();
            for rule in rules {
                let rows =
                    found.query_map([rule], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                for home in rows {
                    homes.push(home?);
                }
            }
            Ok(homes)
        })
    }
}

/// All frameworks in their current versions, oldest first.
pub(in crate::store) fn all(connection: &Connection) -> Result<Vec<StoredFramework>, StoreError> {
    let mut all = Vec::new();
    each(connection, None, &mut |framework| all.push(framework))?;
    Ok(all)
}

/// At most `most` frameworks after `skip` others, oldest first.
pub(in crate::store) fn some(
    connection: &Connection,
    active: Option<bool>,
    (skip, most): (i64, i64),
    visit: &mut impl FnMut(StoredFramework),
) -> Result<(), StoreError> {
    let mut found = select(
        connection,
        "WHERE f.seq IN (SELECT seq FROM framework WHERE deleted_at IS NULL
             AND (?1 IS NULL OR active = ?1) ORDER BY seq LIMIT ?3 OFFSET ?2)
         AND v.number = f.number ORDER BY f.seq",
    )?;
    let mut rows = found.query(params![active, skip, most])?;
    while let Some(row) = rows.next()? {
        visit(stored(row)?);
    }
    Ok(())
}

fn each(
    connection: &Connection,
    active: Option<bool>,
    visit: &mut impl FnMut(StoredFramework),
) -> Result<(), StoreError> {
    let mut found = select(
        connection,
        "WHERE f.deleted_at IS NULL AND v.number = f.number
         AND (?1 IS NULL OR f.active = ?1) ORDER BY f.seq",
    )?;
    let mut rows = found.query(params![active])?;
    while let Some(row) = rows.next()? {
        visit(stored(row)?);
    }
    Ok(())
}

/// The current version of a framework that is not deleted.
pub(super) fn current(connection: &Connection, id: &str) -> Result<StoredFramework, StoreError> {
    let with = "WHERE f.id = ?1 AND f.deleted_at IS NULL AND v.number = f.number";
    let found = one(connection, with, params![id])?;
    found.ok_or(StoreError::NotFound(Resource::Framework))
}

fn versions(connection: &Connection, id: &str) -> Result<Vec<StoredFramework>, StoreError> {
    let mut found = select(connection, "WHERE f.id = ?1 ORDER BY v.number")?;
    let rows = found.query_map([id], stored)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn there(connection: &Connection, id: &str) -> Result<(), StoreError> {
    let mut found = connection
        .prepare_cached("SELECT 1 FROM framework WHERE id = ?1 AND deleted_at IS NULL")?;
    match found.exists([id])? {
        true => Ok(()),
        false => Err(StoreError::NotFound(Resource::Framework)),
    }
}

fn one(
    connection: &Connection,
    with: &str,
    params: impl Params,
) -> rusqlite::Result<Option<StoredFramework>> {
    let mut found = select(connection, with)?;
    found.query_row(params, stored).optional()
}

fn select<'c>(connection: &'c Connection, with: &str) -> rusqlite::Result<CachedStatement<'c>> {
    connection.prepare_cached(&format!("{VERSION} {with}"))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredFramework> {
    Ok(StoredFramework {
        id: row.get(0)?,
        version: row.get(1)?,
        number: row.get(2)?,
        system: row.get(3)?,
        active: row.get(4)?,
        short_name: row.get(5)?,
        text: row.get(6)?,
        created: Stamp::read(row, 7)?,
        changed: Stamp::read(row, 10)?,
    })
}

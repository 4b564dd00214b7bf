//! What is known of frameworks without their texts, which may be long: lists and
//! comparisons need no more.

use super::error::StoreError;
use super::{Store, StoredCustomFramework, StoredFramework, custom_framework, framework};
use rusqlite::{OptionalExtension, params};

/// A framework in its current version, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkHead {
    /// The framework's id.
    pub id: String,
    /// The current version's id.
    pub version: String,
    /// The current version's place among all, counted from 1.
    pub number: i64,
    /// Short name.
    pub short_name: String,
    /// Whether its rules are evaluated.
    pub active: bool,
}

/// A version of a framework, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionHead {
    /// Short name.
    pub short_name: String,
    /// Its place among all versions of the framework, counted from 1.
    pub number: i64,
    /// Whether the framework has been deleted.
    pub is_deleted: bool,
}

/// A custom framework, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomFrameworkHead {
    /// What it is known by.
    pub handle: String,
    /// Its version, as its author calls it.
    pub version: String,
    /// Name for people.
    pub name: String,
    /// When it got its content, in milliseconds since 1970.
    pub changed_at: i64,
}

impl Store {
    /// All frameworks that are not deleted, oldest first.
    pub fn framework_heads(&self) -> Result<Vec<FrameworkHead>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT f.id, v.version, v.number, v.short_name, f.active
                 FROM framework f
                 JOIN framework_version v ON v.framework = f.seq AND v.number = f.number
                 WHERE f.deleted_at IS NULL ORDER BY f.seq",
            )?;
            let rows = found.query_map([], |row| {
                Ok(FrameworkHead {
                    id: row.get(0)?,
                    version: row.get(1)?,
                    number: row.get(2)?,
                    short_name: row.get(3)?,
                    active: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// All custom frameworks, by handle.
    pub fn custom_framework_heads(&self) -> Result<Vec<CustomFrameworkHead>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT c.handle, c.version, r.name, r.changed_at
                 FROM custom_framework c JOIN custom_revision r ON r.seq = c.revision
                 ORDER BY c.handle",
            )?;
            let rows = found.query_map([], |row| {
                Ok(CustomFrameworkHead {
                    handle: row.get(0)?,
                    version: row.get(1)?,
                    name: row.get(2)?,
                    changed_at: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A version of a framework, even if that has been deleted; `None` if there never was
    /// that version.
    pub fn version_head(
        &self,
        framework: &str,
        version: &str,
    ) -> Result<Option<VersionHead>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT v.short_name, v.number, f.deleted_at IS NOT NULL FROM framework_version v
                 JOIN framework f ON f.seq = v.framework WHERE v.version = ?2 AND f.id = ?1",
            )?;
            let found = found.query_row([framework, version], |row| {
                Ok(VersionHead {
                    short_name: row.get(0)?,
                    number: row.get(1)?,
                    is_deleted: row.get(2)?,
                })
            });
            Ok(found.optional()?)
        })
    }

    /// How many frameworks there are that are active, or not, or either; and how many of
    /// them are active.
    pub fn count_frameworks(&self, active: Option<bool>) -> Result<(u64, u64), StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT count(*), coalesce(sum(active), 0) FROM framework
                 WHERE deleted_at IS NULL AND (?1 IS NULL OR active = ?1)",
            )?;
            let counts = found.query_row(params![active], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
            Ok((counts.0.unsigned_abs(), counts.1.unsigned_abs()))
        })
    }

    /// Frameworks that are active, or not, or either, oldest first: at most `most` after
    /// `skip` others, with one in memory at a time. `visit` holds a reader: it asks
    /// nothing else of the store.
    pub fn visit_frameworks(
        &self,
        active: Option<bool>,
        (skip, most): (u64, u64),
        mut visit: impl FnMut(StoredFramework),
    ) -> Result<(), StoreError> {
        let range = (clamped(skip), clamped(most));
        self.readers
            .read(|connection| framework::some(connection, active, range, &mut visit))
    }

    /// How many custom frameworks there are.
    pub fn count_custom_frameworks(&self) -> Result<u64, StoreError> {
        self.readers.read(|connection| {
            let sql = "SELECT count(*) FROM custom_framework";
            let count: i64 = connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// Custom frameworks by handle: at most `most` after `skip` others, with one in memory
    /// at a time. `visit` holds a reader: it asks nothing else of the store.
    pub fn visit_custom_frameworks(
        &self,
        (skip, most): (u64, u64),
        mut visit: impl FnMut(StoredCustomFramework),
    ) -> Result<(), StoreError> {
        let range = (clamped(skip), clamped(most));
        self.readers
            .read(|connection| custom_framework::some(connection, range, &mut visit))
    }
}

fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

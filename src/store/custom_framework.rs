//! Custom frameworks: requirements, controls, and the rules that they rest on.
//!
//! A handle is there in one version at a time. Every content that it had is kept.

use super::audit::{Action, note};
use super::error::{Resource, StoreError};
use super::{Stamp, Store};
use crate::compliance::ComplianceFramework;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

/// A custom framework as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomDocument {
    /// What it is known by, unique in the store.
    pub handle: String,
    /// Its version, as its author calls it.
    pub version: String,
    /// Name for people.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Where a picture for it is.
    pub icon_url: Option<String>,
    /// Its requirements, in whatever form is to come back.
    pub requirements: String,
}

impl CustomDocument {
    /// A checked compliance framework with its requirements as they are to come
    /// back, and the rule ids that they rest on.
    pub fn new(
        framework: &ComplianceFramework,
        requirements: impl Into<String>,
    ) -> (Self, Vec<String>) {
        let document = CustomDocument {
            handle: framework.handle.clone(),
            version: framework.version.clone(),
            name: framework.name.clone(),
            description: framework.description.clone(),
            icon_url: framework.icon_url.clone(),
            requirements: requirements.into(),
        };
        let controls = framework.requirements.iter().flat_map(|r| &r.controls);
        let rules = controls.flat_map(|control| &control.rules);
        (document, rules.map(|rule| rule.id.clone()).collect())
    }
}

/// A custom framework as it is, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCustomFramework {
    /// Its content, as it came.
    pub document: CustomDocument,
    /// Who made it, and when.
    pub created: Stamp,
    /// Who gave it this content, and when.
    pub changed: Stamp,
}

/// Columns of a content, in the order in which [`stored`] takes them.
const REVISION: &str = "SELECT r.handle, r.version, r.name, r.description, r.icon_url,
        r.requirements, r.created_at, r.created_by, r.created_by_name,
        r.changed_at, r.changed_by, r.changed_by_name
    FROM custom_revision r";

impl Store {
    /// Makes a custom framework that rests on these rules.
    ///
    /// # Errors
    ///
    /// In this order: [`UnknownRules`](StoreError::UnknownRules),
    /// [`Exists`](StoreError::Exists) if its handle is there under any version.
    pub fn create_custom_framework(
        &self,
        document: CustomDocument,
        rules: Vec<String>,
        stamp: Stamp,
    ) -> Result<StoredCustomFramework, StoreError> {
        self.writer.write(move |connection| {
            known(connection, &rules)?;
            let sql = "SELECT 1 FROM custom_framework WHERE handle = ?1";
            if connection.prepare_cached(sql)?.exists([&document.handle])? {
                return Err(StoreError::Exists(Resource::CustomFramework));
            }
            let stored = StoredCustomFramework {
                document,
                created: stamp.clone(),
                changed: stamp,
            };
            write(connection, stored, Action::Create)
        })
    }

    /// Replaces the custom framework of this handle and version, whole.
    ///
    /// # Errors
    ///
    /// In this order: [`NotFound`](StoreError::NotFound),
    /// [`UnknownRules`](StoreError::UnknownRules).
    pub fn update_custom_framework(
        &self,
        document: CustomDocument,
        rules: Vec<String>,
        stamp: Stamp,
    ) -> Result<StoredCustomFramework, StoreError> {
        self.writer.write(move |connection| {
            let before = current(connection, &document.handle, &document.version)?;
            known(connection, &rules)?;
            let stored = StoredCustomFramework {
                document,
                created: before.created,
                changed: stamp,
            };
            write(connection, stored, Action::Update)
        })
    }

    /// The custom framework of this handle and version.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], also if the handle is there in another version.
    pub fn custom_framework(
        &self,
        handle: &str,
        version: &str,
    ) -> Result<StoredCustomFramework, StoreError> {
        self.readers
            .read(|connection| current(connection, handle, version))
    }

    /// All custom frameworks, by handle.
    pub fn custom_frameworks(&self) -> Result<Vec<StoredCustomFramework>, StoreError> {
        self.readers.read(all)
    }

    /// Every content that a handle had, oldest first, even if it has been deleted.
    pub fn custom_framework_history(
        &self,
        handle: &str,
    ) -> Result<Vec<StoredCustomFramework>, StoreError> {
        self.readers.read(|connection| {
            let rows = select(connection, "WHERE r.handle = ?1 ORDER BY r.seq")?
                .query_map([handle], stored)?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// Takes a custom framework away, and tells what it was. Its handle is free then.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn delete_custom_framework(
        &self,
        handle: &str,
        version: &str,
        stamp: Stamp,
    ) -> Result<StoredCustomFramework, StoreError> {
        let (handle, version) = (handle.to_owned(), version.to_owned());
        self.writer.write(move |connection| {
            let before = current(connection, &handle, &version)?;
            let sql = "DELETE FROM custom_framework WHERE handle = ?1";
            connection.prepare_cached(sql)?.execute([&handle])?;
            let subject = (Resource::CustomFramework, &*handle, Some(&*version));
            note(connection, &stamp, Action::Delete, subject)?;
            Ok(before)
        })
    }
}

/// Unknown rule ids after which no more are looked for: all writes wait meanwhile.
const MOST_UNKNOWN: usize = 100;

/// Refuses rule ids that no framework has in its current version.
fn known(connection: &Connection, rules: &[String]) -> Result<(), StoreError> {
    let mut found = connection.prepare_cached("SELECT 1 FROM rule WHERE id = ?1")?;
    let mut unknown = Vec::new();
    for rule in rules {
        if !found.exists([rule])? {
            unknown.push(rule.clone());
        }
        if unknown.len() == MOST_UNKNOWN {
            break;
        }
    }
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(StoreError::UnknownRules(unknown)),
    }
}

/// All custom frameworks, by handle.
pub(super) fn all(connection: &Connection) -> Result<Vec<StoredCustomFramework>, StoreError> {
    let with = "JOIN custom_framework c ON c.revision = r.seq ORDER BY c.handle";
    let mut found = select(connection, with)?;
    let rows = found.query_map([], stored)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// At most `most` custom frameworks after `skip` others, by handle.
pub(super) fn some(
    connection: &Connection,
    (skip, most): (i64, i64),
    visit: &mut impl FnMut(StoredCustomFramework),
) -> Result<(), StoreError> {
    let with = "JOIN (SELECT handle, revision FROM custom_framework
            ORDER BY handle LIMIT ?2 OFFSET ?1) c ON c.revision = r.seq ORDER BY c.handle";
    let mut found = select(connection, with)?;
    let mut rows = found.query([skip, most])?;
    while let Some(row) = rows.next()? {
        visit(stored(row)?);
    }
    Ok(())
}

fn current(
    connection: &Connection,
    handle: &str,
    version: &str,
) -> Result<StoredCustomFramework, StoreError> {
    let with = "JOIN custom_framework c ON c.revision = r.seq
        WHERE c.handle = ?1 AND c.version = ?2";
    let found = select(connection, with)?
        .query_row([handle, version], stored)
        .optional()?;
    found.ok_or(StoreError::NotFound(Resource::CustomFramework))
}

fn select<'c>(connection: &'c Connection, with: &str) -> rusqlite::Result<CachedStatement<'c>> {
    connection.prepare_cached(&format!("{REVISION} {with}"))
}

fn write(
    connection: &Connection,
    stored: StoredCustomFramework,
    action: Action,
) -> Result<StoredCustomFramework, StoreError> {
    let StoredCustomFramework {
        document,
        created,
        changed,
    } = &stored;
    let mut insert = connection.prepare_cached(
        "INSERT INTO custom_revision (handle, version, name, description, icon_url, requirements,
         created_at, created_by, created_by_name, changed_at, changed_by, changed_by_name)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let revision = insert.insert(params![
        document.handle,
        document.version,
        document.name,
        document.description,
        document.icon_url,
        document.requirements,
        created.at,
        created.by.user_id,
        created.by.name,
        changed.at,
        changed.by.user_id,
        changed.by.name
    ])?;
    let mut point = connection.prepare_cached(
        "INSERT INTO custom_framework (handle, version, revision) VALUES (?1, ?2, ?3)
         ON CONFLICT (handle) DO UPDATE SET revision = excluded.revision",
    )?;
    point.execute(params![document.handle, document.version, revision])?;
    let (handle, version) = (&*document.handle, Some(&*document.version));
    let subject = (Resource::CustomFramework, handle, version);
    note(connection, changed, action, subject)?;
    Ok(stored)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredCustomFramework> {
    Ok(StoredCustomFramework {
        document: CustomDocument {
            handle: row.get(0)?,
            version: row.get(1)?,
            name: row.get(2)?,
            description: row.get(3)?,
            icon_url: row.get(4)?,
            requirements: row.get(5)?,
        },
        created: Stamp::read(row, 6)?,
        changed: Stamp::read(row, 9)?,
    })
}

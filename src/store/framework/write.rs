//! Changes of frameworks. Each appends a version, none touches one.

use super::read::current;
use super::{EditError, FrameworkDocument, Stamp, StoredFramework, Wanted};
use crate::store::audit::{Action, note};
use crate::store::error::{Clash, Resource, StoreError};
use crate::store::{Store, uuid::uuid};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

impl Store {
    /// Makes a framework, under a new id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Clash`] if it is to be active and another active one has a
    /// rule of the same id.
    pub fn create_framework(
        &self,
        document: FrameworkDocument,
        stamp: Stamp,
    ) -> Result<StoredFramework, StoreError> {
        self.writer.write(move |connection| {
            let id = uuid(connection)?;
            let facts = Facts::of(&document);
            insert(connection, &id, false, &facts, &stamp)?;
            finish(connection, &id, Action::Create, &stamp)
        })
    }

    /// Changes a framework: `edit` makes the next version of the current one.
    ///
    /// Between reading and writing there is nobody else, however many change one
    /// framework. `edit` runs where all writes wait for it: what takes long is
    /// better done beforehand for the version that the caller saw, and again by
    /// `edit` only if that is no longer the current one. If nothing changes, there
    /// is no new version.
    ///
    /// # Errors
    ///
    /// In this order: [`NotFound`](StoreError::NotFound),
    /// [`System`](StoreError::System), [`Stale`](StoreError::Stale), what `edit`
    /// says, [`Clash`](StoreError::Clash).
    pub fn update_framework<E: Send + 'static>(
        &self,
        id: &str,
        wanted: Wanted,
        stamp: Stamp,
        edit: impl FnOnce(&StoredFramework) -> Result<FrameworkDocument, E> + Send + 'static,
    ) -> Result<StoredFramework, EditError<E>> {
        let id = id.to_owned();
        self.writer.write(move |connection| {
            let current = current(connection, &id)?;
            if current.system {
                return Err(StoreError::System.into());
            }
            wanted.check(&current.version)?;
            let document = edit(&current).map_err(EditError::Refused)?;
            let next = Facts::of(&document);
            Ok(replace(connection, current, &next, Action::Update, &stamp)?)
        })
    }

    /// Switches a framework on or off, system ones too. If it is so already, there
    /// is no new version.
    ///
    /// # Errors
    ///
    /// In this order: [`NotFound`](StoreError::NotFound),
    /// [`Stale`](StoreError::Stale), [`Clash`](StoreError::Clash).
    pub fn set_active(
        &self,
        id: &str,
        wanted: Wanted,
        stamp: Stamp,
        active: bool,
    ) -> Result<StoredFramework, StoreError> {
        let id = id.to_owned();
        self.writer.write(move |connection| {
            let current = current(connection, &id)?;
            wanted.check(&current.version)?;
            let rules = rules_of(connection, &id)?;
            let (short_name, text) = (current.short_name.clone(), current.text.clone());
            let next = Facts {
                short_name: &short_name,
                active,
                rules: rules.iter().map(String::as_str).collect(),
                text: &text,
            };
            let action = match active {
                true => Action::Activate,
                false => Action::Deactivate,
            };
            replace(connection, current, &next, action, &stamp)
        })
    }

    /// Makes a framework of another one: its text under a new id, not active.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn clone_framework(&self, id: &str, stamp: Stamp) -> Result<StoredFramework, StoreError> {
        let id = id.to_owned();
        self.writer.write(move |connection| {
            let current = current(connection, &id)?;
            let rules = rules_of(connection, &id)?;
            let clone = uuid(connection)?;
            let framework = insert_framework(connection, &clone, false, false, &stamp)?;
            let text = Text::Of(&id, current.number);
            let version = Version {
                framework,
                number: 1,
                active: false,
                short_name: &current.short_name,
            };
            insert_version(connection, &version, &text, &stamp)?;
            let rules: BTreeSet<&str> = rules.iter().map(String::as_str).collect();
            insert_rules(connection, framework, &rules)?;
            finish(connection, &clone, Action::Clone, &stamp)
        })
    }

    /// Takes a framework out of sight. Its versions are [kept](Self::kept_versions).
    ///
    /// # Errors
    ///
    /// In this order: [`NotFound`](StoreError::NotFound),
    /// [`System`](StoreError::System), [`Stale`](StoreError::Stale).
    pub fn delete_framework(
        &self,
        id: &str,
        wanted: Wanted,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.writer.write(move |connection| {
            let current = current(connection, &id)?;
            if current.system {
                return Err(StoreError::System);
            }
            wanted.check(&current.version)?;
            let sql = "UPDATE framework SET deleted_at = ?2 WHERE id = ?1 RETURNING seq";
            let mut hide = connection.prepare_cached(sql)?;
            let framework: i64 = hide.query_row(params![id, stamp.at], |row| row.get(0))?;
            forget_rules(connection, framework)?;
            let subject = (Resource::Framework, &*id, Some(&*current.version));
            note(connection, &stamp, Action::Delete, subject)
        })
    }
}

/// What a version says, borrowed from wherever it comes.
pub(super) struct Facts<'a> {
    pub(super) short_name: &'a str,
    pub(super) active: bool,
    pub(super) rules: BTreeSet<&'a str>,
    pub(super) text: &'a str,
}

impl<'a> Facts<'a> {
    pub(super) fn of(document: &'a FrameworkDocument) -> Self {
        Facts {
            short_name: &document.short_name,
            active: document.active,
            rules: document.rules.iter().map(String::as_str).collect(),
            text: &document.text,
        }
    }
}

/// A framework in its first version.
pub(super) fn insert(
    connection: &Connection,
    id: &str,
    system: bool,
    facts: &Facts<'_>,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    if facts.active {
        no_clash(connection, id, &facts.rules)?;
    }
    let framework = insert_framework(connection, id, system, facts.active, stamp)?;
    let version = Version {
        framework,
        number: 1,
        active: facts.active,
        short_name: facts.short_name,
    };
    insert_version(connection, &version, &Text::New(facts.text), stamp)?;
    insert_rules(connection, framework, &facts.rules)
}

/// A framework's next version, if it differs from the current one.
pub(super) fn replace(
    connection: &Connection,
    current: StoredFramework,
    next: &Facts<'_>,
    action: Action,
    stamp: &Stamp,
) -> Result<StoredFramework, StoreError> {
    let same_text = next.text == current.text;
    let rules = rules_of(connection, &current.id)?;
    let same_rules = rules
        .iter()
        .map(String::as_str)
        .eq(next.rules.iter().copied());
    let same_facts = next.short_name == current.short_name && next.active == current.active;
    if same_text && same_rules && same_facts {
        return Ok(current);
    }
    if next.active {
        no_clash(connection, &current.id, &next.rules)?;
    }
    let sql = "UPDATE framework SET number = ?2, active = ?3 WHERE id = ?1 RETURNING seq";
    let mut advance = connection.prepare_cached(sql)?;
    let number = current.number + 1;
    let values = params![current.id, number, next.active];
    let framework = advance.query_row(values, |row| row.get(0))?;
    let version = Version {
        framework,
        number,
        active: next.active,
        short_name: next.short_name,
    };
    let text = match same_text {
        true => Text::Of(&current.id, current.number),
        false => Text::New(next.text),
    };
    insert_version(connection, &version, &text, stamp)?;
    if !same_rules {
        forget_rules(connection, framework)?;
        insert_rules(connection, framework, &next.rules)?;
    }
    finish(connection, &current.id, action, stamp)
}

/// What was written, noted and as it is now.
pub(super) fn finish(
    connection: &Connection,
    id: &str,
    action: Action,
    stamp: &Stamp,
) -> Result<StoredFramework, StoreError> {
    let written = current(connection, id)?;
    let subject = (Resource::Framework, id, Some(&*written.version));
    note(connection, stamp, action, subject)?;
    Ok(written)
}

fn insert_framework(
    connection: &Connection,
    id: &str,
    system: bool,
    active: bool,
    stamp: &Stamp,
) -> Result<i64, StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO framework
         (id, is_system, created_at, created_by, created_by_name, number, active)
         VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)",
    )?;
    let Stamp { at, by } = stamp;
    let framework = insert.insert(params![id, system, at, by.user_id, by.name, active])?;
    Ok(framework)
}

/// A row of `framework_version`, without what is made for it.
struct Version<'a> {
    framework: i64,
    number: i64,
    active: bool,
    short_name: &'a str,
}

/// Where a version's text comes from.
enum Text<'a> {
    New(&'a str),
    /// That of a framework's version of this number.
    Of(&'a str, i64),
}

fn insert_version(
    connection: &Connection,
    version: &Version<'_>,
    text: &Text<'_>,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    let document: i64 = match text {
        Text::New(text) => connection
            .prepare_cached("INSERT INTO document (text) VALUES (?1)")?
            .insert([text])?,
        Text::Of(id, number) => connection
            .prepare_cached(
                "SELECT v.document FROM framework_version v JOIN framework f ON f.seq = v.framework
                 WHERE f.id = ?1 AND v.number = ?2",
            )?
            .query_row(params![id, number], |row| row.get(0))?,
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO framework_version (framework, number, version, active, short_name,
         document, changed_at, changed_by, changed_by_name)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    insert.execute(params![
        version.framework,
        version.number,
        uuid(connection)?,
        version.active,
        version.short_name,
        document,
        stamp.at,
        stamp.by.user_id,
        stamp.by.name
    ])?;
    Ok(())
}

/// Refuses rule ids that other active frameworks have.
pub(super) fn no_clash(
    connection: &Connection,
    id: &str,
    rules: &BTreeSet<&str>,
) -> Result<(), StoreError> {
    let mut found = connection.prepare_cached(
        "SELECT f.id, v.short_name FROM rule r
         JOIN framework f ON f.seq = r.framework
         JOIN framework_version v ON v.framework = f.seq AND v.number = f.number
         WHERE r.id = ?1 AND f.active AND f.id <> ?2",
    )?;
    let mut clashes = Vec::new();
    for rule in rules {
        let mut rows = found.query([*rule, id])?;
        while let Some(row) = rows.next()? {
            clashes.push(Clash {
                rule: (*rule).to_owned(),
                framework: row.get(0)?,
                short_name: row.get(1)?,
            });
        }
    }
    match clashes.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Clash(clashes)),
    }
}

/// A framework's rule ids, in the order of a `BTreeSet`.
fn rules_of(connection: &Connection, id: &str) -> Result<Vec<String>, StoreError> {
    let mut found = connection.prepare_cached(
        "SELECT r.id FROM rule r JOIN framework f ON f.seq = r.framework
         WHERE f.id = ?1 ORDER BY r.id",
    )?;
    let rows = found.query_map([id], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn insert_rules(
    connection: &Connection,
    framework: i64,
    rules: &BTreeSet<&str>,
) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO rule (id, framework) VALUES (?1, ?2)")?;
    for rule in rules {
        insert.execute(params![rule, framework])?;
    }
    Ok(())
}

fn forget_rules(connection: &Connection, framework: i64) -> Result<(), StoreError> {
    let mut forget = connection.prepare_cached("DELETE FROM rule WHERE framework = ?1")?;
    forget.execute([framework])?;
    Ok(())
}

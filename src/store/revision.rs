//! Revisions of rules, and the prompts that published ones are.

use super::audit::{Action, note};
use super::error::{Resource, StoreError};
use super::reference::rule_reference;
use super::ruleset::rule_place;
use super::uuid::uuid;
use super::{Stamp, Store};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

/// A revision as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionDocument {
    /// Its id, or a new UUID.
    pub id: Option<String>,
    /// Its number, or one more than the highest of the rule.
    pub version_id: Option<i64>,
    /// Whether it is in use.
    pub published: bool,
    /// All the rest, in whatever form is to come back.
    pub text: String,
}

/// A revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its id, unique in the rule.
    pub id: String,
    /// Its number, unique in the rule.
    pub version_id: i64,
    /// Whether it is in use.
    pub published: bool,
    /// The text, as it came.
    pub text: String,
    /// Who made it, and when.
    pub created: Stamp,
}

/// The revision of a rule that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The ruleset's name.
    pub ruleset: String,
    /// The rule's name.
    pub rule: String,
    /// The published revision that came last.
    pub revision: Revision,
}

/// Columns of a revision, in the order in which [`stored`] takes them.
const REVISION: &str = "SELECT v.id, v.version_id, v.published, v.text,
    v.created_at, v.created_by, v.created_by_name FROM revision v";

impl Store {
    /// Revisions of a rule, oldest first: at most `limit`, after `offset` others.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, or else of the rule.
    pub fn revisions(
        &self,
        ruleset: &str,
        rule: &str,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Revision>, StoreError> {
        self.readers.read(|connection| {
            let rule = rule_place(connection, ruleset, rule)?;
            let with = "WHERE v.rule = ?1 ORDER BY v.seq LIMIT ?3 OFFSET ?2";
            let rows = select(connection, with)?
                .query_map(params![rule, offset, limit], stored)?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// The bytes of the texts of [`revisions`](Self::revisions), which are not read for
    /// that.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, or else of the rule.
    pub fn revisions_size(
        &self,
        ruleset: &str,
        rule: &str,
        offset: u32,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.readers.read(|connection| {
            let rule = rule_place(connection, ruleset, rule)?;
            let mut sizes = connection.prepare_cached(
                "SELECT octet_length(text) FROM revision
                 WHERE rule = ?1 ORDER BY seq LIMIT ?3 OFFSET ?2",
            )?;
            let sizes =
                sizes.query_map(params![rule, offset, limit], |row| row.get::<_, i64>(0))?;
            let mut sum = 0;
            for size in sizes {
                sum += size?.unsigned_abs();
            }
            Ok(sum)
        })
    }

    /// A revision of a rule.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, or else of the rule, or else of the
    /// revision.
    pub fn revision(&self, ruleset: &str, rule: &str, id: &str) -> Result<Revision, StoreError> {
        self.readers.read(|connection| {
            let rule = rule_place(connection, ruleset, rule)?;
            by_id(connection, rule, id)
        })
    }

    /// Gives a rule a revision.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, or else of the rule;
    /// [`StoreError::Exists`] if the rule has a revision of that id or number, or
    /// no higher number is left.
    pub fn create_revision(
        &self,
        ruleset: &str,
        rule: &str,
        document: RevisionDocument,
        stamp: Stamp,
    ) -> Result<Revision, StoreError> {
        let names = (ruleset.to_owned(), rule.to_owned());
        self.writer.write(move |connection| {
            let rule = rule_place(connection, &names.0, &names.1)?;
            let number = number(connection, rule, document.version_id)?;
            let id = match document.id {
                Some(id) => id,
                None => uuid(connection)?,
            };
            let sql = "SELECT 1 FROM revision WHERE rule = ?1 AND (id = ?2 OR version_id = ?3)";
            let mut taken = connection.prepare_cached(sql)?;
            if taken.exists(params![rule, id, number])? {
                return Err(StoreError::Exists(Resource::Revision));
            }
            let mut insert = connection.prepare_cached(
                "INSERT INTO revision (rule, id, version_id, published, text,
                 created_at, created_by, created_by_name)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            insert.execute(params![
                rule,
                id,
                number,
                document.published,
                document.text,
                stamp.at,
                stamp.by.user_id,
                stamp.by.name
            ])?;
            let (subject, version) = (rule_reference(&names.0, &names.1), number.to_string());
            let subject = (Resource::Revision, &*subject, Some(&*version));
            note(connection, &stamp, Action::Create, subject)?;
            by_id(connection, rule, &id)
        })
    }

    /// Every rule that has a published revision, oldest rule first.
    pub fn prompts(&self) -> Result<Vec<Prompt>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT v.id, v.version_id, v.published, v.text,
                 v.created_at, v.created_by, v.created_by_name, s.name, r.name
                 FROM ruleset_rule r JOIN ruleset s ON s.seq = r.ruleset
                 JOIN revision v ON v.seq =
                     (SELECT max(seq) FROM revision WHERE rule = r.seq AND published)
                 ORDER BY r.seq",
            )?;
            let rows = found.query_map([], |row| {
                Ok(Prompt {
                    ruleset: row.get(7)?,
                    rule: row.get(8)?,
                    revision: stored(row)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// The revision of a rule that came last.
pub(super) fn last(connection: &Connection, rule: i64) -> rusqlite::Result<Option<Revision>> {
    let with = "WHERE v.rule = ?1 ORDER BY v.seq DESC LIMIT 1";
    select(connection, with)?
        .query_row([rule], stored)
        .optional()
}

fn by_id(connection: &Connection, rule: i64, id: &str) -> Result<Revision, StoreError> {
    let found = select(connection, "WHERE v.rule = ?1 AND v.id = ?2")?
        .query_row(params![rule, id], stored)
        .optional()?;
    found.ok_or(StoreError::NotFound(Resource::Revision))
}

fn number(connection: &Connection, rule: i64, sent: Option<i64>) -> Result<i64, StoreError> {
    if let Some(sent) = sent {
        return Ok(sent);
    }
    let sql = "SELECT coalesce(max(version_id), 0) FROM revision WHERE rule = ?1";
    let mut highest = connection.prepare_cached(sql)?;
    let highest: i64 = highest.query_row([rule], |row| row.get(0))?;
    // 0 is the draft that a rule without revisions shows.
    let next = highest.max(0).checked_add(1);
    next.ok_or(StoreError::Exists(Resource::Revision))
}

fn select<'c>(connection: &'c Connection, with: &str) -> rusqlite::Result<CachedStatement<'c>> {
    connection.prepare_cached(&format!("{REVISION} {with}"))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Revision> {
    Ok(Revision {
        id: row.get(0)?,
        version_id: row.get(1)?,
        published: row.get(2)?,
        text: row.get(3)?,
        created: Stamp::read(row, 4)?,
    })
}

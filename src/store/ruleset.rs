//! Rulesets and their rules.

use super::audit::{Action, note};
use super::error::{Resource, StoreError};
use super::reference::rule_reference;
use super::revision::{self, Revision};
use super::{Stamp, Store};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruleset {
    /// Its name, unique in the store.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Free text.
    pub short_description: String,
    /// Who made it, and when.
    pub created: Stamp,
    /// Its rules, oldest first.
    pub rules: Vec<RulesetRule>,
}

/// A rule of a ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesetRule {
    /// Its name, unique in the ruleset.
    pub name: String,
    /// Who made it, and when.
    pub created: Stamp,
    /// The revision that came last, if any did.
    pub last_revision: Option<Revision>,
}

impl Store {
    /// Rulesets, oldest first, with their rules: at most `limit`, after `offset` others.
    pub fn rulesets(&self, offset: u32, limit: u32) -> Result<Vec<Ruleset>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT seq, name, description, short_description,
                 created_at, created_by, created_by_name
                 FROM ruleset ORDER BY seq LIMIT ?2 OFFSET ?1",
            )?;
            let rows = found.query_map(params![offset, limit], bare)?;
            rows.map(|row| filled(connection, row?)).collect()
        })
    }

    /// The bytes of the texts of [`rulesets`](Self::rulesets), which are not read for
    /// that.
    pub fn rulesets_size(&self, offset: u32, limit: u32) -> Result<u64, StoreError> {
        self.readers.read(|connection| {
            let mut sizes = connection.prepare_cached(
                "SELECT octet_length(s.description) + octet_length(s.short_description)
                     + coalesce((SELECT sum(octet_length(v.text)) FROM ruleset_rule r
                         JOIN revision v ON v.seq =
                             (SELECT max(seq) FROM revision WHERE rule = r.seq)
                         WHERE r.ruleset = s.seq), 0)
                 FROM ruleset s ORDER BY s.seq LIMIT ?2 OFFSET ?1",
            )?;
            let sizes = sizes.query_map(params![offset, limit], |row| row.get::<_, i64>(0))?;
            let mut sum = 0;
            for size in sizes {
                sum += size?.unsigned_abs();
            }
            Ok(sum)
        })
    }

    /// A ruleset with its rules.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn ruleset(&self, name: &str) -> Result<Ruleset, StoreError> {
        self.readers.read(|connection| current(connection, name))
    }

    /// Makes a ruleset without rules.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`].
    pub fn create_ruleset(
        &self,
        name: &str,
        description: &str,
        short_description: &str,
        stamp: Stamp,
    ) -> Result<Ruleset, StoreError> {
        let name = name.to_owned();
        let texts = [description.to_owned(), short_description.to_owned()];
        self.writer.write(move |connection| {
            if place(connection, &name)?.is_some() {
                return Err(StoreError::Exists(Resource::Ruleset));
            }
            let mut insert = connection.prepare_cached(
                "INSERT INTO ruleset
                 (name, description, short_description, created_at, created_by, created_by_name)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let ([description, short], Stamp { at, by }) = (&texts, &stamp);
            insert.execute(params![name, description, short, at, by.user_id, by.name])?;
            let subject = (Resource::Ruleset, &*name, None);
            note(connection, &stamp, Action::Create, subject)?;
            current(connection, &name)
        })
    }

    /// Sets those texts of a ruleset that are given. If nothing changes, nothing is noted.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn update_ruleset(
        &self,
        name: &str,
        description: Option<String>,
        short_description: Option<String>,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.writer.write(move |connection| {
            let ruleset = place(connection, &name)?;
            let ruleset = ruleset.ok_or(StoreError::NotFound(Resource::Ruleset))?;
            let mut update = connection.prepare_cached(
                "UPDATE ruleset SET description = coalesce(?2, description),
                 short_description = coalesce(?3, short_description)
                 WHERE seq = ?1 AND (description <> coalesce(?2, description)
                 OR short_description <> coalesce(?3, short_description))",
            )?;
            if update.execute(params![ruleset, description, short_description])? > 0 {
                let subject = (Resource::Ruleset, &*name, None);
                note(connection, &stamp, Action::Update, subject)?;
            }
            Ok(())
        })
    }

    /// Takes a ruleset away, with its rules and their revisions.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn delete_ruleset(&self, name: &str, stamp: Stamp) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.writer.write(move |connection| {
            let mut delete = connection.prepare_cached("DELETE FROM ruleset WHERE name = ?1")?;
            if delete.execute([&name])? == 0 {
                return Err(StoreError::NotFound(Resource::Ruleset));
            }
            let subject = (Resource::Ruleset, &*name, None);
            note(connection, &stamp, Action::Delete, subject)
        })
    }

    /// A rule of a ruleset.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, or else of the rule.
    pub fn ruleset_rule(&self, ruleset: &str, rule: &str) -> Result<RulesetRule, StoreError> {
        self.readers.read(|connection| {
            let seq = rule_place(connection, ruleset, rule)?;
            rule_at(connection, seq)
        })
    }

    /// Makes a rule without revisions.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, [`StoreError::Exists`].
    pub fn create_ruleset_rule(
        &self,
        ruleset: &str,
        rule: &str,
        stamp: Stamp,
    ) -> Result<RulesetRule, StoreError> {
        let (ruleset, rule) = (ruleset.to_owned(), rule.to_owned());
        self.writer.write(move |connection| {
            match rule_place(connection, &ruleset, &rule) {
                Err(StoreError::NotFound(Resource::Rule)) => {}
                Err(error) => return Err(error),
                Ok(_) => return Err(StoreError::Exists(Resource::Rule)),
            }
            let mut insert = connection.prepare_cached(
                "INSERT INTO ruleset_rule (ruleset, name, created_at, created_by, created_by_name)
                 SELECT seq, ?2, ?3, ?4, ?5 FROM ruleset WHERE name = ?1",
            )?;
            let Stamp { at, by } = &stamp;
            let seq = insert.insert(params![ruleset, rule, at, by.user_id, by.name])?;
            let id = rule_reference(&ruleset, &rule);
            note(
                connection,
                &stamp,
                Action::Create,
                (Resource::Rule, &id, None),
            )?;
            rule_at(connection, seq)
        })
    }

    /// Takes a rule away, with its revisions.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the ruleset, or else of the rule.
    pub fn delete_ruleset_rule(
        &self,
        ruleset: &str,
        rule: &str,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let (ruleset, rule) = (ruleset.to_owned(), rule.to_owned());
        self.writer.write(move |connection| {
            let seq = rule_place(connection, &ruleset, &rule)?;
            let sql = "DELETE FROM ruleset_rule WHERE seq = ?1";
            connection.prepare_cached(sql)?.execute([seq])?;
            let id = rule_reference(&ruleset, &rule);
            note(
                connection,
                &stamp,
                Action::Delete,
                (Resource::Rule, &id, None),
            )
        })
    }
}

/// The `seq` of a ruleset.
fn place(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut found = connection.prepare_cached("SELECT seq FROM ruleset WHERE name = ?1")?;
    found.query_row([name], |row| row.get(0)).optional()
}

/// The `seq` of a rule.
pub(super) fn rule_place(
    connection: &Connection,
    ruleset: &str,
    rule: &str,
) -> Result<i64, StoreError> {
    let ruleset = place(connection, ruleset)?.ok_or(StoreError::NotFound(Resource::Ruleset))?;
    let sql = "SELECT seq FROM ruleset_rule WHERE ruleset = ?1 AND name = ?2";
    let mut found = connection.prepare_cached(sql)?;
    let found = found.query_row(params![ruleset, rule], |row| row.get(0));
    found
        .optional()?
        .ok_or(StoreError::NotFound(Resource::Rule))
}

fn current(connection: &Connection, name: &str) -> Result<Ruleset, StoreError> {
    let mut found = connection.prepare_cached(
        "SELECT seq, name, description, short_description,
         created_at, created_by, created_by_name FROM ruleset WHERE name = ?1",
    )?;
    let found = found.query_row([name], bare).optional()?;
    filled(
        connection,
        found.ok_or(StoreError::NotFound(Resource::Ruleset))?,
    )
}

/// A ruleset without its rules, and its `seq`.
fn bare(row: &Row<'_>) -> rusqlite::Result<(i64, Ruleset)> {
    let ruleset = Ruleset {
        name: row.get(1)?,
        description: row.get(2)?,
        short_description: row.get(3)?,
        created: Stamp::read(row, 4)?,
        rules: Vec::new(),
    };
    Ok((row.get(0)?, ruleset))
}

fn filled(
    connection: &Connection,
    (seq, mut ruleset): (i64, Ruleset),
) -> Result<Ruleset, StoreError> {
    let sql = "SELECT seq FROM ruleset_rule WHERE ruleset = ?1 ORDER BY seq";
    let mut found = connection.prepare_cached(sql)?;
    let rules = found.query_map([seq], |row| row.get(0))?;
    ruleset.rules = rules
        .map(|rule| rule_at(connection, rule?))
        .collect::<Result<_, _>>()?;
    Ok(ruleset)
}

fn rule_at(connection: &Connection, seq: i64) -> Result<RulesetRule, StoreError> {
    let mut found = connection.prepare_cached(
        "SELECT name, created_at, created_by, created_by_name FROM ruleset_rule WHERE seq = ?1",
    )?;
    let (name, created) = found.query_row([seq], |row| Ok((row.get(0)?, Stamp::read(row, 1)?)))?;
    Ok(RulesetRule {
        name,
        created,
        last_revision: revision::last(connection, seq)?,
    })
}

//! Results that people judged right or wrong, remembered for the next time.

use super::audit::{Action, note};
use super::error::{Resource, StoreError};
use super::reference::named;
use super::ruleset::rule_place;
use super::{Stamp, Store};
use rusqlite::{Connection, params};

/// A result that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryResult {
    /// Its number, which no other result ever has.
    pub id: i64,
    /// The [reference](super::rule_reference) of the rule that it speaks of, which may be
    /// gone by now.
    pub rule: String,
    /// All the rest, as it came.
    pub text: String,
    /// Who made it, and when.
    pub created: Stamp,
}

impl Store {
    /// All results, oldest first.
    pub fn memory(&self) -> Result<Vec<MemoryResult>, StoreError> {
        self.readers.read(|connection| {
            let mut found = connection.prepare_cached(
                "SELECT id, rule, text, created_at, created_by, created_by_name
                 FROM memory ORDER BY id",
            )?;
            let rows = found.query_map([], |row| {
                Ok(MemoryResult {
                    id: row.get(0)?,
                    rule: row.get(1)?,
                    text: row.get(2)?,
                    created: Stamp::read(row, 3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Remembers a result of the rule of this [reference](super::rule_reference); its
    /// number.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of the rule.
    pub fn create_memory(
        &self,
        rule: &str,
        text: impl Into<String>,
        stamp: Stamp,
    ) -> Result<i64, StoreError> {
        let (rule, text) = (rule.to_owned(), text.into());
        self.writer.write(move |connection| {
            there(connection, &rule)?;
            let mut insert = connection.prepare_cached(
                "INSERT INTO memory (rule, text, created_at, created_by, created_by_name)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let Stamp { at, by } = &stamp;
            let id = insert.insert(params![rule, text, at, by.user_id, by.name])?;
            let subject = id.to_string();
            note(
                connection,
                &stamp,
                Action::Create,
                (Resource::Memory, &subject, None),
            )?;
            Ok(id)
        })
    }

    /// Forgets a result.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn delete_memory(&self, id: i64, stamp: Stamp) -> Result<(), StoreError> {
        self.writer.write(move |connection| {
            let mut delete = connection.prepare_cached("DELETE FROM memory WHERE id = ?1")?;
            if delete.execute([id])? == 0 {
                return Err(StoreError::NotFound(Resource::Memory));
            }
            let subject = id.to_string();
            note(
                connection,
                &stamp,
                Action::Delete,
                (Resource::Memory, &subject, None),
            )
        })
    }
}

/// Whether there is a rule of this [reference](super::rule_reference). One in which `/` in
/// names is not written as a code is taken, too, if it can mean only one rule.
fn there(connection: &Connection, reference: &str) -> Result<(), StoreError> {
    let is_there = |ruleset: &str, rule: &str| match rule_place(connection, ruleset, rule) {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    };
    if let Some((ruleset, rule)) = named(reference)
        && is_there(&ruleset, &rule)?
    {
        return Ok(());
    }
    let mut meant = 0;
    for (at, _) in reference.match_indices('/') {
        let (ruleset, rule) = (reference.get(..at), reference.get(at + 1..));
        let found = is_there(ruleset.unwrap_or_default(), rule.unwrap_or_default())?;
        meant += usize::from(found);
    }
    match meant {
        1 => Ok(()),
        _ => Err(StoreError::NotFound(Resource::Rule)),
    }
}

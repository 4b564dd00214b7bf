//! Frameworks that come with the program.

use super::read::current;
use super::write::{Facts, finish, insert, replace};
use super::{FrameworkDocument, Stamp};
use crate::store::Store;
use crate::store::audit::Action;
use crate::store::error::{Clash, FaultKind, Resource, StoreError};
use rusqlite::Connection;

/// A framework that comes with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemFramework {
    /// Its id, the same wherever the program runs.
    pub id: String,
    /// Its content. `active` counts only the first time.
    pub document: FrameworkDocument,
}

/// What became of a framework that came with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shipped {
    /// It is new here.
    Added,
    /// It is here as it came.
    Unchanged,
    /// It got a new version.
    Updated,
    /// It is active, and its new version would have rule ids that other active
    /// frameworks have: the older version stays.
    HeldBack(Vec<Clash>),
}

impl Store {
    /// Takes in the frameworks that come with the program; to be called at every
    /// start. Tells of each, in order, what became of it.
    ///
    /// Whether one is active is left to people. One that no longer comes stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] if an id is that of a framework of somebody's own.
    pub fn ship(
        &self,
        frameworks: Vec<SystemFramework>,
        stamp: Stamp,
    ) -> Result<Vec<Shipped>, StoreError> {
        self.writer.write(move |connection| {
            let shipped = frameworks.iter().map(|f| ship(connection, f, &stamp));
            shipped.collect()
        })
    }
}

fn ship(
    connection: &Connection,
    framework: &SystemFramework,
    stamp: &Stamp,
) -> Result<Shipped, StoreError> {
    let SystemFramework { id, document } = framework;
    let mut facts = Facts::of(document);
    let before = match current(connection, id) {
        Ok(before) if before.system => before,
        Ok(_) => return Err(StoreError::Exists(Resource::Framework)),
        Err(StoreError::NotFound(_)) => return add(connection, id, &facts, stamp),
        Err(error) => return Err(error),
    };
    facts.active = before.active;
    let version = before.version.clone();
    match replace(connection, before, &facts, Action::Update, stamp) {
        Ok(after) if after.version == version => Ok(Shipped::Unchanged),
        Ok(_) => Ok(Shipped::Updated),
        // Clashes are found before anything is written.
        Err(StoreError::Clash(clashes)) => Ok(Shipped::HeldBack(clashes)),
        Err(error) => Err(error),
    }
}

fn add(
    connection: &Connection,
    id: &str,
    facts: &Facts<'_>,
    stamp: &Stamp,
) -> Result<Shipped, StoreError> {
    let mut taken = connection.prepare_cached("SELECT 1 FROM framework WHERE id = ?1")?;
    if taken.exists([id])? {
        let why = "the id of a system framework is that of a deleted one";
        return Err(StoreError::fault(FaultKind::Other, why));
    }
    insert(connection, id, true, facts, stamp)?;
    finish(connection, id, Action::Create, stamp)?;
    Ok(Shipped::Added)
}

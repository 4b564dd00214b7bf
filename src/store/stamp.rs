//! Who did something, and when.

use rusqlite::Row;

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The number that becomes `createdBy`; 0 is the program itself.
    pub user_id: i64,
    /// Name for people.
    pub name: String,
}

/// Who did something, and when. The store has no clock: times come with the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// Who.
    pub by: Actor,
}

impl Stamp {
    /// A stamp.
    pub fn new(at: i64, user_id: i64, name: impl Into<String>) -> Self {
        let name = name.into();
        Stamp {
            at,
            by: Actor { user_id, name },
        }
    }

    /// What stands in three columns of a row, from this one on.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Stamp {
            at: row.get(first)?,
            by: Actor {
                user_id: row.get(first + 1)?,
                name: row.get(first + 2)?,
            },
        })
    }
}

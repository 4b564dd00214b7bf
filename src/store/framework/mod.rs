//! Classification frameworks and their versions.

mod read;
mod system;
mod write;

pub(super) use read::{all, some};
pub use system::{Shipped, SystemFramework};

use super::error::StoreError;
use super::stamp::Stamp;
use crate::framework::Framework;

/// A framework as it comes in: a text, and the facts that the store goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkDocument {
    /// Short name, which a [`Clash`](super::Clash) tells.
    pub short_name: String,
    /// Whether its rules are evaluated.
    pub active: bool,
    /// The ids of its rules.
    pub rules: Vec<String>,
    /// All the rest, in whatever form is to come back: everything but what the
    /// store keeps itself (`active`, `id`, `version`, who and when). Documents of
    /// one content should come with one text: it tells whether a framework changed.
    pub text: String,
}

impl FrameworkDocument {
    /// The facts of a checked framework, and its text.
    pub fn new(framework: &Framework, text: impl Into<String>) -> Self {
        FrameworkDocument {
            short_name: framework.short_name.clone(),
            active: framework.active,
            rules: framework.rules.iter().map(|rule| rule.id.clone()).collect(),
            text: text.into(),
        }
    }
}

/// A version of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFramework {
    /// The framework's id.
    pub id: String,
    /// This version's id, a UUID.
    pub version: String,
    /// This version's place among all, counted from 1 without a gap.
    pub number: i64,
    /// Whether it came with the program, and is changed by nobody else.
    pub system: bool,
    /// Whether its rules are evaluated.
    pub active: bool,
    /// Short name.
    pub short_name: String,
    /// The text, as it came.
    pub text: String,
    /// Who made the framework, and when: the same in every version.
    pub created: Stamp,
    /// Who made this version, and when.
    pub changed: Stamp,
}

/// Which version a change is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Whichever is the current one: the last writer wins.
    #[default]
    Any,
    /// The current version has to be one of these.
    OneOf(Vec<String>),
}

impl Wanted {
    fn check(&self, current: &str) -> Result<(), StoreError> {
        match self {
            Wanted::OneOf(versions) if versions.iter().all(|v| v != current) => {
                Err(StoreError::Stale {
                    current: current.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Why an edit was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EditError<E> {
    /// The caller's own reason.
    #[error("the edit was refused")]
    Refused(E),
    /// The store's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E> From<rusqlite::Error> for EditError<E> {
    fn from(error: rusqlite::Error) -> Self {
        EditError::Store(error.into())
    }
}

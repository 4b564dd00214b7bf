//! Tags that people have ruled out.

use super::ids::Id;
use crate::tag::Tag;
use ahash::RandomState;
use std::collections::HashMap;

/// (data source, column, tag) triples that are rejected: such a tag counts as
/// not on the column, recorded or derived, and feeds no other rule.
///
/// ```
/// use classmark::{catalog::Overrides, tag::Tag};
/// let mut overrides = Overrides::default();
/// overrides.reject("crm.people", "notes", Tag::curated("PII"));
/// assert_eq!(overrides.len(), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    by_source: HashMap<String, HashMap<String, Vec<Tag>, RandomState>, RandomState>,
    len: usize,
}

impl Overrides {
    /// Rejects a tag on a column. Integer ids are given as decimal text.
    pub fn reject(&mut self, data_source: impl Into<String>, column: impl Into<String>, tag: Tag) {
        let columns = self.by_source.entry(data_source.into()).or_default();
        let tags = columns.entry(column.into()).or_default();
        if !tags.contains(&tag) {
            tags.push(tag);
            self.len += 1;
        }
    }

    /// How many distinct triples are rejected.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is rejected.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rejected tags of a data source, by column.
    pub(super) fn of(&self, data_source: &Id) -> Option<&HashMap<String, Vec<Tag>, RandomState>> {
        match data_source {
            _ if self.is_empty() => None,
            Id::Text(id) => self.by_source.get(id),
            integer => self.by_source.get(&integer.to_string()),
        }
    }
}

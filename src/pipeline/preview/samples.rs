//! Some of what would change.

use crate::diff::Change;
use crate::tag::Tag;

/// Assignments that would change: the first of each kind, in the order of the results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Samples {
    /// There are after the change, and were not before.
    pub added: Vec<ChangedRow>,
    /// There were before the change, and are not after.
    pub removed: Vec<ChangedRow>,
    /// There are before and after, in another state.
    pub changed: Vec<ChangedRow>,
}

/// An assignment that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// The id of its data source, as text.
    pub data_source: String,
    /// Its column.
    pub column: String,
    /// Its tag.
    pub tag: Tag,
    /// Its state before; `None`: it is not there.
    pub old: Option<&'static str>,
    /// Its state after; `None`: it is not there.
    pub new: Option<&'static str>,
}

impl Samples {
    /// Notes a change, as long as there is room.
    pub(super) fn note(&mut self, change: &Change<'_>, most: usize) {
        // A finding is told with the assignment that it belongs to.
        if change.rule.is_some() {
            return;
        }
        let kind = match (change.old, change.new) {
            (None, _) => &mut self.added,
            (_, None) => &mut self.removed,
            _ => &mut self.changed,
        };
        if kind.len() < most {
            kind.push(ChangedRow {
                data_source: change.data_source.to_owned(),
                column: change.column.to_owned(),
                tag: change.tag.clone(),
                old: change.old,
                new: change.new,
            });
        }
    }

    /// Takes in what comes later.
    pub(super) fn append(&mut self, later: Samples, most: usize) {
        let kinds = [
            (&mut self.added, later.added),
            (&mut self.removed, later.removed),
            (&mut self.changed, later.changed),
        ];
        for (mine, theirs) in kinds {
            let room = most.saturating_sub(mine.len());
            mine.extend(theirs.into_iter().take(room));
        }
    }
}

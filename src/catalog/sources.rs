//! The second table: data sources and their own tags.

use super::Context;
use super::decode::{Decoder, Rows};
use super::error::{BadRow, CatalogError};
use super::ids::Id;
use super::lexicon::Lexicon;
use crate::bits::SetTable;
use ahash::RandomState;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Which data sources the second table knows, and what they bear.
#[derive(Debug, Default)]
pub struct SourceTags {
    given: bool,
    sets: SetTable,
    by_id: HashMap<Id, u32, RandomState>,
}

impl SourceTags {
    /// A table without a row, given all the same.
    pub(super) fn given() -> Self {
        SourceTags {
            given: true,
            ..SourceTags::default()
        }
    }

    /// Whether there is a second table.
    pub(super) fn is_given(&self) -> bool {
        self.given
    }

    /// How many data sources it knows.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The atoms that a data source bears by this table; `None`: it has no row.
    pub(super) fn atoms(&self, id: &Id) -> Option<&[u32]> {
        Some(self.sets.get(*self.by_id.get(id)?))
    }

    /// Notes which atoms it knows of.
    pub(super) fn see(&self, seen: &mut [bool]) {
        for set in 0..self.sets.len() as u32 {
            for atom in self.sets.get(set) {
                if let Some(seen) = seen.get_mut(*atom as usize) {
                    *seen = true;
                }
            }
        }
    }

    fn add(&mut self, id: Id, atoms: &[u32]) {
        let known = self.by_id.entry(id).or_insert(0);
        let mut united = self.sets.get(*known).to_vec();
        united.extend_from_slice(atoms);
        united.sort_unstable();
        united.dedup();
        *known = self.sets.intern(&united);
    }
}

/// Reads the second table.
#[derive(Debug)]
pub(super) struct SourcesReader {
    decoder: Decoder,
    lexicon: Lexicon,
    tags: SourceTags,
}

impl SourcesReader {
    pub(super) fn new(
        context: Arc<Context>,
        fields: super::schema::Fields,
        tags: SourceTags,
    ) -> Self {
        SourcesReader {
            decoder: Decoder::new(context, fields),
            lexicon: Lexicon::default(),
            tags,
        }
    }

    pub(super) fn push(
        &mut self,
        rows: &Rows,
        file: &Path,
        bad: &mut Vec<BadRow>,
    ) -> Result<(), CatalogError> {
        let lexicon = &mut self.lexicon;
        lexicon.refresh();
        let decoded = self.decoder.decode(rows, file, bad, lexicon)?;
        for run in &decoded.runs {
            let id = decoded.ids.get(run.rows.start);
            self.tags.add(id, lexicon.get(run.table));
        }
        Ok(())
    }

    pub(super) fn finish(self) -> SourceTags {
        self.tags
    }
}

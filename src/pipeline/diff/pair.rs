//! Data sources of two runs find each other, in whatever order they come.
//!
//! What comes first waits in memory. When too much waits, all of it goes to
//! disk, to one of many shelves by a hash of its id, so that in the end each
//! shelf holds a small part of either run, and mates are on the same one.

use crate::archive::{ArchiveError, SetAside};
use crate::diagnostic::quoted;
use crate::diff::{Block, Side};
use crate::pipeline::PipelineError;
use crate::pipeline::progress::{Progress, go_on};
use ahash::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::HashMap;
use std::path::Path;
use twox_hash::XxHash3_64;

/// Shelves on disk of either run.
const SHELVES: usize = 256;
/// What a block in memory takes beside its bytes.
const BESIDE: usize = 72;

/// What has become of a data source.
pub(super) enum Met<'b> {
    /// It is in OLD and in NEW.
    Both(Block<'b>, Block<'b>),
    /// It is in one run only.
    Alone(Side, Block<'b>),
}

/// Data sources that wait for their mates.
pub(super) struct Pairing<'p> {
    folders: [&'p Path; 2],
    most_bytes: usize,
    waiting: [Waiting; 2],
    aside: Option<SetAside>,
}

/// Data sources of one run.
#[derive(Default)]
struct Waiting {
    blocks: HashTable<Kept>,
    bytes: usize,
}

/// A block, and the hash of its id.
struct Kept {
    hash: u64,
    block: Box<[u8]>,
}

impl Kept {
    fn is(&self, hash: u64, id: &[u8]) -> bool {
        self.hash == hash && self.id() == id
    }

    fn id(&self) -> &[u8] {
        Block::first(&self.block).map_or(&[], |(block, _)| block.id())
    }

    /// By bits by which a hash table does not tell entries apart first.
    fn shelf(&self) -> usize {
        (self.hash >> 40) as usize % SHELVES
    }
}

impl<'p> Pairing<'p> {
    /// Nothing waits yet.
    pub(super) fn new(folders: [&'p Path; 2], most_bytes: usize) -> Self {
        Pairing {
            folders,
            most_bytes,
            waiting: Default::default(),
            aside: None,
        }
    }

    /// The next data source of a run.
    pub(super) fn arrive(
        &mut self,
        side: Side,
        block: Block<'_>,
        each: &mut impl FnMut(Met<'_>) -> Result<(), PipelineError>,
    ) -> Result<(), PipelineError> {
        let hash = hash_of(block.id());
        let mate = self.waiting[side.other() as usize].take(hash, block.id());
        let mate = mate.as_deref().and_then(Block::first);
        match (side, mate) {
            (Side::Old, Some((mate, _))) => each(Met::Both(block, mate)),
            (Side::New, Some((mate, _))) => each(Met::Both(mate, block)),
            (_, None) => match self.waiting[side as usize].keep(hash, block) {
                true => Ok(()),
                false => Err(self.twice(side, block)),
            },
        }
    }

    /// Sets all aside that waits, if that is too much.
    pub(super) fn keep_small(&mut self) -> Result<(), PipelineError> {
        let bytes: usize = self.waiting.iter().map(|waiting| waiting.bytes).sum();
        match bytes > self.most_bytes {
            true => self.set_aside(),
            false => Ok(()),
        }
    }

    /// No more data sources come.
    pub(super) fn finish(
        mut self,
        progress: &dyn Progress,
        each: &mut impl FnMut(Met<'_>) -> Result<(), PipelineError>,
    ) -> Result<(), PipelineError> {
        if self.aside.is_some() {
            self.set_aside()?;
            return (0..SHELVES).try_for_each(|shelf| {
                go_on(progress)?;
                self.pair_up(shelf, each)
            });
        }
        for side in Side::BOTH {
            let mut blocks = self.waiting[side as usize].drain();
            blocks.sort_unstable_by(|a, b| a.id().cmp(b.id()));
            for kept in blocks {
                if let Some((block, _)) = Block::first(&kept.block) {
                    each(Met::Alone(side, block))?;
                }
            }
        }
        Ok(())
    }

    fn set_aside(&mut self) -> Result<(), PipelineError> {
        let aside = match &mut self.aside {
            Some(aside) => aside,
            none => none.insert(SetAside::new(2 * SHELVES)?),
        };
        let mut bytes = Vec::new();
        for (side, waiting) in self.waiting.iter_mut().enumerate() {
            let mut blocks = waiting.drain();
            let place = |kept: &Kept| (kept.shelf(), kept.hash);
            blocks.sort_unstable_by(|a, b| {
                let places = place(a).cmp(&place(b));
                places.then_with(|| a.id().cmp(b.id()))
            });
            for blocks in blocks.chunk_by(|a, b| a.shelf() == b.shelf()) {
                bytes.clear();
                for kept in blocks {
                    bytes.extend_from_slice(&kept.block);
                }
                let shelf = blocks.first().map_or(0, Kept::shelf);
                aside.put(side * SHELVES + shelf, &bytes)?;
            }
        }
        Ok(())
    }

    /// Pairs what is on one shelf of either run.
    fn pair_up(
        &mut self,
        shelf: usize,
        each: &mut impl FnMut(Met<'_>) -> Result<(), PipelineError>,
    ) -> Result<(), PipelineError> {
        let Some(aside) = &mut self.aside else {
            return Ok(());
        };
        let (old, new) = (aside.take(shelf)?, aside.take(SHELVES + shelf)?);
        let mut waiting: HashMap<&[u8], Block<'_>, RandomState> = HashMap::default();
        for block in blocks(&old) {
            if waiting.insert(block.id(), block).is_some() {
                return Err(self.twice(Side::Old, block));
            }
        }
        for block in blocks(&new) {
            match waiting.remove(block.id()) {
                Some(mate) => each(Met::Both(mate, block))?,
                None => each(Met::Alone(Side::New, block))?,
            }
        }
        for block in blocks(&old).filter(|block| waiting.contains_key(block.id())) {
            each(Met::Alone(Side::Old, block))?;
        }
        Ok(())
    }

    fn twice(&self, side: Side, block: Block<'_>) -> PipelineError {
        let id = String::from_utf8_lossy(block.id());
        let why = format!("it has the data source {} twice", quoted(&id));
        let folder = self.folders[side as usize].to_owned();
        ArchiveError::NoRun { folder, why }.into()
    }
}

impl Waiting {
    /// Keeps a block; not if there is one of the same id.
    fn keep(&mut self, hash: u64, block: Block<'_>) -> bool {
        let same = |kept: &Kept| kept.is(hash, block.id());
        match self.blocks.entry(hash, same, |kept| kept.hash) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                let block: Box<[u8]> = block.bytes().into();
                self.bytes += block.len() + BESIDE;
                place.insert(Kept { hash, block });
                true
            }
        }
    }

    fn take(&mut self, hash: u64, id: &[u8]) -> Option<Box<[u8]>> {
        let found = self.blocks.find_entry(hash, |kept| kept.is(hash, id));
        let block = found.ok()?.remove().0.block;
        self.bytes -= block.len() + BESIDE;
        Some(block)
    }

    /// All blocks, in no particular order.
    fn drain(&mut self) -> Vec<Kept> {
        self.bytes = 0;
        self.blocks.drain().collect()
    }
}

/// A fixed hash: by it results come in the same order everywhere.
fn hash_of(id: &[u8]) -> u64 {
    XxHash3_64::oneshot(id)
}

fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (block, after) = Block::first(rest)?;
        rest = after;
        Some(block)
    })
}

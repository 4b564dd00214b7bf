//! Batches to blocks.

use super::block::{Block, BlockBuilder, OWN, share};
use super::shares::{Cut, Shares};
use crate::catalog::decode::Decoded;
use crate::catalog::lexicon::Lexicon;
use crate::catalog::text::Text;

/// Stands for a number that has not been asked for.
const UNKNOWN: u32 = u32::MAX;

/// Deals rows out into shares: what a thread keeps from one stretch to the next.
#[derive(Debug, Default)]
pub struct Dealer {
    pub(in crate::catalog) lexicon: Lexicon,
    pub(in crate::catalog) numbers: Numbers,
}

/// The numbers that names and sets have in the dictionaries, and the block in the making.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Numbers {
    names: Known<Text>,
    sets: Known<u64>,
    block: BlockBuilder,
    stretch: u32,
    blocks: u32,
}

/// Numbers that have been asked for.
#[derive(Debug)]
struct Known<T> {
    /// What this is about: a dictionary of names, or the lexicon's epoch.
    of: Option<T>,
    /// Per place in it: the number, or a mark.
    numbers: Vec<u32>,
    /// Places whose numbers are to be asked for.
    new: Vec<u32>,
    /// Whether there was no room for one: asking for others is not worth it.
    full: bool,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known {
            of: None,
            numbers: Vec::new(),
            new: Vec::new(),
            full: false,
        }
    }
}

impl<T> Known<T> {
    /// Nothing is known of `of`.
    fn begin(&mut self, of: T) {
        self.of = Some(of);
        self.numbers.clear();
        self.new.clear();
    }

    fn note(&mut self, place: usize) {
        if let Some(number) = self.numbers.get_mut(place)
            && *number == UNKNOWN
        {
            *number = OWN;
            if !self.full {
                self.new.push(place as u32);
            }
        }
    }

    /// Asks for the numbers of what is new.
    fn ask(&mut self, mut number: impl FnMut(u32) -> Option<u32>) {
        for place in self.new.drain(..) {
            match number(place) {
                Some(number) => self.numbers[place as usize] = number,
                None => self.full = true,
            }
        }
    }

    /// The number of what has one.
    fn number(&self, place: usize) -> Option<u32> {
        let number = self.numbers.get(place).copied();
        number.filter(|number| *number < OWN)
    }
}

impl Numbers {
    /// Begins a stretch.
    pub(in crate::catalog) fn begin(&mut self, stretch: u32) {
        // Blocks of a stretch that ended in an error are of no use.
        self.block = BlockBuilder::default();
        (self.stretch, self.blocks) = (stretch, 0);
    }

    /// Takes note of names and sets of a batch that are not known yet. Of
    /// names only keys into a dictionary are worth it.
    pub(in crate::catalog) fn note(&mut self, decoded: &Decoded, lexicon: &Lexicon) {
        if self.sets.of != Some(lexicon.epoch()) {
            self.sets.begin(lexicon.epoch());
        }
        self.sets.numbers.resize(lexicon.sets().len(), UNKNOWN);
        let tables = decoded.runs.iter().map(|run| run.table);
        for set in decoded.columns.iter().copied().chain(tables) {
            self.sets.note(set as usize);
        }
        let names = &decoded.names;
        if !names.is_dictionary() {
            return;
        }
        let of = self.names.of.as_ref();
        if !of.is_some_and(|of| of.shares_dictionary(names)) {
            self.names.begin(names.clone());
            self.names.numbers.resize(names.places(), UNKNOWN);
        }
        for place in (0..names.len()).filter_map(|row| names.place(row)) {
            self.names.note(place);
        }
    }

    /// Whether there is something to [`ask`](Self::ask) for.
    pub(in crate::catalog) fn has_new(&self) -> bool {
        !self.names.new.is_empty() || !self.sets.new.is_empty()
    }

    /// Asks for the numbers of all that is new.
    pub(in crate::catalog) fn ask(&mut self, shares: &mut Shares, lexicon: &Lexicon) {
        let dictionaries = &mut shares.dictionaries;
        self.sets.ask(|set| dictionaries.set(lexicon.get(set)));
        let Known { of, .. } = &self.names;
        let Some(of) = of.clone() else { return };
        self.names
            .ask(|place| dictionaries.name(of.at(place as usize).unwrap_or_default()));
    }

    /// Adds a batch's rows; answers with the blocks that are full.
    pub(in crate::catalog) fn deal(
        &mut self,
        decoded: &Decoded,
        cut: Cut,
        lexicon: &Lexicon,
    ) -> Vec<Block> {
        let mut full = Vec::new();
        let keyed = decoded.names.is_dictionary();
        for run in &decoded.runs {
            let share = share(&decoded.ids, run.rows.start, cut.shares);
            for row in run.rows.clone() {
                let place = decoded.names.place(row).filter(|_| keyed);
                let known = place.and_then(|place| self.names.number(place));
                let name = known.unwrap_or_else(|| {
                    let name = decoded.names.get(row).unwrap_or_default();
                    self.block.own_name(name)
                });
                let sets = [decoded.columns[row], run.table].map(|set| self.set(set, lexicon));
                self.block.push(share, (&decoded.ids, row), name, sets);
                if self.block.len() >= cut.block_rows || self.block.is_large() {
                    full.extend(self.finish(cut));
                }
            }
        }
        full
    }

    /// The rows since the last full block.
    pub(in crate::catalog) fn finish(&mut self, cut: Cut) -> Option<Block> {
        if self.block.len() == 0 {
            return None;
        }
        let place = (self.stretch, self.blocks);
        self.blocks += 1;
        Some(self.block.finish(place, cut.shares))
    }

    fn set(&mut self, set: u32, lexicon: &Lexicon) -> u32 {
        let known = self.sets.number(set as usize);
        known.unwrap_or_else(|| self.block.own_set(lexicon.get(set)))
    }
}

//! Tag lists to numbered sets of atoms.

use super::chunk::REJECTED;
use super::lists::TagLists;
use super::text::Text;
use crate::bits::SetTable;
use crate::tag::{Tag, Vocabulary};
use ahash::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

const UNKNOWN: u32 = u32::MAX;
const NO_SOURCE: u32 = u32::MAX;

/// Looks tags up in the vocabulary: once per dictionary entry where the
/// catalog gives dictionaries, and for every tag where it does not.
#[derive(Debug)]
pub(super) struct Resolver {
    vocabulary: Arc<Vocabulary>,
    /// Distinct answers of the vocabulary; 0 is "no rule could notice".
    answers: SetTable,
    /// The dictionaries that the next two are about.
    names: Option<Text>,
    sources: Option<Text>,
    /// Name's place → (a source's place, the answer): nearly all names come with one source.
    usual: Vec<(u32, u32)>,
    /// The answers for all other pairs.
    others: HashMap<(u32, u32), u32, RandomState>,
    /// Answer → the number of that set in the table at hand.
    set_of_answer: Vec<u32>,
    scratch: Vec<u32>,
}

impl Resolver {
    pub(super) fn new(vocabulary: Arc<Vocabulary>) -> Self {
        Resolver {
            vocabulary,
            answers: SetTable::new(),
            names: None,
            sources: None,
            usual: Vec::new(),
            others: HashMap::default(),
            set_of_answer: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// The number, in `sets`, of every row's set of atoms.
    pub(super) fn rows(&mut self, lists: &TagLists, rows: usize, sets: &mut SetTable) -> Vec<u32> {
        self.meet(lists);
        self.set_of_answer.clear();
        (0..rows).map(|row| self.row(lists, row, sets)).collect()
    }

    /// The number of one row's set, with `rejected` tags left out and marked.
    pub(super) fn row_without(
        &mut self,
        lists: &TagLists,
        row: usize,
        rejected: &[Tag],
        sets: &mut SetTable,
    ) -> u32 {
        let mut atoms = Vec::new();
        for (source, name) in lists.elements(row).filter_map(|element| lists.tag(element)) {
            if !rejected
                .iter()
                .any(|tag| tag.source == source && tag.name == name)
            {
                self.vocabulary.resolve(source, name, &mut atoms);
            }
        }
        for tag in rejected {
            if let Some(number) = self.vocabulary.number(&tag.source, &tag.name) {
                atoms.push(number | REJECTED);
            }
        }
        atoms.sort_unstable();
        atoms.dedup();
        sets.intern(&atoms)
    }

    /// Forgets what it knows of dictionaries unless these are the same.
    fn meet(&mut self, lists: &TagLists) {
        let same = self
            .names
            .as_ref()
            .is_some_and(|names| lists.shares_places(names, self.sources.as_ref()));
        if !same {
            self.usual.clear();
            self.others.clear();
            if lists.has_places() {
                self.usual.resize(lists.name_places(), (NO_SOURCE, UNKNOWN));
            }
            let (names, sources) = lists.dictionaries();
            (self.names, self.sources) = (Some(names), sources);
        }
        if self.answers.len() > 1 << 20 {
            self.answers.clear();
            self.usual.fill((NO_SOURCE, UNKNOWN));
            self.others.clear();
        }
    }

    fn row(&mut self, lists: &TagLists, row: usize, sets: &mut SetTable) -> u32 {
        let (mut first, mut several) = (0, false);
        self.scratch.clear();
        for element in lists.elements(row) {
            let answer = self.element(lists, element);
            if answer == 0 || answer == first {
                continue;
            }
            if first != 0 {
                several = true;
                self.scratch.extend_from_slice(self.answers.get(answer));
            } else {
                first = answer;
            }
        }
        match (first, several) {
            (0, _) => 0,
            (only, false) => self.set_of(only, sets),
            (first, true) => {
                self.scratch.extend_from_slice(self.answers.get(first));
                self.scratch.sort_unstable();
                self.scratch.dedup();
                sets.intern(&self.scratch)
            }
        }
    }

    /// The number, in the table at hand, of the set that is one answer.
    fn set_of(&mut self, answer: u32, sets: &mut SetTable) -> u32 {
        let place = answer as usize;
        if place >= self.set_of_answer.len() {
            self.set_of_answer.resize(place + 1, UNKNOWN);
        }
        if self.set_of_answer[place] == UNKNOWN {
            self.set_of_answer[place] = sets.intern(self.answers.get(answer));
        }
        self.set_of_answer[place]
    }

    fn element(&mut self, lists: &TagLists, element: usize) -> u32 {
        let Some((name, source)) = lists.places(element) else {
            // Null, or no dictionary to remember answers by.
            return if lists.has_places() {
                0
            } else {
                self.look_up(lists, element)
            };
        };
        let (name, source) = (
            name as u32,
            source.map_or(NO_SOURCE, |source| source as u32),
        );
        match self.usual.get(name as usize) {
            Some((usual, answer)) if *answer != UNKNOWN && *usual == source => *answer,
            Some((_, UNKNOWN)) => {
                let answer = self.look_up(lists, element);
                self.usual[name as usize] = (source, answer);
                answer
            }
            _ => match self.others.get(&(name, source)) {
                Some(answer) => *answer,
                None => {
                    let answer = self.look_up(lists, element);
                    self.others.insert((name, source), answer);
                    answer
                }
            },
        }
    }

    fn look_up(&mut self, lists: &TagLists, element: usize) -> u32 {
        let Some((source, name)) = lists.tag(element) else {
            return 0;
        };
        let mut atoms = Vec::new();
        self.vocabulary.resolve(source, name, &mut atoms);
        atoms.sort_unstable();
        atoms.dedup();
        self.answers.intern(&atoms)
    }
}

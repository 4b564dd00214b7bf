//! Tag lists to numbered sets of atoms.

use super::Context;
use super::answers::Answers;
use super::chunk::{REJECTED, REJECTED_RECORDED};
use super::lexicon::Lexicon;
use super::lists::TagLists;
use super::overrides::{Rejected, Traces};
use super::text::Text;
use crate::tag::{Notice, TagMatch, Vocabulary};
use std::sync::Arc;

/// Looks tags up in the vocabulary: once per dictionary entry where the
/// catalog gives dictionaries, and for every tag where it does not.
#[derive(Debug)]
pub(super) struct Resolver {
    vocabulary: Arc<Vocabulary>,
    notice: Arc<Notice>,
    /// Whether it is about the tags of data sources themselves.
    of_sources: bool,
    /// The dictionaries that the answers are about.
    names: Option<Text>,
    sources: Option<Text>,
    answers: Answers,
    scratch: Vec<u32>,
}

impl Resolver {
    pub(super) fn new(context: &Context, of_sources: bool) -> Self {
        Resolver {
            vocabulary: Arc::clone(&context.vocabulary),
            notice: Arc::clone(&context.notice),
            of_sources,
            names: None,
            sources: None,
            answers: Answers::default(),
            scratch: Vec::new(),
        }
    }

    /// The number of every row's set of atoms.
    pub(super) fn rows(
        &mut self,
        lists: &TagLists,
        rows: usize,
        lexicon: &mut Lexicon,
    ) -> Vec<u32> {
        self.meet(lists, lexicon);
        let mut set_of = |row| {
            let elements = lists.elements(row);
            elements.fold(0, |set, element| {
                let answer = self.element(lists, element, lexicon);
                lexicon.union(set, answer)
            })
        };
        (0..rows).map(&mut set_of).collect()
    }

    /// The number of one row's set, with `rejected` tags left out and marked.
    pub(super) fn row_without(
        &mut self,
        lists: &TagLists,
        row: usize,
        rejected: &[Rejected],
        traces: &Traces,
        lexicon: &mut Lexicon,
    ) -> u32 {
        let mut atoms = Vec::new();
        for (source, name) in lists.elements(row).filter_map(|element| lists.tag(element)) {
            let mut all = rejected.iter();
            match all.find(|r| r.tag.source == source && r.tag.name == name) {
                Some(rejected) => {
                    traces.tag(rejected.number);
                    let number = self.vocabulary.number(source, name);
                    atoms.extend(number.map(|number| number | REJECTED_RECORDED));
                }
                None => self.vocabulary.resolve(source, name, &mut atoms),
            }
        }
        rejected.iter().for_each(|r| traces.column(r.number));
        self.mark(rejected, &mut atoms);
        lexicon.intern_unsorted(&mut atoms)
    }

    /// The same from the set that the row would have had. That is enough where
    /// tags are matched exactly, for then every tag is an atom of its own. Only
    /// of tags that no rule names a set does not tell whether they are there:
    /// then the `place` to look again is noted.
    pub(super) fn set_without(
        &self,
        set: u32,
        rejected: &[Rejected],
        (traces, place): (&Traces, u64),
        lexicon: &mut Lexicon,
    ) -> u32 {
        debug_assert_eq!(self.vocabulary.matching(), TagMatch::Exact);
        let mut atoms = lexicon.get(set).to_vec();
        for Rejected { tag, number } in rejected {
            let Some(atom) = self.vocabulary.number(&tag.source, &tag.name) else {
                traces.unsure(*number, place);
                continue;
            };
            let before = atoms.len();
            atoms.retain(|there| *there != atom);
            match atoms.len() < before {
                true => {
                    traces.tag(*number);
                    atoms.push(atom | REJECTED_RECORDED);
                }
                false => traces.column(*number),
            }
        }
        self.mark(rejected, &mut atoms);
        lexicon.intern_unsorted(&mut atoms)
    }

    fn mark(&self, rejected: &[Rejected], atoms: &mut Vec<u32>) {
        for Rejected { tag, .. } in rejected {
            if let Some(number) = self.vocabulary.number(&tag.source, &tag.name) {
                atoms.push(number | REJECTED);
            }
        }
    }

    /// Forgets what it knows of dictionaries unless these are the same.
    fn meet(&mut self, lists: &TagLists, lexicon: &Lexicon) {
        let same = self
            .names
            .as_ref()
            .is_some_and(|names| lists.shares_places(names, self.sources.as_ref()));
        if !same {
            let names = if lists.has_places() {
                lists.name_places()
            } else {
                0
            };
            self.answers = Answers::over(names);
            let (names, sources) = lists.dictionaries();
            (self.names, self.sources) = (Some(names), sources);
        }
        self.answers.refresh(lexicon);
    }

    fn element(&mut self, lists: &TagLists, element: usize, lexicon: &mut Lexicon) -> u32 {
        let Resolver {
            vocabulary,
            notice,
            of_sources,
            answers,
            scratch,
            ..
        } = self;
        let look_up = || {
            scratch.clear();
            if let Some((source, name)) = lists.tag(element) {
                vocabulary.resolve(source, name, scratch);
            }
            if scratch
                .iter()
                .any(|atom| notice.is_surprised(*atom, *of_sources))
            {
                lexicon.surprise();
            }
            lexicon.intern_unsorted(scratch)
        };
        match lists.places(element) {
            Some((name, source)) => {
                answers.of(name as u32, source.map(|source| source as u32), look_up)
            }
            None if lists.has_places() => 0,
            // No dictionary to remember answers by.
            None => {
                let mut look_up = look_up;
                look_up()
            }
        }
    }
}

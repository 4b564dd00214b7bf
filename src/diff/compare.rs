//! Data sources of two runs, held against each other.

use super::block::{Block, Column, text};
use super::model::{Diff, RuleDiff, ScopeDiff, Side};
use super::moves::{Moves, Standing};
use super::sheet::{Finding, Row, Sheet};
use crate::evaluate::State;
use crate::rollup::Verdict;
use crate::tag::Tag;
use std::cmp::Ordering;
use std::collections::HashMap;

/// An assignment, or a finding, that is not unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The id of its data source, as text.
    pub data_source: &'a str,
    /// The name of its column.
    pub column: &'a str,
    /// Its tag; of a finding the one that the rule gives, in NEW if it is there.
    pub tag: &'a Tag,
    /// Its rule; `None`: it is an assignment.
    pub rule: Option<&'a str>,
    /// Its state or verdict in OLD; `None`: absent.
    pub old: Option<&'static str>,
    /// Its state or verdict in NEW; `None`: absent.
    pub new: Option<&'static str>,
    /// Whether the run that has it not could have it.
    pub comparable: bool,
}

/// Two runs being compared, data source by data source.
///
/// Rules are numbered by their places in a list that both runs share; tags by
/// each run on its own, as they come.
///
/// ```
/// use classmark::diff::{Block, BlockWriter, Comparison, ScopeDiff, Side};
/// use classmark::evaluate::State;
/// use classmark::rollup::Verdict;
/// use classmark::tag::Tag;
/// let rules = [("r".to_owned(), true, true)];
/// let mut comparison = Comparison::new(rules);
/// let block = |state| {
///     let (mut writer, mut out) = (BlockWriter::default(), Vec::new());
///     writer.column("mail", [(0, state, &[0][..])].into_iter());
///     writer.end("crm.people", &mut out);
///     out
/// };
/// let (old, new) = (block(State::New), block(State::Recorded));
/// for side in Side::BOTH {
///     comparison.learn(side, &[Tag::curated("PII")]);
/// }
/// let mut changes = 0;
/// let (old, new) = (Block::first(&old).unwrap().0, Block::first(&new).unwrap().0);
/// comparison.both(old, new, &mut |_| {
///     changes += 1;
///     Ok::<(), ()>(())
/// });
/// let diff = comparison.finish(ScopeDiff::default());
/// assert_eq!(diff.findings.get(Some(Verdict::Fail), Some(Verdict::Pass)), 1);
/// assert_eq!(changes, 2);
/// ```
#[derive(Debug, Default)]
pub struct Comparison {
    rules: Vec<RuleDiff>,
    assignments: Moves<State>,
    tags: Tags,
    sheets: [Sheet; 2],
    in_both: u64,
    alone: [u64; 2],
}

/// The tags of both runs.
#[derive(Debug, Default)]
struct Tags {
    all: Vec<Tag>,
    numbers: HashMap<Tag, u32>,
    /// Per run: a tag's number among all by its number in the run.
    of: [Vec<u32>; 2],
}

impl Tags {
    fn get(&self, number: u32) -> Option<&Tag> {
        self.all.get(number as usize)
    }
}

/// Where a change is.
#[derive(Clone, Copy)]
struct Place<'a> {
    data_source: &'a str,
    column: &'a str,
    /// The run that does not have the data source.
    lacking: Option<Side>,
}

impl Comparison {
    /// Nothing compared yet. `rules` are those that either run evaluated,
    /// ascending by id: the id of each, and whether OLD and NEW evaluated it.
    pub fn new(rules: impl IntoIterator<Item = (String, bool, bool)>) -> Self {
        let rule = |(id, in_old, in_new)| RuleDiff {
            id,
            in_old,
            in_new,
            findings: Moves::default(),
        };
        Comparison {
            rules: rules.into_iter().map(rule).collect(),
            ..Comparison::default()
        }
    }

    /// The next tags of a run, by ascending number.
    pub fn learn(&mut self, side: Side, tags: &[Tag]) {
        for tag in tags {
            let next = self.tags.all.len() as u32;
            let number = *self.tags.numbers.entry(tag.clone()).or_insert(next);
            if number == next {
                self.tags.all.push(tag.clone());
            }
            self.tags.of[side as usize].push(number);
        }
    }

    /// A data source that is in both runs.
    ///
    /// # Errors
    ///
    /// What `changed` answers; it is told of everything that is not unchanged.
    pub fn both<E>(
        &mut self,
        old: Block<'_>,
        new: Block<'_>,
        changed: &mut impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.in_both += 1;
        let id = old.id();
        let (mut old, mut new) = (old.columns(), new.columns());
        // As long as the same columns come in the same order, none has to be looked for.
        let (mut rest_old, mut rest_new) = loop {
            match (old.next(), new.next()) {
                (Some(a), Some(b)) if a.name == b.name => {
                    self.column(id, None, Some(a), Some(b), changed)?;
                }
                (a, b) => {
                    let rest = |first: Option<_>, others| first.into_iter().chain(others);
                    break (
                        rest(a, old).collect::<Vec<Column<'_>>>(),
                        rest(b, new).collect::<Vec<Column<'_>>>(),
                    );
                }
            }
        };
        rest_old.sort_by_key(|column| column.name);
        rest_new.sort_by_key(|column| column.name);
        merge(
            &rest_old,
            &rest_new,
            |a, b| a.name.cmp(b.name),
            |a, b| self.column(id, None, a.copied(), b.copied(), changed),
        )
    }

    /// A data source that is in one run only.
    ///
    /// # Errors
    ///
    /// What `changed` answers.
    pub fn alone<E>(
        &mut self,
        side: Side,
        block: Block<'_>,
        changed: &mut impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.alone[side as usize] += 1;
        let lacking = Some(side.other());
        for column in block.columns() {
            let (old, new) = match side {
                Side::Old => (Some(column), None),
                Side::New => (None, Some(column)),
            };
            self.column(block.id(), lacking, old, new, changed)?;
        }
        Ok(())
    }

    /// Takes in what another part of the same two runs came to, its data sources
    /// being others; `false`, and nothing is taken, if its rules are others.
    pub fn merge(&mut self, other: &Comparison) -> bool {
        let same = |(mine, theirs): (&RuleDiff, &RuleDiff)| mine.id == theirs.id;
        if self.rules.len() != other.rules.len() || !self.rules.iter().zip(&other.rules).all(same) {
            return false;
        }
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.findings.merge(&theirs.findings);
        }
        self.assignments.merge(&other.assignments);
        self.in_both += other.in_both;
        for (mine, theirs) in self.alone.iter_mut().zip(other.alone) {
            *mine += theirs;
        }
        true
    }

    /// What it comes to, given how the rules differ.
    pub fn finish(self, scope: ScopeDiff) -> Diff {
        let mut findings = Moves::default();
        for rule in &self.rules {
            findings.merge(&rule.findings);
        }
        Diff {
            scope: ScopeDiff {
                data_sources_in_both: self.in_both,
                data_sources_only_old: self.alone[Side::Old as usize],
                data_sources_only_new: self.alone[Side::New as usize],
                ..scope
            },
            assignments: self.assignments,
            findings,
            rules: self.rules,
            frameworks: Vec::new(),
        }
    }

    fn column<E>(
        &mut self,
        id: &[u8],
        lacking: Option<Side>,
        old: Option<Column<'_>>,
        new: Option<Column<'_>>,
        changed: &mut impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let [sheet_old, sheet_new] = &mut self.sheets;
        sheet_old.fill(old, &self.tags.of[Side::Old as usize]);
        sheet_new.fill(new, &self.tags.of[Side::New as usize]);
        if sheet_old.is_same(sheet_new) {
            self.unchanged();
            return Ok(());
        }
        let name = old.or(new).map_or(&[][..], |column| column.name);
        let place = Place {
            data_source: text(id),
            column: text(name),
            lacking,
        };
        self.assignments(place, changed)?;
        self.findings(place, changed)
    }

    /// Both sheets say the same.
    fn unchanged(&mut self) {
        for (row, rules) in self.sheets[0].rows() {
            self.assignments.add(Some(row.state), Some(row.state), true);
            let Some(verdict) = Verdict::of(row.state) else {
                continue;
            };
            for rule in rules {
                if let Some(rule) = self.rules.get_mut(*rule as usize) {
                    rule.findings.add(Some(verdict), Some(verdict), true);
                }
            }
        }
    }

    fn assignments<E>(
        &mut self,
        place: Place<'_>,
        changed: &mut impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (rules, tags) = (&self.rules, &self.tags);
        let sorted = |side: Side| {
            // Given by a rule that the other run evaluated, or by none.
            let given = |given_by: &[u32]| {
                let evaluated = given_by.iter().filter_map(|rule| rules.get(*rule as usize));
                let mut evaluated = evaluated.map(|rule| is_evaluated(rule, side.other()));
                given_by.is_empty() || evaluated.any(|evaluated| evaluated)
            };
            let rows = self.sheets[side as usize].rows();
            let mut rows: Vec<(Row, bool)> = rows.map(|(row, by)| (row, given(by))).collect();
            rows.sort_by_key(|(row, _)| (tags.get(row.tag), row.tag));
            rows
        };
        let (old, new) = (sorted(Side::Old), sorted(Side::New));
        let order = |a: &(Row, bool), b: &(Row, bool)| {
            (tags.get(a.0.tag), a.0.tag).cmp(&(tags.get(b.0.tag), b.0.tag))
        };
        let moves = &mut self.assignments;
        merge(&old, &new, order, |old, new| {
            let comparable = match (old, new) {
                (Some((_, given)), None) => *given && place.lacking != Some(Side::New),
                (None, Some((_, given))) => *given && place.lacking != Some(Side::Old),
                _ => true,
            };
            let tag = new.or(old).map_or(u32::MAX, |(row, _)| row.tag);
            let states = [old, new].map(|side| side.map(|(row, _)| row.state));
            moved(
                moves,
                states,
                comparable,
                place,
                tags.get(tag),
                None,
                changed,
            )
        })
    }

    fn findings<E>(
        &mut self,
        place: Place<'_>,
        changed: &mut impl FnMut(Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sorted = |side: Side| {
            let mut findings: Vec<Finding> = self.sheets[side as usize].findings().collect();
            findings.sort_by_key(|finding| finding.rule);
            findings
        };
        let (old, new) = (sorted(Side::Old), sorted(Side::New));
        merge(
            &old,
            &new,
            |a, b| a.rule.cmp(&b.rule),
            |old, new| {
                let Some(finding) = new.or(old) else {
                    return Ok(());
                };
                let Some(rule) = self.rules.get_mut(finding.rule as usize) else {
                    return Ok(());
                };
                let lacks = |side| place.lacking == Some(side) || !is_evaluated(rule, side);
                let comparable = match (old, new) {
                    (Some(_), None) => !lacks(Side::New),
                    (None, Some(_)) => !lacks(Side::Old),
                    _ => true,
                };
                let verdicts = [old, new].map(|side| side.map(|finding| finding.verdict));
                let (tag, id) = (self.tags.get(finding.tag), Some(&*rule.id));
                moved(
                    &mut rule.findings,
                    verdicts,
                    comparable,
                    place,
                    tag,
                    id,
                    changed,
                )
            },
        )
    }
}

fn is_evaluated(rule: &RuleDiff, side: Side) -> bool {
    match side {
        Side::Old => rule.in_old,
        Side::New => rule.in_new,
    }
}

/// Counts one, and tells of it if it is not unchanged.
fn moved<S: Standing, E>(
    moves: &mut Moves<S>,
    [old, new]: [Option<S>; 2],
    comparable: bool,
    place: Place<'_>,
    tag: Option<&Tag>,
    rule: Option<&str>,
    changed: &mut impl FnMut(Change<'_>) -> Result<(), E>,
) -> Result<(), E> {
    moves.add(old, new, comparable);
    match tag {
        Some(tag) if old != new => changed(Change {
            data_source: place.data_source,
            column: place.column,
            tag,
            rule,
            old: old.map(S::name),
            new: new.map(S::name),
            comparable,
        }),
        _ => Ok(()),
    }
}

/// Goes through two sorted lists together: what is in both comes once, as a pair.
fn merge<T, E>(
    old: &[T],
    new: &[T],
    order: impl Fn(&T, &T) -> Ordering,
    mut each: impl FnMut(Option<&T>, Option<&T>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let next = match (old.peek(), new.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => order(a, b),
        };
        match next {
            Ordering::Less => each(old.next(), None)?,
            Ordering::Greater => each(None, new.next())?,
            Ordering::Equal => each(old.next(), new.next())?,
        }
    }
}

//! The rules of both sides, by numbers that both share.

use super::{RulePreview, SIDES};
use crate::diff::{Comparison, ScopeDiff};
use crate::evaluate::Tally;
use crate::pipeline::evaluate::Prepared;
use std::collections::BTreeMap;

/// The rules of both sides.
pub(super) struct Joint<'p> {
    sides: [&'p Prepared; 2],
    /// Ids of rules that either side evaluates, ascending, each with its number there.
    rules: Vec<(&'p str, [Option<u32>; 2])>,
    /// Per side and evaluated rule: its place in `rules`.
    places: [Vec<u32>; 2],
}

impl<'p> Joint<'p> {
    pub(super) fn new(sides: [&'p Prepared; 2]) -> Self {
        let mut numbers = BTreeMap::<&str, [Option<u32>; 2]>::new();
        for (side, prepared) in SIDES.into_iter().zip(sides) {
            for rule in 0..prepared.program.rule_count() as u32 {
                let id = prepared.program.rule_id(rule);
                numbers.entry(id).or_default()[side as usize] = Some(rule);
            }
        }
        let mut places = sides.map(|prepared| vec![0; prepared.program.rule_count()]);
        let rules: Vec<_> = numbers.into_iter().collect();
        for (place, (_, numbers)) in (0..).zip(&rules) {
            for (places, number) in places.iter_mut().zip(numbers) {
                let known = number.and_then(|number| places.get_mut(number as usize));
                if let Some(known) = known {
                    *known = place;
                }
            }
        }
        Joint {
            sides,
            rules,
            places,
        }
    }

    /// The places of a side's rules, by their numbers there.
    pub(super) fn places(&self, side: usize) -> &[u32] {
        self.places.get(side).map_or(&[], Vec::as_slice)
    }

    /// Nothing compared yet.
    pub(super) fn comparison(&self) -> Comparison {
        let rules = self.rules.iter();
        let rules = rules.map(|(id, [old, new])| ((*id).to_owned(), old.is_some(), new.is_some()));
        let mut comparison = Comparison::new(rules);
        for (side, prepared) in SIDES.into_iter().zip(self.sides) {
            comparison.learn(side, prepared.program.vocabulary().tags());
        }
        comparison
    }

    /// How the rules differ.
    pub(super) fn scope(&self) -> ScopeDiff {
        let [old, new] = self.sides.map(|prepared| {
            let mut rules = BTreeMap::new();
            for rule in prepared.program.records() {
                *rules.entry(rule.id.as_str()).or_insert(false) |= rule.active;
            }
            rules
        });
        ScopeDiff::of_rules(&old, &new)
    }

    /// On how much each rule fires, before and after.
    pub(super) fn rules(&self, tallies: [&Tally; 2]) -> Vec<RulePreview> {
        let fired = |side: usize, number: Option<u32>| {
            let tally = tallies.get(side)?;
            let rule = number? as usize;
            Some((
                *tally.rule_columns.get(rule)?,
                *tally.rule_sources.get(rule)?,
            ))
        };
        let rule = |(id, [old, new]): &(&str, [Option<u32>; 2])| RulePreview {
            id: (*id).to_owned(),
            old: fired(0, *old),
            new: fired(1, *new),
        };
        self.rules.iter().map(rule).collect()
    }
}

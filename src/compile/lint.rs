//! Rules that do nothing, or nothing that another rule does not do already.
//!
//! Only active frameworks count: what is not evaluated repeats and implies
//! nothing. A rule fires where all its criteria hold, so of two rules that give
//! one tag, the one with fewer criteria fires wherever the other does. That is
//! so in exact and in hierarchical matching.

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::framework::{Framework, Rule};
use crate::tag::{Tag, TagMatch};
use ahash::RandomState;
use std::collections::HashMap;

/// Warnings about active rules, in their order.
///
/// - `unreachable-rule`: the rule can give its tag only where it is already,
///   since its `classificationTag` is among its own `columnTags`. Not so in
///   hierarchical matching, where a descendant of the tag meets the criterion;
/// - `repeated-rule`: an earlier rule gives the same tag on the same criteria;
/// - `implied-rule`: another rule gives the same tag on some of the criteria.
///
/// A rule gets one warning at most, the first of these that holds.
pub fn lint(frameworks: &[Framework], matching: TagMatch) -> Vec<Diagnostic> {
    let rules = numbered(frameworks);
    let index = Index::of(&rules);
    rules
        .iter()
        .enumerate()
        .filter_map(|(number, one)| {
            let rule = one.rule;
            if matching == TagMatch::Exact && rule.column_tags.contains(&rule.classification_tag) {
                return Some(unreachable(rule));
            }
            match index.first_equal(one) {
                Some(first) if first < number => Some(repeated(rule, rules[first].rule)),
                _ => Some(implied(rule, rules[index.subset(one, &rules)?].rule)),
            }
        })
        .collect()
}

/// A rule whose criteria are numbers.
struct Numbered<'f> {
    rule: &'f Rule,
    /// Ascending, each once. A number stands for a tag in one of the three
    /// lists and for the classification tag, so rules that give different tags
    /// share none.
    criteria: Vec<u32>,
    /// One of 64 bits for each criterion: a quick no.
    signature: u64,
}

/// The three lists of criteria.
#[derive(PartialEq, Eq, Hash)]
enum Place {
    Column,
    Neighbor,
    Table,
}

fn numbered(frameworks: &[Framework]) -> Vec<Numbered<'_>> {
    let mut numbers: HashMap<(&Tag, Place, &Tag), u32, RandomState> = HashMap::default();
    let active = frameworks.iter().filter(|framework| framework.active);
    let rules = active.flat_map(|framework| &framework.rules);
    rules
        .map(|rule| {
            let mut criteria: Vec<u32> = wanted(rule)
                .map(|(place, tag)| {
                    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                    let key = (&rule.classification_tag, place, tag);
                    *numbers.entry(key).or_insert(next)
                })
                .collect();
            criteria.sort_unstable();
            criteria.dedup();
            let signature = criteria.iter().fold(0, |bits, c| bits | 1 << (c % 64));
            Numbered {
                rule,
                criteria,
                signature,
            }
        })
        .collect()
}

fn wanted(rule: &Rule) -> impl Iterator<Item = (Place, &Tag)> {
    let column = rule.column_tags.iter().map(|tag| (Place::Column, tag));
    let neighbor = rule.neighbor_column_tags.iter();
    let table = rule.table_tags.iter();
    column
        .chain(neighbor.map(|tag| (Place::Neighbor, tag)))
        .chain(table.map(|tag| (Place::Table, tag)))
}

/// Finds rules by their criteria, without comparing each with each.
struct Index {
    /// The first rule with exactly these criteria.
    first: HashMap<Vec<u32>, usize, RandomState>,
    /// Rarest criterion → the rules that have it as such, those with the
    /// fewest criteria first. Whoever has all criteria of a rule has its
    /// rarest, so it is found there.
    by_rarest: HashMap<u32, Vec<Entry>, RandomState>,
}

struct Entry {
    count: usize,
    signature: u64,
    number: usize,
}

impl Index {
    fn of(rules: &[Numbered<'_>]) -> Self {
        let mut uses: HashMap<u32, usize, RandomState> = HashMap::default();
        for criterion in rules.iter().flat_map(|one| &one.criteria) {
            *uses.entry(*criterion).or_default() += 1;
        }
        let mut index = Index {
            first: HashMap::default(),
            by_rarest: HashMap::default(),
        };
        for (number, one) in rules.iter().enumerate() {
            index.first.entry(one.criteria.clone()).or_insert(number);
            let rarest = one.criteria.iter().min_by_key(|c| uses.get(c));
            // A rule without criteria is an error of its own.
            if let Some(rarest) = rarest {
                index.by_rarest.entry(*rarest).or_default().push(Entry {
                    count: one.criteria.len(),
                    signature: one.signature,
                    number,
                });
            }
        }
        for entries in index.by_rarest.values_mut() {
            entries.sort_by_key(|entry| entry.count);
        }
        index
    }

    fn first_equal(&self, one: &Numbered<'_>) -> Option<usize> {
        self.first.get(&one.criteria).copied()
    }

    /// A rule with some, but not all of the criteria.
    fn subset(&self, one: &Numbered<'_>, rules: &[Numbered<'_>]) -> Option<usize> {
        let entries = one.criteria.iter().filter_map(|c| self.by_rarest.get(c));
        entries
            .flat_map(|entries| {
                let fewer = entries.partition_point(|entry| entry.count < one.criteria.len());
                &entries[..fewer]
            })
            .filter(|entry| entry.signature & !one.signature == 0)
            .find(|entry| {
                let mut criteria = rules[entry.number].criteria.iter();
                criteria.all(|c| one.criteria.binary_search(c).is_ok())
            })
            .map(|entry| entry.number)
    }
}

fn unreachable(rule: &Rule) -> Diagnostic {
    let tag = quoted(&rule.classification_tag.to_string()).to_string();
    let message = format!(
        "the rule {} gives the tag {tag} only to columns that have it already",
        quoted(&rule.name)
    );
    warning(Code::UnreachableRule, rule, message).with_help(format!(
        "take {tag} out of `columnTags`, or remove the rule"
    ))
}

fn repeated(rule: &Rule, first: &Rule) -> Diagnostic {
    let message = format!(
        "the rule {} repeats the rule {}: same tag, same criteria",
        quoted(&rule.id),
        quoted(&first.id)
    );
    warning(Code::RepeatedRule, rule, message).with_help("remove one of the two")
}

fn implied(rule: &Rule, other: &Rule) -> Diagnostic {
    let message = format!(
        "the rule {} is needless: the rule {} gives the same tag on fewer criteria",
        quoted(&rule.id),
        quoted(&other.id)
    );
    warning(Code::ImpliedRule, rule, message)
        .with_help("remove the rule, or give the other one more criteria")
}

fn warning(code: Code, rule: &Rule, message: String) -> Diagnostic {
    let finding = Diagnostic::warning(code, message);
    match &rule.origin {
        Some(o) => finding.at(&o.source, o.span.clone(), o.pointer.as_str()),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tags(names: &str) -> Vec<Tag> {
        names.split_whitespace().map(Tag::curated).collect()
    }

    /// `result < column tags | neighbour tags | table tags`
    fn rule(number: usize, text: &str) -> Rule {
        let (result, criteria) = text.split_once('<').unwrap();
        let mut lists = criteria.split('|').map(tags);
        let mut next = || lists.next().unwrap_or_default();
        Rule {
            has_own_id: true,
            id: format!("r{number}"),
            name: format!("R{number}"),
            classification_tag: Tag::curated(result.trim()),
            column_tags: next(),
            neighbor_column_tags: next(),
            table_tags: next(),
            origin: None,
        }
    }

    fn framework(rules: Vec<Rule>) -> Framework {
        Framework {
            id: None,
            version: None,
            short_name: "f".into(),
            name: "f".into(),
            description: String::new(),
            active: true,
            tags: Vec::new(),
            rules,
            origin: None,
        }
    }

    fn of(rules: &[&str]) -> Framework {
        framework(rules.iter().enumerate().map(|(i, r)| rule(i, r)).collect())
    }

    fn told(frameworks: &[Framework], matching: TagMatch) -> Vec<String> {
        let findings = lint(frameworks, matching);
        findings
            .into_iter()
            .map(|f| format!("{}: {}", f.code, f.message))
            .collect()
    }

    #[test]
    fn sound_rules_are_left_alone() {
        let framework = of(&[
            "x < a",
            "x < b",
            "y < a",
            "x < c d",
            "x < | a",
            "x < | | a",
            "z < x",
        ]);
        assert_eq!(told(&[framework], TagMatch::Exact), [""; 0]);
    }

    #[test]
    fn repeats_in_any_order_and_framework() {
        let again = of(&["x < b a a | n"]);
        assert_eq!(
            told(&[of(&["x < a b | n"]), again.clone()], TagMatch::Exact),
            ["repeated-rule: the rule `r0` repeats the rule `r0`: same tag, same criteria"]
        );
        let asleep = Framework {
            active: false,
            ..of(&["x < a b | n"])
        };
        assert_eq!(told(&[asleep, again], TagMatch::Exact), [""; 0]);
    }

    #[test]
    fn fewer_criteria_imply_more() {
        assert_eq!(
            told(&[of(&["x < a b | n", "x < b"])], TagMatch::Exact),
            [
                "implied-rule: the rule `r0` is needless: the rule `r1` gives the same tag on fewer criteria"
            ]
        );
    }

    #[test]
    fn a_tag_that_is_there_already() {
        let own = [of(&["x < a x"])];
        assert_eq!(
            told(&own, TagMatch::Exact),
            [
                "unreachable-rule: the rule `R0` gives the tag `x` only to columns that have it already"
            ]
        );
        assert_eq!(
            told(&own, TagMatch::Hierarchical),
            [""; 0],
            "x.y on a column brings x"
        );
        assert_eq!(told(&[of(&["x < a | x | x"])], TagMatch::Exact), [""; 0]);
    }

    #[test]
    fn many_alike_rules_are_not_compared_with_each() {
        let pairs = (0..250).flat_map(|a| (0..a).map(move |b| format!("x < t{a} t{b}")));
        let singles = (0..10_000).map(|i| format!("x < base s{i}"));
        let rules = pairs.chain(singles).enumerate().map(|(i, r)| rule(i, &r));
        let mut framework = framework(rules.collect());
        framework.rules.push(rule(99, "x < base"));
        let start = std::time::Instant::now();
        assert_eq!(lint(&[framework], TagMatch::Exact).len(), 10_000);
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    /// What a rule wants, spelt out.
    fn criteria(rule: &Rule) -> Vec<String> {
        let named = |place: char, tags: &[Tag]| -> Vec<_> {
            tags.iter().map(|tag| format!("{place}{tag}")).collect()
        };
        let mut all = named('c', &rule.column_tags);
        all.extend(named('n', &rule.neighbor_column_tags));
        all.extend(named('t', &rule.table_tags));
        all.sort();
        all.dedup();
        all
    }

    proptest! {
        /// Comparing each rule with each finds the same.
        #[test]
        fn the_index_finds_what_the_plain_loop_finds(
            rules in proptest::collection::vec("[xy] < [a-d]( [a-d]){0,2} \\|( [ab]){0,1} \\|( [ab]){0,1}", 0..12)
        ) {
            let rules: Vec<_> = rules.iter().enumerate().map(|(i, r)| rule(i, r)).collect();
            let expected: Vec<_> = rules.iter().enumerate().filter_map(|(i, r)| {
                let own = criteria(r);
                let alike = |o: &&Rule| o.classification_tag == r.classification_tag;
                if rules[..i].iter().filter(alike).any(|o| criteria(o) == own) {
                    return Some(Code::RepeatedRule);
                }
                let is_less = |o: &Rule| {
                    let other = criteria(o);
                    other.len() < own.len() && other.iter().all(|c| own.contains(c))
                };
                rules.iter().filter(alike).any(is_less).then_some(Code::ImpliedRule)
            }).collect();
            let found: Vec<_> = lint(&[framework(rules)], TagMatch::Exact).iter().map(|f| f.code).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

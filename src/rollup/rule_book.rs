//! The rules that classification frameworks know, by their ids.

use super::model::KnownRule;
use std::collections::BTreeMap;

/// The rules that classification frameworks know, evaluated or not.
///
/// Evaluated rules have numbers, ascending by id, as they have in a
/// [`Program`](crate::compile::Program).
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    rules: BTreeMap<String, Listed>,
    /// Per evaluated rule the sensitivity of the tag that it gives.
    sensitivities: Vec<Option<u8>>,
}

#[derive(Debug, Clone)]
struct Listed {
    rule: KnownRule,
    /// Its number, if it is evaluated.
    number: Option<u32>,
}

impl RuleBook {
    /// The book of some rules: the id of each, what is known of it, and the
    /// sensitivity of its classification tag. Of several rules with one id the
    /// evaluated one counts, else the first.
    pub fn new(rules: impl IntoIterator<Item = (String, KnownRule, Option<u8>)>) -> Self {
        let mut listed: BTreeMap<String, (KnownRule, Option<u8>)> = BTreeMap::new();
        for (id, rule, sensitivity) in rules {
            let known = listed.get(&id);
            if known.is_none_or(|(known, _)| rule.evaluated && !known.evaluated) {
                listed.insert(id, (rule, sensitivity));
            }
        }
        let mut book = RuleBook::default();
        for (id, (rule, sensitivity)) in listed {
            let number = rule.evaluated.then_some(book.sensitivities.len() as u32);
            if rule.evaluated {
                book.sensitivities.push(sensitivity);
            }
            book.rules.insert(id, Listed { rule, number });
        }
        book
    }

    /// How many rules are evaluated.
    pub fn evaluated(&self) -> usize {
        self.sensitivities.len()
    }

    /// What is known of a rule.
    pub fn get(&self, id: &str) -> Option<&KnownRule> {
        self.rules.get(id).map(|listed| &listed.rule)
    }

    /// The number of a rule that is evaluated.
    pub fn number(&self, id: &str) -> Option<u32> {
        self.rules.get(id)?.number
    }

    /// The ids of all rules, ascending.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// The ids of evaluated rules, ascending: by number.
    pub fn evaluated_ids(&self) -> impl Iterator<Item = &str> {
        let evaluated = self
            .rules
            .iter()
            .filter(|(_, listed)| listed.number.is_some());
        evaluated.map(|(id, _)| id.as_str())
    }

    /// The sensitivity of the tag that an evaluated rule gives.
    pub(super) fn sensitivity(&self, rule: u32) -> Option<u8> {
        self.sensitivities.get(rule as usize).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tag::Tag;

    fn rule(framework: &str, evaluated: bool) -> KnownRule {
        KnownRule {
            name: "A rule".into(),
            framework: framework.into(),
            classification_tag: Tag::curated("PII"),
            evaluated,
        }
    }

    #[test]
    fn evaluated_rules_are_numbered_by_their_ids() {
        let book = RuleBook::new([
            ("c".into(), rule("x", true), Some(2)),
            ("b".into(), rule("x", false), Some(1)),
            ("a".into(), rule("x", true), None),
        ]);
        assert_eq!(book.evaluated(), 2);
        assert_eq!(
            ["a", "b", "c", "d"].map(|id| book.number(id)),
            [Some(0), None, Some(1), None]
        );
        assert_eq!(
            [0, 1, 2].map(|rule| book.sensitivity(rule)),
            [None, Some(2), None]
        );
        assert!(book.get("b").is_some_and(|rule| !rule.evaluated));
        assert_eq!(book.ids().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn an_evaluated_rule_goes_before_one_that_is_not() {
        for order in [[true, false], [false, true]] {
            let rules = order.map(|on| {
                (
                    "a".to_owned(),
                    rule(if on { "on" } else { "off" }, on),
                    None,
                )
            });
            let book = RuleBook::new(rules);
            assert_eq!(
                book.get("a").map(|rule| rule.framework.as_str()),
                Some("on")
            );
            assert_eq!(book.evaluated(), 1);
        }
    }
}

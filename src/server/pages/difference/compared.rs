//! Two versions of a framework, compared.

use crate::framework::{DeclaredTag, Framework, Rule};
use crate::tag::Tag;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is different between two versions of a framework.
#[derive(Debug)]
pub(super) struct Difference<'f> {
    /// Texts that changed: what they are, before, after.
    pub(super) texts: Vec<(&'static str, &'f str, &'f str)>,
    /// Whether it is active now, if it was not so before.
    pub(super) active: Option<bool>,
    pub(super) tags: Parts<'f, DeclaredTag>,
    pub(super) rules: Parts<'f, Rule>,
}

/// What came, went and changed of a kind.
#[derive(Debug)]
pub(super) struct Parts<'f, T> {
    pub(super) added: Vec<&'f T>,
    pub(super) removed: Vec<&'f T>,
    /// Before and after.
    pub(super) changed: Vec<(&'f T, &'f T)>,
    /// Whether those that stayed stand in another order.
    pub(super) moved: bool,
}

impl<'f> Difference<'f> {
    /// What is different in `after`.
    pub(super) fn between(before: &'f Framework, after: &'f Framework) -> Self {
        let texts = [
            ("Name", &before.name, &after.name),
            ("Short name", &before.short_name, &after.short_name),
            ("Description", &before.description, &after.description),
        ];
        let texts = texts.into_iter().filter(|(_, a, b)| a != b);
        let tag = |declared: &DeclaredTag| format!("{:?}", declared.tag);
        // The id is what others know a rule by. Most ids come from names, so one
        // that was renamed is known by what it asks for, or by its name alone if
        // the framework was renamed.
        let id = |rule: &Rule| rule.id.clone();
        let name = |rule: &Rule| rule.name.clone();
        let content = |rule: &Rule| format!("{:?}", meaning(rule));
        Difference {
            texts: texts.map(|(what, a, b)| (what, &**a, &**b)).collect(),
            active: (before.active != after.active).then_some(after.active),
            tags: Parts::of(&before.tags, &after.tags, &[&tag], |a, b| {
                (a.sensitivity, &a.description) == (b.sensitivity, &b.description)
            }),
            rules: Parts::of(
                &before.rules,
                &after.rules,
                &[&id, &name, &content],
                |a, b| a.id == b.id && a.name == b.name && meaning(a) == meaning(b),
            ),
        }
    }

    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
            && self.active.is_none()
            && self.tags.is_empty()
            && self.rules.is_empty()
    }
}

/// What a rule does, whatever it is called and in whichever order it asks.
fn meaning(rule: &Rule) -> (&Tag, [BTreeSet<&Tag>; 3]) {
    let lists = [
        &rule.column_tags,
        &rule.neighbor_column_tags,
        &rule.table_tags,
    ];
    (
        &rule.classification_tag,
        lists.map(|tags| tags.iter().collect()),
    )
}

type Key<'s, T> = &'s dyn Fn(&T) -> String;

impl<'f, T> Parts<'f, T> {
    /// Pairs off what has one key, then what is left by the next key.
    fn of(
        before: &'f [T],
        after: &'f [T],
        keys: &[Key<'_, T>],
        unchanged: impl Fn(&T, &T) -> bool,
    ) -> Self {
        // The place in `before` of each in `after`.
        let mut mates: Vec<Option<usize>> = vec![None; after.len()];
        let mut taken = BTreeSet::new();
        for key in keys {
            let mut free: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
            for (place, old) in before.iter().enumerate() {
                if !taken.contains(&place) {
                    free.entry(key(old)).or_default().push_back(place);
                }
            }
            for (mate, new) in mates
                .iter_mut()
                .zip(after)
                .filter(|(mate, _)| mate.is_none())
            {
                *mate = free.get_mut(&key(new)).and_then(VecDeque::pop_front);
                taken.extend(*mate);
            }
        }
        let stayed: Vec<usize> = mates.iter().copied().flatten().collect();
        let pairs = mates.iter().zip(after);
        let pairs: Vec<(Option<&T>, &T)> = pairs
            .map(|(mate, new)| (mate.and_then(|place| before.get(place)), new))
            .collect();
        let added = pairs.iter().filter(|(old, _)| old.is_none());
        let kept = pairs.iter().filter_map(|(old, new)| Some(((*old)?, *new)));
        let removed = before.iter().enumerate();
        let removed = removed.filter(|(place, _)| !taken.contains(place));
        Parts {
            added: added.map(|(_, new)| *new).collect(),
            removed: removed.map(|(_, old)| old).collect(),
            changed: kept.filter(|(old, new)| !unchanged(old, new)).collect(),
            moved: !stayed.is_sorted(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && !self.moved
    }
}

#[cfg(test)]
mod tests {
    use super::Difference;
    use crate::framework::{DeclaredTag, Framework, Rule, slug};
    use crate::tag::Tag;
    use proptest::prelude::*;

    fn rule(name: &str, column: &[&str]) -> Rule {
        Rule {
            id: format!("f/{}", slug(name)),
            has_own_id: false,
            name: name.into(),
            classification_tag: Tag::curated("T"),
            column_tags: column.iter().map(|name| Tag::curated(*name)).collect(),
            neighbor_column_tags: Vec::new(),
            table_tags: Vec::new(),
            origin: None,
        }
    }

    fn framework(rules: Vec<Rule>) -> Framework {
        Framework {
            id: None,
            version: None,
            short_name: "f".into(),
            name: "F".into(),
            description: String::new(),
            active: true,
            tags: vec![DeclaredTag {
                tag: Tag::curated("T"),
                sensitivity: Some(1),
                description: None,
                origin: None,
            }],
            rules,
            origin: None,
        }
    }

    fn names(rules: &[&Rule]) -> Vec<String> {
        rules.iter().map(|rule| rule.name.clone()).collect()
    }

    #[test]
    fn rules_come_go_and_change() {
        let before = framework(vec![
            rule("a", &["A"]),
            rule("b", &["B"]),
            rule("c", &["C"]),
        ]);
        let after = framework(vec![
            rule("b", &["B", "X"]),
            rule("c", &["C"]),
            rule("d", &["D"]),
        ]);
        let found = Difference::between(&before, &after).rules;
        assert_eq!(names(&found.added), ["d"]);
        assert_eq!(names(&found.removed), ["a"]);
        assert_eq!(found.changed.len(), 1);
        assert!(!found.moved);
    }

    #[test]
    fn what_was_renamed_is_known_again() {
        let before = framework(vec![rule("a", &["A"]), rule("b", &["B"])]);
        let mut after = framework(vec![rule("a", &["A"]), rule("new", &["B"])]);
        let found = Difference::between(&before, &after).rules;
        let [(old, new)] = found.changed[..] else {
            panic!("{found:?}")
        };
        assert_eq!((&*old.name, &*new.name), ("b", "new"));
        for rule in &mut after.rules {
            rule.id = format!("g/{}", rule.name);
        }
        let found = Difference::between(&before, &after).rules;
        assert_eq!((found.changed.len(), found.added.len()), (2, 0));
    }

    #[test]
    fn the_order_of_criteria_is_nothing_and_that_of_rules_is_told() {
        let before = framework(vec![rule("a", &["A", "B"]), rule("b", &["B"])]);
        let after = framework(vec![rule("a", &["B", "A"]), rule("b", &["B"])]);
        assert!(Difference::between(&before, &after).is_empty());
        let after = framework(vec![rule("b", &["B"]), rule("a", &["A", "B"])]);
        let found = Difference::between(&before, &after);
        assert!(found.rules.moved && found.rules.changed.is_empty() && !found.is_empty());
    }

    #[test]
    fn texts_tags_and_activity() {
        let before = framework(Vec::new());
        let mut after = framework(Vec::new());
        after.active = false;
        after.description = "D".into();
        after.tags[0].sensitivity = Some(2);
        let found = Difference::between(&before, &after);
        assert_eq!(found.texts, [("Description", "", "D")]);
        assert_eq!(found.active, Some(false));
        assert_eq!((found.tags.changed.len(), found.tags.added.len()), (1, 0));
    }

    fn some_rules() -> impl Strategy<Value = Vec<Rule>> {
        let one = ("[a-d]", prop::collection::vec("[A-C]", 1..3));
        prop::collection::vec(one, 0..5).prop_map(|all| {
            let mut rules: Vec<Rule> = Vec::new();
            for (name, tags) in all {
                let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
                if rules.iter().all(|rule| rule.name != name) {
                    rules.push(rule(&name, &tags));
                }
            }
            rules
        })
    }

    proptest! {
        #[test]
        fn every_rule_is_accounted_for_once(old in some_rules(), new in some_rules()) {
            let (old, new) = (framework(old), framework(new));
            let there = Difference::between(&old, &new).rules;
            let back = Difference::between(&new, &old).rules;
            let stayed = new.rules.len() - there.added.len();
            prop_assert_eq!(old.rules.len(), stayed + there.removed.len());
            prop_assert!(there.changed.len() <= stayed);
            prop_assert_eq!(there.is_empty(), back.is_empty());
            prop_assert!(Difference::between(&old, &old).is_empty());
        }
    }
}

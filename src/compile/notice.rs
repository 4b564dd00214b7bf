//! What of a catalog's tags a program can notice.

use super::program::{CompiledRule, Program};
use crate::tag::{Notice, Present};

impl Program {
    /// What rules can notice in a catalog in which no other atoms occur than
    /// those of `present`; `None`: any may.
    ///
    /// A rule that needs a tag which no column has, and no rule that can fire
    /// gives, cannot fire. A tag that only rules with further criteria on the
    /// same column ask for is noticed only beside one of those. What is
    /// declared as a result is always noticed, for it may be recorded or stale.
    pub fn notice(&self, present: Option<&Present>) -> Notice {
        let live = Live::of(self, present);
        let mut notice = Notice::nothing(self.vocabulary().width());
        for atom in 0..self.vocabulary().width() as u32 {
            if self.vocabulary().is_result(atom) {
                notice.always(atom);
            }
        }
        let mut asked = vec![0u32; self.vocabulary().width()];
        for atom in live.rules(self).flat_map(|rule| &rule.column) {
            asked[*atom as usize] += 1;
        }
        for rule in live.rules(self) {
            for fact in self.facts(rule) {
                match self.table_atom(fact) {
                    Some(atom) => notice.on_its_source(atom),
                    None => notice.always(fact),
                }
            }
            for atom in &rule.column {
                // Of what else has to be recorded, what the fewest rules ask for.
                let others = rule.column.iter();
                let others = others.filter(|o| *o != atom && !live.derivable[**o as usize]);
                match others.min_by_key(|other| (asked[**other as usize], **other)) {
                    Some(other) => notice.beside(*atom, *other),
                    None => notice.always(*atom),
                }
            }
        }
        notice.given(present)
    }

    /// What a rule's guard asks for: atoms on columns, and beyond all atoms
    /// those on data sources themselves.
    fn facts(&self, rule: &CompiledRule) -> impl Iterator<Item = u32> {
        let guard = rule.guard.map(|guard| &self.guards[guard as usize]);
        guard.into_iter().flat_map(|guard| guard.facts())
    }

    fn table_atom(&self, fact: u32) -> Option<u32> {
        fact.checked_sub(self.vocabulary().width() as u32)
    }
}

/// The rules that can fire.
struct Live {
    rules: Vec<bool>,
    /// Per atom: whether one of them can put it on a column.
    derivable: Vec<bool>,
}

impl Live {
    fn of(program: &Program, present: Option<&Present>) -> Self {
        let width = program.vocabulary().width();
        let mut live = Live {
            rules: vec![present.is_none(); program.rules.len()],
            derivable: vec![false; width],
        };
        let Some(present) = present else {
            let effects = program.rules.iter().flat_map(|rule| &rule.effects);
            for atom in effects {
                live.derivable[*atom as usize] = true;
            }
            return live;
        };
        let mut grown = true;
        while std::mem::take(&mut grown) {
            for (number, rule) in program.rules.iter().enumerate() {
                if !live.rules[number] && live.can_fire(program, rule, present) {
                    live.rules[number] = true;
                    grown = true;
                    for atom in &rule.effects {
                        live.derivable[*atom as usize] = true;
                    }
                }
            }
        }
        live
    }

    fn can_fire(&self, program: &Program, rule: &CompiledRule, present: &Present) -> bool {
        let is = |list: &[bool], atom: u32| list.get(atom as usize).copied().unwrap_or(true);
        let on_column = |atom: u32| is(&present.on_columns, atom) || self.derivable[atom as usize];
        let true_of_source = |fact: u32| match program.table_atom(fact) {
            Some(atom) => is(&present.on_sources, atom),
            None => on_column(fact),
        };
        rule.column.iter().all(|atom| on_column(*atom)) && program.facts(rule).all(true_of_source)
    }

    fn rules<'p>(&'p self, program: &'p Program) -> impl Iterator<Item = &'p CompiledRule> {
        let rules = program.rules.iter().zip(&self.rules);
        rules.filter(|(_, live)| **live).map(|(rule, _)| rule)
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::{Options, Program};
    use crate::framework::{DeclaredTag, Framework, Rule};
    use crate::tag::{Heed, Present, Tag};

    fn rule(gives: &str, column: &[&str], neighbours: &[&str], tables: &[&str]) -> Rule {
        let tags = |names: &[&str]| names.iter().map(|name| Tag::curated(*name)).collect();
        Rule {
            has_own_id: true,
            id: format!("f/{gives}"),
            name: gives.into(),
            classification_tag: Tag::curated(gives),
            column_tags: tags(column),
            neighbor_column_tags: tags(neighbours),
            table_tags: tags(tables),
            origin: None,
        }
    }

    fn program(rules: Vec<Rule>) -> Program {
        let declared = |rule: &Rule| DeclaredTag {
            tag: rule.classification_tag.clone(),
            sensitivity: None,
            description: None,
            origin: None,
        };
        let framework = Framework {
            id: None,
            version: None,
            short_name: "f".into(),
            name: "f".into(),
            description: String::new(),
            active: true,
            tags: rules.iter().map(declared).collect(),
            rules,
            origin: None,
        };
        Program::compile(&[framework], Options::default()).unwrap()
    }

    fn present(program: &Program, columns: &[&str], tables: &[&str]) -> Present {
        let mut present = Present::nothing(program.vocabulary().width());
        let number = |name: &&str| program.vocabulary().number("curated", name).unwrap() as usize;
        columns
            .iter()
            .for_each(|name| present.on_columns[number(name)] = true);
        tables
            .iter()
            .for_each(|name| present.on_sources[number(name)] = true);
        present
    }

    #[test]
    fn tags_are_noticed_where_a_rule_that_can_fire_asks_for_them() {
        let program = program(vec![
            rule("x", &["a", "b"], &[], &[]),
            rule("y", &["c"], &["d"], &["t"]),
            rule("z", &["e", "x"], &[], &[]),
            rule("w", &["f", "nowhere"], &[], &[]),
            rule("v", &["g", "w"], &[], &[]),
        ]);
        let number = |name| program.vocabulary().number("curated", name).unwrap();
        let (a, b) = (number("a"), number("b"));

        let any = program.notice(None);
        assert_eq!(any.on_column(number("f")), Heed::Beside);
        assert_eq!(any.on_column(number("g")), Heed::Always);

        let there = present(&program, &["a", "b", "c", "d", "e", "f", "g"], &["t"]);
        let notice = program.notice(Some(&there));
        assert_eq!(notice.on_column(a), Heed::Beside);
        assert!(notice.is_beside(a, b) && notice.is_beside(b, a));
        // `x` may be derived, so `e` is not to wait for it to be recorded.
        assert_eq!(notice.on_column(number("e")), Heed::Always);
        assert_eq!(notice.on_column(number("d")), Heed::Always);
        // Neither rule can fire: one lacks a tag, the other what that one gives.
        assert_eq!(notice.on_column(number("f")), Heed::Never);
        assert_eq!(notice.on_column(number("g")), Heed::Never);
        // Results may be recorded.
        assert_eq!(notice.on_column(number("w")), Heed::Always);
        assert!(notice.on_source(number("t")) && !notice.on_source(a));

        let without = present(&program, &["a", "b", "c", "d"], &[]);
        let notice = program.notice(Some(&without));
        assert_eq!(notice.on_column(number("c")), Heed::Never);
        assert!(!notice.on_source(number("t")));
        assert_eq!(notice.apart().on_column(a), Heed::Always);
    }
}

//! Random jobs: few names, so that rules do fire, chain and meet overrides.

use crate::corpus::Job;
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::reference::{Rejection, Row};
use classmark::tag::{Tag, TagMatch};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

/// Names that nest, look as if they did, or are merely near.
const NAMES: [&str; 9] = ["a", "a.b", "a.b.c", "ab", "b", "b.c", r"a\.b", r"b\", "é"];

pub(crate) fn job() -> impl Strategy<Value = Job> {
    let matching = select(vec![TagMatch::Exact, TagMatch::Hierarchical]);
    let frameworks = vec(framework(), 0..5).prop_map(number_rules);
    (
        frameworks,
        vec(row(), 0..14),
        vec(rejection(), 0..20),
        matching,
    )
        .prop_map(|(frameworks, rows, rejected, matching)| Job {
            frameworks,
            rows,
            rejected,
            matching,
        })
}

pub(super) fn tag() -> impl Strategy<Value = Tag> {
    let source = prop_oneof![12 => Just("curated"), 1 => Just("ext")];
    (source, select(&NAMES[..])).prop_map(|(source, name)| Tag::new(source, name))
}

pub(crate) fn row() -> impl Strategy<Value = Row> {
    (source(), column(), vec(tag(), 0..5), vec(tag(), 0..3)).prop_map(
        |(data_source, column, column_tags, table_tags)| Row {
            data_source,
            column,
            column_tags,
            table_tags,
        },
    )
}

pub(crate) fn rejection() -> impl Strategy<Value = Rejection> {
    (source(), column(), tag()).prop_map(|(data_source, column, tag)| Rejection {
        data_source,
        column,
        tag,
    })
}

/// A rule with some criterion, its id still to be given.
pub(super) fn rule() -> impl Strategy<Value = Rule> {
    let column = prop_oneof![1 => vec(tag(), 0), 4 => vec(tag(), 1), 1 => vec(tag(), 2)];
    let neighbor = prop_oneof![4 => vec(tag(), 0), 1 => vec(tag(), 1), 1 => vec(tag(), 2)];
    let table = prop_oneof![5 => vec(tag(), 0), 1 => vec(tag(), 1)];
    let lists = (column, neighbor, table);
    let some = |(column, neighbor, table): &(Vec<_>, Vec<_>, Vec<_>)| {
        !(column.is_empty() && neighbor.is_empty() && table.is_empty())
    };
    (tag(), lists.prop_filter("an empty rule", some)).prop_map(|(gives, lists)| Rule {
        has_own_id: false,
        id: String::new(),
        name: String::new(),
        classification_tag: gives,
        column_tags: lists.0,
        neighbor_column_tags: lists.1,
        table_tags: lists.2,
        origin: None,
    })
}

fn source() -> impl Strategy<Value = String> {
    select(&["1", "01", "s"][..]).prop_map(str::to_owned)
}

fn column() -> impl Strategy<Value = String> {
    select(&["a", "b", "c", "A"][..]).prop_map(str::to_owned)
}

/// A framework as its checks leave it: every tag that it gives is declared, none twice.
fn framework() -> impl Strategy<Value = Framework> {
    let declared = vec((tag(), option::of(0..3u8)), 0..4);
    let ratings = vec(option::of(0..3u8), 6);
    let active = prop::bool::weighted(0.8);
    (vec(rule(), 0..6), declared, ratings, active).prop_map(|(rules, declared, ratings, active)| {
        let given = rules.iter().map(|rule| rule.classification_tag.clone());
        let tags: BTreeMap<Tag, Option<u8>> = given.zip(ratings).chain(declared).collect();
        Framework {
            id: None,
            version: None,
            short_name: String::new(),
            name: String::new(),
            description: String::new(),
            active,
            tags: tags.into_iter().map(declaration).collect(),
            rules,
            origin: None,
        }
    })
}

pub(super) fn declaration((tag, sensitivity): (Tag, Option<u8>)) -> DeclaredTag {
    DeclaredTag {
        tag,
        sensitivity,
        description: None,
        origin: None,
    }
}

/// Names that make every rule id unique; those of later frameworks sort first.
fn number_rules(mut frameworks: Vec<Framework>) -> Vec<Framework> {
    let count = frameworks.len();
    for (f, framework) in frameworks.iter_mut().enumerate() {
        framework.short_name = format!("f{}", count - f);
        framework.name.clone_from(&framework.short_name);
        for (r, rule) in framework.rules.iter_mut().enumerate() {
            rule.name = format!("r{r}");
            rule.id = format!("{}/{}", framework.short_name, rule.name);
        }
    }
    frameworks
}

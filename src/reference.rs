//! The meaning of rules in plain nested loops: the judge of every engine. Slow on
//! purpose, and without a line in common with what it judges.

use crate::framework::{Framework, Rule};
use crate::tag::{Tag, TagMatch};
use std::collections::{BTreeMap, BTreeSet};

/// A row of the catalog: a column, and what the row says of its data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The data source that the column belongs to.
    pub data_source: String,
    /// The column's name.
    pub column: String,
    /// The tags that the catalog records on the column.
    pub column_tags: Vec<Tag>,
    /// The tags that the catalog records on the data source.
    pub table_tags: Vec<Tag>,
}

/// An override in force: this very tag is treated as not on this column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The data source.
    pub data_source: String,
    /// The column.
    pub column: String,
    /// The tag, to the letter in every mode.
    pub tag: Tag,
}

/// A row of the result: what there is to say about one tag on one column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The data source.
    pub data_source: String,
    /// The column.
    pub column: String,
    /// The classification tag.
    pub tag: Tag,
    /// The highest sensitivity that a framework declares for the tag; `None` is not rated.
    pub sensitivity: Option<u8>,
    /// The ids of all rules that fire for the tag here, sorted.
    pub rules: Vec<String>,
    /// `new`, `recorded`, `muted` or `stale`.
    pub state: &'static str,
    /// Whether the catalog records the tag on the column, overridden or not.
    pub recorded: bool,
}

/// This tag on this column.
type Fact<'a> = (&'a String, &'a Tag);

/// What rules make of a catalog: data sources and columns in order of first appearance.
pub fn assign(
    frameworks: &[Framework],
    rows: &[Row],
    rejected: &[Rejection],
    matching: TagMatch,
) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for id in distinct(rows.iter().map(|row| &row.data_source)) {
        let rows: Vec<&Row> = rows.iter().filter(|r| r.data_source == *id).collect();
        let rejected = rejected.iter().filter(|r| r.data_source == *id);
        let rejected = rejected.map(|r| (&r.column, &r.tag)).collect();
        assignments.extend(assign_in_source(frameworks, &rows, &rejected, matching));
    }
    assignments
}

fn assign_in_source(
    frameworks: &[Framework],
    rows: &[&Row],
    rejected: &BTreeSet<Fact>,
    how: TagMatch,
) -> Vec<Assignment> {
    let active = frameworks.iter().filter(|f| f.active);
    let rules: Vec<&Rule> = active.flat_map(|f| &f.rules).collect();
    let columns = distinct(rows.iter().map(|row| &row.column));
    let table: Vec<&Tag> = rows.iter().flat_map(|row| &row.table_tags).collect();
    let mut recorded: BTreeSet<Fact> = BTreeSet::new();
    for row in rows {
        recorded.extend(row.column_tags.iter().map(|tag| (&row.column, tag)));
    }
    // Which facts count, which rules fire for each: until no round adds a fact.
    let mut on = &recorded - rejected;
    let mut fired: BTreeMap<Fact, BTreeSet<&String>> = BTreeMap::new();
    let mut before = None;
    while before.replace(on.len()) != Some(on.len()) {
        for rule in &rules {
            for column in &columns {
                if fires(rule, column, &on, &table, how) {
                    let fact = (*column, &rule.classification_tag);
                    fired.entry(fact).or_default().insert(&rule.id);
                    on.extend((!rejected.contains(&fact)).then_some(fact));
                }
            }
        }
    }
    let declared: Vec<_> = frameworks.iter().flat_map(|f| &f.tags).collect();
    on.extend(&recorded);
    on.retain(|(_, tag)| declared.iter().any(|d| d.tag == **tag));
    on.extend(fired.keys());
    let describe = |fact: &Fact| {
        let ratings = declared.iter().filter(|d| d.tag == *fact.1);
        let rules = fired.get(fact).into_iter().flatten();
        Assignment {
            data_source: rows[0].data_source.clone(),
            column: fact.0.clone(),
            tag: fact.1.clone(),
            sensitivity: ratings.filter_map(|d| d.sensitivity).max(),
            rules: rules.map(|id| id.to_string()).collect(),
            state: match fired.contains_key(fact) {
                false => "stale",
                true if rejected.contains(fact) => "muted",
                true if recorded.contains(fact) => "recorded",
                true => "new",
            },
            recorded: recorded.contains(fact),
        }
    };
    let here = |column| on.iter().filter(move |fact| fact.0 == column);
    columns.into_iter().flat_map(here).map(describe).collect()
}

/// The meaning of a rule: all three hold.
fn fires(rule: &Rule, column: &String, on: &BTreeSet<Fact>, table: &[&Tag], how: TagMatch) -> bool {
    let met = |wanted: &Tag, tags: &[&Tag]| tags.iter().any(|tag| meets(tag, wanted, how));
    let all = |wanted: &[Tag], tags: &[&Tag]| wanted.iter().all(|wanted| met(wanted, tags));
    let (first, neighbors) = (Tag::new("", ""), on.iter().map(|f| f.1));
    let own = on.range((column, &first)..).take_while(|f| f.0 == column);
    all(&rule.column_tags, &own.map(|f| f.1).collect::<Vec<_>>())
        && all(&rule.table_tags, table)
        && (rule.neighbor_column_tags.is_empty()
            || all(&rule.neighbor_column_tags, &neighbors.collect::<Vec<_>>()))
}

/// Whether `tag` meets a criterion for `wanted`: the same or, if asked, a descendant.
fn meets(tag: &Tag, wanted: &Tag, how: TagMatch) -> bool {
    let rest = tag.name.strip_prefix(&wanted.name).unwrap_or_default();
    // A dot right after a backslash is a letter like any other.
    let below = rest.starts_with('.') && !wanted.name.ends_with('\\');
    tag == wanted || (how == TagMatch::Hierarchical && below && tag.source == wanted.source)
}

/// Each name once, in order of first appearance.
fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

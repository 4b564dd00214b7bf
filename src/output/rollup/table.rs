//! `rollup.parquet`: the tree as a table.

use super::columns::{CHILDREN, CONTROLS_SCORE, Count, FINDINGS_SCORES, FOUND, RULES};
use crate::rollup::{ControlNode, FrameworkNode, Head, RequirementNode, Rollup, RuleNode};
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array};
use arrow::error::ArrowError;
use std::sync::Arc;

/// A node and those above it.
#[derive(Clone, Copy)]
struct Row<'a> {
    level: &'static str,
    framework: &'a FrameworkNode,
    requirement: Option<&'a RequirementNode>,
    control: Option<&'a ControlNode>,
    rule: Option<&'a RuleNode>,
    head: &'a Head,
}

/// The rows of `rollup.parquet`: one per node, each before those below it.
///
/// What names a node further down than the row's own is null, as are `known`
/// and `evaluated` of all but rules, and the children of rules.
///
/// # Errors
///
/// Arrays over Arrow's limits.
pub fn rollup_batch(rollup: &Rollup) -> Result<RecordBatch, ArrowError> {
    let rows = rows(rollup);
    let names = names(&rows);
    let counts = FOUND.iter().chain(&RULES).map(|c| count(&rows, *c));
    let children = CHILDREN.iter().map(|c| count_of_parents(&rows, *c));
    let scores = CONTROLS_SCORE.iter().chain(&FINDINGS_SCORES);
    let scores = scores.map(|c| count(&rows, *c));
    let columns = names
        .into_iter()
        .chain(counts)
        .chain(children)
        .chain(scores);
    RecordBatch::try_from_iter_with_nullable(columns)
}

fn rows(rollup: &Rollup) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for framework in &rollup.frameworks {
        let of_framework = Row {
            level: "framework",
            framework,
            requirement: None,
            control: None,
            rule: None,
            head: &framework.head,
        };
        rows.push(of_framework);
        for requirement in &framework.requirements {
            let of_requirement = Row {
                level: "requirement",
                requirement: Some(requirement),
                head: &requirement.head,
                ..of_framework
            };
            rows.push(of_requirement);
            for control in &requirement.controls {
                let of_control = Row {
                    level: "control",
                    control: Some(control),
                    head: &control.head,
                    ..of_requirement
                };
                rows.push(of_control);
                rows.extend(control.rules.iter().map(|rule| Row {
                    level: "rule",
                    rule: Some(rule),
                    head: &rule.head,
                    ..of_control
                }));
            }
        }
    }
    rows
}

type Column = (&'static str, ArrayRef, bool);

fn names(rows: &[Row<'_>]) -> [Column; 10] {
    let known = |row: &Row<'_>| row.rule.map(|rule| rule.known.is_some());
    let evaluated = |row: &Row<'_>| {
        let rule = row.rule?;
        Some(rule.known.as_ref().is_some_and(|known| known.evaluated))
    };
    [
        text(rows, "level", false, |row| Some(row.level)),
        text(rows, "handle", false, |row| Some(&row.framework.handle)),
        text(rows, "version", false, |row| Some(&row.framework.version)),
        text(rows, "framework", false, |row| Some(&row.framework.name)),
        text(rows, "requirement", true, |row| {
            row.requirement.map(|requirement| &*requirement.name)
        }),
        text(rows, "control", true, |row| {
            row.control.map(|control| &*control.name)
        }),
        text(rows, "rule_id", true, |row| row.rule.map(|rule| &*rule.id)),
        flag(rows, "known", known),
        flag(rows, "evaluated", evaluated),
        text(rows, "status", false, |row| Some(row.head.status.as_str())),
    ]
}

fn text<'a>(
    rows: &[Row<'a>],
    name: &'static str,
    nullable: bool,
    of: fn(&Row<'a>) -> Option<&'a str>,
) -> Column {
    let array: StringArray = rows.iter().map(of).collect();
    (name, Arc::new(array), nullable)
}

fn flag(rows: &[Row<'_>], name: &'static str, of: impl Fn(&Row<'_>) -> Option<bool>) -> Column {
    let array: BooleanArray = rows.iter().map(of).collect();
    (name, Arc::new(array), true)
}

fn count(rows: &[Row<'_>], (name, of): Count) -> Column {
    let array = UInt64Array::from_iter_values(rows.iter().map(|row| of(row.head)));
    (name, Arc::new(array), false)
}

fn count_of_parents(rows: &[Row<'_>], (name, of): Count) -> Column {
    let of = |row: &Row<'_>| row.rule.is_none().then(|| of(row.head));
    let array: UInt64Array = rows.iter().map(of).collect();
    (name, Arc::new(array), true)
}

//! `rollup.csv`: the rollup for spreadsheets.
//!
//! Names are written as they are, also those that begin with `=`, `+`, `-` or
//! `@`, which some spreadsheets take for a formula. A mark before them would
//! have to be taken off again by every program that joins this file with the
//! others, and would be wrong where it is not. What stands here comes out of
//! rules and compliance frameworks only: who writes those decides what the
//! auditor reads anyway, and no name out of the catalog is among it. Who opens
//! documents of strangers imports the columns as text.

use super::columns::{Count, FINDINGS_SCORES, FOUND};
use crate::rollup::{ControlNode, FrameworkNode, RequirementNode, Rollup, RuleNode};
use ::csv::{Terminator, Writer, WriterBuilder};
use std::io::{self, Write};

const NAMES: [&str; 14] = [
    "handle",
    "version",
    "framework",
    "requirement",
    "control",
    "control_status",
    "rule_id",
    "rule_name",
    "rule_framework",
    "tag_name",
    "tag_source",
    "known",
    "evaluated",
    "status",
];

/// Writes the rollup as CSV after RFC 4180, in UTF-8: a header, then a row per
/// control and rule. Counts and `status` are the rule's.
///
/// What is not known of a rule is empty. A control without rules has one row,
/// empty from `rule_id` on; its `control_status` is `unknown`.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_rollup_csv(rollup: &Rollup, to: impl Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(to);
    let header = NAMES.into_iter().chain(counts().map(|(name, _)| *name));
    writer.write_record(header)?;
    for framework in &rollup.frameworks {
        for requirement in &framework.requirements {
            for control in &requirement.controls {
                for rule in rows(control) {
                    write_row(&mut writer, (framework, requirement, control), rule)?;
                }
            }
        }
    }
    writer.flush()
}

fn counts() -> impl Iterator<Item = &'static Count> {
    FOUND.iter().chain(&FINDINGS_SCORES)
}

/// The rule of each row of a control.
pub(super) fn rows(control: &ControlNode) -> impl Iterator<Item = Option<&RuleNode>> {
    let alone = control.rules.is_empty().then_some(None);
    control.rules.iter().map(Some).chain(alone)
}

fn write_row<W: Write>(
    writer: &mut Writer<W>,
    (framework, requirement, control): (&FrameworkNode, &RequirementNode, &ControlNode),
    rule: Option<&RuleNode>,
) -> io::Result<()> {
    for field in [
        &*framework.handle,
        &framework.version,
        &framework.name,
        &requirement.name,
        &control.name,
        control.head.status.as_str(),
    ] {
        writer.write_field(field)?;
    }
    for field in fields(rule) {
        writer.write_field(field)?;
    }
    for (_, count) in counts() {
        let count = rule.map(|rule| count(&rule.head).to_string());
        writer.write_field(count.unwrap_or_default())?;
    }
    // Ends the record.
    writer.write_record(None::<&[u8]>)?;
    Ok(())
}

/// From `rule_id` to `status`.
fn fields(rule: Option<&RuleNode>) -> [&str; 8] {
    let Some(rule) = rule else {
        return [""; 8];
    };
    let flag = |holds: bool| if holds { "true" } else { "false" };
    let status = rule.head.status.as_str();
    match &rule.known {
        None => [&rule.id, "", "", "", "", flag(false), flag(false), status],
        Some(known) => [
            &rule.id,
            &known.name,
            &known.framework,
            &known.classification_tag.name,
            &known.classification_tag.source,
            flag(true),
            flag(known.evaluated),
            status,
        ],
    }
}

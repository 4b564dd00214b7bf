//! `rollup.csv`: the rollup for spreadsheets.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a
//! formula and runs it. Documents may be a stranger's, so a name that could be
//! taken for one is written with a `'` before it, which makes it text. Programs
//! that want names as they are read `rollup.parquet` or `rollup.json`.

use super::columns::{Count, FINDINGS_SCORES, FOUND};
use crate::rollup::{ControlNode, FrameworkNode, RequirementNode, Rollup, RuleNode};
use ::csv::{Terminator, Writer, WriterBuilder};
use std::borrow::Cow;
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

/// How [`ROLLUP_CSV`](super::ROLLUP_CSV) is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CsvOptions {
    /// Whether the file begins with the byte order mark of UTF-8, without which
    /// Excel reads it in the code page of its machine.
    pub byte_order_mark: bool,
}

/// The byte order mark of UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes the rollup as CSV after RFC 4180, in UTF-8: a header, then a row per
/// control and rule. Counts and `status` are the rule's.
///
/// A name that a spreadsheet could take for a formula has a `'` before it. What
/// is not known of a rule is empty. A control without rules has one row, empty
/// from `rule_id` on; its `control_status` is `unknown`.
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
        writer.write_field(&*as_text(field))?;
    }
    for field in fields(rule) {
        writer.write_field(&*as_text(field))?;
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

/// Characters by which spreadsheets tell that a cell holds a formula, after
/// OWASP's advice on CSV injection; those in full width count in East Asian
/// versions.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A cell as a spreadsheet takes it for text: with a `'` before it if it could
/// be a formula. Blanks and quotes before the formula do not hide it, for some
/// programs drop them. Since a `'` that is there already counts as such a quote,
/// too, every cell can be turned back into its name.
fn as_text(cell: &str) -> Cow<'_, str> {
    let hides = |c: char| matches!(c, '\'' | '"') || c.is_whitespace() && !FORMULA.contains(&c);
    match cell.trim_start_matches(hides).starts_with(FORMULA) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::as_text;
    use proptest::prelude::*;

    #[test]
    fn what_could_be_a_formula_is_text() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\u{ff1d}1",
            "\u{ff0b}1",
            "\u{ff0d}1",
            "\u{ff20}A",
            " =1",
            "\u{a0}\u{3000}=1",
            "\"=1",
            "\" '=1",
            "'=1",
            "-",
            "=",
        ] {
            assert_eq!(as_text(formula), format!("'{formula}"), "{formula:?}");
        }
    }

    #[test]
    fn other_cells_are_as_they_were() {
        for cell in [
            "",
            " ",
            "'",
            "a=b",
            "1-2",
            "'quoted'",
            "\"x\"",
            "x@example.org",
            "ärzte",
            "(=1)",
            "\u{2212}1",
        ] {
            assert_eq!(as_text(cell), cell);
        }
    }

    proptest! {
        #[test]
        fn no_cell_begins_like_a_formula_and_no_two_become_one(
            cell in "['\" =+@a\t-]{0,6}",
            other in "['\" =+@a\t-]{0,6}",
        ) {
            let text = as_text(&cell);
            prop_assert!(!text.starts_with(super::FORMULA));
            prop_assert_eq!(text == as_text(&other), cell == other);
        }
    }
}

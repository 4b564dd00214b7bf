//! A control: a line that opens to its counts and the rules that it rests on.

use super::Report;
use super::badge::Badge;
use super::escaped::{Escaped, Name};
use super::index::Place;
use super::numbers::{Grouped, counted};
use super::score::FORMULAS;
use super::words::{ColumnWords, FindingWords, RuleWords};
use crate::rollup::{ControlNode, Findings, RuleNode};
use std::io::{self, Write};

// There may be thousands of these, so their markup is short.
pub(super) fn write_control(
    to: &mut dyn Write,
    report: &Report<'_>,
    place: Place,
    control: &ControlNode,
) -> io::Result<()> {
    let head = &control.head;
    let Findings { pass, fail, muted } = head.findings;
    write!(
        to,
        "<details id=\"{place}\"><summary>{} {}",
        Badge::from(head.status),
        Name(&control.name)
    )?;
    for (count, what) in [(pass, "pass"), (fail, "fail"), (muted, "muted")] {
        let quiet = if count == 0 { " class=\"zero\"" } else { "" };
        write!(to, " <span{quiet}>{} {what}</span>", Grouped(count))?;
    }
    write!(
        to,
        "</summary>\n<p>On {} in {}. {}. {}.</p>\n<ul>",
        ColumnWords(head.columns),
        counted(head.data_sources, "data source", "data sources"),
        FORMULAS[1].sentence(&head.scores),
        RuleWords(head.rules)
    )?;
    for rule in &control.rules {
        write_rule(to, report, rule)?;
    }
    if control.rules.is_empty() {
        write!(
            to,
            "<li>It has no rules, so nothing was evaluated: somebody has to assess it by hand.</li>"
        )?;
    }
    writeln!(to, "</ul></details>")
}

fn write_rule(to: &mut dyn Write, report: &Report<'_>, rule: &RuleNode) -> io::Result<()> {
    write!(
        to,
        "<li>{} <a href=\"#r{}\">{}</a> ",
        Badge::from(rule.head.status),
        report.rules.number(&rule.id),
        Escaped(&rule.id)
    )?;
    match &rule.known {
        None => write!(to, "no framework knows it"),
        Some(known) if !known.evaluated => write!(to, "not evaluated: its framework is inactive"),
        Some(_) => write!(to, "{}", FindingWords(rule.head.findings)),
    }?;
    write!(to, "</li>")
}

//! What was not evaluated, and why.

use super::Report;
use super::escaped::{Escaped, Name};
use super::index::{Entry, Naming, controls};
use super::numbers::{Grouped, counted, length};
use std::io::{self, Write};

/// More controls per rule are counted, not listed.
const CONTROLS: usize = 20;
/// More controls without rules are counted, not listed.
const MANUAL: usize = 200;

pub(super) fn write_gaps(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(
        to,
        "<section id=\"gaps\">\n<h2>What was not evaluated, and why</h2>"
    )?;
    let of = |wanted: fn(&Entry<'_>) -> bool| -> Vec<(usize, &Entry<'_>)> {
        let entries = report.rules.iter();
        entries.filter(|(_, entry)| wanted(entry)).collect()
    };
    let unknown = of(|entry| entry.rule.known.is_none());
    let inactive = of(|entry| entry.rule.known.as_ref().is_some_and(|k| !k.evaluated));
    if unknown.is_empty() && inactive.is_empty() {
        writeln!(to, "<p>Every rule that a control names was evaluated.</p>")?;
    }
    if !unknown.is_empty() {
        writeln!(
            to,
            "<h3>{} that no framework knows</h3>\n<p>A control names them, and no classification framework that was read has a rule of that id: it may be misspelt, or its framework was not given.</p>",
            counted(length(&unknown), "rule id", "rule ids")
        )?;
        write_list(to, &unknown)?;
    }
    if !inactive.is_empty() {
        writeln!(
            to,
            "<h3>{} of inactive frameworks</h3>\n<p>These rules are known, but their classification framework is switched off, so nothing was looked for.</p>",
            counted(length(&inactive), "rule", "rules")
        )?;
        write_list(to, &inactive)?;
    }
    write_manual(to, report)?;
    writeln!(to, "</section>")
}

/// Controls that name no rule: there was nothing to evaluate.
fn write_manual(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let manual: Vec<Naming<'_>> = controls(report.rollup)
        .filter(|naming| naming.control.rules.is_empty())
        .collect();
    if manual.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "<h3>{} without rules</h3>\n<p>No rule says whether they hold, so they are unknown: somebody has to assess them by hand.</p>\n<ul>",
        counted(length(&manual), "control", "controls")
    )?;
    for naming in manual.iter().take(MANUAL) {
        write!(to, "<li>")?;
        write_control(to, naming)?;
        writeln!(to, "</li>")?;
    }
    let more = length(manual.get(MANUAL..).unwrap_or_default());
    if more > 0 {
        writeln!(
            to,
            "<li>and {} more, in <code>rollup.parquet</code></li>",
            Grouped(more)
        )?;
    }
    writeln!(to, "</ul>")
}

/// A link to a control, with what it is part of.
fn write_control(to: &mut dyn Write, naming: &Naming<'_>) -> io::Result<()> {
    write!(
        to,
        "<a href=\"#{}\">{}</a> <span class=\"quiet\">({}, {})</span>",
        naming.place,
        Name(&naming.control.name),
        Name(&naming.requirement.name),
        Name(naming.framework)
    )
}

fn write_list(to: &mut dyn Write, entries: &[(usize, &Entry<'_>)]) -> io::Result<()> {
    writeln!(to, "<dl class=\"gaps\">")?;
    for (number, entry) in entries {
        let id = Escaped(&entry.rule.id);
        write!(to, "<div><dt><a href=\"#r{number}\">{id}</a>")?;
        if let Some(known) = &entry.rule.known {
            write!(
                to,
                " <span class=\"quiet\">of {}</span>",
                Name(&known.framework)
            )?;
        }
        write!(to, "</dt><dd>")?;
        write_affected(to, &entry.named_by)?;
        writeln!(to, "</dd></div>")?;
    }
    writeln!(to, "</dl>")
}

fn write_affected(to: &mut dyn Write, named_by: &[Naming<'_>]) -> io::Result<()> {
    write!(
        to,
        "Leaves {} without all its rules: ",
        counted(length(named_by), "control", "controls")
    )?;
    for (at, naming) in named_by.iter().take(CONTROLS).enumerate() {
        let comma = if at > 0 { "; " } else { "" };
        write!(to, "{comma}")?;
        write_control(to, naming)?;
    }
    let more = length(named_by.get(CONTROLS..).unwrap_or_default());
    if more > 0 {
        write!(
            to,
            "; and {} more, in <code>rollup.parquet</code>",
            Grouped(more)
        )?;
    }
    write!(to, ".")
}

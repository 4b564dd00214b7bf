//! A compliance framework: where it stands as a whole and requirement by
//! requirement.

use super::Report;
use super::badge::{Badge, meaning};
use super::control::write_control;
use super::escaped::{Name, Prose};
use super::index::Place;
use super::numbers::{Grouped, counted};
use super::scope::write_coverage;
use super::score::{FORMULAS, write_scores};
use super::sensitivity::write_split;
use super::words::{ColumnWords, FindingWords, RuleWords, status_name};
use crate::rollup::{ByStatus, FrameworkNode, Head, RequirementNode, Status};
use std::io::{self, Write};

/// A framework's section; `f` is its number, from 1.
pub(super) fn write_framework(
    to: &mut dyn Write,
    report: &Report<'_>,
    f: usize,
    framework: &FrameworkNode,
) -> io::Result<()> {
    let head = &framework.head;
    writeln!(
        to,
        "<section id=\"f{f}\" class=\"framework\">\n<h2>{} <small>version {}, handle {}</small></h2>",
        Name(&framework.name),
        Name(&framework.version),
        Name(&framework.handle)
    )?;
    if let Some(description) = &framework.description {
        writeln!(
            to,
            "<p class=\"prose\" dir=\"auto\">{}</p>",
            Prose(description)
        )?;
    }
    writeln!(
        to,
        "<p class=\"verdict\">{} {}</p>",
        Badge::from(head.status),
        meaning(head.status)
    )?;
    write_scores(to, &head.scores, &report.rollup.weights)?;
    write_coverage(to, report, framework)?;
    write_facts(to, framework)?;
    let caption = "Columns with a finding that passes or fails, by their sensitivity";
    write_split(to, &head.columns, caption)?;
    write_requirements(to, f, framework)?;
    writeln!(to, "<div class=\"drill\" data-of=\"controls\">")?;
    for (q, requirement) in (1..).zip(&framework.requirements) {
        write_requirement(to, report, (f, q), requirement)?;
    }
    writeln!(to, "</div>\n</section>")
}

fn write_facts(to: &mut dyn Write, framework: &FrameworkNode) -> io::Result<()> {
    let head = &framework.head;
    writeln!(to, "<dl class=\"facts\">")?;
    write!(to, "<div><dt>Requirements</dt><dd>")?;
    write_by_status(to, |status| head.children.get(status))?;
    write!(to, "</dd></div>\n<div><dt>Controls</dt><dd>")?;
    write_by_status(to, |status| {
        let children = framework.requirements.iter().map(|r| &r.head.children);
        children.map(|children| children.get(status)).sum()
    })?;
    writeln!(
        to,
        "</dd></div>\n<div><dt>Findings</dt><dd>{}</dd></div>\n<div><dt>On</dt><dd>{} in {}</dd></div>\n<div><dt>Rules</dt><dd>{}</dd></div>\n</dl>",
        FindingWords(head.findings),
        ColumnWords(head.columns),
        counted(head.data_sources, "data source", "data sources"),
        RuleWords(head.rules)
    )
}

/// All statuses with their counts, those that are not there as well.
fn write_by_status(to: &mut dyn Write, count: impl Fn(Status) -> u64) -> io::Result<()> {
    write!(to, "<ul class=\"tally\">")?;
    for status in Status::ALL {
        let count = count(status);
        let quiet = if count == 0 { " class=\"zero\"" } else { "" };
        write!(
            to,
            "<li{quiet}>{} {}</li>",
            Grouped(count),
            Badge::from(status)
        )?;
    }
    write!(to, "</ul>")
}

fn write_requirements(to: &mut dyn Write, f: usize, framework: &FrameworkNode) -> io::Result<()> {
    writeln!(
        to,
        "<div class=\"wide\" role=\"group\" aria-label=\"Requirements\" tabindex=\"0\"><table class=\"requirements\" data-sortable>\n<caption>Requirements</caption>\n<thead>\n<tr><td colspan=\"2\"></td><th scope=\"colgroup\" colspan=\"5\">Controls</th><th scope=\"colgroup\" colspan=\"3\">Findings</th><th scope=\"colgroup\" colspan=\"2\">Found on</th></tr>\n<tr><th scope=\"col\">Requirement</th><th scope=\"col\">Status</th>"
    )?;
    for status in Status::ALL {
        write!(
            to,
            "<th scope=\"col\" class=\"n\">{}</th>",
            status_name(status)
        )?;
    }
    for name in ["pass", "fail", "muted", "columns", "data sources"] {
        write!(to, "<th scope=\"col\" class=\"n\">{name}</th>")?;
    }
    writeln!(to, "</tr>\n</thead>\n<tbody>")?;
    for (q, requirement) in (1..).zip(&framework.requirements) {
        let head = &requirement.head;
        write!(
            to,
            "<tr><th scope=\"row\"><a href=\"#f{f}q{q}\">{}</a></th><td>{}</td>",
            Name(&requirement.name),
            Badge::from(head.status)
        )?;
        for count in numbers_of(head) {
            let quiet = if count == 0 { " zero" } else { "" };
            write!(to, "<td class=\"n{quiet}\">{}</td>", Grouped(count))?;
        }
        writeln!(to, "</tr>")?;
    }
    writeln!(to, "</tbody>\n</table></div>")
}

fn numbers_of(head: &Head) -> impl Iterator<Item = u64> {
    let children: ByStatus = head.children;
    let findings = head.findings;
    let by_status = Status::ALL.map(|status| children.get(status));
    by_status.into_iter().chain([
        findings.pass,
        findings.fail,
        findings.muted,
        head.columns.sum(),
        head.data_sources,
    ])
}

fn write_requirement(
    to: &mut dyn Write,
    report: &Report<'_>,
    (f, q): (usize, usize),
    requirement: &RequirementNode,
) -> io::Result<()> {
    let head = &requirement.head;
    writeln!(
        to,
        "<section id=\"f{f}q{q}\" class=\"requirement\">\n<h3>{}</h3>\n<p class=\"verdict\">{} {}</p>\n<dl class=\"facts\">",
        Name(&requirement.name),
        Badge::from(head.status),
        meaning(head.status)
    )?;
    write!(to, "<div><dt>Controls</dt><dd>")?;
    write_by_status(to, |status| head.children.get(status))?;
    write!(to, "</dd></div>\n<div><dt>Scores</dt><dd>")?;
    for (at, formula) in FORMULAS.into_iter().enumerate() {
        let line = if at > 0 { "<br>" } else { "" };
        write!(to, "{line}{}", formula.sentence(&head.scores))?;
    }
    writeln!(
        to,
        "</dd></div>\n<div><dt>Findings</dt><dd>{}</dd></div>\n<div><dt>On</dt><dd>{} in {}</dd></div>\n<div><dt>Rules</dt><dd>{}</dd></div>\n</dl>",
        FindingWords(head.findings),
        ColumnWords(head.columns),
        counted(head.data_sources, "data source", "data sources"),
        RuleWords(head.rules)
    )?;
    for (c, control) in (1..).zip(&requirement.controls) {
        let place = Place {
            framework: f,
            requirement: q,
            control: c,
        };
        write_control(to, report, place, control)?;
    }
    writeln!(to, "</section>")
}

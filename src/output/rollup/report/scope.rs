//! What the page rests on as a whole, and its frameworks at a glance.

use super::Report;
use super::badge::Badge;
use super::escaped::Name;
use super::numbers::{Counted, Grouped, counted, length};
use super::score::FORMULAS;
use crate::rollup::{FrameworkNode, RuleCounts};
use std::io::{self, Write};

pub(super) fn write_scope(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(
        to,
        "<section id=\"scope\">\n<h2>What this rests on</h2>\n<dl class=\"facts\">"
    )?;
    let coverage = &report.rollup.coverage;
    let rules = &coverage.rules;
    let fact = |to: &mut dyn Write, name: &str, value: &str| {
        writeln!(to, "<div><dt>{name}</dt><dd>{value}</dd></div>")
    };
    let evaluated = format!(
        "<strong>{} of {}</strong> that controls name",
        Grouped(rules.evaluated),
        Grouped(rules.referenced)
    );
    fact(to, "Rules evaluated", &evaluated)?;
    fact(to, "Rules fired", &Grouped(rules.fired).to_string())?;
    fact(to, "Columns seen", &Grouped(coverage.columns).to_string())?;
    let sources = Grouped(coverage.data_sources).to_string();
    fact(to, "Data sources seen", &sources)?;
    let inputs = Grouped(length(&report.basis.inputs)).to_string();
    fact(
        to,
        "Inputs",
        &format!("<a href=\"#inputs\">{inputs} read</a>"),
    )?;
    let overrides = format!(
        "<a href=\"#overrides\">{} in force</a>, {} expired",
        Grouped(coverage.overrides),
        Grouped(report.basis.expired)
    );
    fact(to, "Overrides", &overrides)?;
    writeln!(to, "</dl>")?;
    write_not_evaluated(to, rules)?;
    if report.rollup.frameworks.len() > 1 {
        write_glance(to, report)?;
    }
    writeln!(to, "</section>")
}

/// The line that says what a framework's scores rest on.
pub(super) fn write_coverage(
    to: &mut dyn Write,
    report: &Report<'_>,
    framework: &FrameworkNode,
) -> io::Result<()> {
    let rules = &framework.head.rules;
    let coverage = &report.rollup.coverage;
    let inputs: Counted = counted(length(&report.basis.inputs), "input", "inputs");
    writeln!(
        to,
        "<p class=\"coverage\">These scores rest on <strong>{} of {}</strong> referenced {} evaluated, {} in {} seen, {inputs}, and {} in force.</p>",
        Grouped(rules.evaluated),
        Grouped(rules.referenced),
        if rules.referenced == 1 {
            "rule"
        } else {
            "rules"
        },
        counted(coverage.columns, "column", "columns"),
        counted(coverage.data_sources, "data source", "data sources"),
        counted(coverage.overrides, "override", "overrides"),
    )?;
    write_not_evaluated(to, rules)
}

/// Said aloud, if there is anything to say.
fn write_not_evaluated(to: &mut dyn Write, rules: &RuleCounts) -> io::Result<()> {
    let missing = rules.referenced.saturating_sub(rules.evaluated);
    if missing == 0 {
        return Ok(());
    }
    let (was, counts) = if missing == 1 {
        ("was", "It counts")
    } else {
        ("were", "They count")
    };
    writeln!(
        to,
        "<p class=\"notice\"><strong>{} {was} not evaluated.</strong> {counts} as unknown, never as passing: <a href=\"#gaps\">which, and why</a>.</p>",
        counted(missing, "rule", "rules")
    )
}

fn write_glance(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(
        to,
        "<div class=\"wide\" role=\"group\" aria-label=\"Compliance frameworks at a glance\" tabindex=\"0\"><table class=\"glance\">\n<caption>Compliance frameworks at a glance</caption>\n<thead><tr><th scope=\"col\">Framework</th><th scope=\"col\">Status</th>"
    )?;
    for formula in FORMULAS {
        write!(to, "<th scope=\"col\">{}</th>", formula.name)?;
    }
    writeln!(to, "</tr></thead>\n<tbody>")?;
    for (f, framework) in (1..).zip(&report.rollup.frameworks) {
        let head = &framework.head;
        write!(
            to,
            "<tr><th scope=\"row\"><a href=\"#f{f}\">{}</a></th><td>{}</td>",
            Name(&framework.name),
            Badge::from(head.status)
        )?;
        for formula in FORMULAS {
            write!(to, "<td>{}</td>", formula.sentence(&head.scores))?;
        }
        writeln!(to, "</tr>")?;
    }
    writeln!(to, "</tbody>\n</table></div>")
}

//! The rules that controls name, each once, with columns to look at.

use super::Report;
use super::badge::Badge;
use super::escaped::Name;
use super::index::{Entry, Naming};
use super::numbers::{Grouped, counted, length};
use super::words::{ColumnWords, FindingWords};
use crate::rollup::{Sample, Verdict};
use std::io::{self, Write};

/// More controls are counted, not listed.
const NAMINGS: usize = 10;

pub(super) fn write_rules(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(to, "<section id=\"rules\">\n<h2>Rules</h2>")?;
    let entries = report.rules.entries();
    if entries.is_empty() {
        return writeln!(to, "<p>No control names a rule.</p>\n</section>");
    }
    writeln!(
        to,
        "<p>{} named by controls, with what was found and some columns to look at, failing ones first. All findings are in <code>assignments.parquet</code>.</p>\n<div class=\"drill\" data-of=\"rules\">",
        counted(length(entries), "rule is", "rules are")
    )?;
    for (number, entry) in report.rules.iter() {
        write_rule(to, number, entry)?;
    }
    writeln!(to, "</div>\n</section>")
}

fn write_rule(to: &mut dyn Write, number: usize, entry: &Entry<'_>) -> io::Result<()> {
    let rule = entry.rule;
    let head = &rule.head;
    write!(
        to,
        "<section id=\"r{number}\" class=\"rule\">\n<h3>{} {}</h3>\n<p>",
        Badge::from(head.status),
        Name(&rule.id)
    )?;
    match &rule.known {
        None => write!(
            to,
            "No framework knows a rule of this id; it was not evaluated."
        )?,
        Some(known) => {
            write!(
                to,
                "{}, of the framework {}, gives the tag {}",
                Name(&known.name),
                Name(&known.framework),
                Name(&known.classification_tag.to_string())
            )?;
            if known.evaluated {
                write!(to, ". {}", FindingWords(head.findings))?;
                if head.columns.sum() > 0 {
                    write!(
                        to,
                        ", on {} in {}",
                        ColumnWords(head.columns),
                        counted(head.data_sources, "data source", "data sources")
                    )?;
                }
                write!(to, ".")?;
            } else {
                write!(to, ". Not evaluated: that framework is inactive.")?;
            }
        }
    }
    write_namings(to, &entry.named_by)?;
    writeln!(to, "</p>")?;
    write_samples(to, entry)?;
    writeln!(to, "</section>")
}

/// The way back to the controls.
fn write_namings(to: &mut dyn Write, named_by: &[Naming<'_>]) -> io::Result<()> {
    let controls = counted(length(named_by), "control", "controls");
    write!(to, " Named by {controls}: ")?;
    for (at, naming) in named_by.iter().take(NAMINGS).enumerate() {
        let comma = if at > 0 { "; " } else { "" };
        let name = Name(&naming.control.name);
        write!(to, "{comma}<a href=\"#{}\">{name}</a>", naming.place)?;
    }
    let more = length(named_by.get(NAMINGS..).unwrap_or_default());
    if more > 0 {
        write!(to, "; and {} more", Grouped(more))?;
    }
    write!(to, ".")
}

fn write_samples(to: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
    let findings = entry.rule.head.findings;
    let all = findings
        .pass
        .saturating_add(findings.fail)
        .saturating_add(findings.muted);
    if entry.samples.is_empty() {
        return Ok(());
    }
    write!(to, "<dl>")?;
    for verdict in [Verdict::Fail, Verdict::Pass, Verdict::Muted] {
        write_verdict(to, verdict, entry.samples)?;
    }
    write!(to, "</dl>")?;
    let shown = length(entry.samples);
    if shown < all {
        write!(
            to,
            "<p class=\"quiet\">{} of {} shown.</p>",
            Grouped(shown),
            counted(all, "finding", "findings")
        )?;
    }
    Ok(())
}

fn write_verdict(to: &mut dyn Write, verdict: Verdict, samples: &[Sample]) -> io::Result<()> {
    let samples: Vec<&Sample> = samples.iter().filter(|s| s.verdict == verdict).collect();
    if samples.is_empty() {
        return Ok(());
    }
    write!(to, "<dt>{}</dt>", Badge::from(verdict))?;
    for beside in samples.chunk_by(|a, b| a.data_source_id == b.data_source_id) {
        let mut before = "<dd>";
        for sample in beside {
            write!(to, "{before}{}", Name(&sample.column_name))?;
            before = ", ";
        }
        let source = beside.first().map_or("", |sample| &sample.data_source_id);
        write!(to, " in {}</dd>", Name(source))?;
    }
    Ok(())
}

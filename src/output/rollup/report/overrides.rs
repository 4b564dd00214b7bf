//! The overrides in force: what is rejected, by whom, why, and for how long.

use super::escaped::{Escaped, Name, Prose};
use super::numbers::{Grouped, counted, length};
use crate::output::{Basis, OverrideRecord};
use std::io::{self, Write};

/// More are counted, not listed.
const LISTED: usize = 200;

pub(super) fn write_overrides(to: &mut dyn Write, basis: &Basis) -> io::Result<()> {
    let overrides = &basis.overrides;
    writeln!(
        to,
        "<section id=\"overrides\">\n<h2>Overrides in force</h2>\n<p>An override rejects a tag on a column. What it rejects is muted: it counts neither as passing nor as failing. {} expired by {}.</p>",
        expired(basis.expired),
        Escaped(&basis.as_of)
    )?;
    if overrides.is_empty() {
        return writeln!(to, "<p>No override is in force.</p>\n</section>");
    }
    write_without_reason(to, overrides)?;
    writeln!(
        to,
        "<table class=\"overrides\" data-sortable>\n<caption>{} in force</caption>\n<thead><tr><th scope=\"col\">Rejects</th><th scope=\"col\">Because</th><th scope=\"col\">Until</th><th scope=\"col\">Effect</th></tr></thead>\n<tbody>",
        counted(length(overrides), "override", "overrides")
    )?;
    for record in overrides.iter().take(LISTED) {
        write_override(to, record)?;
    }
    writeln!(to, "</tbody>\n</table>")?;
    let more = length(overrides.get(LISTED..).unwrap_or_default());
    if more > 0 {
        writeln!(
            to,
            "<p class=\"notice\"><strong>{} not listed here:</strong> all are in <code>overrides.parquet</code>.</p>",
            counted(more, "more is", "more are")
        )?;
    }
    writeln!(to, "</section>")
}

fn expired(count: u64) -> String {
    match count {
        0 => "No other had".into(),
        _ => format!("{} had", counted(count, "other", "others")),
    }
}

/// Of all of them, listed or not.
fn write_without_reason(to: &mut dyn Write, overrides: &[OverrideRecord]) -> io::Result<()> {
    let without = overrides.iter().filter(|o| given(&o.reason).is_none());
    let without = u64::try_from(without.count()).unwrap_or(u64::MAX);
    if without == 0 {
        return Ok(());
    }
    writeln!(
        to,
        "<p class=\"notice\"><strong>{} of {} {} no reason.</strong></p>",
        Grouped(without),
        counted(length(overrides), "override", "overrides"),
        if without == 1 { "gives" } else { "give" }
    )
}

fn write_override(to: &mut dyn Write, record: &OverrideRecord) -> io::Result<()> {
    let tag = Name(&record.tag_name);
    write!(
        to,
        "<tr><th scope=\"row\">{tag} <span class=\"quiet\">({})</span><br>on {} in {}</th><td>",
        Name(&record.tag_source),
        Name(&record.column_name),
        Name(&record.data_source_id)
    )?;
    match given(&record.reason) {
        Some(reason) => write!(
            to,
            "<span class=\"prose\" dir=\"auto\">{}</span>",
            Prose(reason)
        )?,
        None => write!(to, "<strong class=\"missing\">No reason given</strong>")?,
    }
    match given(&record.owner) {
        Some(owner) => write!(
            to,
            "<br><span class=\"quiet\">Owner:</span> {}",
            Name(owner)
        )?,
        None => write!(to, "<br><span class=\"quiet\">No owner given</span>")?,
    }
    write!(to, "</td><td>")?;
    match given(&record.expires) {
        Some(expires) => write!(to, "{}", Name(expires))?,
        None => write!(to, "no end")?,
    }
    let effect = if record.matched {
        "mutes something"
    } else {
        "rejects nothing that is there"
    };
    writeln!(to, "</td><td>{effect}</td></tr>")
}

/// What says something.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

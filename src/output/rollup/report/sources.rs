//! The data sources to look at first.

use super::escaped::Name;
use super::numbers::{Grouped, per_mille};
use crate::rollup::{Ratio, WorstSource};
use std::io::{self, Write};

pub(super) fn write_sources(to: &mut dyn Write, worst: &[WorstSource]) -> io::Result<()> {
    writeln!(
        to,
        "<section id=\"sources\">\n<h2>Data sources with most failing findings</h2>"
    )?;
    if worst.is_empty() {
        return writeln!(to, "<p>No finding fails.</p>\n</section>");
    }
    writeln!(
        to,
        "<table class=\"ranked\" data-sortable>\n<caption>Failing findings of rules that some control names</caption>\n<thead><tr><th scope=\"col\">Data source</th><th scope=\"col\" class=\"n\">Failing</th><td></td><th scope=\"col\" class=\"n\">Columns</th></tr></thead>\n<tbody>"
    )?;
    let most = worst.iter().map(|source| source.fail).max();
    for source in worst {
        let share = per_mille(Ratio {
            numerator: source.fail,
            denominator: most.unwrap_or_default(),
        });
        writeln!(
            to,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"meter\"><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"bad\" width=\"{}\" height=\"10\"/></svg></td><td class=\"n\">{}</td></tr>",
            Name(&source.data_source_id),
            Grouped(source.fail),
            share.unwrap_or_default(),
            Grouped(source.columns)
        )?;
    }
    writeln!(to, "</tbody>\n</table>\n</section>")
}

//! Columns by sensitivity: a bar for the eye, a table for the numbers.

use super::numbers::{Grouped, Percent, per_mille};
use super::words::{ColumnWords, level_name};
use crate::rollup::{BySensitivity, Examples, Ratio};
use std::io::{self, Write};

pub(super) fn write_sensitivity(to: &mut dyn Write, examples: &Examples) -> io::Result<()> {
    writeln!(
        to,
        "<section id=\"sensitivity\">\n<h2>Sensitivity</h2>\n<p>All columns of the catalog that bear a classification tag which no override rejects. A column is as sensitive as the most sensitive of its tags.</p>"
    )?;
    write_split(to, &examples.columns, "Classified columns by sensitivity")?;
    writeln!(to, "</section>")
}

/// A bar and a table of columns by sensitivity.
pub(super) fn write_split(
    to: &mut dyn Write,
    columns: &BySensitivity,
    caption: &str,
) -> io::Result<()> {
    if columns.sum() == 0 {
        return writeln!(to, "<p>{caption}: there is none.</p>");
    }
    writeln!(to, "<table class=\"split\">\n<caption>{caption}")?;
    write_bar(to, columns)?;
    writeln!(
        to,
        "</caption>\n<thead><tr><th scope=\"col\">Sensitivity</th><th scope=\"col\" class=\"n\">Columns</th><th scope=\"col\" class=\"n\">Share</th></tr></thead>\n<tbody>"
    )?;
    for level in BySensitivity::LEVELS {
        let share = Ratio {
            numerator: columns.get(level),
            denominator: columns.sum(),
        };
        let value = level.map_or(String::new(), |level| format!(" ({level})"));
        writeln!(
            to,
            "<tr><th scope=\"row\"><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" height=\"10\"/></svg> {}{value}</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            class(level),
            level_name(level),
            Grouped(share.numerator),
            Percent(share)
        )?;
    }
    writeln!(to, "</tbody>\n</table>")
}

/// Segments in the order of the table, a gap between them.
fn write_bar(to: &mut dyn Write, columns: &BySensitivity) -> io::Result<()> {
    write!(
        to,
        "<svg class=\"bar\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\">",
        ColumnWords(*columns)
    )?;
    let mut before = 0;
    for level in BySensitivity::LEVELS {
        let count = columns.get(level);
        let end = place(before + count, columns.sum());
        let start = place(before, columns.sum());
        if count > 0 {
            write!(
                to,
                "<rect class=\"{}\" x=\"{start}\" width=\"{}\" height=\"20\"/>",
                class(level),
                // What is there is seen, however small its share.
                end.saturating_sub(start + 2).max(2)
            )?;
        }
        before += count;
    }
    writeln!(to, "</svg>")
}

fn place(numerator: u64, denominator: u64) -> u64 {
    let ratio = Ratio {
        numerator,
        denominator,
    };
    per_mille(ratio).unwrap_or_default()
}

fn class(level: Option<u8>) -> &'static str {
    match level {
        Some(2..) => "s2",
        Some(1) => "s1",
        Some(0) => "s0",
        None => "sn",
    }
}

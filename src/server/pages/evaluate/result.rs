//! What a catalog comes to, column by column.

use crate::framework::{Framework, Rule};
use crate::output::rollup::report::escaped::{Escaped, Name};
use crate::output::rollup::report::numbers::{Grouped, counted, length};
use crate::output::rollup::report::words::level_name;
use crate::pipeline::{Evaluation, Row};
use crate::server::pages::markup::Markup;
use crate::server::pages::sentence::{Marked, Sentence};
use std::collections::BTreeMap;

/// Rows that are told; the rest is counted.
const MOST: u64 = 1000;

/// The result as sections of the page.
pub(super) fn told(evaluation: &Evaluation, frameworks: &[Framework]) -> Markup {
    let mut rows = evaluation.rows().peekable();
    let mut reasons = Reasons::default();
    let (mut table, mut seen) = (Markup::default(), Seen::default());
    for (source, column, sensitivity) in evaluation.sensitivities() {
        let is_here = |row: &Row<'_>| row.data_source == source && row.column == column;
        let mut found = Vec::new();
        while let Some(row) = rows.next_if(is_here) {
            found.push(row);
        }
        seen.columns += 1;
        seen.tagged += u64::from(found.iter().any(|row| !row.rules.is_empty()));
        if seen.rows < MOST {
            write_column(
                &mut table,
                (&source.to_string(), column, sensitivity),
                &found,
                &mut reasons,
            );
            seen.told += 1;
        }
        seen.rows += length(&found).max(1);
    }
    let mut main = Markup::default();
    write!(main, "<section id=\"result\">\n<h2>Result</h2>\n");
    write_summary(&mut main, &seen, frameworks);
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Columns\" tabindex=\"0\"><table class=\"result\">\n<thead>\n<tr><th scope=\"col\">Column</th><th scope=\"col\">Sensitivity</th><th scope=\"col\">Tag by rule</th><th scope=\"col\">In the catalog</th><th scope=\"col\">Why</th></tr>\n</thead>\n{table}</table></div>\n"
    );
    if seen.told < seen.columns {
        let more = counted(seen.columns - seen.told, "more column", "more columns");
        writeln!(
            main,
            "<p class=\"quiet\">And {more}: programs get all of them from <code>POST /evaluate</code>.</p>"
        );
    }
    writeln!(main, "</section>");
    reasons.write(&mut main, frameworks);
    main
}

/// What was counted on the way.
#[derive(Debug, Default)]
struct Seen {
    columns: u64,
    tagged: u64,
    rows: u64,
    told: u64,
}

fn write_summary(main: &mut Markup, seen: &Seen, frameworks: &[Framework]) {
    let active = frameworks
        .iter()
        .filter(|framework| framework.active)
        .count() as u64;
    if active == 0 {
        writeln!(
            main,
            "<p class=\"notice\">No framework is active, so there is no rule that could say anything.</p>"
        );
    }
    writeln!(
        main,
        "<p>Rules of {} say something of {} of {}.</p>",
        counted(active, "active framework", "active frameworks"),
        Grouped(seen.tagged),
        counted(seen.columns, "column", "columns")
    );
}

/// A column is a group of rows, one for each of its tags.
fn write_column<'r>(
    table: &mut Markup,
    (source, column, sensitivity): (&str, &str, Option<u8>),
    found: &[Row<'r>],
    reasons: &mut Reasons<'r>,
) {
    let rows = found.len().max(1);
    write!(
        table,
        "<tbody>\n<tr><th scope=\"rowgroup\" rowspan=\"{rows}\"><span class=\"quiet\">{}.</span>{}</th>",
        Name(source),
        Name(column)
    );
    write!(
        table,
        "<td rowspan=\"{rows}\">{}</td>",
        level_name(sensitivity)
    );
    if found.is_empty() {
        writeln!(
            table,
            "<td class=\"quiet\" colspan=\"3\">No rule says anything of it.</td></tr>"
        );
    }
    for (at, row) in found.iter().enumerate() {
        if at > 0 {
            write!(table, "<tr>");
        }
        write!(
            table,
            "<td>{} <br><span class=\"quiet\">{}</span></td>",
            Marked(row.tag),
            level_name(row.sensitivity)
        );
        write!(table, "<td>{}</td><td>", recorded(row.state.as_str()));
        if row.rules.is_empty() {
            write!(table, "<span class=\"quiet\">No rule gives it.</span>");
        }
        for (at, rule) in row.rules.iter().enumerate() {
            let line = if at > 0 { "<br>" } else { "" };
            write!(
                table,
                "{line}<a href=\"#why{}\"><code>{}</code></a>",
                reasons.number(rule),
                Name(rule)
            );
        }
        writeln!(table, "</td></tr>");
    }
    writeln!(table, "</tbody>");
}

/// What a state means, in two words.
fn recorded(state: &str) -> String {
    match state {
        "new" => "Not yet".into(),
        "recorded" => "Recorded".into(),
        "stale" => "Stale".into(),
        other => Escaped(other).to_string(),
    }
}

/// The rules that gave something, numbered in the order in which they come.
#[derive(Debug, Default)]
struct Reasons<'r> {
    numbers: BTreeMap<&'r str, usize>,
    order: Vec<&'r str>,
}

impl<'r> Reasons<'r> {
    fn number(&mut self, id: &'r str) -> usize {
        let next = self.order.len() + 1;
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.order.push(id);
        }
        number
    }

    /// Each as its sentence.
    fn write(&self, main: &mut Markup, frameworks: &[Framework]) {
        if self.order.is_empty() {
            return;
        }
        let active = frameworks.iter().filter(|framework| framework.active);
        let rules = active.flat_map(|of| of.rules.iter().map(move |rule| (&*rule.id, (of, rule))));
        let rules: BTreeMap<&str, (&Framework, &Rule)> = rules.collect();
        write!(main, "<section>\n<h2>Why</h2>\n");
        for (number, id) in (1..).zip(&self.order) {
            writeln!(main, "<article class=\"rule\" id=\"why{number}\">");
            if let Some((framework, rule)) = rules.get(id) {
                write!(
                    main,
                    "<h3>{} <code>{}</code></h3>\n<p>{}</p>\n",
                    Name(&rule.name),
                    Name(id),
                    Sentence(rule)
                );
                if let Some(home) = &framework.id {
                    writeln!(
                        main,
                        "<p class=\"quiet\">A rule of <a href=\"/view/frameworks/{}\">{}</a></p>",
                        Escaped(home),
                        Name(&framework.name)
                    );
                }
            }
            writeln!(main, "</article>");
        }
        writeln!(main, "</section>");
    }
}

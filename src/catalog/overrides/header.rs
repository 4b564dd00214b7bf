//! Headers of CSV that mean the columns of overrides and say so otherwise.

use super::Place;
use super::row::FIELDS;
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use csv::StringRecord;
use std::sync::Arc;

/// What other programs put between fields, and how it is called.
const SEPARATORS: [(char, &str); 3] = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars (`|`)")];

/// The name of the column that is meant, if one is.
fn meant(written: &str) -> Option<&'static str> {
    let is_blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0');
    let plain = written.trim_matches(|c: char| is_blank(c) || matches!(c, '"' | '\''));
    let plain = plain.to_lowercase().replace([' ', '-'], "_");
    let mut names = FIELDS.iter().map(|(name, _)| *name);
    names.find(|name| *name == plain)
}

/// How many columns are meant by the parts of a line.
fn columns_in(line: &str, separator: char) -> usize {
    let parts = line.split(separator);
    parts.filter(|part| meant(part).is_some()).count()
}

/// What is wrong with a document whose fields are not separated by commas.
pub(super) fn foreign(source: &Arc<Source>) -> Option<Diagnostic> {
    let text = source.text();
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\r', '\n']))
    });
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let (mut start, mut line) = lines.next()?;
    let said = separator_of(line.trim());
    if said.is_some() {
        (start, line) = lines.next()?;
    }
    let by_comma = columns_in(line, ',');
    let wrapped = is_one_field(line) && by_comma > 1;
    let separated = SEPARATORS.into_iter().find(|(separator, _)| {
        let said = said == Some(*separator);
        let by_other = columns_in(line, *separator);
        by_other > by_comma.max(1) || said && by_other >= by_comma
    });
    let message = match separated {
        Some((_, how)) => {
            format!(
                "fields are separated by {how} and not by commas: the header is {}",
                quoted(line)
            )
        }
        None if wrapped => format!(
            "every line is one field in quotes: the header is {}",
            quoted(line)
        ),
        None => return None,
    };
    let finding = Diagnostic::error(Code::Syntax, message);
    let help = match wrapped && separated.is_none() {
        true => "take the quotes around whole lines away",
        false => {
            "save the file with commas between the fields, and fields with a comma in them in quotes"
        }
    };
    Some(
        finding
            .at(source, start..start + line.len(), "")
            .with_help(help),
    )
}

/// Whether a line is one quoted field.
fn is_one_field(line: &str) -> bool {
    let inner = line
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.replace("\"\"", "").contains('"'))
}

/// The separator that a line `sep=;` announces, as spreadsheets write and read it.
fn separator_of(line: &str) -> Option<char> {
    let line = line.trim_matches('"');
    let (key, value) = line.split_at_checked(4)?;
    let mut value = value.chars();
    let separator = value.next().unwrap_or('\t');
    (key.eq_ignore_ascii_case("sep=") && value.next().is_none()).then_some(separator)
}

/// Whether a record is the line `sep=,`, which announces what is expected anyway.
pub(super) fn is_separator_line(record: &StringRecord) -> bool {
    let fields: Vec<&str> = record.iter().collect();
    let text = fields.join(",");
    separator_of(text.trim()) == Some(',')
}

/// The columns of a header that are spelt otherwise than they are called.
pub(super) struct Misspelt(Vec<(usize, String, &'static str)>);

impl Misspelt {
    /// Looks for such columns.
    pub(super) fn of(header: &StringRecord) -> Self {
        let named = |name: &str| header.iter().any(|written| written == name);
        let columns = header.iter().enumerate().filter_map(|(at, written)| {
            let name = meant(written).filter(|name| *name != written && !named(name))?;
            Some((at, written.to_owned(), name))
        });
        let all: Vec<_> = columns.collect();
        let mut seen = Vec::new();
        let distinct = all.iter().all(|(_, _, name)| {
            let new = !seen.contains(name);
            seen.push(*name);
            new
        });
        Misspelt(match distinct {
            true => all,
            false => Vec::new(),
        })
    }

    /// Whether a column of the header is in the [error about several](Self::fault).
    pub(super) fn has(&self, at: usize) -> bool {
        self.0.len() > 1 && self.0.iter().any(|(place, _, _)| *place == at)
    }

    /// Whether one of them means this column of ours.
    pub(super) fn means(&self, ours: &str) -> bool {
        self.0.iter().any(|(_, _, name)| *name == ours)
    }

    /// The one error about several of them.
    pub(super) fn fault(&self, place: &Place) -> Option<Diagnostic> {
        if self.0.len() < 2 {
            return None;
        }
        let written: Vec<String> = self
            .0
            .iter()
            .map(|(_, w, _)| quoted(w).to_string())
            .collect();
        let names: Vec<String> = self.0.iter().map(|(_, _, n)| format!("`{n}`")).collect();
        let message = format!("unknown columns {}", written.join(", "));
        let help = format!(
            "write {}: in lower case, with underscores, and without blanks around them",
            names.join(", ")
        );
        Some(
            place
                .error(Code::UnknownField, None, message)
                .with_help(help),
        )
    }
}

//! Overrides out of CSV: a header, then a row each.

use super::read::{Found, nearest_field};
use super::row::{Cell, FIELDS, Row, Value};
use super::{Override, Place, header};
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use csv::{ReaderBuilder, StringRecord, Trim};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Reads a document; rows with a fault are findings.
pub(super) fn read(source: &Arc<Source>, found: &mut Found) {
    let text = source.text();
    if let Some(fault) = header::foreign(source) {
        return found.fault(fault);
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        // Rows of another length are told with their place, and others are read on.
        .flexible(true)
        .trim(Trim::None)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut header = None;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let message = format!("{} is broken: {error}", quoted(source.name()));
                found.fault(Diagnostic::error(Code::BrokenFile, message));
                return;
            }
        }
        let start = record.position().map_or(0, |position| position.byte());
        let span = span(text, start..reader.position().byte());
        let fields = match fields(text, span.clone()) {
            Ok(fields) if fields.len() == record.len() => fields,
            Ok(_) => vec![span.clone(); record.len()],
            Err(fault) => {
                // What follows may be part of it, so no row after it can be trusted.
                found.fault(fault.told(source));
                return;
            }
        };
        let line = Line {
            source,
            span,
            fields,
            record: &record,
        };
        let Some(header) = &header else {
            if header::is_separator_line(&record) {
                continue;
            }
            let Some(places) = line.header(found) else {
                return;
            };
            header = Some((places, record.len()));
            continue;
        };
        found.row(|findings| line.row(header, findings));
    }
}

/// A record, and where it stands.
struct Line<'a> {
    source: &'a Arc<Source>,
    span: Range<usize>,
    fields: Vec<Range<usize>>,
    record: &'a StringRecord,
}

impl Line<'_> {
    fn place(&self) -> Place {
        Place::of_text(self.source, self.span.clone(), String::new())
    }

    /// Per field of ours: its place in the records. `None`: rows cannot be read.
    fn header(&self, found: &mut Found) -> Option<[Option<usize>; FIELDS.len()]> {
        let mut places = [None; FIELDS.len()];
        let mut sound = true;
        let misspelt = header::Misspelt::of(self.record);
        if let Some(fault) = misspelt.fault(&self.place()) {
            found.fault(fault);
        }
        for (at, name) in self.record.iter().enumerate() {
            let span = self.fields.get(at).cloned().map(|span| (span, ""));
            match FIELDS.iter().position(|(ours, _)| *ours == name) {
                None if misspelt.has(at) => {}
                None => {
                    let message = format!("unknown column {}", quoted(name));
                    let finding = self.place().error(Code::UnknownField, span, message);
                    found.fault(finding.with_help(nearest_field(name)));
                }
                Some(ours) if places[ours].is_some() => {
                    let message = format!("column `{name}` is there twice");
                    found.fault(self.place().error(Code::DuplicateKey, span, message));
                    sound = false;
                }
                Some(ours) => places[ours] = Some(at),
            }
        }
        for ((name, required), place) in FIELDS.iter().zip(&places) {
            if *required && place.is_none() && misspelt.means(name) {
                sound = false;
            } else if *required && place.is_none() {
                let message = format!("column `{name}` is missing");
                let finding = self.place().error(Code::MissingField, None, message);
                let help = format!("the first line names the columns; `{name}` has to be one");
                found.fault(finding.with_help(help));
                sound = false;
            }
        }
        sound.then_some(places)
    }

    fn row(
        &self,
        (places, length): &([Option<usize>; FIELDS.len()], usize),
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Override> {
        if self.record.len() != *length {
            let message = format!(
                "the row has {} where the header has {length}",
                match self.record.len() {
                    1 => "1 field".to_owned(),
                    other => format!("{other} fields"),
                }
            );
            let finding = self.place().error(Code::BadRow, None, message);
            findings.push(finding.with_help("put a field with a comma in it into quotes"));
            return None;
        }
        let cell = |place: &Option<usize>| {
            let Some(at) = *place else {
                return Cell::default();
            };
            Cell {
                value: match self.record.get(at) {
                    Some(text) => Value::Text(Cow::Borrowed(text)),
                    None => Value::Missing,
                },
                span: self.fields.get(at).cloned(),
            }
        };
        let cells = std::array::from_fn(|field| cell(&places[field]));
        let place = self.place();
        Row { cells, place }.check(findings)
    }
}

/// A record's text without the line ends around it.
fn span(text: &str, bytes: Range<u64>) -> Range<usize> {
    let end = usize::try_from(bytes.end).map_or(text.len(), |end| end.min(text.len()));
    let start = usize::try_from(bytes.start).map_or(end, |start| start.min(end));
    let is_break = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
    let record = text.as_bytes().get(start..end).unwrap_or_default();
    let before = record.iter().take_while(is_break).count();
    let after = record.iter().rev().take_while(is_break).count();
    start + before..end.max(start + before + after) - after
}

/// Quotes that do not come in pairs: the reader would take what follows for
/// one long field, and its rows would be gone.
struct Unpaired {
    at: usize,
    message: &'static str,
}

impl Unpaired {
    fn told(&self, source: &Arc<Source>) -> Diagnostic {
        let at = self.at..(self.at + 1).min(source.text().len()).max(self.at);
        let finding = Diagnostic::error(Code::Syntax, self.message).at(source, at, "");
        finding.with_help("put the field into quotes, and write a quote in it twice")
    }
}

/// Where the fields of a record stand.
fn fields(text: &str, record: Range<usize>) -> Result<Vec<Range<usize>>, Unpaired> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let mut start = record.start;
    loop {
        let end = match bytes.get(start) {
            Some(b'"') if start < record.end => quoted_end(bytes, start, record.end)?,
            _ => {
                let rest = bytes.get(start..record.end).unwrap_or_default();
                start + rest.iter().take_while(|byte| **byte != b',').count()
            }
        };
        fields.push(start..end);
        if end >= record.end {
            return Ok(fields);
        }
        start = end + 1;
    }
}

/// Where a field that begins with a quote ends: before a comma, or with the record.
fn quoted_end(bytes: &[u8], start: usize, end: usize) -> Result<usize, Unpaired> {
    let mut at = start + 1;
    while at < end {
        if bytes.get(at) != Some(&b'"') {
            at += 1;
        } else if at + 1 < end && bytes.get(at + 1) == Some(&b'"') {
            at += 2;
        } else if at + 1 >= end || bytes.get(at + 1) == Some(&b',') {
            return Ok(at + 1);
        } else {
            return Err(Unpaired {
                at: at + 1,
                message: "text after the closing quote of a field",
            });
        }
    }
    Err(Unpaired {
        at: start,
        message: "a field begins with a quote that is never closed",
    })
}

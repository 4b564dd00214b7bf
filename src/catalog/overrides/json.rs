//! Overrides out of JSON: a list of objects, bare or in an envelope, or one a line.

use super::read::{Found, nearest_field, offset};
use super::row::{Cell, FIELDS, ID, Row, Value};
use super::{Override, Place};
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The envelope's one field.
const ENVELOPE: &str = "overrides";

/// Reads `[…]` or `{"overrides": […]}`.
pub(super) fn read(source: &Arc<Source>, found: &mut Found) {
    let document = Document { source };
    // All of it is looked at before any of it is believed.
    let whole = match serde_json::from_str::<&RawValue>(source.text()) {
        Ok(whole) => whole.get(),
        Err(error) => {
            let fault = document.syntax(0..source.text().len(), &error);
            let first = source
                .text()
                .trim_start()
                .lines()
                .next()
                .unwrap_or_default();
            let is_object = |text: &str| {
                text.starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
            };
            return found.fault(match is_object(first) {
                true => fault.with_help("a file with an object a line is called `.ndjson`"),
                false => fault,
            });
        }
    };
    if whole.starts_with('{') {
        document.envelope(whole, found);
    } else {
        document.list(whole, "", found);
    }
}

/// Reads an object a line; empty lines are passed over.
pub(super) fn read_lines(source: &Arc<Source>, found: &mut Found) {
    let document = Document { source };
    let first = source.text().trim_start();
    if first.starts_with('[') {
        let message = "this is a list, and not an object a line".to_owned();
        let finding = document.fault(Code::WrongType, &first[..1], "", message);
        return found.fault(finding.with_help("give the file the ending `.json`"));
    }
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let row = line.trim_end();
        let span = start..start + row.len();
        start += line.len();
        if row.is_empty() {
            continue;
        }
        found.row(|findings| match serde_json::from_str::<&RawValue>(row) {
            Ok(object) => document.row(object.get(), String::new(), findings),
            Err(error) => {
                findings.push(document.syntax(span, &error));
                None
            }
        });
    }
}

struct Document<'a> {
    source: &'a Arc<Source>,
}

impl<'a> Document<'a> {
    fn span(&self, part: &str) -> Range<usize> {
        let start = offset(self.source.text(), part);
        start..start + part.len()
    }

    fn fault(&self, code: Code, part: &str, pointer: &str, message: String) -> Diagnostic {
        Diagnostic::error(code, message).at(self.source, self.span(part), pointer)
    }

    /// What is wrong with the part of the text that was read as JSON.
    fn syntax(&self, part: Range<usize>, error: &serde_json::Error) -> Diagnostic {
        let text = self.source.text().get(part.clone()).unwrap_or_default();
        let before = text.split_inclusive('\n').map(str::len);
        let line: usize = before.take(error.line().saturating_sub(1)).sum();
        let mut at = (part.start + line + error.column().saturating_sub(1)).min(part.end);
        while !self.source.text().is_char_boundary(at) {
            at -= 1;
        }
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        Diagnostic::error(Code::Syntax, format!("this is no JSON: {said}")).at(
            self.source,
            at..at,
            "",
        )
    }

    fn envelope(&self, whole: &'a str, found: &mut Found) {
        let names: Vec<_> = members(whole).iter().map(|(name, _)| text(name)).collect();
        let has = |name: &str| names.iter().any(|found| found.as_deref() == Some(name));
        if !has(ENVELOPE) && FIELDS.iter().filter(|(name, _)| has(name)).count() > 1 {
            let message = "this is one override, and not a list of overrides".to_owned();
            let finding = self.fault(Code::WrongType, whole, "", message);
            return found.fault(finding.with_help("write `[` before it and `]` behind it"));
        }
        let mut list = None;
        for (name, value) in members(whole) {
            let (written, key) = (text(name), name.get());
            match written.as_deref() {
                Some(ENVELOPE) if list.is_none() => list = Some(value.get()),
                Some(ENVELOPE) => {
                    let message = format!("field `{ENVELOPE}` is there twice");
                    found.fault(self.fault(Code::DuplicateKey, key, "", message));
                }
                written => {
                    let message = format!("unknown field {}", quoted(written.unwrap_or(key)));
                    let finding = self.fault(Code::UnknownField, key, "", message);
                    let help = format!("write a list of overrides, or `{{\"{ENVELOPE}\": […]}}`");
                    found.fault(finding.with_help(help));
                }
            }
        }
        match list {
            Some(list) => self.list(list, &format!("/{ENVELOPE}"), found),
            None => {
                let message = format!("field `{ENVELOPE}` is missing");
                let finding = self.fault(Code::MissingField, whole, "", message);
                let help = format!("write a list of overrides, or `{{\"{ENVELOPE}\": […]}}`");
                found.fault(finding.with_help(help));
            }
        }
    }

    fn list(&self, list: &'a str, pointer: &str, found: &mut Found) {
        // Go and .NET write a list that was never filled as `null`.
        if list == "null" && !pointer.is_empty() {
            return;
        }
        let Ok(rows) = serde_json::from_str::<Vec<&RawValue>>(list) else {
            let message = format!("overrides are a list, not {}", kind(list));
            return found.fault(self.fault(Code::WrongType, list, pointer, message));
        };
        for (number, row) in rows.into_iter().enumerate() {
            let pointer = format!("{pointer}/{number}");
            found.row(|findings| self.row(row.get(), pointer, findings));
        }
    }

    fn row(
        &self,
        object: &'a str,
        pointer: String,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Override> {
        if !object.starts_with('{') {
            let message = format!("an override is an object, not {}", kind(object));
            findings.push(self.fault(Code::WrongType, object, &pointer, message));
            return None;
        }
        let before = findings.len();
        let mut cells: [Option<Cell<'a>>; FIELDS.len()] = Default::default();
        for (name, value) in members(object) {
            let written = text(name);
            let written = written.as_deref().unwrap_or(name.get());
            let Some(field) = FIELDS.iter().position(|(ours, _)| *ours == written) else {
                let message = format!("unknown field {}", quoted(written));
                let finding = self.fault(Code::UnknownField, name.get(), &pointer, message);
                findings.push(finding.with_help(nearest_field(written)));
                continue;
            };
            if cells[field].is_some() {
                let message = format!("field `{written}` is there twice");
                findings.push(self.fault(Code::DuplicateKey, name.get(), &pointer, message));
                continue;
            }
            cells[field] = Some(Cell {
                value: read_value(field, value),
                span: Some(self.span(value.get())),
            });
        }
        let row = Row {
            cells: cells.map(Option::unwrap_or_default),
            place: Place::of_text(self.source, self.span(object), pointer),
        };
        let sound = row.check(findings);
        sound.filter(|_| findings.len() == before)
    }
}

fn read_value(field: usize, value: &RawValue) -> Value<'_> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'n') => Value::Missing,
        Some(b'"') => match text(value) {
            Some(text) => Value::Text(text),
            None => Value::Wrong("text with a character that there is not"),
        },
        Some(b'-' | b'0'..=b'9') if field == ID => match whole_number(raw) {
            Some(text) => Value::Text(text.into()),
            None => Value::Wrong("a number that no id can be"),
        },
        _ => Value::Wrong(kind(raw)),
    }
}

/// An integer as it is written without need.
fn whole_number(raw: &str) -> Option<String> {
    let signed = raw.parse::<i64>().map(|number| number.to_string());
    let unsigned = || raw.parse::<u64>().map(|number| number.to_string());
    signed.or_else(|_| unsigned()).ok()
}

fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<String>(value.get())
        .ok()
        .map(Cow::Owned)
}

fn kind(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "a truth value",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The fields of an object that is known to be one, in their order and as
/// often as they are there.
fn members(object: &str) -> Vec<(&RawValue, &RawValue)> {
    let members = serde_json::from_str::<Members<'_>>(object);
    members.map(|members| members.0).unwrap_or_default()
}

struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

//! A small catalog, a column a line: `customers.email: Email, PII`.
//!
//! Lines become the JSON that programs send, so that there is one reader of
//! catalogs and one set of messages; what it finds is told with the line.

use crate::diagnostic::quoted;
use crate::tag::{CURATED, Tag};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A catalog as JSON, and from which line each part of it came.
#[derive(Debug, Default)]
pub(super) struct Typed {
    sources: Vec<Source>,
    /// Where each is, by its id.
    places: BTreeMap<String, usize>,
}

#[derive(Debug, Default)]
struct Source {
    id: String,
    /// The line that named it first.
    line: usize,
    tags: Vec<(usize, Tag)>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    line: usize,
    tags: Vec<Tag>,
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// From 1.
    pub(super) line: usize,
    pub(super) message: String,
}

/// Reads lines. Empty ones, and those that begin with `#`, say nothing.
///
/// # Errors
///
/// Everything that is wrong with them.
pub(super) fn read(text: &str) -> Result<Typed, Vec<Wrong>> {
    let mut typed = Typed::default();
    let mut wrong = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Err(message) = typed.take(line, text) {
            wrong.push(Wrong { line, message });
        }
    }
    if wrong.is_empty() {
        Ok(typed)
    } else {
        Err(wrong)
    }
}

impl Typed {
    fn take(&mut self, line: usize, text: &str) -> Result<(), String> {
        let halves = text
            .split_once(": ")
            .or_else(|| Some((text.strip_suffix(':')?, "")));
        let (place, tags) = halves.ok_or_else(|| {
            format!(
                "{} has no colon: write `SOURCE.COLUMN: TAG, TAG`",
                quoted(text)
            )
        })?;
        let parts = place.trim().rsplit_once('.');
        let (id, column) = parts.filter(|(id, column)| !id.is_empty() && !column.is_empty()).ok_or_else(|| {
            format!("{} is no column of a data source: write `SOURCE.COLUMN`, or `SOURCE.*` for the data source itself", quoted(place.trim()))
        })?;
        let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let tags: Vec<Tag> = tags.map(tag).collect();
        let place = *self
            .places
            .entry(id.to_owned())
            .or_insert(self.sources.len());
        if place == self.sources.len() {
            self.sources.push(Source {
                id: id.to_owned(),
                line,
                ..Source::default()
            });
        }
        let Some(source) = self.sources.get_mut(place) else {
            return Ok(());
        };
        match column {
            "*" => source.tags.extend(tags.into_iter().map(|tag| (line, tag))),
            name => source.columns.push(Column {
                name: name.to_owned(),
                line,
                tags,
            }),
        }
        Ok(())
    }

    /// What programs send.
    pub(super) fn json(&self) -> Value {
        let tag = |tag: &Tag| json!({"name": tag.name, "source": tag.source});
        let column = |column: &Column| {
            let tags: Vec<Value> = column.tags.iter().map(tag).collect();
            json!({"name": column.name, "tags": tags})
        };
        let source = |source: &Source| {
            let tags: Vec<Value> = source.tags.iter().map(|(_, of)| tag(of)).collect();
            let columns: Vec<Value> = source.columns.iter().map(column).collect();
            json!({"id": source.id, "tags": tags, "columns": columns})
        };
        json!({"data_sources": self.sources.iter().map(source).collect::<Vec<_>>()})
    }

    /// The line from which what a JSON pointer points at came.
    pub(super) fn line(&self, pointer: &str) -> Option<usize> {
        let mut parts = pointer.strip_prefix("/data_sources/")?.split('/');
        let source = self.sources.get(parts.next()?.parse::<usize>().ok()?)?;
        let below = parts.next();
        let place = parts.next().and_then(|place| place.parse::<usize>().ok());
        let line = match (below, place) {
            (Some("tags"), Some(place)) => source.tags.get(place).map(|(line, _)| *line),
            (Some("columns"), Some(place)) => source.columns.get(place).map(|column| column.line),
            _ => None,
        };
        line.or(Some(source.line))
    }
}

/// `Email`, or `Customer Email (from collibra)`.
fn tag(text: &str) -> Tag {
    let named = text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once(" (from "));
    match named {
        Some((name, source)) => Tag::new(source.trim(), name.trim()),
        None => Tag::new(CURATED, text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Wrong, read};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn columns_and_data_sources_bear_tags() {
        let text = "# what we have\ncrm.customers.email: Email, Customer Email (from collibra)\n\n\
                    crm.customers.*: Customer\r\ncrm.customers.id:\nlogs.line: A: b\n";
        let typed = read(text).unwrap();
        assert_eq!(
            typed.json(),
            json!({"data_sources": [
                {"id": "crm.customers", "tags": [{"name": "Customer", "source": "curated"}], "columns": [
                    {"name": "email", "tags": [{"name": "Email", "source": "curated"},
                                               {"name": "Customer Email", "source": "collibra"}]},
                    {"name": "id", "tags": []},
                ]},
                {"id": "logs", "tags": [], "columns": [
                    {"name": "line", "tags": [{"name": "A: b", "source": "curated"}]},
                ]},
            ]})
        );
        for (pointer, line) in [
            ("/data_sources/0", Some(2)),
            ("/data_sources/0/tags/0/name", Some(4)),
            ("/data_sources/0/columns/1", Some(5)),
            ("/data_sources/1/columns/0/tags/0", Some(6)),
            ("/data_sources/2", None),
            ("", None),
        ] {
            assert_eq!(typed.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn every_wrong_line_is_told() {
        let wrong = read("a.b: C\nnothing\nemail: Email\n.x: A\nx.: A").unwrap_err();
        let lines: Vec<usize> = wrong.iter().map(|Wrong { line, .. }| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
        assert!(wrong[0].message.starts_with("`nothing` has no colon"));
        assert!(
            wrong[1]
                .message
                .starts_with("`email` is no column of a data source")
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_breaks(text in "([a-c.*:, #()\n]|from ){0,60}") {
            if let Ok(typed) = read(&text) {
                let json = typed.json();
                for (at, source) in json["data_sources"].as_array().unwrap().iter().enumerate() {
                    let columns = source["columns"].as_array().unwrap();
                    for (place, column) in columns.iter().enumerate() {
                        let line = typed.line(&format!("/data_sources/{at}/columns/{place}"));
                        let told = text.lines().nth(line.unwrap() - 1).unwrap();
                        prop_assert!(told.contains(column["name"].as_str().unwrap()));
                    }
                }
            }
        }
    }
}

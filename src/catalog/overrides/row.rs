//! A row of any format to an override, or to what is wrong with it.

use super::{Day, Override, Place, REJECT};
use crate::diagnostic::{Code, Diagnostic, Origin, Source, quoted};
use crate::tag::{CURATED, Tag};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What a row may say, and whether it must.
pub(super) const FIELDS: [(&str, bool); 8] = [
    ("data_source_id", true),
    ("column_name", true),
    ("tag_name", true),
    ("tag_source", false),
    ("action", true),
    ("reason", false),
    ("owner", false),
    ("expires", false),
];

/// The place of `data_source_id` among [`FIELDS`]: the one that may be a number.
pub(super) const ID: usize = 0;
/// The place of `expires`: the one that may be a date.
pub(super) const EXPIRES: usize = 7;

/// Longer values are no names, and no reasons that anybody reads.
const LONGEST: usize = 1 << 16;

/// A value as its format gives it.
#[derive(Debug, Clone, Default)]
pub(super) enum Value<'a> {
    /// Not there, or null.
    #[default]
    Missing,
    /// Text; an integer id as decimal text.
    Text(Cow<'a, str>),
    /// A date, by the number of days after 1970-01-01.
    Days(i64),
    /// Something else, by its name.
    Wrong(&'static str),
}

/// A value, and where in the row's document it stands, if it stands in one.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell<'a> {
    pub(super) value: Value<'a>,
    pub(super) span: Option<Range<usize>>,
}

/// The values of a row, in the order of [`FIELDS`].
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) cells: [Cell<'a>; FIELDS.len()],
    pub(super) place: Place,
}

impl Place {
    /// A part of a document.
    pub(super) fn of_text(source: &Arc<Source>, span: Range<usize>, pointer: String) -> Self {
        Place::Text(Origin {
            source: Arc::clone(source),
            span,
            pointer,
        })
    }

    /// A finding about it, or about a part of it.
    pub(super) fn error(
        &self,
        code: Code,
        part: Option<(Range<usize>, &str)>,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.finding(Diagnostic::error(code, message), part)
    }

    /// The finding with its place.
    pub(crate) fn finding(
        &self,
        finding: Diagnostic,
        part: Option<(Range<usize>, &str)>,
    ) -> Diagnostic {
        match self {
            Place::Text(Origin {
                source,
                span,
                pointer,
            }) => {
                let (span, name) = part.unwrap_or((span.clone(), ""));
                // Where rows have no pointer, neither have their parts.
                let pointer = match pointer.is_empty() || name.is_empty() {
                    true => pointer.clone(),
                    false => format!("{pointer}/{name}"),
                };
                finding.at(source, span, pointer)
            }
            Place::Table { .. } => Diagnostic {
                message: format!("{self}: {}", finding.message),
                ..finding
            },
        }
    }
}

impl Row<'_> {
    /// The override that the row gives; everything that is wrong with it goes
    /// to `findings`, and then it gives none.
    pub(super) fn check(self, findings: &mut Vec<Diagnostic>) -> Option<Override> {
        let before = findings.len();
        let [id, column, name, source, action, reason, owner, expires] =
            std::array::from_fn(|field| self.value(field, findings));
        if let Some(Found::Text(action)) = &action
            && action != REJECT
        {
            let message = format!("unknown action {}", quoted(action));
            let finding = self.fault(4, Code::BadValue, message);
            findings.push(finding.with_help(format!("the only action is `{REJECT}`")));
        }
        let expires = expires.and_then(|found| self.day(found, findings));
        let text = |found: Option<Found>| match found {
            Some(Found::Text(text)) => Some(text),
            _ => None,
        };
        let (id, column, name) = (text(id), text(column), text(name));
        let source = text(source).unwrap_or_else(|| CURATED.to_owned());
        if findings.len() > before {
            return None;
        }
        Some(Override {
            data_source_id: id?,
            column_name: column?,
            tag: Tag::new(source, name?),
            reason: text(reason),
            owner: text(owner),
            expires,
            place: Some(self.place),
        })
    }

    fn fault(&self, field: usize, code: Code, message: String) -> Diagnostic {
        let (name, _) = FIELDS[field];
        let span = self.cells[field].span.clone();
        self.place
            .error(code, span.map(|span| (span, name)), message)
    }

    /// What a field says; `None` if nothing, or if that is a fault.
    fn value(&self, field: usize, findings: &mut Vec<Diagnostic>) -> Option<Found> {
        let (name, required) = FIELDS[field];
        let mut fault = |code, message, help: &str| {
            findings.push(self.fault(field, code, message).with_help(help));
            None
        };
        let wanted = format!("an override needs a `{name}`");
        match &self.cells[field].value {
            Value::Missing if required => {
                fault(Code::MissingField, format!("`{name}` is missing"), &wanted)
            }
            Value::Text(text) if text.is_empty() && required => {
                fault(Code::EmptyValue, format!("`{name}` is empty"), &wanted)
            }
            Value::Missing => None,
            Value::Text(text) if text.is_empty() => None,
            Value::Text(text) if text.len() > LONGEST => fault(
                Code::TooLong,
                format!("`{name}` is {} bytes long", text.len()),
                &format!("write at most {LONGEST} bytes"),
            ),
            Value::Text(text) => Some(Found::Text(text.clone().into_owned())),
            Value::Days(days) => Some(Found::Days(*days)),
            Value::Wrong(what) => fault(
                Code::WrongType,
                format!("`{name}` is {what}"),
                match field {
                    ID => "write text, or a whole number",
                    _ => "write text",
                },
            ),
        }
    }

    fn day(&self, found: Found, findings: &mut Vec<Diagnostic>) -> Option<Day> {
        let (day, shown) = match found {
            Found::Text(text) => (text.parse().ok(), quoted(&text).to_string()),
            Found::Days(days) => {
                let shown = format!("the day {days} days after 1970-01-01");
                (Day::of_unix_days(days), shown)
            }
        };
        if day.is_none() {
            let message = format!("{shown} is no date from 0000-01-01 to 9999-12-31");
            let finding = self.fault(EXPIRES, Code::BadValue, message);
            let help = "write the last day on which the override acts, as `2026-12-31`, or nothing";
            findings.push(finding.with_help(help));
        }
        day
    }
}

/// What a field says.
enum Found {
    Text(String),
    Days(i64),
}

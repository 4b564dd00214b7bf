//! A strict reader: every fault becomes a finding with its place, and reading goes on.

use super::{Entry, Fault, Node, Path, Value};
use crate::diagnostic::{Code, Diagnostic, Nearest, Origin, Source, quoted};
use ahash::RandomState;
use smallvec::{SmallVec, smallvec};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// More errors than this, or more warnings, say nothing new and would only fill
/// the memory.
const MOST_FINDINGS: usize = 1_000_000;

/// A field that an object may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    presence: Presence,
}

impl Field {
    /// A field that must be there.
    pub(crate) const fn required(name: &'static str) -> Field {
        let presence = Presence::Required;
        Field { name, presence }
    }

    /// Whether `null` stands for leaving it out.
    const fn is_absent_as_null(&self) -> bool {
        matches!(self.presence, Presence::Optional | Presence::Ignored)
    }

    /// Whether a server sets it.
    pub(crate) const fn is_ignored(&self) -> bool {
        matches!(self.presence, Presence::Ignored)
    }

    /// A field that may be there.
    pub(crate) const fn optional(name: &'static str) -> Field {
        let presence = Presence::Optional;
        Field { name, presence }
    }

    /// A field that replaces an earlier value if it is there. `null` is not
    /// taken for leaving it out: it may have been meant to clear that value.
    pub(crate) const fn replacing(name: &'static str) -> Field {
        let presence = Presence::Replacing;
        Field { name, presence }
    }

    /// Set by a server: accepted, so that an exported document comes back in.
    pub(crate) const fn ignored(name: &'static str) -> Field {
        let presence = Presence::Ignored;
        Field { name, presence }
    }
}

/// Whether a field must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
    /// It may be left out, but `null` is a value.
    Replacing,
    /// Accepted with any value, and not told to people.
    Ignored,
}

/// An object whose keys have been checked.
#[derive(Debug)]
pub(crate) struct Object<'n, 't> {
    fields: &'static [Field],
    /// Per field the entry that has it.
    entries: SmallVec<[Option<&'n Entry<'t>>; 12]>,
}

/// Walks over a tree and collects what is wrong with it.
#[derive(Debug)]
pub(crate) struct Reader<'s> {
    source: &'s Arc<Source>,
    /// Errors that are told one by one, and warnings likewise.
    most: usize,
    path: Path,
    findings: Vec<Diagnostic>,
    /// Errors so far, those beyond `most` too.
    errors: usize,
    /// Warnings likewise.
    warnings: usize,
    /// Notes likewise.
    notes: usize,
    nearest: Nearest,
}

impl<'n, 't> Object<'n, 't> {
    /// Serialisers of typed languages write an optional field that is not set
    /// as `null`: it is absent. A field that replaces another value, or is
    /// required, keeps its `null`, which is an empty list or an error.
    fn leave_out_nulls(&mut self) {
        for (field, entry) in self.fields.iter().zip(&mut self.entries) {
            if field.is_absent_as_null() && entry.is_some_and(|entry| entry.value.is_null()) {
                *entry = None;
            }
        }
    }

    /// The entry of a field.
    pub(crate) fn entry(&self, name: &str) -> Option<&'n Entry<'t>> {
        let index = self.fields.iter().position(|field| field.name == name)?;
        self.entries.get(index).copied().flatten()
    }

    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node<'t>> {
        self.entry(name).map(|entry| &entry.value)
    }
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s Arc<Source>) -> Self {
        Reader::telling(source, MOST_FINDINGS)
    }

    /// A reader that tells so many errors, and of further ones how many there are.
    pub(crate) fn telling(source: &'s Arc<Source>, most: usize) -> Self {
        Reader {
            source,
            most,
            path: Path::default(),
            findings: Vec::new(),
            errors: 0,
            warnings: 0,
            notes: 0,
            nearest: Nearest::new(),
        }
    }

    /// Where the value that is being read stands.
    pub(crate) fn origin(&self, node: &Node<'_>) -> Origin {
        Origin {
            source: Arc::clone(self.source),
            span: node.span.clone(),
            pointer: self.path.pointer().to_owned(),
        }
    }

    /// The text of a value as the document has it.
    pub(crate) fn written(&self, node: &Node<'_>) -> &str {
        let text = self.source.text();
        text.get(node.span.clone()).unwrap_or_default()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many errors there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// The findings in document order.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.findings
            .sort_by_key(|finding| finding.span.as_ref().map_or(0, |span| span.start));
        for (count, what, finding) in [
            (self.errors, "errors", Diagnostic::error as fn(_, _) -> _),
            (self.warnings, "warnings", Diagnostic::warning),
            (self.notes, "notes", Diagnostic::note),
        ] {
            if count > self.most {
                let rest = count - self.most;
                let message = format!("the document has {rest} more {what}, which are not listed");
                self.findings
                    .push(finding(Code::TooLarge, message).at(self.source, 0..0, ""));
            }
        }
        self.findings
    }

    /// The findings of a text that is no tree.
    pub(crate) fn fault(source: &Arc<Source>, fault: Fault) -> Vec<Diagnostic> {
        vec![Reader::fault_of(source, fault)]
    }

    /// The one finding of a text that is no tree.
    pub(crate) fn fault_of(source: &Arc<Source>, fault: Fault) -> Diagnostic {
        let finding = Diagnostic::error(fault.code, fault.message).at(source, fault.span, "");
        match fault.help {
            Some(help) => finding.with_help(help),
            None => finding,
        }
    }

    /// An error about the value that is being read.
    pub(crate) fn error(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let pointer = self.path.pointer().to_owned();
        self.error_at(code, span, pointer, message, help);
    }

    /// An error about the value at `pointer`.
    pub(crate) fn error_at(
        &mut self,
        code: Code,
        span: Range<usize>,
        pointer: String,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.errors += 1;
        if self.errors <= self.most {
            let text = self.source.text();
            let mut end = span.end.min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let span = span.start.min(end)..end;
            let mut finding = Diagnostic::error(code, message).at(self.source, span, pointer);
            finding.help = help;
            self.findings.push(finding);
        }
    }

    /// A warning about the value that is being read.
    pub(crate) fn warning(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.warnings += 1;
        if self.warnings <= self.most {
            let pointer = self.path.pointer();
            let mut finding = Diagnostic::warning(code, message).at(self.source, span, pointer);
            finding.help = help;
            self.findings.push(finding);
        }
    }

    /// A note about the value that is being read.
    pub(crate) fn note(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.notes += 1;
        if self.notes <= self.most {
            let pointer = self.path.pointer();
            let mut finding = Diagnostic::note(code, message).at(self.source, span, pointer);
            finding.help = help;
            self.findings.push(finding);
        }
    }

    /// The candidate that was probably meant.
    pub(crate) fn nearest<'c>(
        &mut self,
        written: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        self.nearest.find(written, candidates)
    }

    /// The object of a node, its keys checked; `None` if it is no object.
    pub(crate) fn object<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        expected: &str,
        fields: &'static [Field],
    ) -> Option<Object<'n, 't>> {
        let Value::Object(entries) = &node.value else {
            self.wrong_type(node, expected, None);
            return None;
        };
        let mut object = Object {
            fields,
            entries: smallvec![None; fields.len()],
        };
        let mut strangers: HashSet<&str, RandomState> = HashSet::default();
        for entry in entries.iter() {
            let Some(key) = self.key(&entry.key) else {
                continue;
            };
            let slot = fields.iter().position(|field| field.name == key);
            let slot = slot.and_then(|index| object.entries.get_mut(index));
            let is_first = match &slot {
                Some(filled) => filled.is_none(),
                None => strangers.insert(key),
            };
            match slot {
                _ if !is_first => self.duplicate_key(&entry.key, key),
                Some(slot) => *slot = Some(entry),
                None => self.unknown_field(&entry.key, key, fields),
            }
        }
        object.leave_out_nulls();
        self.missing_fields(node, &object);
        Some(object)
    }

    fn key<'n>(&mut self, key: &'n Node<'_>) -> Option<&'n str> {
        let text = key.as_text();
        if text.is_none() {
            let message = format!("a key must be a text, found {}", key.found());
            let help = Some("put the key in quotes".into());
            self.error(Code::WrongType, key.head(), message, help);
        }
        text
    }

    fn duplicate_key(&mut self, node: &Node<'_>, key: &str) {
        let message = format!("the key {} stands twice in one object", quoted(key));
        let help = Some("keep one of the two".into());
        let pointer = self.path.to_key(key);
        self.error_at(
            Code::DuplicateKey,
            node.span.clone(),
            pointer,
            message,
            help,
        );
    }

    fn unknown_field(&mut self, node: &Node<'_>, key: &str, fields: &'static [Field]) {
        if self.errors >= self.most {
            // Nobody is told, so nobody has to guess what was meant.
            self.errors += 1;
            return;
        }
        let told = || {
            let told = fields.iter().filter(|f| f.presence != Presence::Ignored);
            told.map(|field| field.name)
        };
        let help = match self.nearest(key, told()) {
            _ if key == "<<" => "YAML merge keys are not read: write the fields out".into(),
            Some(name) => format!("did you mean `{name}`?"),
            None => {
                let names: Vec<_> = told().map(|name| format!("`{name}`")).collect();
                format!("the fields here are {}", names.join(", "))
            }
        };
        let message = format!("unknown field {}", quoted(key));
        let pointer = self.path.to_key(key);
        self.error_at(
            Code::UnknownField,
            node.span.clone(),
            pointer,
            message,
            Some(help),
        );
    }

    fn missing_fields(&mut self, node: &Node<'_>, object: &Object<'_, '_>) {
        for (field, entry) in object.fields.iter().zip(&object.entries) {
            if field.presence == Presence::Required && entry.is_none() {
                let message = format!("field `{}` is missing", field.name);
                let help = Some(format!("add `{}`", field.name));
                self.error(Code::MissingField, node.head(), message, help);
            }
        }
    }

    /// Reads a field; `None` if it is not there or `read` answers so.
    pub(crate) fn field<T>(
        &mut self,
        object: &Object<'_, '_>,
        name: &str,
        read: impl FnOnce(&mut Self, &Node<'_>) -> Option<T>,
    ) -> Option<T> {
        let node = object.get(name)?;
        let back = self.path.enter_key(name);
        let value = read(self, node);
        self.path.leave(back);
        value
    }

    /// Reads every entry of a list; those that `read` refuses are left out.
    /// `null` is an empty list, as Go and .NET write one that was never filled.
    /// `None` if the node is no list.
    pub(crate) fn list<T>(
        &mut self,
        node: &Node<'_>,
        mut read: impl FnMut(&mut Self, &Node<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            _ => {
                self.wrong_type(node, "a list", None);
                return None;
            }
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let back = self.path.enter_index(index);
            values.extend(read(self, item));
            self.path.leave(back);
        }
        Some(values)
    }

    /// A text, an empty one too.
    pub(crate) fn text(&mut self, node: &Node<'_>) -> Option<String> {
        let text = node.as_text();
        if text.is_none() {
            let help = matches!(node.value, Value::Number(_) | Value::Bool(_) | Value::Null)
                .then(|| "write the text in double quotes".into());
            self.wrong_type(node, "a text", help);
        }
        text.map(str::to_owned)
    }

    /// A text that names something.
    pub(crate) fn name(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.text(node)?;
        if text.is_empty() {
            let message = format!("{} must not be empty", self.path.label());
            let help = Some("write at least one character".into());
            self.error(Code::EmptyValue, node.span.clone(), message, help);
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node<'_>) -> Option<bool> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        let meant = match node.as_text().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "yes" | "on" | "y") => Some("write `true`, without quotes"),
            Some("false" | "no" | "off" | "n") => Some("write `false`, without quotes"),
            _ => None,
        };
        self.wrong_type(node, "`true` or `false`", meant.map(str::to_owned));
        None
    }

    /// A whole number as it is written, without a needless sign or zero.
    pub(crate) fn integer(&mut self, node: &Node<'_>) -> Option<String> {
        let digits = match &node.value {
            Value::Number(number) => whole(number),
            _ => None,
        };
        if digits.is_none() {
            let is_quoted = node.as_text().is_some_and(|text| whole(text).is_some());
            let help = is_quoted.then(|| "write the number without quotes".into());
            self.wrong_type(node, "a whole number", help);
        }
        digits
    }

    /// A value of another type than the field has.
    pub(crate) fn wrong_type(&mut self, node: &Node<'_>, expected: &str, help: Option<String>) {
        let label = self.path.label();
        let message = format!("{label} must be {expected}, found {}", node.found());
        let help = help.or_else(|| match &node.value {
            Value::Tagged(tag) => Some(format!("remove the tag {}", quoted(tag))),
            _ => Some(format!("write {expected}")),
        });
        self.error(Code::WrongType, node.head(), message, help);
    }
}

/// The shortest spelling of a whole number.
fn whole(number: &str) -> Option<String> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number.strip_prefix('+').unwrap_or(number)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(match digits.trim_start_matches('0') {
        "" => "0".into(),
        rest => format!("{sign}{rest}"),
    })
}

//! A finding as it is written out.

use super::Diagnostic;
use serde::Serialize;

/// A finding as `--format json` and the server write it.
///
/// ```
/// use classmark::diagnostic::{Code, Diagnostic, Source};
/// let source = Source::new("a.json", "{}");
/// let finding = Diagnostic::error(Code::MissingField, "field `name` is missing").at(&source, 0..1, "");
/// let json = serde_json::to_string(&finding.record()).unwrap();
/// assert_eq!(json, r#"{"code":"missing-field","severity":"error","message":"field `name` is missing","file":"a.json","line":1,"column":1,"pointer":"","help":null}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record<'a> {
    /// The stable kebab-case name of the fault.
    pub code: &'a str,
    /// `error`, `warning` or `note`.
    pub severity: &'a str,
    /// What is wrong.
    pub message: &'a str,
    /// The document's name.
    pub file: Option<&'a str>,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// JSON pointer into the document.
    pub pointer: &'a str,
    /// What to write instead.
    pub help: Option<&'a str>,
}

impl Diagnostic {
    /// The finding as it is written out.
    pub fn record(&self) -> Record<'_> {
        let position = self.position();
        Record {
            code: self.code.as_str(),
            severity: self.severity.as_str(),
            message: &self.message,
            file: self.source.as_ref().map(|source| source.name()),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            pointer: &self.pointer,
            help: self.help.as_deref(),
        }
    }
}

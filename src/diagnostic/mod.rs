//! Findings as data: what is wrong in a document, where, and what to write instead.
//!
//! This room never prints. A caller renders a [`Diagnostic`] for people or
//! turns it into JSON.

mod nearest;
mod origin;
mod quoted;
mod record;
mod source;
mod unseen;

pub(crate) use nearest::Nearest;
pub use origin::Origin;
pub use quoted::{Quoted, quoted};
pub use record::Record;
pub use source::Source;
pub use unseen::is_unseen;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What kind of fault a finding is about.
///
/// [`Code::as_str`] is the stable kebab-case name, the same on the command
/// line, in JSON and over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// The text is no JSON or YAML.
    Syntax,
    /// A field that the format does not have.
    UnknownField,
    /// A field that the format demands.
    MissingField,
    /// A value of another type than the field has.
    WrongType,
    /// An empty string where a name is wanted.
    EmptyValue,
    /// A string over its limit.
    TooLong,
    /// A value outside the accepted set.
    BadValue,
    /// More rules in a framework than the limit.
    TooManyRules,
    /// A rule without any criterion: it would tag everything.
    EmptyRule,
    /// A `classificationTag` that the framework's `tags` do not declare.
    UndeclaredTag,
    /// One tag declared twice in a framework.
    DuplicateTag,
    /// Two rules of one framework with one name.
    DuplicateRule,
    /// One rule id twice among active frameworks.
    DuplicateRuleId,
    /// One tag declared with different sensitivities; the highest counts.
    ConflictingSensitivity,
    /// One key twice in an object.
    DuplicateKey,
    /// Nesting over the limit.
    TooDeep,
    /// YAML aliases that expand to more than the limit.
    TooManyAliases,
    /// A document over the size limit.
    TooLarge,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// More than one YAML document in a file.
    ManyDocuments,
    /// A file or folder that holds nothing to read.
    EmptyInput,
    /// A file that cannot be read or is broken.
    BrokenFile,
    /// A catalog schema that does not fit.
    BadSchema,
    /// A catalog row without data source id or column name; a row of overrides
    /// that is not as long as its header.
    BadRow,
    /// A rule that repeats another one.
    RepeatedRule,
    /// A rule that another rule makes needless.
    ImpliedRule,
    /// A rule that can never fire.
    UnreachableRule,
    /// A list without entries where at least one is wanted.
    EmptyList,
    /// One compliance framework twice.
    DuplicateFramework,
    /// Two requirements of one compliance framework with one name.
    DuplicateRequirement,
    /// Two controls of one requirement with one name.
    DuplicateControl,
    /// A rule id that no framework knows.
    UnknownRule,
    /// A rule id that only inactive frameworks know.
    InactiveRule,
    /// An override that rejects nothing that is there.
    UnmatchedOverride,
    /// One override twice.
    DuplicateOverride,
    /// A folder that is part of a table whose log says which of its files count.
    TableFormat,
    /// Files of a folder that are not read.
    PassedOver,
    /// A control without rules: people have to assess it.
    ManualControl,
    /// No framework is active: nothing is evaluated.
    NoActiveFramework,
    /// No active framework has a rule: nothing is evaluated.
    NoRules,
    /// A tag that differs from another one only in case, blanks, Unicode form or source.
    NearMissTag,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is done with the document.
    Error,
    /// The document is used as the message says.
    Warning,
    /// Nothing is wrong: something that a reader of the results should know.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of fault.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, in one sentence: lower case, input in backticks, no full stop.
    pub message: String,
    /// What to write instead, where that can be said.
    pub help: Option<String>,
    /// The document; `None` when the finding is about no single document.
    pub source: Option<Arc<Source>>,
    /// The bytes of the document's text that the finding is about.
    pub span: Option<Range<usize>>,
    /// JSON pointer into the document; `""` is its root.
    pub pointer: String,
}

impl Code {
    /// The stable kebab-case name.
    ///
    /// ```
    /// assert_eq!(classmark::diagnostic::Code::EmptyRule.as_str(), "empty-rule");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Syntax => "syntax",
            Code::UnknownField => "unknown-field",
            Code::MissingField => "missing-field",
            Code::WrongType => "wrong-type",
            Code::EmptyValue => "empty-value",
            Code::TooLong => "too-long",
            Code::BadValue => "bad-value",
            Code::TooManyRules => "too-many-rules",
            Code::EmptyRule => "empty-rule",
            Code::UndeclaredTag => "undeclared-tag",
            Code::DuplicateTag => "duplicate-tag",
            Code::DuplicateRule => "duplicate-rule",
            Code::DuplicateRuleId => "duplicate-rule-id",
            Code::ConflictingSensitivity => "conflicting-sensitivity",
            Code::DuplicateKey => "duplicate-key",
            Code::TooDeep => "too-deep",
            Code::TooManyAliases => "too-many-aliases",
            Code::TooLarge => "too-large",
            Code::NotUtf8 => "not-utf8",
            Code::ManyDocuments => "many-documents",
            Code::EmptyInput => "empty-input",
            Code::BrokenFile => "broken-file",
            Code::BadSchema => "bad-schema",
            Code::BadRow => "bad-row",
            Code::RepeatedRule => "repeated-rule",
            Code::ImpliedRule => "implied-rule",
            Code::UnreachableRule => "unreachable-rule",
            Code::EmptyList => "empty-list",
            Code::DuplicateFramework => "duplicate-framework",
            Code::DuplicateRequirement => "duplicate-requirement",
            Code::DuplicateControl => "duplicate-control",
            Code::UnknownRule => "unknown-rule",
            Code::InactiveRule => "inactive-rule",
            Code::UnmatchedOverride => "unmatched-override",
            Code::DuplicateOverride => "duplicate-override",
            Code::TableFormat => "table-format",
            Code::PassedOver => "passed-over",
            Code::ManualControl => "manual-control",
            Code::NoActiveFramework => "no-active-framework",
            Code::NoRules => "no-rules",
            Code::NearMissTag => "near-miss-tag",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// The place, if there is one, the severity, the code and the message.
///
/// ```
/// use classmark::diagnostic::{Code, Diagnostic, Source};
/// let source = Source::new("a.json", "{}");
/// let error = Diagnostic::error(Code::MissingField, "field `name` is missing").at(&source, 0..1, "");
/// assert_eq!(error.to_string(), "`a.json` 1:1: error[missing-field]: field `name` is missing");
/// ```
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{}", quoted(source.name()))?;
            if let Some((line, column)) = self.position() {
                write!(f, " {line}:{column}")?;
            }
            f.write_str(": ")?;
        }
        let severity = self.severity.as_str();
        write!(f, "{severity}[{}]: {}", self.code, self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl Diagnostic {
    /// An error without place or help.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
            source: None,
            span: None,
            pointer: String::new(),
        }
    }

    /// A warning without place or help.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, message)
        }
    }

    /// A note without place or help: neither an error nor a warning.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Note,
            ..Diagnostic::error(code, message)
        }
    }

    /// The same finding with its place.
    pub fn at(
        mut self,
        source: &Arc<Source>,
        span: Range<usize>,
        pointer: impl Into<String>,
    ) -> Self {
        self.source = Some(Arc::clone(source));
        self.span = Some(span);
        self.pointer = pointer.into();
        self
    }

    /// The same finding about a file as a whole.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.source = Some(Source::new(file, ""));
        self
    }

    /// The same finding with what to write instead.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Line and column where the finding begins, both from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        Some(self.source.as_ref()?.position(self.span.as_ref()?.start))
    }

    /// Whether nothing may be done with the document.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

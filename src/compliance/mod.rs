//! Text in, checked requirement and control documents out.
//!
//! A document is JSON or YAML and holds compliance frameworks: one, a list of
//! them, or what a server exports, `{"data": {"type": "custom_framework",
//! "attributes": {...}}}`, with one such object or a list under `data`.
//! [`parse`] reads it as strictly as classification frameworks are read;
//! [`check_together`] looks for what only shows among several frameworks, and
//! [`check_rules`] for rule ids that nobody knows. What a rule means is not
//! known here, only that it has an id. No file is opened here.
//!
//! ```
//! use classmark::compliance::{Format, Limits, parse};
//! use classmark::diagnostic::Source;
//!
//! let text = r#"
//! handle: hr
//! version: "2"
//! name: Human resources
//! requirements:
//!   - name: Pay is confidential
//!     controls:
//!       - name: Salaries are tagged
//!         rules_id: [hr/salary, hr/bonus]
//! "#;
//! let parsed = parse(&Source::new("hr.yaml", text), Format::Yaml, &Limits::default());
//! assert!(parsed.diagnostics.is_empty());
//! let control = &parsed.frameworks[0].requirements[0].controls[0];
//! assert_eq!(control.rules[1].id, "hr/bonus");
//! ```

mod across;
mod model;
mod read;
mod rules;

pub use crate::document::{Format, Limits, decode};
pub use across::check_together;
pub use model::{ComplianceFramework, Control, Requirement, RuleReference};
pub use rules::check_rules;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::{Reader, Words, tree};
use std::sync::Arc;

/// How compliance frameworks are called where a help speaks of them.
const WORDS: Words = Words {
    one: "compliance framework",
    many: "compliance frameworks",
    roots: "a compliance framework, a list of them, or `{\"data\": {...}}`",
};

/// What a document holds, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The compliance frameworks without an error of their own.
    pub frameworks: Vec<ComplianceFramework>,
    /// All findings, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a document.
///
/// A compliance framework with an error of its own is left out; the findings of
/// the whole document are reported, never only the first.
pub fn parse(source: &Arc<Source>, format: Format, limits: &Limits) -> Parsed {
    match tree(source.text(), format, limits, &WORDS) {
        Ok(root) => read::document(source, &root),
        Err(fault) => Parsed {
            frameworks: Vec::new(),
            diagnostics: Reader::fault(source, *fault),
        },
    }
}

//! Text in, checked classification frameworks out.
//!
//! A document is JSON or YAML: one framework, a list of frameworks, or the
//! envelope `{"frameworks": [...]}`. [`parse`] reads it strictly and reports
//! every fault with its place; [`check_together`] then looks for what only
//! shows among several frameworks. No file is opened here.
//!
//! ```
//! use classmark::diagnostic::Source;
//! use classmark::framework::{Format, Limits, parse};
//!
//! let text = r#"
//! shortName: HR
//! name: Human resources
//! description: ""
//! active: true
//! tags:
//!   - {name: HR.Salary, sensitivities: [{dimension: confidentiality, sensitivity: 2}]}
//! rules:
//!   - name: Salary
//!     classificationTag: {name: HR.Salary}
//!     columnTags: [{name: Money}]
//!     neighborColumnTags: [{name: Person, source: collibra}]
//! "#;
//! let parsed = parse(&Source::new("hr.yaml", text), Format::Yaml, &Limits::default());
//! assert!(parsed.diagnostics.is_empty());
//! assert_eq!(parsed.frameworks[0].rules[0].id, "hr/salary");
//! ```

mod across;
mod lengths;
mod locate;
mod model;
mod payload;
mod read;
mod slug;

pub use crate::diagnostic::Origin;
pub use crate::document::Format;
pub use across::{check_active, check_together};
pub use locate::{Criterion, CriterionList, criterion_origins};
pub use model::{DeclaredTag, Framework, Rule};
pub use payload::Payload;
pub use slug::slug;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::{self, Reader, Words, tree};
use std::sync::Arc;

/// How frameworks are called where a help speaks of them.
const WORDS: Words = Words {
    one: "framework",
    many: "frameworks",
    roots: "a framework, a list of frameworks, or `{\"frameworks\": [...]}`",
};

/// What a document may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rules in one framework.
    pub max_rules: usize,
    /// Bytes of a document.
    pub max_bytes: usize,
    /// Lists and objects around a value. More than 128 are never accepted.
    pub max_depth: usize,
    /// Values in a document, every YAML alias written out.
    pub max_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let document::Limits {
            max_bytes,
            max_depth,
            max_nodes,
        } = document::Limits::default();
        Limits {
            max_rules: 50,
            max_bytes,
            max_depth,
            max_nodes,
        }
    }
}

impl Limits {
    /// Those that hold for any document, whatever is in it.
    pub fn document(&self) -> document::Limits {
        document::Limits {
            max_bytes: self.max_bytes,
            max_depth: self.max_depth,
            max_nodes: self.max_nodes,
        }
    }
}

/// What a document holds, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The frameworks without an error of their own.
    pub frameworks: Vec<Framework>,
    /// All findings, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

/// The text of a document's bytes: UTF-8, with or without a byte-order mark.
///
/// # Errors
///
/// `not-utf8` and `too-large`.
///
/// ```
/// use classmark::framework::{Limits, decode};
/// let source = decode("a.json", b"\xef\xbb\xbf{}", &Limits::default()).unwrap();
/// assert_eq!(source.text(), "{}");
/// let finding = decode("a.json", b"{\xff}", &Limits::default()).unwrap_err();
/// assert_eq!(finding.message, "the document is no UTF-8: byte 1 is `0xff`");
/// ```
pub fn decode(name: &str, bytes: &[u8], limits: &Limits) -> Result<Arc<Source>, Diagnostic> {
    document::decode(name, bytes, &limits.document())
}

/// Reads a document.
///
/// A framework with an error of its own is left out; the findings of the whole
/// document are reported, never only the first.
pub fn parse(source: &Arc<Source>, format: Format, limits: &Limits) -> Parsed {
    match tree(source.text(), format, &limits.document(), &WORDS) {
        Ok(root) => read::document(source, &root, limits),
        Err(fault) => Parsed {
            frameworks: Vec::new(),
            diagnostics: Reader::fault(source, *fault),
        },
    }
}

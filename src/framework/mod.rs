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
mod document;
mod model;
mod read;
mod slug;

pub use crate::diagnostic::Origin;
pub use across::check_together;
pub use model::{DeclaredTag, Framework, Rule};
pub use slug::slug;

use crate::diagnostic::{Code, Diagnostic, Source};
use std::sync::Arc;

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
        Limits {
            max_rules: 50,
            max_bytes: 64 << 20,
            max_depth: 64,
            max_nodes: 8_000_000,
        }
    }
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, strictly.
    Json,
    /// YAML 1.2.
    Yaml,
}

impl Format {
    /// The format of a file: by its name, else by its first character.
    ///
    /// ```
    /// use classmark::framework::Format;
    /// assert_eq!(Format::of_name("a/HR.JSON", ""), Format::Json);
    /// assert_eq!(Format::of_name("hr.yml", "{}"), Format::Yaml);
    /// assert_eq!(Format::of_name("stdin", " [{}]"), Format::Json);
    /// assert_eq!(Format::of_name("stdin", "name: HR"), Format::Yaml);
    /// ```
    pub fn of_name(file_name: &str, text: &str) -> Format {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Format::Json,
            Some("yaml" | "yml") => Format::Yaml,
            _ if text.trim_start().starts_with(['{', '[']) => Format::Json,
            _ => Format::Yaml,
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
    let size = bytes.len();
    if size > limits.max_bytes {
        let message = format!(
            "the document has {size} bytes, the limit is {}",
            limits.max_bytes
        );
        return Err(Diagnostic::error(Code::TooLarge, message)
            .at(&Source::new(name, ""), 0..0, "")
            .with_help("split it into several documents"));
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => {
            return Ok(Source::new(
                name,
                text.strip_prefix('\u{feff}').unwrap_or(text),
            ));
        }
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let (valid, rest) = bytes.split_at(at);
    let byte = rest.first().copied().unwrap_or_default();
    let message = format!("the document is no UTF-8: byte {at} is `0x{byte:02x}`");
    // As much of the text as there is: enough to name the line.
    let readable = Source::new(name, String::from_utf8_lossy(valid));
    Err(Diagnostic::error(Code::NotUtf8, message)
        .at(&readable, at..at, "")
        .with_help("save the document as UTF-8"))
}

/// Reads a document.
///
/// A framework with an error of its own is left out; the findings of the whole
/// document are reported, never only the first.
pub fn parse(source: &Arc<Source>, format: Format, limits: &Limits) -> Parsed {
    match document::tree(source.text(), format, limits) {
        Ok(root) => read::document(source, &root, limits),
        Err(fault) => Parsed {
            frameworks: Vec::new(),
            diagnostics: document::Reader::fault(source, *fault),
        },
    }
}

//! Where in a document a checked value stands.

use super::{Diagnostic, Source, quoted};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place in a document. Shown as ``line 3 of `hr.json` ``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The document.
    pub source: Arc<Source>,
    /// The bytes of its text.
    pub span: Range<usize>,
    /// JSON pointer to the value there.
    pub pointer: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, _) = self.source.position(self.span.start);
        write!(f, "line {line} of {}", quoted(self.source.name()))
    }
}

impl Diagnostic {
    /// The same finding with the place of a checked value, if it has one.
    pub fn at_origin(self, origin: Option<&Origin>) -> Self {
        match origin {
            Some(o) => self.at(&o.source, o.span.clone(), o.pointer.as_str()),
            None => self,
        }
    }
}

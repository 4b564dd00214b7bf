//! Where in a document a checked value stands.

use super::Source;
use std::ops::Range;
use std::sync::Arc;

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The document.
    pub source: Arc<Source>,
    /// The bytes of its text.
    pub span: Range<usize>,
    /// JSON pointer to the value there.
    pub pointer: String,
}

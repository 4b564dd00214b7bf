//! What a document may not exceed, whatever it holds.

/// No limit of a caller lifts nesting above this: trees are built and dropped
/// by recursion.
const DEEPEST: usize = 128;

/// What a document may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
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
            max_bytes: 64 << 20,
            max_depth: 64,
            max_nodes: 8_000_000,
        }
    }
}

impl Limits {
    /// The deepest nesting that is really allowed.
    pub(super) fn depth(&self) -> usize {
        self.max_depth.min(DEEPEST)
    }
}

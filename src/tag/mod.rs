//! Tags: what they are, how their names nest, and how names become numbers.

mod near;
mod notice;
mod path;
mod vocabulary;

pub use near::{TagWatch, folded};
pub use notice::{Heed, Notice, Present};
pub use vocabulary::{TagMatch, Vocabulary, VocabularyBuilder};

use std::fmt;

/// The source of a tag that names none.
pub const CURATED: &str = "curated";

/// A tag: the pair of where it comes from and what it is called.
///
/// Comparison is exact and case-sensitive. The order is by name, then by
/// source: the order in which tags are written.
///
/// ```
/// use classmark::tag::Tag;
/// let email = Tag::curated("PII.Email");
/// assert_eq!(email.source, "curated");
/// assert_ne!(email, Tag::new("collibra", "PII.Email"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    /// The full name: parts separated by `.`, a literal dot written `\.`.
    pub name: String,
    /// Where the tag comes from; [`CURATED`] unless said.
    pub source: String,
}

impl Tag {
    /// A tag of a source.
    pub fn new(source: impl Into<String>, name: impl Into<String>) -> Self {
        Tag {
            name: name.into(),
            source: source.into(),
        }
    }

    /// A tag of the source [`CURATED`].
    pub fn curated(name: impl Into<String>) -> Self {
        Tag::new(CURATED, name)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source == CURATED {
            f.write_str(&self.name)
        } else {
            write!(f, "{} ({})", self.name, self.source)
        }
    }
}

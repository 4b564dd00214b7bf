//! A checked classification framework.

use crate::diagnostic::Origin;
use crate::tag::Tag;

/// A classification framework whose own text has no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// The id that a server gave it, when the document is an export.
    pub id: Option<String>,
    /// The version that a server gave it, when the document is an export.
    pub version: Option<String>,
    /// Short name for people; the first half of the default rule ids.
    pub short_name: String,
    /// Official name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether its rules are evaluated.
    pub active: bool,
    /// The tags that it declares.
    pub tags: Vec<DeclaredTag>,
    /// Its rules, in document order.
    pub rules: Vec<Rule>,
    /// Where in which document it stands.
    pub origin: Option<Origin>,
}

/// A tag that a framework declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTag {
    /// The tag.
    pub tag: Tag,
    /// `confidentiality`: 0 non-sensitive, 1 sensitive, 2 highly sensitive; `None` is not rated.
    pub sensitivity: Option<u8>,
    /// Free text.
    pub description: Option<String>,
    /// Where in which document it stands.
    pub origin: Option<Origin>,
}

/// A rule: all criteria hold, so the column earns the classification tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The document's `id`, or `<shortName>/<rule name>` with both slugged.
    pub id: String,
    /// Whether the document says the id; else it follows from the names.
    pub has_own_id: bool,
    /// Name for people, unique in its framework.
    pub name: String,
    /// The tag that a column earns.
    pub classification_tag: Tag,
    /// Tags wanted on the column itself.
    pub column_tags: Vec<Tag>,
    /// Tags wanted on some column of the data source, each.
    pub neighbor_column_tags: Vec<Tag>,
    /// Tags wanted on the data source.
    pub table_tags: Vec<Tag>,
    /// Where in which document it stands.
    pub origin: Option<Origin>,
}

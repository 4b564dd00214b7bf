//! A checked compliance framework.

use crate::diagnostic::Origin;

/// A compliance framework whose own text has no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplianceFramework {
    /// What it is known by, with the version.
    pub handle: String,
    /// Its version.
    pub version: String,
    /// Name for people.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Where a picture for it is.
    pub icon_url: Option<String>,
    /// Its requirements, in document order; never none.
    pub requirements: Vec<Requirement>,
    /// Where in which document it stands.
    pub origin: Option<Origin>,
}

/// What a compliance framework asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its name, unique in the framework.
    pub name: String,
    /// Its controls, in document order; never none.
    pub controls: Vec<Control>,
}

/// How it is seen that a requirement is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Its name, unique in the requirement.
    pub name: String,
    /// The rules whose findings it rests on, each once, in document order. None
    /// if people have to assess it: then it is `unknown` in every rollup.
    pub rules: Vec<RuleReference>,
}

/// A rule that a control names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleReference {
    /// The rule's id.
    pub id: String,
    /// Where in which document it stands.
    pub origin: Option<Origin>,
}

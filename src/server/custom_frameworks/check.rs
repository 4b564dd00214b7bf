//! What may not be in a framework, as Datadog says it.

use super::read::FrameworkContent;
use super::record::RequirementRecord;
use crate::diagnostic::quoted;
use crate::server::answer::Refusal;
use ahash::RandomState;
use std::collections::HashSet;

/// What is wrong with a framework itself: one message of each kind.
#[derive(Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    /// Of its content, in Datadog's order; what only we refuse comes last.
    pub(super) fn of(content: &FrameworkContent) -> Self {
        let requirements = &content.requirements;
        let controls = || requirements.iter().flat_map(|r| &r.controls);
        let mut faults = Faults::default();
        let unnamed = requirements.iter().any(|r| r.name.is_empty());
        faults.empty("requirements.name", unnamed);
        faults.empty("controls.name", controls().any(|c| c.name.is_empty()));
        faults.empty("name", content.name.is_empty());
        faults
    }

    /// Of what it is to be known by.
    pub(super) fn key(mut self, handle: &str, version: &str) -> Self {
        self.empty("handle", handle.is_empty());
        self.empty("version", version.is_empty());
        self
    }

    /// Of its lists: only `rules_id` may be empty, and no name is there twice.
    pub(super) fn lists<'a>(mut self, content: &'a FrameworkContent) -> Self {
        let requirements = &content.requirements;
        let bare = requirements.iter().any(|r| r.controls.is_empty());
        self.empty("requirements", requirements.is_empty());
        self.empty("requirements.controls", bare);
        let names = requirements.iter().map(|r| &*r.name);
        self.repeated("requirements.name", repeated(names));
        let names = |r: &'a RequirementRecord| repeated(r.controls.iter().map(|c| &*c.name));
        self.repeated("controls.name", requirements.iter().find_map(names));
        self
    }

    /// # Errors
    ///
    /// 400 with all of them, if there are any.
    pub(super) fn refuse(self) -> Result<(), Refusal> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Refusal::bad(self.0.join(", "))),
        }
    }

    fn empty(&mut self, field: &str, found: bool) {
        if found {
            self.add(field, "must not be empty");
        }
    }

    fn repeated(&mut self, field: &str, name: Option<&str>) {
        if let Some(name) = name {
            self.add(field, &format!("must not repeat {}", quoted(name)));
        }
    }

    fn add(&mut self, field: &str, wrong: &str) {
        self.0.push(format!(
            "input_validation_error(Field 'data.attributes.{field}' is invalid: field '{field}' {wrong})"
        ));
    }
}

/// The first name that is there twice; empty ones are another matter.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen: HashSet<&str, RandomState> = HashSet::default();
    let mut names = names.filter(|name| !name.is_empty());
    names.find(|name| !seen.insert(name))
}

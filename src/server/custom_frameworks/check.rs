//! What may not be in a framework, as Datadog says it.

use super::read::FrameworkContent;
use super::record::ControlRecord;
use crate::diagnostic::quoted;
use crate::server::answer::Refusal;
use crate::server::json_api::{LONGEST_TEXT, fault_of_name, is_longer};
use ahash::RandomState;
use std::collections::HashSet;

/// The most characters of names that no path holds.
pub(super) const LONGEST_TITLE: usize = 1_000;
/// The most characters of an address.
pub(super) const LONGEST_URL: usize = 4_096;

/// What is wrong with a framework itself: one message of each kind.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

struct Fault {
    message: String,
    /// The first place that has the fault, as a JSON pointer.
    pointer: String,
}

impl Faults {
    /// Of its content, in Datadog's order; what only we refuse comes last.
    pub(super) fn of(content: &FrameworkContent) -> Self {
        let mut faults = Faults::default();
        let (requirements, controls) = (&content.requirements, || controls(content));
        let unnamed = requirements.iter().position(|r| r.name.is_empty());
        faults.empty("requirements.name", unnamed.map(requirement_name));
        let unnamed = controls().find(|(_, control)| control.name.is_empty());
        faults.empty("controls.name", unnamed.map(|(at, _)| at.name()));
        faults.empty("name", content.name.is_empty().then(|| place("name")));
        faults
    }

    /// Of what it is to be known by.
    pub(super) fn key(mut self, handle: &str, version: &str) -> Self {
        for (field, name) in [("handle", handle), ("version", version)] {
            if let Some(wrong) = fault_of_name(name) {
                self.add(field, &wrong, place(field));
            }
        }
        self
    }

    /// Of its lists and the lengths of its texts: only `rules_id` may be empty, no name
    /// is there twice, nothing is too long.
    pub(super) fn lists(mut self, content: &FrameworkContent) -> Self {
        let requirements = &content.requirements;
        let bare = requirements.iter().position(|r| r.controls.is_empty());
        let none = requirements.is_empty().then(|| place("requirements"));
        self.empty("requirements", none);
        let bare = bare.map(|r| format!("{}/controls", requirement(r)));
        self.empty("requirements.controls", bare);
        let names = requirements.iter().map(|r| &*r.name);
        let twice = repeated(names).map(|(at, name)| (requirement_name(at), name));
        self.repeated("requirements.name", twice);
        let twice = requirements.iter().enumerate().find_map(|(r, found)| {
            let (c, name) = repeated(found.controls.iter().map(|c| &*c.name))?;
            Some((At(r, c).name(), name))
        });
        self.repeated("controls.name", twice);
        self.lengths(content);
        self
    }

    fn lengths(&mut self, content: &FrameworkContent) {
        let is_long = |name: &str| is_longer(name, LONGEST_TITLE);
        let long = content.requirements.iter().position(|r| is_long(&r.name));
        self.long(
            "requirements.name",
            LONGEST_TITLE,
            long.map(requirement_name),
        );
        let long = controls(content).find(|(_, control)| is_long(&control.name));
        self.long(
            "controls.name",
            LONGEST_TITLE,
            long.map(|(at, _)| at.name()),
        );
        let texts = [
            ("name", Some(&content.name), LONGEST_TITLE),
            ("description", content.description.as_ref(), LONGEST_TEXT),
            ("icon_url", content.icon_url.as_ref(), LONGEST_URL),
        ];
        for (field, text, most) in texts {
            let long = text.filter(|text| is_longer(text, most));
            self.long(field, most, long.map(|_| place(field)));
        }
    }

    /// # Errors
    ///
    /// 400 with all of them, if there are any; it points at the first.
    pub(super) fn refuse(self) -> Result<(), Refusal> {
        let Some(first) = self.0.first() else {
            return Ok(());
        };
        let pointer = first.pointer.clone();
        let messages: Vec<&str> = self.0.iter().map(|fault| &*fault.message).collect();
        Err(Refusal::bad(messages.join(", ")).at(pointer))
    }

    fn empty(&mut self, field: &str, found: Option<String>) {
        if let Some(pointer) = found {
            self.add(field, "must not be empty", pointer);
        }
    }

    fn long(&mut self, field: &str, most: usize, found: Option<String>) {
        if let Some(pointer) = found {
            let wrong = format!("must not have more than {most} characters");
            self.add(field, &wrong, pointer);
        }
    }

    fn repeated(&mut self, field: &str, found: Option<(String, &str)>) {
        if let Some((pointer, name)) = found {
            self.add(field, &format!("must not repeat {}", quoted(name)), pointer);
        }
    }

    fn add(&mut self, field: &str, wrong: &str, pointer: String) {
        let message = format!(
            "input_validation_error(Field 'data.attributes.{field}' is invalid: field '{field}' {wrong})"
        );
        self.0.push(Fault { message, pointer });
    }
}

/// The place of a control: its requirement's, and its own in there.
struct At(usize, usize);

impl At {
    fn control(&self) -> String {
        format!("{}/controls/{}", requirement(self.0), self.1)
    }

    fn name(&self) -> String {
        format!("{}/name", self.control())
    }
}

fn controls(content: &FrameworkContent) -> impl Iterator<Item = (At, &ControlRecord)> {
    let requirements = content.requirements.iter().enumerate();
    requirements.flat_map(|(r, found)| {
        let controls = found.controls.iter().enumerate();
        controls.map(move |(c, control)| (At(r, c), control))
    })
}

fn place(field: &str) -> String {
    format!("/data/attributes/{field}")
}

fn requirement(at: usize) -> String {
    place(&format!("requirements/{at}"))
}

fn requirement_name(at: usize) -> String {
    format!("{}/name", requirement(at))
}

/// The first name that is there twice, and where it is so the second time; empty ones
/// are another matter.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let mut seen: HashSet<&str, RandomState> = HashSet::default();
    let mut names = names.enumerate().filter(|(_, name)| !name.is_empty());
    names.find(|(_, name)| !seen.insert(name))
}

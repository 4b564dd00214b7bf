//! A tree → compliance frameworks: which fields there are and what they may say.

use super::{ComplianceFramework, Control, Parsed, Requirement, RuleReference};
use crate::diagnostic::{Code, Source, quoted};
use crate::document::{Field, Node, Object, Reader, Value};
use ahash::RandomState;
use std::collections::HashSet;
use std::sync::Arc;

const ENVELOPE: &[Field] = &[Field::required("data")];
const RESOURCE: &[Field] = &[
    Field::required("type"),
    Field::required("attributes"),
    Field::ignored("id"),
];
const FRAMEWORK: &[Field] = &[
    Field::required("handle"),
    Field::required("version"),
    Field::required("name"),
    Field::optional("description"),
    Field::optional("icon_url"),
    Field::required("requirements"),
    Field::ignored("created_at"),
    Field::ignored("modified_at"),
    Field::ignored("created_by"),
    Field::ignored("org_id"),
];
const REQUIREMENT: &[Field] = &[Field::required("name"), Field::required("controls")];
const CONTROL: &[Field] = &[Field::required("name"), Field::required("rules_id")];

/// What `data.type` must say.
const TYPE: &str = "custom_framework";

/// Reads the tree of a document.
pub(super) fn document(source: &Arc<Source>, root: &Node<'_>) -> Parsed {
    let mut reader = Reader::new(source);
    let frameworks = frameworks(&mut reader, root);
    Parsed {
        frameworks,
        diagnostics: reader.finish(),
    }
}

fn frameworks(reader: &mut Reader<'_>, root: &Node<'_>) -> Vec<ComplianceFramework> {
    match &root.value {
        Value::List(_) => several(reader, root, entry),
        Value::Object(_) => entry(reader, root),
        _ => {
            let expected = "a compliance framework, a list of them or `{\"data\": {...}}`";
            reader.wrong_type(root, expected, None);
            Vec::new()
        }
    }
}

/// The compliance frameworks of a list's entries, one after the other.
fn several(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    read: fn(&mut Reader<'_>, &Node<'_>) -> Vec<ComplianceFramework>,
) -> Vec<ComplianceFramework> {
    if node.is_empty_list() {
        let message = "the document holds no compliance framework";
        reader.warning(Code::EmptyInput, node.head(), message, None);
    }
    let lists = reader.list(node, |reader, node| Some(read(reader, node)));
    lists.into_iter().flatten().flatten().collect()
}

/// A compliance framework, bare or in its envelope.
fn entry(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<ComplianceFramework> {
    if !is_envelope(reader, node) {
        return framework(reader, node).into_iter().collect();
    }
    let envelope = reader.object(node, "an object", ENVELOPE);
    let data = envelope.and_then(|envelope| {
        reader.field(&envelope, "data", |reader, node| {
            Some(match &node.value {
                Value::List(_) => several(reader, node, resource),
                _ => resource(reader, node),
            })
        })
    });
    data.unwrap_or_default()
}

/// Whether an object is meant to wrap a compliance framework: it says `data`,
/// or nothing that a compliance framework has and something like `data`.
fn is_envelope(reader: &mut Reader<'_>, node: &Node<'_>) -> bool {
    let Value::Object(entries) = &node.value else {
        return false;
    };
    let keys = || entries.iter().filter_map(|entry| entry.key.as_text());
    let is_known = |key: &str| FRAMEWORK.iter().any(|field| field.name == key);
    keys().any(|key| key == "data")
        || !keys().any(is_known) && keys().any(|key| reader.nearest(key, ["data"]).is_some())
}

/// What stands under `data`: a compliance framework and what kind of thing it is.
fn resource(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<ComplianceFramework> {
    let errors_before = reader.errors();
    let expected = "an object with `type` and `attributes`";
    let Some(object) = reader.object(node, expected, RESOURCE) else {
        return Vec::new();
    };
    reader.field(&object, "type", kind);
    let framework = reader.field(&object, "attributes", framework);
    let is_sound = reader.errors() == errors_before;
    framework.into_iter().filter(|_| is_sound).collect()
}

fn kind(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<()> {
    let kind = reader.name(node)?;
    if kind != TYPE {
        let message = format!("unknown type {}", quoted(&kind));
        let help = Some(format!("the only type is `{TYPE}`"));
        reader.error(Code::BadValue, node.head(), message, help);
    }
    Some(())
}

fn framework(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<ComplianceFramework> {
    let errors_before = reader.errors();
    let object = reader.object(node, "a compliance framework", FRAMEWORK)?;
    let handle = reader.field(&object, "handle", Reader::name);
    let version = reader.field(&object, "version", version);
    let name = reader.field(&object, "name", Reader::name);
    let description = reader.field(&object, "description", Reader::text);
    let icon_url = reader.field(&object, "icon_url", Reader::text);
    let mut names = Names::default();
    let requirements = reader.field(&object, "requirements", |reader, node| {
        filled_list(reader, node, "requirement", |reader, node| {
            requirement(reader, node, &mut names)
        })
    });
    let is_sound = reader.errors() == errors_before;
    is_sound.then_some(ComplianceFramework {
        handle: handle?,
        version: version?,
        name: name?,
        // A server writes what is not set as an empty text.
        description: description.filter(|text| !text.is_empty()),
        icon_url: icon_url.filter(|url| !url.is_empty()),
        requirements: requirements?,
        origin: Some(reader.origin(node)),
    })
}

/// A version is a text: as a number, `1.10` would be `1.1`.
fn version(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<String> {
    if let Value::Number(_) = &node.value {
        let written = reader.written(node).to_owned();
        let help = format!(
            "write it in double quotes: {}",
            quoted(&format!("\"{written}\""))
        );
        reader.wrong_type(node, "a text", Some(help));
        return None;
    }
    reader.name(node)
}

/// Names met so far.
type Names = HashSet<String, RandomState>;

fn requirement(reader: &mut Reader<'_>, node: &Node<'_>, names: &mut Names) -> Option<Requirement> {
    let object = reader.object(node, "a requirement", REQUIREMENT)?;
    let name = reader.field(&object, "name", Reader::name);
    if is_repeated(name.as_deref(), names) {
        let what = "two requirements of the compliance framework have";
        let help = "give each requirement a name of its own";
        duplicate(reader, &object, Code::DuplicateRequirement, what, help);
    }
    let mut names = Names::default();
    let controls = reader.field(&object, "controls", |reader, node| {
        filled_list(reader, node, "control", |reader, node| {
            control(reader, node, &mut names)
        })
    });
    Some(Requirement {
        name: name?,
        controls: controls?,
    })
}

fn control(reader: &mut Reader<'_>, node: &Node<'_>, names: &mut Names) -> Option<Control> {
    let object = reader.object(node, "a control", CONTROL)?;
    let name = reader.field(&object, "name", Reader::name);
    if is_repeated(name.as_deref(), names) {
        let what = "two controls of the requirement have";
        let help = "give each control of a requirement a name of its own";
        duplicate(reader, &object, Code::DuplicateControl, what, help);
    }
    let mut ids = Names::default();
    let rules = reader.field(&object, "rules_id", |reader, node| {
        if node.is_empty_list() {
            manual(reader, node, name.as_deref());
        }
        reader.list(node, |reader, node| rule(reader, node, &mut ids))
    });
    Some(Control {
        name: name?,
        rules: rules?,
    })
}

/// A control without rules is one that people answer for: a note, and no fault.
fn manual(reader: &mut Reader<'_>, node: &Node<'_>, name: Option<&str>) {
    let message = format!(
        "the control {} has no rules: it is `unknown` in every rollup, never a pass",
        quoted(name.unwrap_or_default())
    );
    let help = "somebody has to assess it by hand; add rule ids to `rules_id` if rules can";
    reader.note(Code::ManualControl, node.head(), message, Some(help.into()));
}

/// A rule's id; `None` too where the control has named it before.
fn rule(reader: &mut Reader<'_>, node: &Node<'_>, ids: &mut Names) -> Option<RuleReference> {
    let id = reader.name(node)?;
    if !ids.insert(id.clone()) {
        let message = format!(
            "the control names the rule {} twice: it counts once",
            quoted(&id)
        );
        let help = Some("keep one of the two".into());
        reader.warning(Code::DuplicateRuleId, node.head(), message, help);
        return None;
    }
    Some(RuleReference {
        id,
        origin: Some(reader.origin(node)),
    })
}

/// A list that must not be empty.
fn filled_list<T>(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    what: &str,
    read: impl FnMut(&mut Reader<'_>, &Node<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    if node.is_empty_list() {
        let message = format!("{} must not be empty", reader.path().label());
        let help = Some(format!("add at least one {what}"));
        reader.error(Code::EmptyList, node.head(), message, help);
        return None;
    }
    reader.list(node, read)
}

fn is_repeated(name: Option<&str>, names: &mut Names) -> bool {
    name.is_some_and(|name| !names.insert(name.to_owned()))
}

/// An error about an object's name.
fn duplicate(reader: &mut Reader<'_>, object: &Object<'_, '_>, code: Code, what: &str, help: &str) {
    let Some(name) = object.get("name") else {
        return;
    };
    let shown = quoted(name.as_text().unwrap_or_default()).to_string();
    let pointer = reader.path().to_key("name");
    let message = format!("{what} the name {shown}");
    reader.error_at(code, name.head(), pointer, message, Some(help.into()));
}

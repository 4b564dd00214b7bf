//! A tree → frameworks: which fields there are and what they may say.

use super::lengths::{self, Lengths, TAG_NAME};
use super::slug::default_id;
use super::{DeclaredTag, Framework, Limits, Parsed, Rule};
use crate::diagnostic::{Code, Source, quoted};
use crate::document::{Field, Node, Object, Reader, Value};
use crate::tag::{CURATED, Tag};
use ahash::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

const ENVELOPE: &[Field] = &[Field::required("frameworks")];
const FRAMEWORK: &[Field] = &[
    Field::required("shortName"),
    Field::required("name"),
    Field::required("description"),
    Field::required("active"),
    Field::required("tags"),
    Field::required("rules"),
    Field::ignored("id"),
    Field::ignored("version"),
    Field::ignored("createdBy"),
    Field::ignored("createdAt"),
    Field::ignored("modifiedBy"),
    Field::ignored("modifiedAt"),
    Field::ignored("system"),
];
/// Some fields of a framework: the others stand already.
const PART: &[Field] = &[
    Field::replacing("shortName"),
    Field::replacing("name"),
    Field::replacing("description"),
    Field::replacing("active"),
    Field::optional("tags"),
    Field::optional("rules"),
    Field::ignored("id"),
    Field::ignored("version"),
    Field::ignored("createdBy"),
    Field::ignored("createdAt"),
    Field::ignored("modifiedBy"),
    Field::ignored("modifiedAt"),
    Field::ignored("system"),
];
const SENSITIVITY: &[Field] = &[Field::required("dimension"), Field::required("sensitivity")];
const RULE: &[Field] = &[
    Field::required("name"),
    Field::required("classificationTag"),
    Field::optional("columnTags"),
    Field::optional("neighborColumnTags"),
    Field::optional("tableTags"),
    Field::optional("id"),
];

/// Whether a server sets the field, so that it is accepted with any value.
pub(super) fn is_ignored(name: &str) -> bool {
    let found = FRAMEWORK.iter().find(|field| field.name == name);
    found.is_some_and(Field::is_ignored)
}

const DECLARED_TAG: &[Field] = &[
    Field::required("name"),
    Field::optional("source"),
    Field::optional("sensitivities"),
    Field::optional("description"),
];
const TAG: &[Field] = &[Field::required("name"), Field::optional("source")];

/// Reads the tree of a document.
pub(super) fn document(source: &Arc<Source>, root: &Node<'_>, limits: &Limits) -> Parsed {
    let mut reader = Reader::new(source);
    let frameworks = frameworks(&mut reader, root, limits);
    Parsed {
        frameworks,
        diagnostics: reader.finish(),
    }
}

fn frameworks(reader: &mut Reader<'_>, root: &Node<'_>, limits: &Limits) -> Vec<Framework> {
    let listed = match &root.value {
        Value::List(_) => list(reader, root, limits),
        Value::Object(_) if is_envelope(reader, root) => reader
            .object(root, "an object", ENVELOPE)
            .and_then(|envelope| {
                reader.field(&envelope, "frameworks", |reader, node| {
                    list(reader, node, limits)
                })
            }),
        Value::Object(_) => Some(
            framework(reader, root, limits, &Lengths::IN_FILES)
                .into_iter()
                .collect(),
        ),
        _ => {
            let expected = "a framework, a list of frameworks or `{\"frameworks\": [...]}`";
            reader.wrong_type(root, expected, None);
            None
        }
    };
    listed.unwrap_or_default()
}

fn list(reader: &mut Reader<'_>, node: &Node<'_>, limits: &Limits) -> Option<Vec<Framework>> {
    if node.is_empty_list() {
        let message = "the document holds no framework";
        reader.warning(Code::EmptyInput, node.head(), message, None);
    }
    reader.list(node, |reader, node| {
        framework(reader, node, limits, &Lengths::IN_FILES)
    })
}

/// Whether an object is meant to wrap frameworks: it says `frameworks`, or
/// nothing that a framework has and something like `frameworks`.
fn is_envelope(reader: &mut Reader<'_>, root: &Node<'_>) -> bool {
    let Value::Object(entries) = &root.value else {
        return false;
    };
    let keys = || entries.iter().filter_map(|entry| entry.key.as_text());
    let is_known = |key: &str| FRAMEWORK.iter().any(|field| field.name == key);
    keys().any(|key| key == "frameworks")
        || !keys().any(is_known) && keys().any(|key| reader.nearest(key, ["frameworks"]).is_some())
}

/// The tags that a framework declares: name → sources. Ordered, so that hints
/// do not depend on hashes.
type Declared = BTreeMap<String, Vec<String>>;

pub(super) fn framework(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    limits: &Limits,
    lengths: &Lengths,
) -> Option<Framework> {
    let errors_before = reader.errors();
    let object = reader.object(node, "a framework", FRAMEWORK)?;
    let said = said(reader, &object, limits, lengths, None);
    let is_sound = reader.errors() == errors_before;
    is_sound.then_some(Framework {
        id: as_given(object.get("id")),
        version: as_given(object.get("version")),
        short_name: said.short_name?,
        name: said.name?,
        description: said.description?,
        active: said.active?,
        tags: said.tags?,
        rules: said.rules?,
        origin: Some(reader.origin(node)),
    })
}

/// What an object says of a framework. What it does not say or has a fault is `None`.
pub(super) struct Said {
    pub(super) short_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) active: Option<bool>,
    pub(super) tags: Option<Vec<DeclaredTag>>,
    pub(super) rules: Option<Vec<Rule>>,
}

/// Reads some fields of a framework, and which they are; `None` if it is no object.
pub(super) fn part<'n, 't>(
    reader: &mut Reader<'_>,
    node: &'n Node<'t>,
    limits: &Limits,
    current: &Framework,
) -> Option<(Object<'n, 't>, Said)> {
    let object = reader.object(node, "an object with fields of a framework", PART)?;
    let said = said(
        reader,
        &object,
        limits,
        &Lengths::IN_PAYLOADS,
        Some(current),
    );
    Some((object, said))
}

/// Reads the fields. Rules are read with the short name and the tags that stand
/// `already` where the object does not say them.
fn said(
    reader: &mut Reader<'_>,
    object: &Object<'_, '_>,
    limits: &Limits,
    lengths: &Lengths,
    already: Option<&Framework>,
) -> Said {
    let short_name = reader.field(object, "shortName", |reader, node| {
        lengths::name(reader, node, lengths.short_name)
    });
    let name = reader.field(object, "name", |reader, node| {
        lengths::name(reader, node, lengths.name)
    });
    let description = reader.field(object, "description", |reader, node| {
        lengths::text(reader, node, lengths.description)
    });
    let active = reader.field(object, "active", Reader::boolean);
    let mut declared = match object.get("tags") {
        None => declared(already.map_or(&[], |current| &current.tags)),
        Some(_) => Declared::new(),
    };
    let tags = reader.field(object, "tags", |reader, node| {
        reader.list(node, |reader, node| {
            declared_tag(reader, node, lengths, &mut declared)
        })
    });
    // Without a list of tags every rule would be blamed for it.
    let is_declared = tags.is_some() || object.get("tags").is_none() && already.is_some();
    if let Some(entry) = object.entry("rules") {
        check_count(reader, entry.key.span.clone(), &entry.value, limits);
    }
    let stands = already.map(|current| current.short_name.as_str());
    let rules = reader.field(object, "rules", |reader, node| {
        let mut rules = Rules {
            short_name: short_name.as_deref().or(stands).unwrap_or_default(),
            declared: is_declared.then_some(&declared),
            lengths,
            names: HashSet::default(),
            ids: HashMap::default(),
        };
        reader.list(node, |reader, node| rules.rule(reader, node))
    });
    Said {
        short_name,
        name,
        description,
        active,
        tags,
        rules,
    }
}

fn declared(tags: &[DeclaredTag]) -> Declared {
    let mut declared = Declared::new();
    for DeclaredTag { tag, .. } in tags {
        let sources = declared.entry(tag.name.clone()).or_default();
        sources.push(tag.source.clone());
    }
    declared
}

/// What a server set, if it is a text or a number.
fn as_given(node: Option<&Node<'_>>) -> Option<String> {
    match &node?.value {
        Value::Text(text) | Value::Number(text) => Some(text.to_string()),
        _ => None,
    }
}

fn check_count(reader: &mut Reader<'_>, key: Range<usize>, rules: &Node<'_>, limits: &Limits) {
    let Value::List(rules) = &rules.value else {
        return;
    };
    let (count, limit) = (rules.len(), limits.max_rules);
    if count > limit {
        let pointer = reader.path().to_key("rules");
        let message = format!("the framework has {count} rules, the limit is {limit}");
        let help = format!("split the framework, or raise the limit with `--max-rules {count}`");
        reader.error_at(Code::TooManyRules, key, pointer, message, Some(help));
    }
}

fn declared_tag(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    lengths: &Lengths,
    declared: &mut Declared,
) -> Option<DeclaredTag> {
    let object = reader.object(node, "a tag", DECLARED_TAG)?;
    let tag = tag_of(reader, &object, lengths);
    let description = reader.field(&object, "description", |reader, node| {
        lengths::text(reader, node, lengths.description)
    });
    let sensitivity = reader.field(&object, "sensitivities", sensitivity);
    let tag = tag?;
    let sources = declared.entry(tag.name.clone()).or_default();
    if sources.contains(&tag.source) {
        let message = format!("the tag {} is declared twice", quoted(&tag.to_string()));
        let help = Some("keep one of the two".into());
        reader.error(Code::DuplicateTag, name_span(&object, node), message, help);
    } else {
        sources.push(tag.source.clone());
    }
    Some(DeclaredTag {
        tag,
        sensitivity: sensitivity.flatten(),
        description,
        origin: Some(reader.origin(node)),
    })
}

/// The place of an object's `name`, else of its beginning.
fn name_span(object: &Object<'_, '_>, node: &Node<'_>) -> Range<usize> {
    object.get("name").unwrap_or(node).head()
}

/// The sensitivity that a list of them says, if it says one.
fn sensitivity(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Option<u8>> {
    let mut rated = None;
    let mut is_known = false;
    reader.list(node, |reader, node| {
        let object = reader.object(node, "an object", SENSITIVITY)?;
        let dimension = reader.field(&object, "dimension", dimension);
        let level = reader.field(&object, "sensitivity", level);
        dimension?;
        if is_known {
            let entry = object.get("dimension").unwrap_or(node);
            let pointer = reader.path().to_key("dimension");
            let message = "the dimension `confidentiality` stands twice in one tag";
            let help = Some("keep one of the two".into());
            reader.error_at(Code::BadValue, entry.head(), pointer, message, help);
        }
        is_known = true;
        rated = level;
        Some(())
    })?;
    Some(rated)
}

fn dimension(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<()> {
    let dimension = reader.name(node)?;
    if dimension == "confidentiality" {
        return Some(());
    }
    let message = format!("unknown dimension {}", quoted(&dimension));
    let help = Some("the only dimension is `confidentiality`".into());
    reader.error(Code::BadValue, node.head(), message, help);
    None
}

fn level(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<u8> {
    let level = reader.integer(node)?;
    if let "0" | "1" | "2" = level.as_str() {
        return level.parse().ok();
    }
    let message = format!("there is no sensitivity {}", quoted(&level));
    let help = "write `0` for non-sensitive, `1` for sensitive, `2` for highly sensitive";
    reader.error(Code::BadValue, node.head(), message, Some(help.into()));
    None
}

/// A reference to a tag.
fn tag(reader: &mut Reader<'_>, node: &Node<'_>, lengths: &Lengths) -> Option<Tag> {
    let expected = "an object with `name` and `source`";
    if let Some(name) = node.as_text() {
        let example = format!("{{\"name\": {name:?}}}");
        let help = Some(format!("write {}", quoted(&example)));
        reader.wrong_type(node, expected, help);
        return None;
    }
    let object = reader.object(node, expected, TAG)?;
    tag_of(reader, &object, lengths)
}

/// The tag that an object names; where the source is left out, it is curated.
fn tag_of(reader: &mut Reader<'_>, object: &Object<'_, '_>, lengths: &Lengths) -> Option<Tag> {
    let name = reader.field(object, "name", tag_name);
    let source = match object.get("source") {
        None => Some(CURATED.to_owned()),
        Some(_) => reader.field(object, "source", |reader, node| {
            lengths::name(reader, node, lengths.tag_source)
        }),
    };
    Some(Tag::new(source?, name?))
}

fn tag_name(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<String> {
    let name = reader.name(node)?;
    let length = name.chars().count();
    if length <= TAG_NAME {
        return Some(name);
    }
    let message = format!(
        "the tag name {} has {length} characters, the limit is {TAG_NAME}",
        quoted(&name)
    );
    let help = Some("shorten the name".into());
    reader.error(Code::TooLong, node.head(), message, help);
    None
}

/// What the rules of a framework are checked against.
struct Rules<'f> {
    short_name: &'f str,
    declared: Option<&'f Declared>,
    lengths: &'f Lengths,
    names: HashSet<String, RandomState>,
    /// Id → name of the rule that has it.
    ids: HashMap<String, String, RandomState>,
}

impl Rules<'_> {
    fn rule(&mut self, reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Rule> {
        let object = reader.object(node, "a rule", RULE)?;
        let name = reader.field(&object, "name", |reader, node| {
            lengths::name(reader, node, self.lengths.rule_name)
        });
        let given_id = reader.field(&object, "id", |reader, node| {
            lengths::name(reader, node, self.lengths.rule_id)
        });
        let classification_tag = reader.field(&object, "classificationTag", |reader, node| {
            let tag = tag(reader, node, self.lengths)?;
            self.check_declared(reader, &tag, node);
            Some(tag)
        });
        let column_tags = criteria(reader, &object, "columnTags", self.lengths);
        let neighbor_column_tags = criteria(reader, &object, "neighborColumnTags", self.lengths);
        let table_tags = criteria(reader, &object, "tableTags", self.lengths);
        if !CRITERIA.iter().any(|list| wants_something(&object, list)) {
            let message = "the rule has no criteria: it would tag every column";
            let help = format!(
                "add {}",
                CRITERIA.map(|list| format!("`{list}`")).join(" or ")
            );
            reader.error(
                Code::EmptyRule,
                name_span(&object, node),
                message,
                Some(help),
            );
        }
        let has_own_id = given_id.is_some();
        let id = self.id(reader, &object, name.as_deref(), given_id);
        Some(Rule {
            id: id?,
            has_own_id,
            name: name?,
            classification_tag: classification_tag?,
            column_tags: column_tags?,
            neighbor_column_tags: neighbor_column_tags?,
            table_tags: table_tags?,
            origin: Some(reader.origin(node)),
        })
    }

    fn check_declared(&self, reader: &mut Reader<'_>, tag: &Tag, node: &Node<'_>) {
        let Some(declared) = self.declared else {
            return;
        };
        let sources = declared.get(&tag.name).map(Vec::as_slice);
        let sources = sources.unwrap_or_default();
        if sources.contains(&tag.source) {
            return;
        }
        let add = format!(
            "add a tag with name {} and source {} to `tags`",
            quoted(&tag.name),
            quoted(&tag.source)
        );
        let help = match sources.first() {
            Some(source) => format!(
                "`tags` has it with source {}: write that, or {add}",
                quoted(source)
            ),
            None => match reader.nearest(&tag.name, declared.keys().map(String::as_str)) {
                Some(near) => format!("did you mean {}? else {add}", quoted(near)),
                None => add,
            },
        };
        let shown = quoted(&tag.to_string()).to_string();
        let message = format!("the classification tag {shown} is not declared in `tags`");
        reader.error(
            Code::UndeclaredTag,
            name_value_span(node),
            message,
            Some(help),
        );
    }

    /// The id of a rule, which is checked as its name is.
    fn id(
        &mut self,
        reader: &mut Reader<'_>,
        object: &Object<'_, '_>,
        name: Option<&str>,
        given: Option<String>,
    ) -> Option<String> {
        let is_new_name = name.is_none_or(|name| self.names.insert(name.to_owned()));
        if let (false, Some(name)) = (is_new_name, name) {
            let message = format!("two rules of the framework have the name {}", quoted(name));
            let help = "give each rule a name of its own";
            duplicate(reader, object, "name", message, help);
        }
        let is_given = given.is_some();
        let id = given.or_else(|| Some(default_id(self.short_name, name?)))?;
        let owner = name.unwrap_or_default().to_owned();
        match self.ids.insert(id.clone(), owner) {
            Some(other) if is_given => {
                let message = format!(
                    "the rule {} has the id {}, too",
                    quoted(&other),
                    quoted(&id)
                );
                duplicate(
                    reader,
                    object,
                    "id",
                    message,
                    "give each rule an `id` of its own",
                );
            }
            // Two rules of one name have been told of already.
            Some(other) if is_new_name => {
                let message = format!(
                    "the name gives the id {}, which the rule {} has, too",
                    quoted(&id),
                    quoted(&other)
                );
                duplicate(
                    reader,
                    object,
                    "name",
                    message,
                    "give one of the two an `id`",
                );
            }
            _ => {}
        }
        Some(id)
    }
}

const CRITERIA: [&str; 3] = ["columnTags", "neighborColumnTags", "tableTags"];

/// Whether a list of criteria is there and not an empty list.
fn wants_something(object: &Object<'_, '_>, list: &str) -> bool {
    object.get(list).is_some_and(|node| !node.is_empty_list())
}

/// The tags of a list of criteria, each once; `None` if the list has a fault.
fn criteria(
    reader: &mut Reader<'_>,
    object: &Object<'_, '_>,
    list: &str,
    lengths: &Lengths,
) -> Option<Vec<Tag>> {
    if object.get(list).is_none() {
        return Some(Vec::new());
    }
    let mut tags = reader.field(object, list, |reader, node| {
        reader.list(node, |reader, node| tag(reader, node, lengths))
    })?;
    if tags.len() > 1 {
        let mut seen: HashSet<&Tag, RandomState> = HashSet::default();
        let is_first: Vec<bool> = tags.iter().map(|tag| seen.insert(tag)).collect();
        let mut is_first = is_first.into_iter();
        tags.retain(|_| is_first.next().unwrap_or(true));
    }
    Some(tags)
}

fn duplicate(
    reader: &mut Reader<'_>,
    object: &Object<'_, '_>,
    field: &str,
    message: String,
    help: &str,
) {
    let span = object.get(field).map_or(0..0, Node::head);
    let pointer = reader.path().to_key(field);
    reader.error_at(
        Code::DuplicateRule,
        span,
        pointer,
        message,
        Some(help.into()),
    );
}

/// The place of the name in a reference to a tag.
fn name_value_span(node: &Node<'_>) -> Range<usize> {
    let name = match &node.value {
        Value::Object(entries) => entries.iter().find(|e| e.key.as_text() == Some("name")),
        _ => None,
    };
    name.map_or_else(|| node.head(), |entry| entry.value.head())
}

//! A framework as clients send it: the whole of it, or the fields that change.

use super::lengths::Lengths;
use super::read::{Said, framework, part};
use super::slug::default_id;
use super::{DeclaredTag, Format, Framework, Limits, Rule};
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use crate::document::{Node, Object, Reader, Value, Words, tree};
use crate::tag::Tag;
use ahash::RandomState;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

const WORDS: Words = Words {
    one: "framework",
    many: "frameworks",
    roots: "a framework",
};

/// Errors that are told one by one: an answer is to be read, and a payload of
/// nothing but faults is not to be answered with many times its size.
const MOST_FINDINGS: usize = 1000;

/// Fields that a framework has and a client may set.
const FIELDS: [&str; 6] = [
    "shortName",
    "name",
    "description",
    "active",
    "tags",
    "rules",
];

/// A text that is JSON or YAML, and is to be one framework or some of its fields.
///
/// Stricter than a file: there is one framework, not a list, and its texts are bounded
/// in length.
///
/// ```
/// use classmark::diagnostic::Source;
/// use classmark::framework::{Format, Limits, Payload};
///
/// let limits = Limits::default();
/// let whole = r#"{"shortName": "hr", "name": "HR", "description": "", "active": true,
///     "tags": [{"name": "Pay", "source": "curated"}],
///     "rules": [{"name": "Salary", "classificationTag": {"name": "Pay", "source": "curated"},
///                "columnTags": [{"name": "Money", "source": "curated"}]}]}"#;
/// let whole = Source::new("", whole);
/// let current = Payload::read(&whole, Format::Json, limits).unwrap().whole().unwrap();
///
/// let change = |text: &str| {
///     let source = Source::new("", text);
///     let payload = Payload::read(&source, Format::Yaml, limits).map_err(|fault| vec![fault])?;
///     payload.over(&current)
/// };
/// assert_eq!(change("shortName: people").unwrap().rules[0].id, "people/salary");
/// // The rule that stands already needs the tag.
/// let findings = change("tags: []").unwrap_err();
/// assert_eq!((findings[0].code.as_str(), &*findings[0].pointer), ("undeclared-tag", "/tags"));
/// ```
#[derive(Debug)]
pub struct Payload<'s> {
    source: &'s Arc<Source>,
    root: Node<'s>,
    limits: Limits,
}

impl<'s> Payload<'s> {
    /// Reads the text, whatever it says.
    ///
    /// # Errors
    ///
    /// What keeps it from being a document of this format within these limits.
    pub fn read(
        source: &'s Arc<Source>,
        format: Format,
        limits: Limits,
    ) -> Result<Self, Diagnostic> {
        let root = tree(source.text(), format, &limits.document(), &WORDS)
            .map_err(|fault| Reader::fault_of(source, *fault))?;
        Ok(Payload {
            source,
            root,
            limits,
        })
    }

    /// Whether this is the only field of a framework that it says, beside those
    /// that a server sets.
    pub fn says_only(&self, field: &str) -> bool {
        let Value::Object(entries) = &self.root.value else {
            return false;
        };
        let told = |key: &&str| !super::read::is_ignored(key);
        let mut keys = entries
            .iter()
            .filter(|entry| !entry.value.is_null())
            .map(|entry| entry.key.as_text().unwrap_or_default())
            .filter(told)
            .peekable();
        keys.peek().is_some() && keys.all(|key| key == field)
    }

    /// Which fields of a framework it says, those not counted that a server sets.
    pub fn fields(&self) -> Vec<&'static str> {
        let Value::Object(entries) = &self.root.value else {
            return Vec::new();
        };
        let said = |field: &&str| {
            let mut entries = entries.iter();
            entries.any(|e| e.key.as_text() == Some(field) && !e.value.is_null())
        };
        FIELDS.into_iter().filter(said).collect()
    }

    /// The framework that it is.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in document order.
    pub fn whole(&self) -> Result<Framework, Vec<Diagnostic>> {
        self.checked(|reader| framework(reader, &self.root, &self.limits, &Lengths::IN_PAYLOADS))
    }

    /// The framework that comes of putting its fields in the place of those that
    /// stand already. `tags` and `rules` are replaced as a whole. Id and version
    /// stay, and so does a list that is sent as `null`; for other fields `null` is
    /// an error.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in document order. What shows only beside
    /// the fields that stand already points at the field that was sent.
    pub fn over(&self, current: &Framework) -> Result<Framework, Vec<Diagnostic>> {
        self.checked(|reader| {
            let (object, said) = part(reader, &self.root, &self.limits, current)?;
            let rules = match object.get("rules") {
                Some(_) => Vec::new(),
                None => rules_that_stay(reader, &object, &said, current),
            };
            Some(merged(said, rules, current))
        })
    }

    fn checked(
        &self,
        read: impl FnOnce(&mut Reader<'_>) -> Option<Framework>,
    ) -> Result<Framework, Vec<Diagnostic>> {
        if let Some(finding) = self.several() {
            return Err(vec![finding]);
        }
        let mut reader = Reader::telling(self.source, MOST_FINDINGS);
        let framework = read(&mut reader);
        let mut findings = reader.finish();
        findings.retain(Diagnostic::is_error);
        match framework {
            Some(framework) if findings.is_empty() => Ok(framework),
            _ => Err(findings),
        }
    }

    /// Told in one finding: its fields would only be blamed one by one.
    fn several(&self) -> Option<Diagnostic> {
        let (pointer, code) = match &self.root.value {
            Value::List(_) => ("", Code::WrongType),
            Value::Object(entries) => {
                let has = |key: &str| entries.iter().any(|e| e.key.as_text() == Some(key));
                let wraps = has("frameworks") && !FIELDS.iter().any(|field| has(field));
                ("/frameworks", wraps.then_some(Code::UnknownField)?)
            }
            _ => return None,
        };
        let message = "the document must be one framework, found a list of frameworks";
        let finding = Diagnostic::error(code, message);
        let finding = finding.at(self.source, self.root.head(), pointer);
        Some(finding.with_help("send each framework by itself"))
    }
}

fn merged(said: Said, rules: Vec<Rule>, current: &Framework) -> Framework {
    let or = |said: Option<String>, current: &String| said.unwrap_or_else(|| current.clone());
    Framework {
        id: current.id.clone(),
        version: current.version.clone(),
        short_name: or(said.short_name, &current.short_name),
        name: or(said.name, &current.name),
        description: or(said.description, &current.description),
        active: said.active.unwrap_or(current.active),
        tags: said.tags.unwrap_or_else(|| current.tags.clone()),
        rules: said.rules.unwrap_or(rules),
        origin: current.origin.clone(),
    }
}

/// The rules that stand already, beside the short name and tags that were sent.
fn rules_that_stay(
    reader: &mut Reader<'_>,
    object: &Object<'_, '_>,
    said: &Said,
    current: &Framework,
) -> Vec<Rule> {
    let mut rules = current.rules.clone();
    if let (Some(tags), Some(sent)) = (&said.tags, object.entry("tags")) {
        still_declared(reader, sent.key.span.clone(), tags, &rules);
    }
    if let (Some(short_name), Some(sent)) = (&said.short_name, object.entry("shortName")) {
        for rule in rules.iter_mut().filter(|rule| !rule.has_own_id) {
            rule.id = default_id(short_name, &rule.name);
        }
        still_unique(reader, sent.value.span.clone(), &rules);
    }
    rules
}

fn still_declared(
    reader: &mut Reader<'_>,
    span: Range<usize>,
    tags: &[DeclaredTag],
    rules: &[Rule],
) {
    let declared: HashSet<&Tag, RandomState> = tags.iter().map(|tag| &tag.tag).collect();
    let is_lost = |rule: &&Rule| !declared.contains(&rule.classification_tag);
    for rule in rules.iter().filter(is_lost) {
        let tag = &rule.classification_tag;
        let shown = quoted(&tag.to_string()).to_string();
        let message = format!(
            "`tags` does not declare {shown}, the classification tag of the rule {}",
            quoted(&rule.name)
        );
        let help = format!(
            "keep a tag with name {} and source {} in `tags`, or send `rules`, too",
            quoted(&tag.name),
            quoted(&tag.source)
        );
        let pointer = "/tags".to_owned();
        reader.error_at(
            Code::UndeclaredTag,
            span.clone(),
            pointer,
            message,
            Some(help),
        );
    }
}

fn still_unique(reader: &mut Reader<'_>, span: Range<usize>, rules: &[Rule]) {
    let mut ids: HashSet<&str, RandomState> = HashSet::default();
    for rule in rules.iter().filter(|rule| !ids.insert(&rule.id)) {
        let message = format!(
            "with this short name two rules have the id {}, one of them {}",
            quoted(&rule.id),
            quoted(&rule.name)
        );
        let help = "give one of the two an `id` of its own".to_owned();
        let pointer = "/shortName".to_owned();
        reader.error_at(
            Code::DuplicateRule,
            span.clone(),
            pointer,
            message,
            Some(help),
        );
    }
}

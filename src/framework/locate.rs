//! Where in its document a criterion of a rule stands.
//!
//! Rules keep the place of their own object only: criteria are many, and their
//! places are asked for rarely. So the document is read once more.

use super::{Format, Framework, Rule};
use crate::diagnostic::{Origin, Source};
use crate::document::{self, Node, Value, Words, tree};
use crate::tag::{CURATED, Tag};
use std::sync::Arc;

/// The list of a rule in which a criterion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CriterionList {
    /// `columnTags`
    Column,
    /// `neighborColumnTags`
    Neighbor,
    /// `tableTags`
    Table,
}

/// One criterion of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Criterion<'f> {
    /// The rule.
    pub rule: &'f Rule,
    /// In which of its lists it stands.
    pub list: CriterionList,
    /// The tag that it asks for.
    pub tag: &'f Tag,
}

/// Documents were within their limits when they were read the first time.
const LIMITS: document::Limits = document::Limits {
    max_bytes: usize::MAX,
    max_depth: usize::MAX,
    max_nodes: usize::MAX,
};

/// Required by the reader; faults are not reported here.
const WORDS: Words = Words {
    one: "framework",
    many: "frameworks",
    roots: "a framework",
};

impl CriterionList {
    /// The field of a rule that has the list.
    pub fn field(self) -> &'static str {
        match self {
            CriterionList::Column => "columnTags",
            CriterionList::Neighbor => "neighborColumnTags",
            CriterionList::Table => "tableTags",
        }
    }
}

impl Rule {
    /// All criteria of the rule.
    pub fn criteria(&self) -> impl Iterator<Item = Criterion<'_>> {
        let lists = [
            (CriterionList::Column, &self.column_tags),
            (CriterionList::Neighbor, &self.neighbor_column_tags),
            (CriterionList::Table, &self.table_tags),
        ];
        lists.into_iter().flat_map(move |(list, tags)| {
            tags.iter().map(move |tag| Criterion {
                rule: self,
                list,
                tag,
            })
        })
    }
}

/// The place of each criterion: that of its name, or of its rule where it cannot
/// be found. `None` for rules that come from no document.
///
/// A document is read once for criteria of it that follow one another.
pub fn criterion_origins(criteria: &[Criterion<'_>]) -> Vec<Option<Origin>> {
    let same = |a: &Criterion<'_>, b: &Criterion<'_>| match (source(a), source(b)) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let mut origins = Vec::with_capacity(criteria.len());
    for of_one in criteria.chunk_by(same) {
        let root = of_one
            .first()
            .and_then(source)
            .and_then(|source| read(source));
        origins.extend(of_one.iter().map(|criterion| {
            let rule = criterion.rule.origin.as_ref()?;
            let found = root.as_ref().and_then(|root| find(root, criterion, rule));
            Some(found.unwrap_or_else(|| rule.clone()))
        }));
    }
    origins
}

/// The place of what a framework says of `active`, or of the framework where that
/// cannot be found; `None` for frameworks that come from no document.
pub(super) fn active_origin(framework: &Framework) -> Option<Origin> {
    let origin = framework.origin.as_ref()?;
    let found = read(&origin.source).and_then(|root| {
        let active = child(at(&root, &origin.pointer)?, "active")?;
        Some(Origin {
            source: Arc::clone(&origin.source),
            span: active.span.clone(),
            pointer: format!("{}/active", origin.pointer),
        })
    });
    Some(found.unwrap_or_else(|| origin.clone()))
}

fn source<'f>(criterion: &Criterion<'f>) -> Option<&'f Arc<Source>> {
    criterion.rule.origin.as_ref().map(|origin| &origin.source)
}

fn read(source: &Source) -> Option<Node<'_>> {
    let format = Format::of_name(source.name(), source.text());
    tree(source.text(), format, &LIMITS, &WORDS).ok()
}

fn find(root: &Node<'_>, criterion: &Criterion<'_>, rule: &Origin) -> Option<Origin> {
    let field = criterion.list.field();
    let rule_node = at(root, &rule.pointer)?;
    let Value::List(tags) = &child(rule_node, field)?.value else {
        return None;
    };
    let wanted = criterion.tag;
    let is_wanted = |tag: &Node<'_>| {
        let text = |key: &str| child(tag, key).and_then(Node::as_text);
        text("name") == Some(&wanted.name) && text("source").unwrap_or(CURATED) == wanted.source
    };
    let place = tags.iter().position(is_wanted)?;
    let name = child(tags.get(place)?, "name")?;
    Some(Origin {
        source: Arc::clone(&rule.source),
        span: name.span.clone(),
        pointer: format!("{}/{field}/{place}", rule.pointer),
    })
}

/// The value that a JSON pointer leads to.
fn at<'n, 't>(root: &'n Node<'t>, pointer: &str) -> Option<&'n Node<'t>> {
    let mut steps = pointer.split('/').skip(1);
    steps.try_fold(root, |node, step| {
        child(node, &step.replace("~1", "/").replace("~0", "~"))
    })
}

/// The value of an object's key or of a list's place.
fn child<'n, 't>(node: &'n Node<'t>, step: &str) -> Option<&'n Node<'t>> {
    match &node.value {
        Value::Object(entries) => {
            let mut entries = entries.iter();
            let entry = entries.find(|entry| entry.key.as_text() == Some(step))?;
            Some(&entry.value)
        }
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Criterion, criterion_origins};
    use crate::diagnostic::Source;
    use crate::framework::{Format, Limits, parse};

    #[test]
    fn criteria_are_found_in_both_formats() {
        let json = r#"[{"shortName": "a/b", "name": "A", "description": "", "active": true,
 "tags": [{"name": "x"}],
 "rules": [{"name": "r", "classificationTag": {"name": "x"}, "columnTags": [{"name": "p"}, {"name": "p", "source": "s"}]}]}]"#;
        let yaml = "shortName: a\nname: A\ndescription: ''\nactive: true\ntags: [{name: x}]\nrules:\n- name: r\n  classificationTag: {name: x}\n  columnTags: [{name: p},\n    {name: p, source: s}]\n";
        for (name, text, format, line, pointer) in [
            ("a.json", json, Format::Json, 3, "/0/rules/0/columnTags/1"),
            ("a.yaml", yaml, Format::Yaml, 10, "/rules/0/columnTags/1"),
        ] {
            let parsed = parse(&Source::new(name, text), format, &Limits::default());
            let rule = &parsed.frameworks[0].rules[0];
            let criteria: Vec<Criterion<'_>> = rule.criteria().collect();
            let origins = criterion_origins(&criteria);
            let last = origins[1].as_ref().unwrap();
            assert_eq!(last.pointer, pointer);
            assert_eq!(last.source.position(last.span.start).0, line);
            assert_eq!(origins.len(), 2);
        }
    }

    #[test]
    fn what_came_from_no_document_has_no_place() {
        let parsed = parse(
            &Source::new(
                "x.yaml",
                "shortName: a\nname: A\ndescription: ''\nactive: true\ntags: [{name: x}]\nrules: [{name: r, classificationTag: {name: x}, columnTags: [{name: p}]}]",
            ),
            Format::Yaml,
            &Limits::default(),
        );
        let mut rule = parsed.frameworks[0].rules[0].clone();
        rule.origin = None;
        let criteria: Vec<Criterion<'_>> = rule.criteria().collect();
        assert_eq!(criterion_origins(&criteria), [None]);
    }
}

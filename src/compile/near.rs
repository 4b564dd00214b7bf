//! Criteria that nothing meets because a tag is spelled otherwise: in another
//! case, with other blanks, in another Unicode form, or under another source.
//!
//! Matching is exact, so such a rule is silent. A tag is taken for a near miss
//! only if it differs in nothing else.

use crate::diagnostic::{Code, Diagnostic, is_unseen, quoted};
use crate::framework::{Criterion, Framework, Rule, criterion_origins};
use crate::tag::{Tag, TagMatch, TagWatch, folded};
use std::collections::BTreeSet;
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// More warnings than this say nothing new and would only fill the memory.
const MOST: usize = 10_000;
/// Near tags that one warning names.
const NAMED: usize = 3;

/// What to watch a catalog for: all criteria of active rules.
pub fn watch(frameworks: &[Framework], matching: TagMatch) -> TagWatch {
    TagWatch::new(
        matching,
        criteria(frameworks).map(|criterion| criterion.tag),
    )
}

/// Warnings about criteria of active rules, in their order, that are almost a tag
/// that some framework declares or gives, while no framework has the tag itself:
/// `near-miss-tag`.
///
/// Another source is no near miss here: tags of other sources come from the catalog.
pub fn near_declared(frameworks: &[Framework], matching: TagMatch) -> Vec<Diagnostic> {
    let known = watch(frameworks, matching);
    let declared = frameworks.iter().flat_map(|f| &f.tags).map(|d| &d.tag);
    let given = frameworks.iter().flat_map(|f| &f.rules);
    let given = given.map(|rule| &rule.classification_tag);
    for tag in declared.chain(given) {
        known.see(&tag.source, &tag.name);
    }
    let near = criteria(frameworks)
        .filter(|criterion| !known.is_met(criterion.tag))
        .map(|criterion| {
            (
                criterion,
                of_its_source(criterion.tag, known.near(criterion.tag)),
            )
        })
        .filter(|(_, near)| !near.is_empty());
    warnings(near.collect(), "the frameworks have")
}

fn of_its_source(criterion: &Tag, mut near: Vec<Tag>) -> Vec<Tag> {
    let source = folded(&criterion.source);
    near.retain(|tag| folded(&tag.source) == source);
    near
}

/// Criteria of active rules that nothing in a catalog meets.
#[derive(Debug)]
pub struct Unmet<'f> {
    frameworks: &'f [Framework],
    /// The tags of the catalog.
    seen: &'f TagWatch,
    /// The tags that active rules give.
    given: TagWatch,
}

impl<'f> Unmet<'f> {
    /// Finds the unmet criteria of a catalog whose tags `seen` has collected;
    /// `seen` comes from [`watch`].
    pub fn new(frameworks: &'f [Framework], matching: TagMatch, seen: &'f TagWatch) -> Self {
        let given = watch(frameworks, matching);
        let active = frameworks.iter().filter(|framework| framework.active);
        for rule in active.flat_map(|framework| &framework.rules) {
            let tag = &rule.classification_tag;
            given.see(&tag.source, &tag.name);
        }
        Unmet {
            frameworks,
            seen,
            given,
        }
    }

    /// Warnings about those that are almost a tag of the catalog, or one that an
    /// active rule gives, in their order: `near-miss-tag`.
    pub fn near_misses(&self) -> Vec<Diagnostic> {
        let (mut there, mut given) = (Vec::new(), Vec::new());
        let unmet = criteria(self.frameworks).filter(|criterion| self.is_unmet(criterion.tag));
        for criterion in unmet {
            let near = self.seen.near(criterion.tag);
            if !near.is_empty() {
                there.push((criterion, near));
                continue;
            }
            let near = of_its_source(criterion.tag, self.given.near(criterion.tag));
            if !near.is_empty() {
                given.push((criterion, near));
            }
        }
        let mut warned = warnings(there, "the catalog has");
        warned.extend(warnings(given, "the frameworks have"));
        warned
    }

    /// Which criteria of a rule nothing meets, in a sentence; `None`: each is met
    /// by itself.
    pub fn of_rule(&self, rule: &Rule) -> Option<String> {
        let unmet: BTreeSet<&Tag> = rule
            .criteria()
            .map(|criterion| criterion.tag)
            .filter(|tag| self.is_unmet(tag))
            .collect();
        let named = unmet.iter().take(NAMED);
        let named: Vec<String> = named
            .map(|tag| shown(tag, &distinct(&tag.name, &tag.name)))
            .collect();
        let more = match unmet.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!unmet.is_empty()).then(|| {
            format!(
                "the catalog has no tag {}{more}, and no active rule gives it",
                named.join(", ")
            )
        })
    }

    fn is_unmet(&self, criterion: &Tag) -> bool {
        !self.seen.is_met(criterion) && !self.given.is_met(criterion)
    }
}

fn criteria(frameworks: &[Framework]) -> impl Iterator<Item = Criterion<'_>> {
    let active = frameworks.iter().filter(|framework| framework.active);
    let rules = active.flat_map(|framework| &framework.rules);
    rules.flat_map(Rule::criteria)
}

fn warnings(mut near: Vec<(Criterion<'_>, Vec<Tag>)>, has: &str) -> Vec<Diagnostic> {
    let untold = near.len().saturating_sub(MOST);
    near.truncate(MOST);
    let criteria: Vec<Criterion<'_>> = near.iter().map(|(criterion, _)| *criterion).collect();
    let origins = criterion_origins(&criteria);
    let mut warned: Vec<Diagnostic> = near
        .iter()
        .zip(origins)
        .map(|((criterion, near), origin)| warning(criterion, near, has).at_origin(origin.as_ref()))
        .collect();
    if untold > 0 {
        let message = format!("{untold} more criteria are near misses, which are not listed");
        warned.push(Diagnostic::warning(Code::NearMissTag, message));
    }
    warned
}

/// What one criterion is almost, of which there is at least one tag.
fn warning(criterion: &Criterion<'_>, near: &[Tag], has: &str) -> Diagnostic {
    let wanted = criterion.tag;
    let nearest = near.first().unwrap_or(wanted);
    let named: Vec<String> = near
        .iter()
        .take(NAMED)
        .map(|tag| shown(tag, &distinct(&tag.name, &wanted.name)))
        .collect();
    let message = format!(
        "nothing meets the criterion {} in `{}` of the rule {}: {has} {}, which differs in {}",
        shown(wanted, &distinct(&wanted.name, &nearest.name)),
        criterion.list.field(),
        quoted(&criterion.rule.id),
        named.join(" and "),
        difference(wanted, nearest),
    );
    let help = format!(
        "write the tag in the rule exactly as it is: name {}, source {}; or correct it where it comes from",
        escaped(&distinct(&nearest.name, &wanted.name)),
        escaped(&nearest.source),
    );
    Diagnostic::warning(Code::NearMissTag, message).with_help(help)
}

/// A tag in a message, its name already made visible.
fn shown(tag: &Tag, name: &str) -> String {
    format!("{} (source {})", escaped(name), escaped(&tag.source))
}

/// In backticks, cut when long. What [`distinct`] has escaped stays as it is.
fn escaped(name: &str) -> String {
    quoted(name).to_string()
}

/// A name with what distinguishes it from another one made visible: in the part
/// that differs, blanks, and characters that look like others, are escaped.
fn distinct(name: &str, other: &str) -> String {
    let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - prefix;
    let suffix = a.iter().rev().zip(b.iter().rev());
    let suffix = suffix.take_while(|(a, b)| a == b).take(rest).count();
    let same_form = name.nfkc().eq(other.nfkc());
    let mut visible = String::new();
    for (place, c) in a.iter().enumerate() {
        let differs = place >= prefix && place < a.len() - suffix;
        let is_like = *c == ' ' || is_like_another(*c) || !c.is_ascii() && same_form;
        if is_blank(*c) || differs && is_like {
            // Writing to a string does not fail.
            let _ = write!(visible, "{}", c.escape_unicode());
        } else {
            visible.push(*c);
        }
    }
    visible
}

/// Whether a character cannot be seen, or is a blank that is no space.
fn is_blank(c: char) -> bool {
    is_unseen(c) || c != ' ' && c.is_whitespace()
}

/// Whether a character is easily taken for another one.
fn is_like_another(c: char) -> bool {
    let plain = |c: char| std::iter::once(c).nfkc().all(|c| c.is_ascii());
    let folds = |c: char| !c.is_alphabetic() && folded(c.encode_utf8(&mut [0; 4])).is_ascii();
    is_combining_mark(c) || !c.is_ascii() && (plain(c) || folds(c))
}

/// In what two tags differ that fold to the same.
fn difference(wanted: &Tag, near: &Tag) -> &'static str {
    let source = wanted.source != near.source;
    let name = wanted.name != near.name;
    if !name {
        return "its source";
    }
    let case = |name: &str| name.to_lowercase();
    let blanks = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let form = |name: &str| name.nfkc().collect::<String>();
    let by = |of: &dyn Fn(&str) -> String| of(&wanted.name) == of(&near.name);
    match source {
        true => "its name and its source",
        false if by(&case) => "upper and lower case",
        false if by(&blanks) => "blanks",
        false if by(&form) => "its Unicode form",
        false => "case, blanks or Unicode form",
    }
}

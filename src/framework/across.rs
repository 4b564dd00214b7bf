//! What only shows among several frameworks.

use super::locate::active_origin;
use super::{Framework, Origin, Rule};
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::tag::Tag;
use ahash::RandomState;
use std::collections::{HashMap, HashSet};

/// Findings among frameworks, in their order.
///
/// One rule id in two active frameworks is an error, `duplicate-rule-id`. A tag
/// that frameworks, active or not, declare with different sensitivities is a
/// warning, `conflicting-sensitivity`: the highest counts. A declaration
/// without a sensitivity contradicts none.
pub fn check_together(frameworks: &[Framework]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut ratings = Ratings::of(frameworks);
    let mut ids: HashMap<&str, (usize, &Rule), RandomState> = HashMap::default();
    for (index, framework) in frameworks.iter().enumerate() {
        findings.extend(ratings.conflicts(framework));
        if !framework.active {
            continue;
        }
        for rule in &framework.rules {
            let (first, holder) = *ids.entry(&rule.id).or_insert((index, rule));
            if first != index {
                findings.push(duplicate_id(rule, holder, &frameworks[first]));
            }
        }
    }
    findings
}

/// A warning if nothing will be evaluated: no framework is active
/// (`no-active-framework`), or none of the active ones has a rule (`no-rules`).
///
/// For frameworks of which none had to be left out because of an error.
pub fn check_active(frameworks: &[Framework]) -> Option<Diagnostic> {
    let mut active = frameworks.iter().filter(|framework| framework.active);
    let Some(first) = active.next() else {
        let message = match frameworks.len() {
            0 => "there is no framework: no rule is evaluated, and nothing is tagged".to_owned(),
            1 => "the only framework is not active: no rule is evaluated, and nothing is tagged"
                .to_owned(),
            all => format!(
                "none of the {all} frameworks is active: no rule is evaluated, and nothing is tagged"
            ),
        };
        let place = frameworks.first().and_then(active_origin);
        return Some(
            Diagnostic::warning(Code::NoActiveFramework, message)
                .at_origin(place.as_ref())
                .with_help("set `\"active\": true` in the frameworks that are to be applied"),
        );
    };
    if !first.rules.is_empty() || active.any(|framework| !framework.rules.is_empty()) {
        return None;
    }
    let message = "no active framework has a rule: nothing is tagged";
    Some(
        Diagnostic::warning(Code::NoRules, message)
            .at_origin(first.origin.as_ref())
            .with_help(
                "add rules to `rules`, or set `\"active\": true` in a framework that has some",
            ),
    )
}

fn duplicate_id(rule: &Rule, holder: &Rule, other: &Framework) -> Diagnostic {
    let message = format!(
        "the rule id {} is also that of a rule of the active framework {}{}",
        quoted(&rule.id),
        quoted(&other.short_name),
        place(holder.origin.as_ref())
    );
    Diagnostic::error(Code::DuplicateRuleId, message)
        .at_origin(rule.origin.as_ref())
        .with_help("give one of the two rules another `id`, or deactivate one framework")
}

/// The sensitivities that frameworks declare for each tag.
struct Ratings<'f> {
    highest: HashMap<&'f Tag, u8, RandomState>,
    /// The first declaration of each tag that rates it.
    first: HashMap<&'f Tag, (u8, Option<&'f Origin>), RandomState>,
    /// Tags whose conflict has been told.
    told: HashSet<&'f Tag, RandomState>,
}

impl<'f> Ratings<'f> {
    fn of(frameworks: &'f [Framework]) -> Self {
        let mut highest: HashMap<&Tag, u8, RandomState> = HashMap::default();
        for declared in frameworks.iter().flat_map(|framework| &framework.tags) {
            if let Some(level) = declared.sensitivity {
                let known = highest.entry(&declared.tag).or_insert(level);
                *known = level.max(*known);
            }
        }
        Ratings {
            highest,
            first: HashMap::default(),
            told: HashSet::default(),
        }
    }

    /// One warning per tag, where a framework first departs from an earlier one.
    fn conflicts(&mut self, framework: &'f Framework) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for declared in &framework.tags {
            let (Some(level), tag) = (declared.sensitivity, &declared.tag) else {
                continue;
            };
            let origin = declared.origin.as_ref();
            let (first, first_origin) = *self.first.entry(tag).or_insert((level, origin));
            if first == level || !self.told.insert(tag) {
                continue;
            }
            let highest = self.highest.get(tag).copied().unwrap_or(level);
            let message = format!(
                "the tag {} has sensitivity {level} here and {first} elsewhere{}: the highest, {highest}, counts",
                quoted(&tag.to_string()),
                place(first_origin)
            );
            findings.push(
                Diagnostic::warning(Code::ConflictingSensitivity, message)
                    .at_origin(origin)
                    .with_help("declare the tag with one sensitivity in all frameworks"),
            );
        }
        findings
    }
}

/// Where the other one stands, in brackets, or nothing.
fn place(origin: Option<&Origin>) -> String {
    origin.map_or_else(String::new, |origin| format!(" ({origin})"))
}

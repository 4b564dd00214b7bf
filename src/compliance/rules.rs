//! Rule ids against those that classification frameworks have.

use super::{ComplianceFramework, Control, RuleReference};
use crate::diagnostic::{Code, Diagnostic, Nearest, quoted};
use ahash::RandomState;
use std::collections::HashMap;

/// More findings than this say nothing new and would only fill the memory.
const MOST_FINDINGS: usize = 100_000;

/// Rule ids that are not known, or known and not evaluated, in document order.
///
/// `knows` says of an id whether a framework has the rule, and whether an
/// active one does; `ids` are all ids known, in a fixed order, from which a help
/// picks what was probably meant. Both findings are warnings, `unknown-rule` and
/// `inactive-rule`: the control is `unknown`, which is what an auditor is to see.
pub fn check_rules<'i>(
    frameworks: &[ComplianceFramework],
    knows: impl Fn(&str) -> Option<bool>,
    ids: impl IntoIterator<Item = &'i str>,
) -> Vec<Diagnostic> {
    let mut ids = Some(ids);
    let mut guesses: Option<Guesses<'i>> = None;
    let mut findings = Vec::new();
    let mut untold = 0usize;
    for (control, rule) in references(frameworks) {
        let known = knows(&rule.id);
        if known == Some(true) {
            continue;
        }
        if findings.len() >= MOST_FINDINGS {
            untold += 1;
            continue;
        }
        findings.push(match known {
            Some(_) => inactive(control, rule),
            None => {
                let guesses = guesses.get_or_insert_with(|| Guesses::of(ids.take()));
                unknown(control, rule, guesses.guess(&rule.id))
            }
        });
    }
    if untold > 0 {
        let message = format!("{untold} more rule ids are not evaluated, which are not listed");
        findings.push(Diagnostic::warning(Code::UnknownRule, message));
    }
    findings
}

fn references(
    frameworks: &[ComplianceFramework],
) -> impl Iterator<Item = (&Control, &RuleReference)> {
    let requirements = frameworks.iter().flat_map(|f| &f.requirements);
    let controls = requirements.flat_map(|requirement| &requirement.controls);
    controls.flat_map(|control| control.rules.iter().map(move |rule| (control, rule)))
}

fn unknown(control: &Control, rule: &RuleReference, near: Option<&str>) -> Diagnostic {
    let message = format!(
        "no framework has the rule {}: {}",
        quoted(&rule.id),
        consequence(control)
    );
    let help = match near {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None => "name a rule by its `id`, or by `<short name>/<rule name>` in lower case with `-` for all but letters and digits".into(),
    };
    Diagnostic::warning(Code::UnknownRule, message)
        .at_origin(rule.origin.as_ref())
        .with_help(help)
}

fn inactive(control: &Control, rule: &RuleReference) -> Diagnostic {
    let message = format!(
        "the rule {} is not evaluated, its framework is not active: {}",
        quoted(&rule.id),
        consequence(control)
    );
    Diagnostic::warning(Code::InactiveRule, message)
        .at_origin(rule.origin.as_ref())
        .with_help("set `active` to `true` in the rule's framework, or name another rule")
}

fn consequence(control: &Control) -> String {
    format!(
        "the control {} will be `unknown` unless it fails",
        quoted(&control.name)
    )
}

/// What was probably meant. Ids are `<framework>/<rule>`, and mostly one half
/// is right: ids that share it are compared first, on an allowance of work of
/// their own, so that a few ids like no other do not use it up for all.
struct Guesses<'i> {
    ids: Vec<&'i str>,
    by_framework: HashMap<&'i str, Vec<&'i str>, RandomState>,
    by_rule: HashMap<&'i str, Vec<&'i str>, RandomState>,
    among_few: Nearest,
    among_all: Nearest,
    made: HashMap<String, Option<&'i str>, RandomState>,
}

impl<'i> Guesses<'i> {
    fn of(ids: Option<impl IntoIterator<Item = &'i str>>) -> Self {
        let mut guesses = Guesses {
            ids: ids.into_iter().flatten().collect(),
            by_framework: HashMap::default(),
            by_rule: HashMap::default(),
            among_few: Nearest::new(),
            among_all: Nearest::new(),
            made: HashMap::default(),
        };
        for id in &guesses.ids {
            let (framework, rule) = halves(id);
            guesses.by_framework.entry(framework).or_default().push(id);
            guesses.by_rule.entry(rule).or_default().push(id);
        }
        guesses
    }

    /// The id that was probably meant; the same for the same id, always.
    fn guess(&mut self, written: &str) -> Option<&'i str> {
        if let Some(made) = self.made.get(written) {
            return *made;
        }
        let guess = self.nearest(written);
        self.made.insert(written.to_owned(), guess);
        guess
    }

    fn nearest(&mut self, written: &str) -> Option<&'i str> {
        let (framework, rule) = halves(written);
        let few = [self.by_framework.get(framework), self.by_rule.get(rule)];
        let few = few.into_iter().flatten().flatten().copied();
        self.among_few
            .find(written, few)
            .or_else(|| self.among_all.find(written, self.ids.iter().copied()))
    }
}

/// An id's framework and the rest.
fn halves(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or(("", id))
}

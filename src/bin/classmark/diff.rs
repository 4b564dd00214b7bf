//! `classmark diff`: two runs compared.

use crate::arguments::{DiffArguments, DiffFailOn, Format};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{counted, print};
use crate::progress::Meter;
use crate::render::{Reporter, escaped, json};
use classmark::compliance::Limits;
use classmark::diff::{Diff, Moves, Standing};
use classmark::pipeline::{ComplianceDocuments, DiffSummary, diff, load_compliance};
use classmark::rollup::Verdict;
use std::fmt::Write;

/// So many controls are shown, and so many ids of rules in a list.
const MOST_CONTROLS: usize = 20;
const MOST_RULES: usize = 5;

/// Compares two runs and says what has changed.
pub(crate) fn run(asked: &DiffArguments, reporter: &Reporter) -> Result<Exit, Failure> {
    let documents = match asked.compliance.is_empty() {
        true => ComplianceDocuments::default(),
        false => load_compliance(&asked.compliance, &Limits::default())?,
    };
    let warnings = documents.diagnostics.clone();
    let (frameworks, inputs) = documents.sound()?;
    let options = asked.options(frameworks, inputs);
    let meter = Meter::new(&asked.output);
    let summary = diff(&options, &meter);
    drop(meter);
    let summary = summary?;
    if !asked.output.quiet {
        reporter.findings(&warnings);
    }
    let text = match asked.output.format {
        Format::Human => in_words(&summary),
        Format::Json => json(&summary.record()),
    };
    print(text.as_bytes())?;
    let new_fails = summary.diff.findings.appeared(Verdict::Fail);
    Ok(match asked.fail_on {
        Some(DiffFailOn::NewFail) if new_fails > 0 => Exit::FailOn,
        _ => Exit::Done,
    })
}

fn in_words(summary: &DiffSummary) -> String {
    let diff = &summary.diff;
    let mut text = format!(
        "compared {} with {}\n\n",
        escaped(&summary.old.folder),
        escaped(&summary.new.folder),
    );
    table(&mut text, "findings", &diff.findings);
    resolved_fails(&mut text, &diff.findings);
    text.push('\n');
    table(&mut text, "assignments", &diff.assignments);
    controls(&mut text, diff);
    scope(&mut text, diff);
    if let Some(out) = &summary.out {
        let out = out.display().to_string();
        line(&mut text, &format!("\nresults      {}", escaped(&out)));
    }
    text
}

/// A row per standing.
fn table<S: Standing>(text: &mut String, what: &str, moves: &Moves<S>) {
    let row = |text: &mut String, name: &str, cells: [String; 6]| {
        // Writing into a string does not fail.
        let _ = write!(text, "{name:<12}");
        for cell in cells {
            let _ = write!(text, " {cell:>12}");
        }
        text.push('\n');
    };
    let heads = [
        "in OLD",
        "in NEW",
        "new",
        "resolved",
        "unchanged",
        "incomparable",
    ];
    row(text, what, heads.map(str::to_owned));
    for standing in S::ALL.iter().copied() {
        let incomparable = moves.incomparable_old(standing) + moves.incomparable_new(standing);
        let cells = [
            moves.in_old(standing),
            moves.in_new(standing),
            moves.appeared(standing),
            moves.resolved(standing),
            moves.unchanged(standing),
            incomparable,
        ];
        let name = format!("  {}", standing.name());
        row(text, &name, cells.map(|number| number.to_string()));
    }
}

/// What became of the fails that are none any more.
fn resolved_fails(text: &mut String, findings: &Moves<Verdict>) {
    if findings.resolved(Verdict::Fail) > 0 {
        let of = |new| findings.get(Some(Verdict::Fail), new);
        let became = format!(
            "  of the resolved fails {} pass now, {} are muted, {} went",
            of(Some(Verdict::Pass)),
            of(Some(Verdict::Muted)),
            of(None),
        );
        line(text, &became);
    }
}

/// The controls of which some finding has changed.
fn controls(text: &mut String, diff: &Diff) {
    if diff.frameworks.is_empty() {
        return;
    }
    let mut changed = Vec::new();
    for framework in &diff.frameworks {
        for requirement in &framework.requirements {
            let controls = requirement.controls.iter();
            let controls = controls.filter(|control| !control.findings.is_unchanged());
            changed.extend(controls.map(|control| (framework, requirement, control)));
        }
    }
    if changed.is_empty() {
        return line(text, "\nno control has changed");
    }
    line(text, "\ncontrols with changes");
    for (framework, requirement, control) in changed.iter().take(MOST_CONTROLS) {
        let names = format!(
            "  {} {} › {} › {}",
            escaped(&framework.handle),
            escaped(&framework.version),
            escaped(&requirement.name),
            escaped(&control.name),
        );
        line(text, &names);
        line(text, &format!("    {}", changes(&control.findings)));
    }
    and_more(text, "  ", changed.len(), MOST_CONTROLS);
}

/// `fail: 1 new, 2 resolved; muted: 1 new`.
fn changes(findings: &Moves<Verdict>) -> String {
    let of = |verdict: Verdict| {
        let incomparable = findings.incomparable_old(verdict) + findings.incomparable_new(verdict);
        let counts = [
            (findings.appeared(verdict), "new"),
            (findings.resolved(verdict), "resolved"),
            (incomparable, "incomparable"),
        ];
        let told: Vec<String> = counts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        (!told.is_empty()).then(|| format!("{}: {}", verdict.as_str(), told.join(", ")))
    };
    let told: Vec<String> = Verdict::ALL.into_iter().filter_map(of).collect();
    told.join("; ")
}

/// How the runs differ in what they looked at.
fn scope(text: &mut String, diff: &Diff) {
    let scope = &diff.scope;
    let mut told = String::new();
    let sources = [
        (scope.data_sources_only_old, "only in OLD"),
        (scope.data_sources_only_new, "only in NEW"),
    ];
    for (number, what) in sources.into_iter().filter(|(number, _)| *number > 0) {
        line(
            &mut told,
            &format!("  {} {what}", counted(number, "data source")),
        );
    }
    let rules = [
        (&scope.rules_only_old, "only in OLD"),
        (&scope.rules_only_new, "only in NEW"),
        (&scope.activated, "evaluated in NEW, and not in OLD"),
        (&scope.deactivated, "evaluated in OLD, and not in NEW"),
    ];
    for (ids, what) in rules.into_iter().filter(|(ids, _)| !ids.is_empty()) {
        line(
            &mut told,
            &format!("  {} {what}", counted(ids.len() as u64, "rule")),
        );
        for id in ids.iter().take(MOST_RULES) {
            line(&mut told, &format!("    {}", escaped(id)));
        }
        and_more(&mut told, "    ", ids.len(), MOST_RULES);
    }
    match told.is_empty() {
        true => line(
            text,
            "\nboth runs looked at the same data sources and rules",
        ),
        false => line(text, &format!("\nscope\n{}", told.trim_end())),
    }
}

fn and_more(text: &mut String, indent: &str, all: usize, shown: usize) {
    if all > shown {
        line(text, &format!("{indent}and {} more", all - shown));
    }
}

fn line(text: &mut String, what: &str) {
    text.push_str(what);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use classmark::diff::{ControlDiff, FrameworkDiff, RequirementDiff, ScopeDiff};

    fn told(controls: usize) -> String {
        let mut changed = Moves::default();
        changed.add(None, Some(Verdict::Fail), true);
        changed.add(Some(Verdict::Fail), Some(Verdict::Pass), true);
        changed.add(None, Some(Verdict::Pass), false);
        let mut unchanged = Moves::default();
        unchanged.add(Some(Verdict::Fail), Some(Verdict::Fail), true);
        let control = |number: usize, findings| ControlDiff {
            name: format!("c{number}\u{1b}"),
            rules: Vec::new(),
            findings,
        };
        let mut all = vec![control(0, unchanged)];
        all.extend((1..=controls).map(|number| control(number, changed)));
        let diff = Diff {
            scope: ScopeDiff::default(),
            assignments: Moves::default(),
            findings: Moves::default(),
            rules: Vec::new(),
            frameworks: vec![FrameworkDiff {
                handle: "hr".into(),
                version: "2".into(),
                name: "HR".into(),
                findings: changed,
                requirements: vec![RequirementDiff {
                    name: "r".into(),
                    findings: changed,
                    controls: all,
                }],
            }],
        };
        let mut text = String::new();
        super::controls(&mut text, &diff);
        text
    }

    #[test]
    fn controls_are_told_if_they_have_changed() {
        assert_eq!(told(0), "\nno control has changed\n");
        let expected = "\ncontrols with changes\n  hr 2 › r › c1\\u{1b}\n    \
                        pass: 1 new, 1 incomparable; fail: 1 new, 1 resolved\n";
        assert_eq!(told(1), expected);
    }

    #[test]
    fn many_controls_are_cut() {
        assert!(!told(MOST_CONTROLS).contains("more"));
        let text = told(MOST_CONTROLS + 3);
        assert!(text.ends_with("  and 3 more\n"), "{text}");
        assert!(!text.contains("c21"), "{text}");
    }
}

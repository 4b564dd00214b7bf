//! A rollup in words.

use crate::print::counted;
use crate::render::escaped;
use classmark::rollup::{
    ControlNode, Coverage, FrameworkNode, Head, Ratio, RequirementNode, Rollup, Status,
};
use std::fmt::Write;

/// The widest name that others are lined up with.
const WIDEST: usize = 60;

/// A line of a summary: what, and how much.
pub(crate) fn line(text: &mut String, what: &str, value: &str) {
    // Writing into a string does not fail.
    let _ = writeln!(text, "  {what:<12} {value}");
}

/// Frameworks only: a line each.
pub(crate) fn in_short(rollup: &Rollup, text: &mut String) {
    for framework in &rollup.frameworks {
        let head = &framework.head;
        let value = format!(
            "{}: {} ({}; {})",
            title(framework),
            spoken(head.status),
            share(head.scores.controls, "control"),
            share(head.scores.findings, "finding"),
        );
        line(text, "compliance", &value);
    }
}

/// Everything down to the controls.
pub(crate) fn in_full(rollup: &Rollup) -> String {
    let mut text = String::new();
    for framework in &rollup.frameworks {
        let name = escaped(&framework.name);
        let _ = writeln!(
            text,
            "{name} ({}): {}",
            title(framework),
            spoken(framework.head.status)
        );
        let scores = &framework.head.scores;
        line(&mut text, "controls", &share(scores.controls, "control"));
        line(&mut text, "findings", &share(scores.findings, "finding"));
        line(&mut text, "weighted", &ratio(scores.weighted));
        for requirement in &framework.requirements {
            tell_requirement(requirement, &mut text);
        }
        text.push('\n');
    }
    line(&mut text, "rests on", &rests_on(&rollup.coverage));
    text
}

fn tell_requirement(requirement: &RequirementNode, text: &mut String) {
    let status = spoken(requirement.head.status);
    let _ = writeln!(text, "\n  {}: {status}", escaped(&requirement.name));
    let width = |control: &ControlNode| control.name.chars().count();
    let widest = requirement.controls.iter().map(width).max();
    let widest = widest.unwrap_or_default().min(WIDEST);
    for control in &requirement.controls {
        let name = escaped(&control.name);
        let status = spoken(control.head.status);
        let _ = writeln!(
            text,
            "    {name:<widest$}  {status:<8}  {}",
            found(&control.head)
        );
    }
}

fn found(head: &Head) -> String {
    let findings = &head.findings;
    let parts = [
        (findings.fail, "fail"),
        (findings.pass, "pass"),
        (findings.muted, "muted"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let mut said: Vec<String> = parts
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let missing = head.rules.referenced - head.rules.evaluated;
    if missing > 0 {
        said.push(format!("{} not evaluated", counted(missing, "rule")));
    }
    if head.rules.referenced == 0 {
        said.push("no rules, to be assessed by hand".into());
    }
    match said.is_empty() {
        true => "nothing found".into(),
        false => said.join(", "),
    }
}

fn rests_on(coverage: &Coverage) -> String {
    format!(
        "{} of {} evaluated, {} in {}, {} in force",
        coverage.rules.evaluated,
        counted(coverage.rules.referenced, "rule"),
        counted(coverage.columns, "column"),
        counted(coverage.data_sources, "data source"),
        counted(coverage.overrides, "override"),
    )
}

fn title(framework: &FrameworkNode) -> String {
    format!(
        "{} {}",
        escaped(&framework.handle),
        escaped(&framework.version)
    )
}

fn spoken(status: Status) -> &'static str {
    match status {
        Status::NoData => "no data",
        other => other.as_str(),
    }
}

/// `3 of 4 controls pass`; never a share of nothing.
fn share(of: Ratio, what: &str) -> String {
    match of.denominator {
        0 => format!("no {what}s to score"),
        1 => format!("{} of 1 {what} passes", of.numerator),
        all => format!("{} of {all} {what}s pass", of.numerator),
    }
}

fn ratio(of: Ratio) -> String {
    match of.denominator {
        0 => "no findings to score".into(),
        all => format!("{} of {all}", of.numerator),
    }
}

//! What the last run came to, as pages tell it.

use super::markup::Markup;
use crate::output::REPORT;
use crate::output::rollup::report::badge::{Badge, meaning};
use crate::output::rollup::report::numbers::{Grouped, Percent};
use crate::output::rollup::report::words::FindingWords;
use crate::pipeline::RollupFramework;
use crate::rollup::{Findings, Ratio, Status};
use crate::server::answer::Refusal;
use crate::server::app::{App, aside};
use crate::server::runs::{LastRun as Found, RuleChange};
use crate::store::Run;
use serde_json::Value;
use std::sync::Arc;

/// The last run that is done.
#[derive(Debug, Clone, Default)]
pub(super) struct LastRun {
    pub(super) id: String,
    /// When it began, in milliseconds since 1970.
    pub(super) began: i64,
    /// The day that it is dated by.
    pub(super) as_of: Option<String>,
    /// Whether it has a report.
    pub(super) report: bool,
    /// How the rules differ from those that it was done by.
    pub(super) changes: Vec<RuleChange>,
    /// By handle and version.
    frameworks: Vec<((String, String), Judged)>,
}

/// What something came to, and what stands below it.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    name: String,
    status: Status,
    findings: Findings,
    /// What it is, numerator and denominator; a framework's alone.
    scores: Vec<(&'static str, Ratio)>,
    children: Vec<Judged>,
}

/// The last run that is done, if there is one whose results are kept.
///
/// # Errors
///
/// 500 if its results are not as they were.
pub(super) async fn last_run(app: &App) -> Result<Option<LastRun>, Refusal> {
    let runs = Arc::clone(&app.runs);
    let found = aside(move || {
        let Some(found) = runs.last_done(None)? else {
            return Ok(None);
        };
        let changes = runs.changes_since(&found.run)?;
        let last = LastRun {
            changes,
            ..LastRun::of_run(&found)
        };
        Ok::<_, Refusal>(Some(last))
    });
    found.await?
}

impl LastRun {
    fn of_run(found: &Found) -> Self {
        let (run, rollup) = (&found.run, found.rollup.as_ref());
        let frameworks = rollup.iter().flat_map(|rollup| &rollup.frameworks);
        LastRun {
            id: run.id.clone(),
            began: run.started_at.unwrap_or(run.created.at),
            as_of: rollup.map(|rollup| rollup.as_of.clone()),
            report: has_report(run),
            changes: Vec::new(),
            frameworks: frameworks.map(framework).collect(),
        }
    }
}

/// Whether a page for people is among its results.
fn has_report(run: &Run) -> bool {
    let outcome = run.outcome.as_deref().unwrap_or_default();
    let outcome: Value = serde_json::from_str(outcome).unwrap_or_default();
    let results = outcome["results"].as_array();
    results.is_some_and(|all| all.iter().any(|file| file["name"] == REPORT))
}

fn framework(found: &RollupFramework) -> ((String, String), Judged) {
    let scores = found.scores;
    let scores = [
        ("Controls that pass", scores.controls),
        ("Findings that pass", scores.findings),
        ("The same, weighted by sensitivity", scores.weighted),
    ];
    let ratio = |what, numerator, denominator| {
        (
            what,
            Ratio {
                numerator,
                denominator,
            },
        )
    };
    let scores = scores.map(|(what, of)| ratio(what, of.numerator, of.denominator));
    let children = found.requirements.iter().map(|requirement| {
        let controls = requirement.controls.iter().map(|control| {
            let findings = &control.findings;
            let counts = (findings.pass, findings.fail, findings.muted);
            Judged::new(&control.name, &control.status, counts)
        });
        let findings = &requirement.findings;
        let counts = (findings.pass, findings.fail, findings.muted);
        Judged {
            children: controls.collect(),
            ..Judged::new(&requirement.name, &requirement.status, counts)
        }
    });
    let counts = (
        found.findings.pass,
        found.findings.fail,
        found.findings.muted,
    );
    let judged = Judged {
        scores: scores.to_vec(),
        children: children.collect(),
        ..Judged::new(&found.name, &found.status, counts)
    };
    ((found.handle.clone(), found.version.clone()), judged)
}

impl LastRun {
    /// What it came to for a compliance framework.
    pub(super) fn of(&self, handle: &str, version: &str) -> Option<&Judged> {
        let mut all = self.frameworks.iter();
        let found = all.find(|((h, v), _)| h == handle && v == version);
        found.map(|(_, judged)| judged)
    }
}

impl Judged {
    fn new(name: &str, status: &str, (pass, fail, muted): (u64, u64, u64)) -> Self {
        let known = Status::ALL
            .into_iter()
            .find(|known| known.as_str() == status);
        Judged {
            name: name.to_owned(),
            // A word that nobody knows is no pass.
            status: known.unwrap_or(Status::Unknown),
            findings: Findings { pass, fail, muted },
            scores: Vec::new(),
            children: Vec::new(),
        }
    }

    /// What a requirement or control of that name came to.
    pub(super) fn child(&self, name: &str) -> Option<&Judged> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn badge(&self) -> Badge {
        Badge::from(self.status)
    }

    pub(super) fn findings(&self) -> FindingWords {
        FindingWords(self.findings)
    }

    /// Status, what that means, and the scores.
    pub(super) fn write(&self, to: &mut Markup) {
        writeln!(
            to,
            "<p class=\"verdict\">{} {}</p>",
            self.badge(),
            meaning(self.status)
        );
        if self.scores.is_empty() {
            return;
        }
        write!(
            to,
            "<dl class=\"facts\">\n<div><dt>Findings</dt><dd>{}</dd></div>\n",
            self.findings()
        );
        for (what, score) in &self.scores {
            let (part, all) = (Grouped(score.numerator), Grouped(score.denominator));
            writeln!(
                to,
                "<div><dt>{what}</dt><dd>{} <span class=\"quiet\">{part} of {all}</span></dd></div>",
                Percent(*score)
            );
        }
        writeln!(to, "</dl>");
    }
}

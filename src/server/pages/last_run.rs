//! What the last run came to, as pages tell it.

use super::markup::Markup;
use crate::output::rollup::report::badge::{Badge, meaning};
use crate::output::rollup::report::numbers::{Grouped, Percent};
use crate::output::rollup::report::words::FindingWords;
use crate::rollup::{Findings, Ratio, Status};
use crate::server::answer::Refusal;
use crate::server::app::App;

/// The last run that is done.
#[derive(Debug, Clone, Default)]
pub(super) struct LastRun {
    pub(super) id: String,
    /// When it began, in milliseconds since 1970.
    pub(super) began: i64,
    /// The day that it is dated by.
    pub(super) as_of: String,
    /// Whether it has a report.
    pub(super) report: bool,
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

/// The last run that is done, if there is one.
///
/// # Errors
///
/// 500 if its results are not as they were.
pub(super) async fn last_run(_app: &App) -> Result<Option<LastRun>, Refusal> {
    Ok(None)
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
        write!(
            to,
            "<p class=\"verdict\">{} {}</p>\n",
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
            write!(
                to,
                "<div><dt>{what}</dt><dd>{} <span class=\"quiet\">{part} of {all}</span></dd></div>\n",
                Percent(*score)
            );
        }
        write!(to, "</dl>\n");
    }
}

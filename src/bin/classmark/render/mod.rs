//! Findings and errors on stderr, for people or as JSON.

mod excerpt;
mod plain;
mod style;

pub(crate) use plain::{escaped, json};

use crate::arguments::Format;
use crate::check::tally;
use crate::exit::Exit;
use crate::failure::Failure;
use classmark::diagnostic::{Diagnostic, Record, Severity};
use classmark::pipeline::{Blame, PipelineError};
use excerpt::Excerpt;
use miette::LabeledSpan;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::io::{BufWriter, Write, stderr};
use style::Style;

/// Tells findings and errors.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: Format,
    style: Style,
}

#[derive(Serialize)]
struct Findings<'a> {
    findings: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    kind: &'static str,
    message: String,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Error<'a> {
    error: ErrorRecord<'a>,
}

/// All findings as one JSON object.
pub(crate) fn findings_json(findings: &[Diagnostic]) -> String {
    json(&Findings {
        findings: findings.iter().map(Diagnostic::record).collect(),
    })
}

impl Reporter {
    pub(crate) fn new(format: Format) -> Self {
        Reporter {
            format,
            style: Style::of_stderr(),
        }
    }

    /// Tells findings; nothing if there are none.
    pub(crate) fn findings(&self, findings: &[Diagnostic]) {
        if findings.is_empty() {
            return;
        }
        let mut stderr = BufWriter::new(stderr().lock());
        // A stderr that is gone is nobody's to tell.
        let _ = match self.format {
            Format::Json => stderr.write_all(findings_json(findings).as_bytes()),
            Format::Human => findings
                .iter()
                .try_for_each(|finding| writeln!(stderr, "{}", self.shown(finding))),
        };
    }

    /// Tells why a command ended early, and gives what that comes to.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        match failure {
            Failure::Pipeline(PipelineError::Documents(findings)) => {
                self.faulty(findings, "frameworks");
            }
            Failure::Pipeline(PipelineError::Overrides(findings)) => {
                self.faulty(findings, "overrides");
            }
            Failure::Pipeline(PipelineError::Compliance(findings)) => {
                self.faulty(findings, "compliance documents");
            }
            _ => self.error(failure),
        }
        failure.blame().into()
    }

    fn faulty(&self, findings: &[Diagnostic], what: &str) {
        self.findings(findings);
        if self.format == Format::Human {
            let tally = tally(findings);
            self.say(&format!("{tally} in the {what}: nothing was done\n"));
        }
    }

    fn error(&self, failure: &Failure) {
        let message = failure.to_string();
        let text = match self.format {
            Format::Json => json(&Error {
                error: ErrorRecord {
                    kind: kind(failure.blame()),
                    message,
                    help: failure.help().as_deref(),
                },
            }),
            Format::Human => self.style.drawn(
                "error:",
                &Shown {
                    severity: Severity::Error,
                    message: escaped(&message).into_owned(),
                    help: failure.help().map(Cow::into_owned),
                    excerpt: None,
                },
            ),
        };
        self.say(&text);
    }

    fn say(&self, text: &str) {
        let _ = stderr().lock().write_all(text.as_bytes());
    }

    fn shown(&self, finding: &Diagnostic) -> String {
        let place = finding.source.as_ref().zip(finding.span.as_ref());
        let shown = Shown {
            severity: finding.severity,
            message: escaped(&finding.message).into_owned(),
            help: finding
                .help
                .as_deref()
                .map(|help| escaped(help).into_owned()),
            excerpt: place.map(|(source, span)| Excerpt::around(source, span)),
        };
        let icon = format!("{}[{}]:", finding.severity.as_str(), finding.code);
        self.style.drawn(&icon, &shown)
    }
}

fn kind(blame: Blame) -> &'static str {
    match blame {
        Blame::Input => "input",
        Blame::Usage => "usage",
        Blame::Output => "output",
    }
}

/// A finding as it is drawn: nothing in it acts on the terminal.
#[derive(Debug)]
struct Shown {
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.help.as_ref()?))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self.excerpt.as_ref()?)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let marked = self.excerpt.as_ref()?.marked.clone();
        Some(Box::new(std::iter::once(LabeledSpan::underline(marked))))
    }
}

//! What a run came to, as it is kept in the store and told to clients.

use crate::diagnostic::{Code, Diagnostic};
use crate::output::{OCSF, OSCAL, REPORT, ROLLUP_CSV, ROLLUP_JSON, ROLLUP_PARQUET};
use crate::pipeline::{StoredOutput, TagSummary};
use crate::rollup::{FrameworkNode, Ratio};
use crate::server::answer::DiagnosticRecord;
use crate::store::StoredFramework;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Warnings about compliance frameworks: they name controls and their rules.
const COMPLIANCE_WARNINGS: [Code; 2] = [Code::UnknownRule, Code::InactiveRule];

/// Findings that are kept; the rest is counted.
const MOST_FINDINGS: usize = 100;

/// What a run came to.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "RunOutcome")]
pub(super) struct OutcomeRecord {
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// What was wrong where, if it failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) diagnostics: Vec<DiagnosticRecord>,
    /// The classification frameworks that were stored when it started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) frameworks: Vec<RunFrameworkRecord>,
    /// What was counted, as in `manifest.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) counts: Option<Map<String, Value>>,
    /// What it comes to for each custom framework that was stored when it started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) compliance: Vec<RunComplianceRecord>,
    /// The files of results.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) results: Vec<RunFileRecord>,
    /// What is questionable, though all is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<DiagnosticRecord>,
    /// How long it took, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<f64>,
}

/// A classification framework that a run was done by.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RunFramework")]
pub(super) struct RunFrameworkRecord {
    pub(super) id: String,
    /// The version's id.
    pub(super) version: String,
    pub(super) short_name: String,
    /// Whether its rules were evaluated.
    pub(super) active: bool,
}

/// What a run comes to for a custom framework.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunCompliance")]
pub(super) struct RunComplianceRecord {
    pub(super) handle: String,
    pub(super) version: String,
    pub(super) name: String,
    /// `fail`, `unknown`, `pass`, `muted` or `no_data`.
    status: String,
    findings: RunFindingsRecord,
    scores: RunScoresRecord,
}

/// Findings by verdict, each (rule, column) once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunFindings")]
struct RunFindingsRecord {
    pass: u64,
    fail: u64,
    muted: u64,
}

/// How much holds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunScores")]
struct RunScoresRecord {
    controls: RunScoreRecord,
    findings: RunScoreRecord,
    weighted: RunScoreRecord,
}

/// A score; with the denominator 0 there is none.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunScore")]
struct RunScoreRecord {
    numerator: u64,
    denominator: u64,
}

/// A file of results.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunFile")]
pub(super) struct RunFileRecord {
    pub(super) name: String,
    rows: u64,
    bytes: u64,
    /// The SHA-256 of its content, in hexadecimal digits.
    sha256: String,
}

impl OutcomeRecord {
    /// A failure for this reason.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        OutcomeRecord {
            reason: Some(reason.into()),
            ..OutcomeRecord::default()
        }
    }

    /// The same with what was wrong where.
    pub(super) fn with(mut self, findings: &[Diagnostic]) -> Self {
        self.diagnostics = told(findings);
        self
    }

    /// What a run that is done came to.
    pub(super) fn done(
        summary: &TagSummary,
        frameworks: &[StoredFramework],
        results: Vec<StoredOutput>,
        warnings: &[Diagnostic],
    ) -> Self {
        let counts = serde_json::to_value(&summary.counts).ok();
        let rollup = summary.rollup.iter().flat_map(|rollup| &rollup.frameworks);
        OutcomeRecord {
            frameworks: frameworks.iter().map(RunFrameworkRecord::of).collect(),
            counts: counts.and_then(|counts| counts.as_object().cloned()),
            compliance: rollup.map(RunComplianceRecord::of).collect(),
            results: results.into_iter().map(RunFileRecord::of).collect(),
            warnings: told(warnings),
            seconds: Some(summary.seconds),
            ..OutcomeRecord::default()
        }
    }

    /// The same without what it says of compliance frameworks, for those who may not read
    /// them: what they come to, the files with that, and what is questionable in them.
    pub(super) fn without_compliance(mut self) -> Self {
        self.compliance.clear();
        self.results.retain(|file| !file.tells_of_compliance());
        let is_about_them = |code: &str| {
            let codes = COMPLIANCE_WARNINGS.iter();
            codes.map(|known| known.as_str()).any(|known| known == code)
        };
        self.warnings.retain(|found| !is_about_them(&found.code));
        self
    }

    /// As it is stored.
    pub(super) fn text(&self) -> String {
        // Text keys and plain values always can be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was stored.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| OutcomeRecord::failed(text))
    }
}

fn told(findings: &[Diagnostic]) -> Vec<DiagnosticRecord> {
    let mut told: Vec<_> = findings
        .iter()
        .take(MOST_FINDINGS)
        .map(DiagnosticRecord::from)
        .collect();
    let rest = findings.len().saturating_sub(MOST_FINDINGS);
    if rest > 0 {
        told.push(DiagnosticRecord {
            code: crate::diagnostic::Code::TooLarge.as_str().to_owned(),
            message: format!("there are {rest} more, which are not listed"),
            pointer: String::new(),
            help: None,
        });
    }
    told
}

impl RunFrameworkRecord {
    fn of(stored: &StoredFramework) -> Self {
        RunFrameworkRecord {
            id: stored.id.clone(),
            version: stored.version.clone(),
            short_name: stored.short_name.clone(),
            active: stored.active,
        }
    }
}

impl RunComplianceRecord {
    fn of(node: &FrameworkNode) -> Self {
        let score = |ratio: Ratio| RunScoreRecord {
            numerator: ratio.numerator,
            denominator: ratio.denominator,
        };
        let (findings, scores) = (&node.head.findings, &node.head.scores);
        RunComplianceRecord {
            handle: node.handle.clone(),
            version: node.version.clone(),
            name: node.name.clone(),
            status: node.head.status.as_str().to_owned(),
            findings: RunFindingsRecord {
                pass: findings.pass,
                fail: findings.fail,
                muted: findings.muted,
            },
            scores: RunScoresRecord {
                controls: score(scores.controls),
                findings: score(scores.findings),
                weighted: score(scores.weighted),
            },
        }
    }
}

impl RunFileRecord {
    fn of(output: StoredOutput) -> Self {
        RunFileRecord {
            name: output.name,
            rows: output.rows,
            bytes: output.bytes,
            sha256: output.sha256,
        }
    }

    /// Whether the file says what compliance frameworks ask for or come to.
    pub(super) fn tells_of_compliance(&self) -> bool {
        [ROLLUP_JSON, ROLLUP_PARQUET, ROLLUP_CSV, OSCAL, OCSF, REPORT].contains(&&*self.name)
    }

    /// As the manifest has it.
    pub(super) fn output(self) -> StoredOutput {
        StoredOutput {
            name: self.name,
            rows: self.rows,
            bytes: self.bytes,
            sha256: self.sha256,
        }
    }
}

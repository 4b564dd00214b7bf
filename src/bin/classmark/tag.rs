//! `classmark tag`: a catalog tagged, and a folder of results.

use crate::arguments::{Format, TagArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{counted, print};
use crate::progress::Meter;
use crate::render::{Reporter, escaped, json};
use crate::statement::{in_short, line};
use crate::today::today;
use classmark::compliance::Limits;
use classmark::diagnostic::Diagnostic;
use classmark::output::CountsRecord;
use classmark::pipeline::{
    Documents, RollupOptions, TagSummary, check_rules_known, load_compliance, load_frameworks,
    load_overrides, tag,
};
use classmark::rollup::{FrameworkNode, Ratio};
use serde::Serialize;

/// What a run has come to, as JSON.
#[derive(Serialize)]
struct SummaryRecord<'a> {
    out: String,
    #[serde(flatten)]
    counts: &'a CountsRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    compliance: Option<Vec<FrameworkRecord<'a>>>,
    seconds: f64,
}

/// What a compliance framework has come to; `rollup.json` has the rest.
#[derive(Serialize)]
struct FrameworkRecord<'a> {
    handle: &'a str,
    version: &'a str,
    status: &'static str,
    scores: ScoresRecord,
}

#[derive(Serialize)]
struct ScoresRecord {
    controls: RatioRecord,
    findings: RatioRecord,
    weighted: RatioRecord,
}

#[derive(Serialize)]
struct RatioRecord {
    numerator: u64,
    denominator: u64,
}

impl<'a> FrameworkRecord<'a> {
    fn of(node: &'a FrameworkNode) -> Self {
        let ratio = |of: Ratio| RatioRecord {
            numerator: of.numerator,
            denominator: of.denominator,
        };
        let scores = &node.head.scores;
        FrameworkRecord {
            handle: &node.handle,
            version: &node.version,
            status: node.head.status.as_str(),
            scores: ScoresRecord {
                controls: ratio(scores.controls),
                findings: ratio(scores.findings),
                weighted: ratio(scores.weighted),
            },
        }
    }
}

/// Tags a catalog and says what came of it.
pub(crate) fn run(asked: &TagArguments, reporter: &Reporter) -> Result<Exit, Failure> {
    asked.rollup.check()?;
    if asked.compliance.is_empty() && asked.rollup.is_asked() {
        return Err(Failure::NoCompliance);
    }
    let documents = load_frameworks(&asked.frameworks, &asked.rules.limits())?;
    let mut options = asked.options()?;
    let mut warnings = documents.diagnostics.clone();
    if !asked.overrides.is_empty() {
        let overrides = load_overrides(&asked.overrides, asked.as_of.unwrap_or_else(today))?;
        warnings.extend_from_slice(&overrides.diagnostics);
        options = options.with_overrides(overrides)?;
    }
    options.rollup = rollup(asked, &documents, &mut warnings)?;
    let meter = Meter::new(&asked.output);
    let summary = tag(&documents, &options, &meter);
    drop(meter);
    let summary = summary?;
    if !asked.output.quiet {
        warnings.extend_from_slice(&summary.warnings);
        reporter.findings(&warnings);
    }
    let text = match asked.output.format {
        Format::Human => in_words(&summary),
        Format::Json => json(&SummaryRecord {
            out: summary.out.display().to_string(),
            counts: &summary.counts,
            compliance: summary.rollup.as_ref().map(|rollup| {
                let frameworks = rollup.frameworks.iter();
                frameworks.map(FrameworkRecord::of).collect()
            }),
            seconds: summary.seconds,
        }),
    };
    print(text.as_bytes())?;
    Ok(match &summary.rollup {
        Some(rollup) => asked.rollup.exit(rollup),
        None => Exit::Done,
    })
}

/// What the run is to be rolled up for; what is questionable about it is told, too.
fn rollup(
    asked: &TagArguments,
    documents: &Documents,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Option<RollupOptions>, Failure> {
    if asked.compliance.is_empty() {
        return Ok(None);
    }
    let compliance = load_compliance(&asked.compliance, &Limits::default())?;
    warnings.extend_from_slice(&compliance.diagnostics);
    warnings.extend(check_rules_known(&compliance, documents));
    let as_of = asked.as_of.unwrap_or_else(today);
    Ok(Some(asked.rollup.options(compliance, as_of)?))
}

fn in_words(summary: &TagSummary) -> String {
    let counts = &summary.counts;
    let mut text = format!(
        "tagged {} of {} ({}) in {:.2} s\n",
        counted(counts.columns, "column"),
        counted(counts.data_sources, "data source"),
        counted(counts.rows, "row"),
        summary.seconds,
    );
    let states: Vec<String> = counts
        .by_state
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(state, number)| format!("{number} {state}"))
        .collect();
    let assignments = match states.is_empty() {
        true => counts.assignments.to_string(),
        false => format!("{} ({})", counts.assignments, states.join(", ")),
    };
    let rules = format!("{} of {} fired", counts.rules_fired, counts.rules_evaluated);
    line(&mut text, "assignments", &assignments);
    line(&mut text, "rules", &rules);
    if !summary.overrides.is_empty() || summary.overrides_expired > 0 {
        let overrides = overrides_in_words(summary);
        line(&mut text, "overrides", &overrides);
    }
    if let Some(unlisted @ 1..) = counts.data_sources_without_source_row {
        let unlisted = format!("{unlisted} not in the sources table");
        line(&mut text, "sources", &unlisted);
    }
    if counts.rejected_rows > 0 {
        let rejected = format!(
            "{} in `rejected.parquet`",
            counted(counts.rejected_rows, "row")
        );
        line(&mut text, "rejected", &rejected);
    }
    if let Some(rollup) = &summary.rollup {
        in_short(rollup, &mut text);
    }
    let out = summary.out.display().to_string();
    line(&mut text, "results", &escaped(&out));
    text
}

/// `2 in force (1 matches nothing), 1 expired`.
fn overrides_in_words(summary: &TagSummary) -> String {
    let mut text = format!("{} in force", summary.overrides.len());
    let idle = summary.overrides.iter().filter(|o| !o.matched).count();
    let part = match idle {
        0 => String::new(),
        1 => " (1 matches nothing)".to_owned(),
        _ => format!(" ({idle} match nothing)"),
    };
    text.push_str(&part);
    if summary.overrides_expired > 0 {
        text.push_str(&format!(", {} expired", summary.overrides_expired));
    }
    text
}

//! Documents and catalogs looked through, and nothing written.

use super::documents::{ComplianceDocuments, Documents, check_rules_known};
use super::journey::check_table_tags;
use super::ordered::in_order;
use super::progress::go_on;
use super::survey::{open_under, read_ids};
use super::tag::{pool, program};
use super::{PipelineError, Progress};
use crate::catalog::{
    BadRow, Catalog, CatalogError, CatalogInput, Layout, Lexicon, Overrides, PathError,
};
use crate::compile::near::{self, Unmet};
use crate::compile::{Program, lint};
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::evaluate::{Evaluator, Tally};
use crate::framework::{Framework, Rule};
use crate::tag::{TagMatch, TagWatch};
use rayon::ThreadPool;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// What to look through beside the documents.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// The catalog, if there is one.
    pub catalog: Option<CatalogInput>,
    /// Threads; none said: as many as there are processors.
    pub threads: Option<NonZeroUsize>,
    /// When a tag meets a criterion.
    pub matching: TagMatch,
}

/// Most bad rows that are told one by one.
const MOST_BAD_ROWS: usize = 100;

/// All findings about documents and catalog: those of the documents, what is
/// questionable about their rules, those of the compliance documents, which of
/// their rule ids nobody knows (if there are frameworks to know them), and what
/// is wrong with the catalog.
///
/// # Errors
///
/// A path that stands for nothing; threads that cannot be started. What is
/// wrong with a file is a finding.
pub fn check(
    documents: &Documents,
    compliance: &ComplianceDocuments,
    options: &CheckOptions,
    progress: &dyn Progress,
) -> Result<Vec<Diagnostic>, PipelineError> {
    let mut findings = documents.diagnostics.clone();
    let program = match program(documents, options.matching) {
        Ok(program) => {
            findings.extend(lint::lint(&documents.frameworks, options.matching));
            Arc::new(program)
        }
        // The catalog is looked through all the same, under no rules.
        Err(PipelineError::Documents(all)) => {
            findings = all;
            Arc::new(Program::compile(&[], Default::default())?)
        }
        Err(other) => return Err(other),
    };
    findings.extend(compliance.diagnostics.iter().cloned());
    if documents.files > 0 || !documents.frameworks.is_empty() {
        findings.extend(check_rules_known(compliance, documents));
    }
    let active = Rules {
        program: &program,
        // Under errors there are no rules.
        frameworks: match documents.has_errors() {
            true => &[],
            false => &documents.frameworks,
        },
        matching: options.matching,
    };
    match &options.catalog {
        Some(input) => {
            findings.extend(check_catalog(&active, input, options.threads, progress)?);
        }
        None => findings.extend(near::near_declared(active.frameworks, options.matching)),
    }
    Ok(findings)
}

/// What a catalog is looked through under.
struct Rules<'d> {
    program: &'d Arc<Program>,
    frameworks: &'d [Framework],
    matching: TagMatch,
}

fn check_catalog(
    rules: &Rules<'_>,
    input: &CatalogInput,
    threads: Option<NonZeroUsize>,
    progress: &dyn Progress,
) -> Result<Vec<Diagnostic>, PipelineError> {
    let input = CatalogInput {
        quarantine: true,
        ..input.clone()
    };
    let pool = pool(threads)?;
    let seen = Arc::new(near::watch(rules.frameworks, rules.matching));
    let vocabulary = Arc::new(rules.program.vocabulary().watched(Arc::clone(&seen)));
    let found = open_under(&pool, &input, vocabulary, &Overrides::default());
    let found = found.and_then(|catalog| {
        check_table_tags(&catalog, rules.program)?;
        read_through(&catalog, rules, &seen, &pool, progress)
    });
    match found {
        Ok(findings) => Ok(findings),
        Err(PipelineError::Catalog(CatalogError::Path(error))) if error.is_usage() => {
            Err(error.into())
        }
        Err(PipelineError::Catalog(error)) if !error.is_of_machine() => {
            Ok(vec![catalog_finding(&error)])
        }
        Err(error @ PipelineError::GaveUp(_)) => {
            Ok(vec![Diagnostic::error(Code::BrokenFile, error.to_string())])
        }
        Err(other) => Err(other),
    }
}

fn read_through(
    catalog: &Catalog,
    rules: &Rules<'_>,
    seen: &TagWatch,
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<Vec<Diagnostic>, PipelineError> {
    let program = rules.program;
    progress.phase("reading ids", None);
    let survey = read_ids(catalog, pool, progress)?;
    let rows = survey.rows().iter().map(|(_, rows)| rows);
    progress.phase("checking", Some(rows.sum()));
    let (stretches, scattered) = match survey.layout(0) {
        Layout::Contiguous(stretches) => (stretches, false),
        Layout::Scattered(stretches) => (stretches, true),
    };
    let mut bad: Vec<BadRow> = catalog.bad_source_rows().to_vec();
    let mut tally = Tally::new(program);
    let workers = in_order(
        pool,
        stretches.len(),
        stretches.len(),
        || (Lexicon::default(), Evaluator::new(Arc::clone(program))),
        |(lexicon, evaluator), number| {
            let mut reader = catalog.read(&stretches[number], lexicon);
            while let Some(piece) = reader.next() {
                evaluator.evaluate(&piece?.chunk);
                progress.advance(reader.take_rows_read());
                go_on(progress)?;
            }
            Ok(reader.take_bad_rows())
        },
        |rows| {
            bad.extend(rows);
            Ok(())
        },
    )?;
    for (_, mut evaluator) in workers {
        tally.merge(&evaluator.tally());
    }
    let mut findings = catalog.passed_over_warnings();
    findings.extend(bad_row_findings(&bad));
    let unmet = Unmet::new(rules.frameworks, rules.matching, seen);
    findings.extend(unmet.near_misses());
    // The parts of a scattered data source were not looked at together.
    if !scattered {
        findings.extend(idle_rules(rules, &tally, &unmet));
    }
    Ok(findings)
}

fn bad_row_findings(bad: &[BadRow]) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = bad
        .iter()
        .take(MOST_BAD_ROWS)
        .map(|row| {
            Diagnostic::error(Code::BadRow, row.to_string())
                .in_file(row.file.display().to_string())
                .with_help(BadRow::HELP)
        })
        .collect();
    if bad.len() > MOST_BAD_ROWS {
        let more = bad.len() - MOST_BAD_ROWS;
        findings.push(Diagnostic::error(
            Code::BadRow,
            format!("{more} more rows cannot be used"),
        ));
    }
    findings
}

/// Rules that fire nowhere in this catalog.
fn idle_rules(rules: &Rules<'_>, tally: &Tally, unmet: &Unmet<'_>) -> Vec<Diagnostic> {
    let all: Vec<&Rule> = rules.frameworks.iter().flat_map(|f| &f.rules).collect();
    (0u32..)
        .zip(&tally.rule_columns)
        .filter(|(_, columns)| **columns == 0)
        .map(|(number, _)| {
            let id = quoted(rules.program.rule_id(number));
            let message = format!("the rule {id} fires on no column of this catalog");
            let rule = rules.program.record_of(number);
            let rule = rule.and_then(|place| all.get(place).copied());
            let help = rule
                .and_then(|rule| unmet.of_rule(rule))
                .unwrap_or_else(|| {
                    "each of its criteria is met somewhere, but never all of them for one column"
                        .into()
                });
            Diagnostic::warning(Code::UnreachableRule, message)
                .at_origin(rule.and_then(|rule| rule.origin.as_ref()))
                .with_help(help)
        })
        .collect()
}

/// What is wrong with a catalog, as a finding.
pub(super) fn catalog_finding(error: &CatalogError) -> Diagnostic {
    if let CatalogError::Path(path) = error
        && let Some(finding) = path.diagnostic()
    {
        return finding;
    }
    let code = match error {
        CatalogError::Path(PathError::NoFiles(..)) => Code::EmptyInput,
        CatalogError::Schema { .. }
        | CatalogError::MixedIds { .. }
        | CatalogError::NoTableTags { .. } => Code::BadSchema,
        CatalogError::BadValue { .. } => Code::BadValue,
        CatalogError::BadRow(_) => Code::BadRow,
        CatalogError::TooMuch { .. } => Code::TooLarge,
        _ => Code::BrokenFile,
    };
    let finding = Diagnostic::error(code, error.to_string());
    let finding = match error.file() {
        Some(file) => finding.in_file(file.display().to_string()),
        None => finding,
    };
    match error.help() {
        Some(help) => finding.with_help(help.into_owned()),
        None => finding,
    }
}

//! Documents and catalogs looked through, and nothing written.

use super::documents::{ComplianceDocuments, Documents, check_rules_known};
use super::ordered::in_order;
use super::tag::{open, pool, program, read_ids};
use super::{PipelineError, Progress};
use crate::catalog::{
    BadRow, Catalog, CatalogError, CatalogInput, Layout, Lexicon, Overrides, PathError,
};
use crate::compile::{Program, lint};
use crate::diagnostic::{Code, Diagnostic};
use crate::evaluate::{Evaluator, Tally};
use crate::tag::TagMatch;
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
            Arc::new(Program::compile(&[], Default::default()).map_err(PipelineError::Documents)?)
        }
        Err(other) => return Err(other),
    };
    findings.extend(compliance.diagnostics.iter().cloned());
    if documents.files > 0 || !documents.frameworks.is_empty() {
        findings.extend(check_rules_known(compliance, documents));
    }
    if let Some(input) = &options.catalog {
        findings.extend(check_catalog(&program, input, options.threads, progress)?);
    }
    Ok(findings)
}

fn check_catalog(
    program: &Arc<Program>,
    input: &CatalogInput,
    threads: Option<NonZeroUsize>,
    progress: &dyn Progress,
) -> Result<Vec<Diagnostic>, PipelineError> {
    let input = CatalogInput {
        quarantine: true,
        ..input.clone()
    };
    let pool = pool(threads)?;
    let found = open(&pool, &input, program, &Overrides::default())
        .and_then(|catalog| read_through(&catalog, program, &pool, progress));
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
    program: &Arc<Program>,
    pool: &ThreadPool,
    progress: &dyn Progress,
) -> Result<Vec<Diagnostic>, PipelineError> {
    progress.phase("reading ids", None);
    let survey = read_ids(catalog, pool)?;
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
    let mut findings = bad_row_findings(&bad);
    // The parts of a scattered data source were not looked at together.
    if !scattered {
        findings.extend(idle_rules(program, &tally));
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
                .with_help("`--bad-rows quarantine` sets such rows apart and goes on")
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
fn idle_rules(program: &Program, tally: &Tally) -> Vec<Diagnostic> {
    (0u32..)
        .zip(&tally.rule_columns)
        .filter(|(_, columns)| **columns == 0)
        .map(|(rule, _)| {
            let id = crate::diagnostic::quoted(program.rule_id(rule));
            Diagnostic::warning(
                Code::UnreachableRule,
                format!("rule {id} fires on no column of this catalog"),
            )
        })
        .collect()
}

/// What is wrong with a catalog, as a finding.
pub(super) fn catalog_finding(error: &CatalogError) -> Diagnostic {
    let code = match error {
        CatalogError::Path(PathError::NoFiles(..)) => Code::EmptyInput,
        CatalogError::Schema { .. } | CatalogError::MixedIds { .. } => Code::BadSchema,
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
        Some(help) => finding.with_help(help),
        None => finding,
    }
}

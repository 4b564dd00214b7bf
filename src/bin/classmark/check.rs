//! `classmark check`: documents and catalogs looked through.

use crate::arguments::{CheckArguments, Format};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{counted, print};
use crate::progress::Meter;
use crate::render::{Reporter, findings_json};
use crate::today::today;
use classmark::diagnostic::{Diagnostic, Severity};
use classmark::pipeline::{
    ComplianceDocuments, Documents, OverrideDocuments, check, load_compliance, load_frameworks,
    load_overrides,
};

/// Tells everything that is wrong or questionable.
pub(crate) fn run(asked: &CheckArguments, reporter: &Reporter) -> Result<Exit, Failure> {
    let options = asked.options()?;
    let documents = match asked.frameworks.is_empty() {
        true => Documents::default(),
        false => load_frameworks(&asked.frameworks, &asked.rules.limits())?,
    };
    let compliance = match asked.compliance.is_empty() {
        true => ComplianceDocuments::default(),
        false => load_compliance(&asked.compliance, &asked.rules.limits().document())?,
    };
    let overrides = match asked.overrides.is_empty() {
        true => OverrideDocuments::default(),
        false => load_overrides(&asked.overrides, today())?,
    };
    let meter = Meter::new(&asked.output);
    let findings = check(&documents, &compliance, &options, &meter);
    drop(meter);
    let mut findings = findings?;
    findings.extend(overrides.diagnostics);
    match asked.output.format {
        Format::Human => {
            reporter.findings(&findings);
            print(closing_line(&findings, asked, documents.files + compliance.files).as_bytes())?;
        }
        Format::Json => print(findings_json(&findings).as_bytes())?,
    }
    Ok(match findings.iter().any(Diagnostic::is_error) {
        true => Exit::Faulty,
        false => Exit::Done,
    })
}

fn closing_line(findings: &[Diagnostic], asked: &CheckArguments, documents: usize) -> String {
    let mut places = Vec::new();
    if documents > 0 {
        places.push(counted(documents as u64, "document"));
    }
    if !asked.overrides.is_empty() {
        places.push("the overrides".to_owned());
    }
    if !asked.columns.is_empty() {
        places.push("the catalog".to_owned());
    }
    format!("{} in {}\n", tally(findings), in_a_row(&places))
}

/// `a, b and c`.
fn in_a_row(places: &[String]) -> String {
    match places {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => places.concat(),
    }
}

/// `3 errors, 1 warning, 2 notes`, without those that are not there.
pub(crate) fn tally(findings: &[Diagnostic]) -> String {
    let counts = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(severity, name)| {
            let of = findings.iter().filter(|f| f.severity == severity);
            (of.count() as u64, name)
        })
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| counted(count, name))
        .collect();
    match parts.is_empty() {
        true => "no findings".into(),
        false => parts.join(", "),
    }
}

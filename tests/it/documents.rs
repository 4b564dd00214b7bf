//! Every document of `fixtures/scenarios/errors.toml` on the parser.

use crate::corpus::{FaultyDocument, faulty_documents};
use classmark::diagnostic::{Diagnostic, Severity, Source};
use classmark::framework::{Format, Limits, check_together, parse};

/// What is wrong with the findings; `None` when they are as written.
fn fault(document: &FaultyDocument) -> Option<String> {
    let format = match document.format.as_str() {
        "yaml" => Format::Yaml,
        _ => Format::Json,
    };
    let source = Source::new(document.name.as_str(), document.payload.as_str());
    let parsed = parse(&source, format, &Limits::default());
    let mut found = parsed.diagnostics;
    if document.among_frameworks {
        found.extend(check_together(&parsed.frameworks));
    }
    let expected = match (&document.expect_error, &document.expect_warning) {
        (Some(code), _) => Some((Severity::Error, code.as_str())),
        (_, Some(code)) => Some((Severity::Warning, code.as_str())),
        _ => None,
    };
    let is = |d: &Diagnostic| {
        let points = document.pointer.as_ref().is_none_or(|p| *p == d.pointer);
        Some((d.severity, d.code.as_str())) == expected && points
    };
    let as_written = match found.as_slice() {
        [] => expected.is_none(),
        [one] => is(one),
        _ => false,
    };
    let line = |d: &Diagnostic| format!("  {} {}: {}", d.code, d.pointer, d.message);
    let lines: Vec<String> = found.iter().map(line).collect();
    let (name, why, at) = (&document.name, &document.why, &document.pointer);
    (!as_written).then(|| {
        format!(
            "{name}: {why}\n  expected {expected:?} at {at:?}\n{}",
            lines.join("\n")
        )
    })
}

#[test]
fn the_parser_finds_in_every_document_what_is_written() {
    let faults: Vec<String> = faulty_documents().iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

//! What only shows among several compliance frameworks.

use super::ComplianceFramework;
use crate::diagnostic::{Code, Diagnostic, quoted};
use ahash::RandomState;
use std::collections::HashMap;

/// Findings among compliance frameworks, in their order.
///
/// One handle with one version twice is an error, `duplicate-framework`. One
/// handle with several versions is none: a run may well compare them.
pub fn check_together(frameworks: &[ComplianceFramework]) -> Vec<Diagnostic> {
    let mut first: HashMap<(&str, &str), &ComplianceFramework, RandomState> = HashMap::default();
    let mut findings = Vec::new();
    for framework in frameworks {
        let key = (framework.handle.as_str(), framework.version.as_str());
        match first.get(&key) {
            Some(other) => findings.push(duplicate(framework, other)),
            None => {
                first.insert(key, framework);
            }
        }
    }
    findings
}

fn duplicate(framework: &ComplianceFramework, other: &ComplianceFramework) -> Diagnostic {
    let place = other.origin.as_ref();
    let place = place.map_or_else(String::new, |origin| format!(" ({origin})"));
    let message = format!(
        "the compliance framework {} is there in version {} already{place}",
        quoted(&framework.handle),
        quoted(&framework.version)
    );
    Diagnostic::error(Code::DuplicateFramework, message)
        .at_origin(framework.origin.as_ref())
        .with_help("give one of the two another `version` or `handle`, or leave it out")
}

//! Compliance documents: what is read, and what is told about what cannot be.

mod cases;
mod checks;
mod properties;

use classmark::compliance::{ComplianceFramework, Format, Limits, Parsed, parse};
use classmark::diagnostic::{Diagnostic, Source};

fn read(text: &str, format: Format) -> Parsed {
    parse(&Source::new("c", text), format, &Limits::default())
}

/// `severity code line:column pointer` of each finding.
fn told(findings: &[Diagnostic]) -> Vec<String> {
    let line = |finding: &Diagnostic| {
        let (line, column) = finding.position().unwrap_or_default();
        let severity = finding.severity.as_str();
        let (code, pointer) = (finding.code, &finding.pointer);
        format!("{severity} {code} {line}:{column} {pointer}")
    };
    findings.iter().map(line).collect()
}

/// The frameworks without their places.
fn placeless(mut frameworks: Vec<ComplianceFramework>) -> Vec<ComplianceFramework> {
    for framework in &mut frameworks {
        framework.origin = None;
        let requirements = framework.requirements.iter_mut();
        for control in requirements.flat_map(|r| &mut r.controls) {
            control.rules.iter_mut().for_each(|rule| rule.origin = None);
        }
    }
    frameworks
}

/// Block style throughout, texts in double quotes.
fn block_yaml(value: &serde_json::Value, indent: usize) -> String {
    use serde_json::Value;
    let margin = " ".repeat(indent);
    let nested = |value: &Value| match value {
        Value::Array(items) if !items.is_empty() => format!("\n{}", block_yaml(value, indent + 2)),
        Value::Object(map) if !map.is_empty() => format!("\n{}", block_yaml(value, indent + 2)),
        _ => format!(" {value}\n"),
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let line = |item: &Value| format!("{margin}-{}", nested(item));
            items.iter().map(line).collect()
        }
        Value::Object(map) if !map.is_empty() => {
            let line = |(key, value): (&String, &Value)| {
                format!("{margin}{}:{}", Value::from(key.as_str()), nested(value))
            };
            map.iter().map(line).collect()
        }
        _ => format!("{margin}{value}\n"),
    }
}

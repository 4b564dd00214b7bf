//! Any model comes back from its text, and no text brings the reader down.

use super::{block_yaml, placeless, read};
use classmark::compliance::{
    ComplianceFramework, Control, Format, Limits, Requirement, RuleReference, check_rules,
    check_together, decode, parse,
};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A text that YAML can hold in double quotes as JSON writes it.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9._-]{1,12}",
        "[ -~]{1,8}",
        "[\u{0}-\u{1f}\"\\\\é日😀:#&*!|>'%@`{}\\[\\], ~]{1,6}",
        Just("null".to_owned()),
        Just("1.10".to_owned()),
        Just("<<".to_owned()),
    ]
}

fn names() -> impl Strategy<Value = Vec<String>> {
    btree_set(name(), 1..4)
        .prop_map(|names| names.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
}

fn control(name: String) -> impl Strategy<Value = Control> {
    let rule = |id| RuleReference { id, origin: None };
    names().prop_map(move |ids| Control {
        name: name.clone(),
        rules: ids.into_iter().map(rule).collect(),
    })
}

fn requirement(name: String) -> impl Strategy<Value = Requirement> {
    let controls = names().prop_flat_map(|n| n.into_iter().map(control).collect::<Vec<_>>());
    controls.prop_map(move |controls| Requirement {
        name: name.clone(),
        controls,
    })
}

fn framework() -> impl Strategy<Value = ComplianceFramework> {
    let requirements =
        names().prop_flat_map(|n| n.into_iter().map(requirement).collect::<Vec<_>>());
    let optional = || proptest::option::of(name());
    (name(), name(), name(), optional(), optional(), requirements).prop_map(
        |(handle, version, name, description, icon_url, requirements)| ComplianceFramework {
            handle,
            version,
            name,
            description,
            icon_url,
            requirements,
            origin: None,
        },
    )
}

/// The document that says it.
fn document(framework: &ComplianceFramework) -> Value {
    let control = |control: &Control| {
        let ids: Vec<&str> = control.rules.iter().map(|rule| &*rule.id).collect();
        json!({"name": control.name, "rules_id": ids})
    };
    let requirement = |requirement: &Requirement| {
        let controls: Vec<Value> = requirement.controls.iter().map(control).collect();
        json!({"name": requirement.name, "controls": controls})
    };
    let requirements: Vec<Value> = framework.requirements.iter().map(requirement).collect();
    let mut document = json!({
        "handle": framework.handle,
        "version": framework.version,
        "name": framework.name,
        "requirements": requirements,
    });
    for (field, text) in [
        ("description", &framework.description),
        ("icon_url", &framework.icon_url),
    ] {
        if let Some(text) = text {
            document[field] = json!(text);
        }
    }
    document
}

fn enveloped(attributes: &Value) -> Value {
    json!({"id": "x", "type": "custom_framework", "attributes": attributes})
}

proptest! {
    #[test]
    fn what_is_written_comes_back(frameworks in vec(framework(), 1..4), shape in 0..5) {
        let documents: Vec<Value> = frameworks.iter().map(document).collect();
        let wrapped: Vec<Value> = documents.iter().map(enveloped).collect();
        let one_each: Vec<Value> = wrapped.iter().map(|data| json!({"data": data})).collect();
        let (value, expected) = match shape {
            0 => (documents[0].clone(), &frameworks[..1]),
            1 => (json!(documents), &frameworks[..]),
            2 => (one_each[0].clone(), &frameworks[..1]),
            3 => (json!({"data": wrapped}), &frameworks[..]),
            _ => (json!(one_each), &frameworks[..]),
        };
        for (text, format) in [
            (value.to_string(), Format::Json),
            (serde_json::to_string_pretty(&value).unwrap(), Format::Json),
            (value.to_string(), Format::Yaml),
            (block_yaml(&value, 0), Format::Yaml),
        ] {
            let parsed = read(&text, format);
            prop_assert_eq!(&parsed.diagnostics, &[], "{}", text);
            // Every rule's place is that of its id.
            for rule in parsed.frameworks.iter().flat_map(|f| &f.requirements)
                .flat_map(|r| &r.controls).flat_map(|c| &c.rules)
            {
                let origin = rule.origin.as_ref().unwrap();
                prop_assert_eq!(&text[origin.span.clone()], json!(rule.id).to_string());
                if format == Format::Json {
                    let there = value.pointer(&origin.pointer).and_then(Value::as_str);
                    prop_assert_eq!(there, Some(rule.id.as_str()));
                }
            }
            prop_assert_eq!(&placeless(parsed.frameworks)[..], expected, "{}", text);
        }
    }

    /// `check_together` finds what a plain comparison of all pairs finds.
    #[test]
    fn twins_are_found(
        of in vec(("[ab]{1,2}", "[12]{1,2}"), 0..8),
        framework in framework(),
    ) {
        let frameworks: Vec<_> = of.iter().map(|(handle, version)| ComplianceFramework {
            handle: handle.clone(),
            version: version.clone(),
            ..framework.clone()
        }).collect();
        let twins = (0..of.len()).filter(|i| of[..*i].contains(&of[*i])).count();
        prop_assert_eq!(check_together(&frameworks).len(), twins);
    }

    /// Rule ids are told of exactly where they are not evaluated.
    #[test]
    fn strangers_are_found(framework in framework(), known in vec((name(), any::<bool>()), 0..6)) {
        let rules = framework.requirements.iter().flat_map(|r| &r.controls).flat_map(|c| &c.rules);
        let rules: Vec<String> = rules.map(|rule| rule.id.clone()).collect();
        // Every other id that is named is known, beside some that are not named.
        let known: Vec<(String, bool)> = rules.iter().cloned().zip([true, false].into_iter().cycle())
            .step_by(2).chain(known).collect();
        let knows = |id: &str| known.iter().find(|(k, _)| k == id).map(|(_, active)| *active);
        let findings = check_rules(&[framework], knows, known.iter().map(|(id, _)| &**id));
        let expected: Vec<&str> = rules.iter().filter_map(|id| match knows(id) {
            None => Some("unknown-rule"),
            Some(false) => Some("inactive-rule"),
            Some(true) => None,
        }).collect();
        let found: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(findings.iter().all(|f| !f.is_error() && f.help.is_some()));
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let known = [
        "{", "}", "[", "]", ",", ":", "- ", "\n", "\n  ", "\"", "'", "&a ", "*a", "? ", "!!str ",
        "|\n", "---", "#", "\t", "\u{0}", "\u{feff}", "é", "😀", "\r", "<<: ", "~", "\\u12",
        "1.10", "null", "data", "type", "handle", "name: ", "rules_id", "[]", "{}", "\"\"",
    ];
    proptest::sample::select(known.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever is cut out of a sound document or put into it: an answer, and
    /// every place in it lies in the text.
    #[test]
    fn no_document_brings_the_reader_down(
        framework in framework(),
        wrapped: bool,
        in_blocks: bool,
        read_as_json: bool,
        edits in vec((any::<proptest::sample::Index>(), 0usize..12, pieces()), 1..6),
    ) {
        let value = document(&framework);
        let value = if wrapped { json!({"data": enveloped(&value)}) } else { value };
        let text = if in_blocks { block_yaml(&value, 0) } else { value.to_string() };
        let mut text: Vec<char> = text.chars().collect();
        for (at, cut, put) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        let format = if read_as_json { Format::Json } else { Format::Yaml };
        let parsed = read(&text, format);
        prop_assert!(!parsed.frameworks.is_empty() || !parsed.diagnostics.is_empty());
        for finding in &parsed.diagnostics {
            let span = finding.span.clone().unwrap();
            prop_assert!(text.get(span.clone()).is_some(), "{span:?} {finding:?}");
            prop_assert!(!finding.message.chars().any(char::is_control), "{finding:?}");
            prop_assert!(!finding.help.iter().any(|h| h.chars().any(char::is_control)), "{finding:?}");
        }
        // What is sound is as the model promises.
        for framework in &parsed.frameworks {
            prop_assert!(![&framework.handle, &framework.version, &framework.name].iter().any(|t| t.is_empty()));
            prop_assert!(!framework.requirements.is_empty());
            for requirement in &framework.requirements {
                prop_assert!(!requirement.name.is_empty() && !requirement.controls.is_empty());
                for control in &requirement.controls {
                    prop_assert!(!control.name.is_empty() && !control.rules.is_empty());
                    let mut ids: Vec<&str> = control.rules.iter().map(|rule| &*rule.id).collect();
                    ids.sort_unstable();
                    prop_assert!(ids.windows(2).all(|two| two[0] != two[1]) && !ids[0].is_empty());
                }
            }
        }
        let again = serde_json::to_string(&parsed.frameworks.iter().map(document).collect::<Vec<_>>()).unwrap();
        let again = read(&again, Format::Json);
        prop_assert_eq!(placeless(again.frameworks), placeless(parsed.frameworks));
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in vec(any::<u8>(), 0..200), json: bool) {
        let limits = Limits::default();
        if let Ok(source) = decode("c", &bytes, &limits) {
            let format = if json { Format::Json } else { Format::Yaml };
            let parsed = parse(&source, format, &limits);
            prop_assert!(!parsed.frameworks.is_empty() || !parsed.diagnostics.is_empty());
        }
    }
}

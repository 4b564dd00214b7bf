//! What comes out of sound documents, of hostile ones, and of several together.

use super::{placeless, read, told};
use classmark::compliance::{
    ComplianceFramework, Control, Format, Limits, Requirement, RuleReference, check_rules,
    check_together, decode,
};
use classmark::diagnostic::{Code, Diagnostic};
use std::time::{Duration, Instant};

fn rules(ids: &[&str]) -> Vec<RuleReference> {
    let rule = |id: &&str| RuleReference {
        id: (*id).into(),
        origin: None,
    };
    ids.iter().map(rule).collect()
}

const YAML: &str = "\
handle: hr
version: '1.10'
name: Human resources
description: ''
requirements:
  - name: Pay
    controls:
      - name: Salaries
        rules_id: [hr/salary, hr/bonus, hr/salary]
      - name: Pensions
        rules_id:
          - hr/pension
";

fn frameworks(text: &str) -> Vec<ComplianceFramework> {
    let parsed = read(text, Format::Yaml);
    assert!(!parsed.diagnostics.iter().any(Diagnostic::is_error));
    parsed.frameworks
}

#[test]
fn the_model_is_what_the_text_says() {
    let expected = ComplianceFramework {
        handle: "hr".into(),
        version: "1.10".into(),
        name: "Human resources".into(),
        description: None,
        icon_url: None,
        requirements: vec![Requirement {
            name: "Pay".into(),
            controls: vec![
                Control {
                    name: "Salaries".into(),
                    rules: rules(&["hr/salary", "hr/bonus"]),
                },
                Control {
                    name: "Pensions".into(),
                    rules: rules(&["hr/pension"]),
                },
            ],
        }],
        origin: None,
    };
    assert_eq!(placeless(frameworks(YAML)), [expected]);
}

#[test]
fn origins_name_the_text() {
    let framework = &frameworks(YAML)[0];
    let origin = framework.origin.as_ref().unwrap();
    assert_eq!((origin.pointer.as_str(), origin.span.start), ("", 0));
    let rule = &framework.requirements[0].controls[1].rules[0];
    let origin = rule.origin.as_ref().unwrap();
    assert_eq!(origin.pointer, "/requirements/0/controls/1/rules_id/0");
    assert_eq!(&YAML[origin.span.clone()], "hr/pension");
    assert_eq!(origin.to_string(), "line 12 of `c`");
}

/// Message and help, for people.
fn said(findings: &[Diagnostic]) -> String {
    let line = |f: &Diagnostic| {
        let help = f.help.as_deref().unwrap_or_default();
        format!("{}: {}\n    help: {help}\n", f.code, f.message)
    };
    findings.iter().map(line).collect()
}

#[test]
fn helps_speak_of_compliance_frameworks() {
    let of = |text: &str| said(&read(text, Format::Yaml).diagnostics);
    let deep = "- ".repeat(65) + "x";
    let text = [
        "",
        "a: 1\n---\nb: 2",
        &deep,
        "1",
        "version: 1.10",
        "{handle: a, rules: [], verson: b}",
        "data: {type: framework}",
    ]
    .map(of)
    .concat();
    insta::assert_snapshot!(text, @r#"
    syntax: the document is empty
        help: write a compliance framework, a list of them, or `{"data": {...}}`
    many-documents: a second YAML document begins here
        help: write the compliance frameworks as one list, or each into its own file
    too-deep: lists and objects are nested more than 64 deep
        help: no compliance framework needs such nesting
    wrong-type: the document must be a compliance framework, a list of them or `{"data": {...}}`, found the number `1`
        help: write a compliance framework, a list of them or `{"data": {...}}`
    missing-field: field `handle` is missing
        help: add `handle`
    missing-field: field `name` is missing
        help: add `name`
    missing-field: field `requirements` is missing
        help: add `requirements`
    wrong-type: `version` must be a text, found the number `1.10`
        help: write it in double quotes: `"1.10"`
    missing-field: field `version` is missing
        help: add `version`
    missing-field: field `name` is missing
        help: add `name`
    missing-field: field `requirements` is missing
        help: add `requirements`
    unknown-field: unknown field `rules`
        help: the fields here are `handle`, `version`, `name`, `description`, `icon_url`, `requirements`
    unknown-field: unknown field `verson`
        help: did you mean `version`?
    missing-field: field `attributes` is missing
        help: add `attributes`
    bad-value: unknown type `framework`
        help: the only type is `custom_framework`
    "#);
}

#[test]
fn one_handle_and_version_twice() {
    let other_version = YAML.replace("1.10", "1.1");
    let other_handle = YAML.replace("handle: hr", "handle: HR");
    let all: Vec<_> = [YAML, &other_version, &other_handle]
        .into_iter()
        .flat_map(frameworks)
        .collect();
    assert_eq!(check_together(&all), []);
    let twice = [&all[..], &frameworks(YAML), &frameworks(YAML)].concat();
    let findings = check_together(&twice);
    assert_eq!(
        told(&findings),
        [
            "error duplicate-framework 1:1 ",
            "error duplicate-framework 1:1 "
        ]
    );
    insta::assert_snapshot!(findings[0].message, @"the compliance framework `hr` is there in version `1.10` already (line 1 of `c`)");
}

/// Known are the ids of one list; those that begin with `asleep` are inactive.
fn checked(text: &str, known: &[&str]) -> Vec<Diagnostic> {
    let knows = |id: &str| known.contains(&id).then(|| !id.starts_with("asleep"));
    check_rules(&frameworks(text), knows, known.iter().copied())
}

#[test]
fn rule_ids_that_nobody_knows() {
    assert_eq!(checked(YAML, &["hr/pension", "hr/bonus", "hr/salary"]), []);
    let findings = checked(YAML, &["hr/pensions", "hr/bonus", "other/thing"]);
    assert_eq!(
        told(&findings),
        [
            "warning unknown-rule 9:20 /requirements/0/controls/0/rules_id/0",
            "warning unknown-rule 12:13 /requirements/0/controls/1/rules_id/0"
        ]
    );
    insta::assert_snapshot!(said(&findings), @"
    unknown-rule: no framework has the rule `hr/salary`: the control `Salaries` will be `unknown` unless it fails
        help: name a rule by its `id`, or by `<short name>/<rule name>` in lower case with `-` for all but letters and digits
    unknown-rule: no framework has the rule `hr/pension`: the control `Pensions` will be `unknown` unless it fails
        help: did you mean `hr/pensions`?
    ");
}

#[test]
fn rule_ids_that_only_inactive_frameworks_know() {
    let text = YAML.replace("hr/pension", "asleep/pension");
    let known = ["asleep/pension", "hr/bonus", "hr/salary"];
    let findings = checked(&text, &known);
    assert_eq!(
        told(&findings),
        ["warning inactive-rule 12:13 /requirements/0/controls/1/rules_id/0"]
    );
    insta::assert_snapshot!(said(&findings), @"
    inactive-rule: the rule `asleep/pension` is not evaluated, its framework is not active: the control `Pensions` will be `unknown` unless it fails
        help: set `active` to `true` in the rule's framework, or name another rule
    ");
}

#[test]
fn either_half_of_an_id_leads_to_what_was_meant() {
    let known = ["finance/salary", "hr/pension-fund", "ops/other", "hr/bonus"];
    for (written, meant) in [
        ("finanse/salary", "finance/salary"),
        ("hr/pension-found", "hr/pension-fund"),
        ("HR/Pension-Fund", "hr/pension-fund"),
        ("hr_bonus", "hr/bonus"),
    ] {
        let text = YAML.replace("[hr/salary, hr/bonus, hr/salary]", &format!("[{written}]"));
        let findings = checked(&text, &known);
        assert_eq!(
            findings[0].help.as_deref(),
            Some(&*format!("did you mean `{meant}`?")),
            "{written}"
        );
    }
}

#[test]
fn bytes_become_text() {
    let limits = Limits {
        max_bytes: 200,
        ..Limits::default()
    };
    let with_mark = ["\u{feff}".as_bytes(), b"handle: a"].concat();
    assert_eq!(
        decode("c", &with_mark, &limits).unwrap().text(),
        "handle: a"
    );
    let finding = decode("c", b"handle: \xe9", &limits).unwrap_err();
    assert_eq!(told(&[finding]), ["error not-utf8 1:9 "]);
    let finding = decode("c", &[b' '; 201], &limits).unwrap_err();
    assert_eq!(told(&[finding]), ["error too-large 1:1 "]);
}

#[test]
fn towers_and_laughter_are_refused() {
    let tower = "[".repeat(100_000);
    let found = read(&tower, Format::Json).diagnostics;
    assert_eq!(told(&found), ["error too-deep 1:65 "]);
    let mut laughter = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..40 {
        let inner = vec![format!("*a{}", i - 1); 10].join(", ");
        laughter += &format!("a{i}: &a{i} [{inner}]\n");
    }
    let found = read(&laughter, Format::Yaml).diagnostics;
    assert_eq!(found[0].code, Code::TooManyAliases);
    assert_eq!(found.len(), 1);
}

#[test]
fn many_warnings_are_counted_and_not_all_listed() {
    let ids = vec!["\"a\""; 1_000_010].join(",");
    let text = format!(
        r#"{{"handle":"h","version":"1","name":"n","requirements":[{{"name":"r","controls":[{{"name":"c","rules_id":[{ids}]}}]}}]}}"#
    );
    let parsed = read(&text, Format::Json);
    assert_eq!(parsed.frameworks.len(), 1);
    assert_eq!(parsed.diagnostics.len(), 1_000_001);
    let last = parsed.diagnostics.last().unwrap();
    assert!(!last.is_error());
    assert_eq!(
        last.message,
        "the document has 9 more warnings, which are not listed"
    );
}

/// The bound is far above what is needed and far below what anything quadratic takes.
#[test]
fn many_unknown_ids_are_checked_in_linear_time() {
    let control = |c: usize| Control {
        name: format!("control {c}"),
        rules: (0..10)
            .map(|r| RuleReference {
                id: format!("framework-{}/rule-numbr-{}", c % 1_000, c * 10 + r),
                origin: None,
            })
            .collect(),
    };
    let framework = ComplianceFramework {
        requirements: vec![Requirement {
            name: "all".into(),
            controls: (0..2_000).map(control).collect(),
        }],
        ..placeless(frameworks(YAML)).remove(0)
    };
    let known: Vec<String> = (0..50_000)
        .map(|r| format!("framework-{}/rule-number-{r}", r / 50))
        .collect();
    let began = Instant::now();
    let ids = known.iter().map(String::as_str);
    let findings = check_rules(&[framework], |_| None, ids);
    assert_eq!(findings.len(), 20_000);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    let guessed = |f: &&Diagnostic| f.help.as_ref().unwrap().starts_with("did you mean");
    let guessed = findings.iter().filter(guessed).count();
    assert!(guessed > 500, "{guessed}");
}

#[test]
fn unknown_ids_are_counted_and_not_all_listed() {
    let ids: Vec<String> = (0..100_003).map(|r| format!("a/{r}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut framework = placeless(frameworks(YAML)).remove(0);
    framework.requirements[0].controls.truncate(1);
    framework.requirements[0].controls[0].rules = rules(&ids);
    let findings = check_rules(&[framework], |_| None, ["b"]);
    assert_eq!(findings.len(), 100_001);
    assert_eq!(
        findings.last().unwrap().message,
        "3 more rule ids are not evaluated, which are not listed"
    );
}

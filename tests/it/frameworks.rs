//! Framework documents: what is read, and what is told about what cannot be.

use classmark::diagnostic::{Diagnostic, Source};
use classmark::framework::{Format, Framework, Limits, Parsed, check_together, decode, parse};
use classmark::tag::Tag;
use proptest::prelude::*;

/// A framework without faults, in JSON and YAML.
const JSON: &str = r#"{
  "shortName": "HR",
  "name": "Human resources",
  "description": "",
  "active": true,
  "tags": [
    {"name": "HR.Salary", "source": "curated", "sensitivities": [{"dimension": "confidentiality", "sensitivity": 2}]},
    {"name": "HR.Größe", "source": "collibra", "sensitivities": [], "description": "how tall"}
  ],
  "rules": [
    {"name": "Salary", "classificationTag": {"name": "HR.Salary", "source": "curated"},
     "columnTags": [{"name": "Money", "source": "curated"}], "neighborColumnTags": [{"name": "Person", "source": "collibra"}], "tableTags": []},
    {"id": "size", "name": "Size", "classificationTag": {"name": "HR.Größe", "source": "collibra"}, "tableTags": [{"name": "Staff"}]}
  ]
}"#;
const YAML: &str = "\
shortName: HR
name: Human resources
description: ''
active: true
tags:
  - name: HR.Salary
    source: curated
    sensitivities:
      - dimension: confidentiality
        sensitivity: 2
  - {name: HR.Größe, source: collibra, sensitivities: [], description: how tall}
rules:
  - name: Salary
    classificationTag: {name: HR.Salary, source: curated}
    columnTags: [{name: Money, source: curated}]
    neighborColumnTags:
      - name: Person
        source: collibra
    tableTags: []
  - id: size
    name: Size
    classificationTag: {name: HR.Größe, source: collibra}
    tableTags: [{name: Staff}]
";

fn read(text: &str) -> Parsed {
    let format = Format::of_name("f", text);
    parse(&Source::new("f", text), format, &Limits::default())
}

fn one(text: &str) -> Framework {
    let parsed = read(text);
    assert_eq!(told(&parsed.diagnostics), [""; 0]);
    let mut frameworks = parsed.frameworks;
    assert_eq!(frameworks.len(), 1);
    frameworks.remove(0)
}

/// `code line:column pointer` of each finding.
fn told(findings: &[Diagnostic]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let (line, column) = finding.position().unwrap_or_default();
            format!("{} {line}:{column} {}", finding.code, finding.pointer)
        })
        .collect()
}

/// Everything that is said about a text, for people.
fn rendered(findings: &[Diagnostic]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (line, column) = finding.position().unwrap_or_default();
        let (code, message) = (finding.code, &finding.message);
        text += &format!("{line}:{column} {code} {}: {message}\n", finding.pointer);
        if let Some(help) = &finding.help {
            text += &format!("    help: {help}\n");
        }
    }
    text
}

#[test]
fn both_notations_say_the_same() {
    let json = one(JSON);
    assert_eq!(
        (json.short_name.as_str(), json.name.as_str()),
        ("HR", "Human resources")
    );
    assert!(json.active && json.description.is_empty() && json.id.is_none());
    assert_eq!(json.tags[0].tag, Tag::curated("HR.Salary"));
    assert_eq!(json.tags[0].sensitivity, Some(2));
    assert_eq!(json.tags[1].tag, Tag::new("collibra", "HR.Größe"));
    assert_eq!(json.tags[1].sensitivity, None);
    assert_eq!(json.tags[1].description.as_deref(), Some("how tall"));
    assert_eq!(json.rules[0].id, "hr/salary");
    assert_eq!(json.rules[0].column_tags, [Tag::curated("Money")]);
    assert_eq!(
        json.rules[0].neighbor_column_tags,
        [Tag::new("collibra", "Person")]
    );
    assert_eq!(json.rules[0].table_tags, []);
    assert_eq!(json.rules[1].id, "size");
    assert_eq!(json.rules[1].table_tags, [Tag::curated("Staff")]);

    let mut yaml = one(YAML);
    let mut json = json;
    for framework in [&mut yaml, &mut json] {
        framework.origin = None;
        framework.tags.iter_mut().for_each(|tag| tag.origin = None);
        framework
            .rules
            .iter_mut()
            .for_each(|rule| rule.origin = None);
    }
    assert_eq!(yaml, json);
}

#[test]
fn origins_name_the_text() {
    for (text, begin, end) in [
        (JSON, "{\"id\": \"size\"", "[{\"name\": \"Staff\"}]}"),
        (YAML, "id: size", "[{name: Staff}]"),
    ] {
        let framework = one(text);
        let rule = framework.rules[1].origin.as_ref().unwrap();
        assert_eq!(rule.pointer, "/rules/1");
        let own = &text[rule.span.clone()];
        assert!(own.starts_with(begin) && own.ends_with(end), "{own}");
        let tag = framework.tags[1].origin.as_ref().unwrap();
        assert_eq!(tag.pointer, "/tags/1");
        let own = &text[tag.span.clone()];
        assert!(own.starts_with('{') && own.ends_with('}'), "{own}");
        let whole = framework.origin.as_ref().unwrap();
        assert_eq!(
            (whole.pointer.as_str(), whole.span.clone()),
            ("", 0..text.trim_end().len())
        );
    }
}

#[test]
fn three_shapes_of_document() {
    let list = read(&format!("[{JSON}, {JSON}]"));
    assert_eq!((list.frameworks.len(), list.diagnostics.len()), (2, 0));
    assert_eq!(
        list.frameworks[1].rules[0].origin.as_ref().unwrap().pointer,
        "/1/rules/0"
    );
    let envelope = read(&format!("{{\"frameworks\": [{JSON}]}}"));
    assert_eq!(
        (envelope.frameworks.len(), envelope.diagnostics.len()),
        (1, 0)
    );
    let origin = envelope.frameworks[0].tags[1].origin.as_ref().unwrap();
    assert_eq!(origin.pointer, "/frameworks/0/tags/1");
}

#[test]
fn what_a_server_set_is_accepted() {
    let text = JSON.replacen(
        '{',
        r#"{"id": "5f0c", "version": 7, "createdBy": 1, "createdAt": null, "system": true,"#,
        1,
    );
    let framework = one(&text);
    assert_eq!(framework.id.as_deref(), Some("5f0c"));
    assert_eq!(framework.version.as_deref(), Some("7"));
}

#[test]
fn a_tag_twice_among_criteria_counts_once() {
    let money = r#"{"name": "Money", "source": "curated"}"#;
    let text = JSON.replace(money, &format!("{money}, {{\"name\": \"Cash\"}}, {money}"));
    assert_eq!(
        one(&text).rules[0].column_tags,
        [Tag::curated("Money"), Tag::curated("Cash")]
    );
}

#[test]
fn rules_at_the_limit_are_read() {
    let rule = "{\"name\": \"R\", \"classificationTag\": {\"name\": \"HR.Salary\"}, \"tableTags\": [{\"name\": \"T\"}]}";
    let with = |count: usize| {
        let rules: Vec<_> = (0..count)
            .map(|i| rule.replace("\"R\"", &format!("\"R{i}\"")))
            .collect();
        let head = JSON.split("\"rules\"").next().unwrap();
        read(&format!("{head}\"rules\": [{}]}}", rules.join(",\n")))
    };
    assert_eq!(with(50).frameworks[0].rules.len(), 50);
    let over = with(51);
    assert_eq!(over.frameworks, []);
    assert_eq!(told(&over.diagnostics), ["too-many-rules 10:3 /rules"]);
    let help = over.diagnostics[0].help.as_deref().unwrap();
    assert!(help.contains("--max-rules 51"), "{help}");
}

/// One fault each, made by a replacement in a document without faults.
#[test]
fn every_fault_has_its_code_and_place() {
    let long = "x".repeat(501);
    let cases: &[(&str, &str, &str, &[&str])] = &[
        // JSON
        (
            JSON,
            "\"active\": true,",
            "\"active\": true",
            &["syntax 6:3 "],
        ),
        (
            JSON,
            "\"columnTags\"",
            "\"columTags\"",
            &["unknown-field 12:6 /rules/0/columTags"],
        ),
        (
            JSON,
            "\"columnTags\"",
            "\"a/b~\"",
            &["unknown-field 12:6 /rules/0/a~1b~0"],
        ),
        (JSON, "\"description\": \"\",", "", &["missing-field 1:1 "]),
        (
            JSON,
            "\"source\": \"collibra\"}, \"tableTags\"",
            "\"sauce\": \"collibra\"}, \"tableTags\"",
            &[
                "undeclared-tag 13:66 /rules/1/classificationTag",
                "unknown-field 13:78 /rules/1/classificationTag/sauce",
            ],
        ),
        (
            JSON,
            "\"active\": true",
            "\"active\": \"yes\"",
            &["wrong-type 5:13 /active"],
        ),
        (
            JSON,
            "\"sensitivity\": 2",
            "\"sensitivity\": \"2\"",
            &["wrong-type 7:114 /tags/0/sensitivities/0/sensitivity"],
        ),
        (
            JSON,
            "\"sensitivity\": 2",
            "\"sensitivity\": 2.0",
            &["wrong-type 7:114 /tags/0/sensitivities/0/sensitivity"],
        ),
        (
            JSON,
            "\"sensitivity\": 2",
            "\"sensitivity\": 3",
            &["bad-value 7:114 /tags/0/sensitivities/0/sensitivity"],
        ),
        (
            JSON,
            "\"sensitivity\": 2",
            "\"sensitivity\": -1",
            &["bad-value 7:114 /tags/0/sensitivities/0/sensitivity"],
        ),
        (
            JSON,
            "\"sensitivity\": 2",
            "\"sensitivity\": 99999999999999999999999999",
            &["bad-value 7:114 /tags/0/sensitivities/0/sensitivity"],
        ),
        (
            JSON,
            "\"confidentiality\"",
            "\"integrity\"",
            &["bad-value 7:80 /tags/0/sensitivities/0/dimension"],
        ),
        (
            JSON,
            "\"sensitivity\": 2}",
            "\"sensitivity\": 2}, {\"dimension\": \"confidentiality\", \"sensitivity\": 2}",
            &["bad-value 7:132 /tags/0/sensitivities/1/dimension"],
        ),
        (
            JSON,
            "\"sensitivities\": []",
            "\"sensitivities\": 1",
            &["wrong-type 8:65 /tags/1/sensitivities"],
        ),
        (
            JSON,
            "{\"name\": \"Staff\"}",
            "\"Staff\"",
            &["wrong-type 13:115 /rules/1/tableTags/0"],
        ),
        (
            JSON,
            "[{\"name\": \"Staff\"}]",
            "{\"name\": \"Staff\"}",
            &["wrong-type 13:114 /rules/1/tableTags"],
        ),
        (
            JSON,
            "\"name\": \"Size\"",
            "\"name\": \"\"",
            &["empty-value 13:28 /rules/1/name"],
        ),
        (
            JSON,
            "\"id\": \"size\"",
            "\"id\": \"\"",
            &["empty-value 13:12 /rules/1/id"],
        ),
        (JSON, "\"HR\"", "\"\"", &["empty-value 2:16 /shortName"]),
        (
            JSON,
            "\"Staff\"",
            "\"\"",
            &["empty-value 13:124 /rules/1/tableTags/0/name"],
        ),
        (
            JSON,
            "\"source\": \"collibra\"}], \"tableTags\"",
            "\"source\": \"\"}], \"tableTags\"",
            &["empty-value 12:114 /rules/0/neighborColumnTags/0/source"],
        ),
        (
            JSON,
            "Staff",
            &long,
            &["too-long 13:124 /rules/1/tableTags/0/name"],
        ),
        (
            JSON,
            "[{\"name\": \"Staff\"}]",
            "[]",
            &["empty-rule 13:28 /rules/1"],
        ),
        (
            JSON,
            ", \"tableTags\": [{\"name\": \"Staff\"}]",
            "",
            &["empty-rule 13:28 /rules/1"],
        ),
        (
            JSON,
            "{\"name\": \"HR.Salary\", \"source\": \"curated\"},",
            "{\"name\": \"HR.Salry\"},",
            &["undeclared-tag 11:54 /rules/0/classificationTag"],
        ),
        (
            JSON,
            "{\"name\": \"HR.Größe\", \"source\": \"collibra\", \"sens",
            "{\"name\": \"HR.Salary\"}, {\"name\": \"HR.Größe\", \"source\": \"collibra\", \"sens",
            &["duplicate-tag 8:14 /tags/1"],
        ),
        (
            JSON,
            "\"Size\"",
            "\"Salary\"",
            &["duplicate-rule 13:28 /rules/1/name"],
        ),
        (
            JSON,
            "\"id\": \"size\"",
            "\"id\": \"hr/salary\"",
            &["duplicate-rule 13:12 /rules/1/id"],
        ),
        (
            JSON,
            "\"id\": \"size\", \"name\": \"Size\"",
            "\"name\": \"salary\"",
            &["duplicate-rule 13:14 /rules/1/name"],
        ),
        (
            JSON,
            "\"name\": \"Size\"",
            "\"name\": \"Size\", \"name\": \"x\"",
            &["duplicate-key 13:36 /rules/1/name"],
        ),
        (
            JSON,
            "\"how tall\"",
            "[[[]]]",
            &["wrong-type 8:84 /tags/1/description"],
        ),
        // YAML
        (
            YAML,
            "active: true",
            "active: yes",
            &["wrong-type 4:9 /active"],
        ),
        (
            YAML,
            "active: true",
            "active: 'true'",
            &["wrong-type 4:9 /active"],
        ),
        (
            YAML,
            "active: true",
            "active: !!str true",
            &["wrong-type 4:15 /active"],
        ),
        (
            YAML,
            "shortName: HR",
            "shortName: !!str",
            &["empty-value 1:17 /shortName"],
        ),
        (
            YAML,
            "shortName: HR",
            "shortName: !!int x",
            &["wrong-type 1:18 /shortName"],
        ),
        (
            YAML,
            "shortName: HR",
            "shortName: [a: b]",
            &["wrong-type 1:12 /shortName"],
        ),
        (
            YAML,
            "active: true",
            "active: !secret true",
            &["wrong-type 4:17 /active"],
        ),
        (YAML, "active: true", "active:", &["wrong-type 4:7 /active"]),
        (
            YAML,
            "    tableTags: [{name: Staff}]",
            "    tableTag: [{name: Staff}]",
            &[
                "empty-rule 21:11 /rules/1",
                "unknown-field 23:5 /rules/1/tableTag",
            ],
        ),
        (
            YAML,
            "    name: Size\n",
            "",
            &["missing-field 20:5 /rules/1"],
        ),
        (
            YAML,
            "{name: HR.Größe, source: collibra}",
            "{name: HR.Größe}",
            &["undeclared-tag 22:31 /rules/1/classificationTag"],
        ),
        (
            YAML,
            "HR.Größe, source: collibra}\n",
            "HR.Größe, source: collibra, 1: 2}\n",
            &["wrong-type 22:59 /rules/1/classificationTag"],
        ),
        (
            YAML,
            "HR.Größe, source: collibra}\n",
            "HR.Größe, source: collibra, source: x}\n",
            &["duplicate-key 22:59 /rules/1/classificationTag/source"],
        ),
        (
            YAML,
            "HR.Größe, source: collibra}\n",
            "HR.Größe, source: collibra, [a]: x}\n",
            &["wrong-type 22:59 /rules/1/classificationTag"],
        ),
        (
            YAML,
            "    name: Size\n",
            "    name: Size\n    <<: {a: b}\n",
            &["unknown-field 22:5 /rules/1/<<"],
        ),
        (
            YAML,
            "sensitivity: 2",
            "sensitivity: .nan",
            &["wrong-type 10:22 /tags/0/sensitivities/0/sensitivity"],
        ),
        (
            YAML,
            "name: Person",
            "name: 12",
            &["wrong-type 17:15 /rules/0/neighborColumnTags/0/name"],
        ),
        (
            YAML,
            "tags:\n",
            "tags: {}\ntogs:\n",
            &["wrong-type 5:7 /tags", "unknown-field 6:1 /togs"],
        ),
        (YAML, "  - id: size", "\t- id: size", &["syntax 20:2 "]),
        (
            YAML,
            "Größe, source: collibra}\n",
            "Größe, source: \"collibra}\n",
            &["syntax 22:49 "],
        ),
        (YAML, "how tall", "how \u{0}tall", &["syntax 11:76 "]),
    ];
    for (document, old, new, expected) in cases {
        assert!(document.contains(old), "{old}");
        let parsed = read(&document.replacen(old, new, 1));
        assert_eq!(
            &told(&parsed.diagnostics),
            expected,
            "{old} → {new}\n{}",
            rendered(&parsed.diagnostics)
        );
        assert_eq!(parsed.frameworks, [], "{old} → {new}");
        for finding in &parsed.diagnostics {
            let has_help = finding.help.is_some() || finding.code.as_str() == "syntax";
            assert!(has_help, "{finding:?}");
        }
    }
}

#[test]
fn documents_that_are_no_framework() {
    let deep_json = "[".repeat(65);
    let deep_yaml = "- ".repeat(65) + "x";
    let cases: &[(&str, &[&str])] = &[
        ("", &["syntax 1:1 "]),
        (" \n\t", &["syntax 1:1 "]),
        ("# nothing\n", &["syntax 1:1 "]),
        ("---\n...\n", &["syntax 1:1 "]),
        ("---", &["syntax 1:1 "]),
        ("--- # nothing\n\n# at all\n...", &["syntax 1:1 "]),
        ("[]", &["empty-input 1:1 "]),
        ("{\"frameworks\": []}", &["empty-input 1:16 /frameworks"]),
        ("{\"frameworks\": {}}", &["wrong-type 1:16 /frameworks"]),
        (
            "{\"framework\": []}",
            &["missing-field 1:1 ", "unknown-field 1:2 /framework"],
        ),
        (
            "{\"frameworks\": [], \"x\": 1}",
            &["empty-input 1:16 /frameworks", "unknown-field 1:20 /x"],
        ),
        ("null", &["wrong-type 1:1 "]),
        ("just a text", &["wrong-type 1:1 "]),
        (
            "[1, {}]",
            &[
                "wrong-type 1:2 /0",
                "missing-field 1:5 /1",
                "missing-field 1:5 /1",
                "missing-field 1:5 /1",
                "missing-field 1:5 /1",
                "missing-field 1:5 /1",
                "missing-field 1:5 /1",
            ],
        ),
        ("a: 1\n---\nb: 2", &["many-documents 2:1 "]),
        ("a: 1\n---\n", &["many-documents 2:1 "]),
        (&deep_json, &["too-deep 1:65 "]),
        (&deep_yaml, &["too-deep 1:129 "]),
        ("a: *b", &["syntax 1:4 "]),
        ("a: &b [*b]", &["too-many-aliases 1:8 "]),
    ];
    for (text, expected) in cases {
        let parsed = read(text);
        assert_eq!(
            &told(&parsed.diagnostics),
            expected,
            "{text:?}\n{}",
            rendered(&parsed.diagnostics)
        );
        assert_eq!(parsed.frameworks, [], "{text:?}");
        assert_eq!(
            parsed.diagnostics[0].is_error(),
            !text.ends_with("[]") && *text != "{\"frameworks\": []}" && !text.contains("\"x\""),
            "{text:?}"
        );
    }
}

#[test]
fn all_findings_are_told_in_document_order() {
    let text = r#"{
  "shortName": 5,
  "description": "",
  "active": "yes",
  "tags": [{"name": "A"}, {"name": "A"}],
  "rules": [
    {"name": "one", "classificationTag": {"name": "A"}},
    {"name": "two", "classificationTag": "A", "columTags": []},
    {"name": "two", "classificationTag": {"name": "a\u001b[2J"}, "columnTags": [{"name": "B"}]}
  ]
}"#;
    insta::assert_snapshot!(rendered(&read(text).diagnostics), @r##"
1:1 missing-field : field `name` is missing
    help: add `name`
2:16 wrong-type /shortName: `shortName` must be a text, found the number `5`
    help: write the text in double quotes
4:13 wrong-type /active: `active` must be `true` or `false`, found the text `yes`
    help: write `true`, without quotes
5:36 duplicate-tag /tags/1: the tag `A` is declared twice
    help: keep one of the two
7:14 empty-rule /rules/0: the rule has no criteria: it would tag every column
    help: add `columnTags` or `neighborColumnTags` or `tableTags`
8:14 empty-rule /rules/1: the rule has no criteria: it would tag every column
    help: add `columnTags` or `neighborColumnTags` or `tableTags`
8:42 wrong-type /rules/1/classificationTag: `classificationTag` must be an object with `name` and `source`, found the text `A`
    help: write `{"name": "A"}`
8:47 unknown-field /rules/1/columTags: unknown field `columTags`
    help: did you mean `columnTags`?
9:14 duplicate-rule /rules/2/name: two rules of the framework have the name `two`
    help: give each rule a name of its own
9:51 undeclared-tag /rules/2/classificationTag: the classification tag `a\u{1b}[2J` is not declared in `tags`
    help: add a tag with name `a\u{1b}[2J` and source `curated` to `tags`
"##);
}

#[test]
fn findings_about_frameworks_beside_sound_ones() {
    let broken = JSON.replace("\"HR\"", "\"\"");
    let parsed = read(&format!("[{broken}, {JSON}]"));
    assert_eq!(told(&parsed.diagnostics), ["empty-value 2:16 /0/shortName"]);
    assert_eq!(parsed.frameworks.len(), 1);
    assert_eq!(parsed.frameworks[0].origin.as_ref().unwrap().pointer, "/1");
}

#[test]
fn aliases_are_written_out_and_told_at_their_anchor() {
    let text = YAML
        .replace(
            "columnTags: [{name: Money, source: curated}]",
            "columnTags: &c [{name: Money}]",
        )
        .replace("tableTags: [{name: Staff}]", "tableTags: *c");
    assert_eq!(one(&text).rules[1].table_tags, [Tag::curated("Money")]);
    let faulty = text.replace("name: Money", "name: ''");
    assert_eq!(
        told(&read(&faulty).diagnostics),
        [
            "empty-value 15:28 /rules/0/columnTags/0/name",
            "empty-value 15:28 /rules/1/tableTags/0/name",
        ]
    );
}

#[test]
fn a_billion_laughs_are_one_finding() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..40 {
        let inner = vec![format!("*a{}", i - 1); 10].join(", ");
        text += &format!("a{i}: &a{i} [{inner}]\n");
    }
    assert_eq!(told(&read(&text).diagnostics), ["too-many-aliases 7:40 "]);
    // Few values, but much text.
    let long = "x".repeat(1 << 20);
    let text = format!("a: &a \"{long}\\n\"\nb: [{}]", vec!["*a"; 70].join(", "));
    assert_eq!(read(&text).diagnostics[0].code.as_str(), "too-many-aliases");
    // Few values, but deep.
    let mut text = String::from("a0: &a0 []\n");
    for i in 1..100 {
        text += &format!("a{i}: &a{i} [*a{}]\n", i - 1);
    }
    assert_eq!(told(&read(&text).diagnostics), ["too-deep 64:12 "]);
}

#[test]
fn bytes_become_text() {
    let limits = Limits {
        max_bytes: 10,
        ..Limits::default()
    };
    assert_eq!(
        decode("f", "\u{feff}é".as_bytes(), &limits).unwrap().text(),
        "é"
    );
    let odd = decode("f", b"ab\n\xc3\xa9\xff", &limits).unwrap_err();
    assert_eq!(told(std::slice::from_ref(&odd)), ["not-utf8 2:2 "]);
    assert_eq!(odd.message, "the document is no UTF-8: byte 5 is `0xff`");
    assert_eq!(
        told(&[decode("f", &[b' '; 11], &limits).unwrap_err()]),
        ["too-large 1:1 "]
    );
    let parsed = parse(&Source::new("f", "[             ]"), Format::Json, &limits);
    assert_eq!(told(&parsed.diagnostics), ["too-large 1:1 "]);
}

#[test]
fn one_rule_id_in_two_active_frameworks() {
    let first = one(JSON);
    let second = one(&JSON.replace("\"shortName\": \"HR\"", "\"shortName\": \"Other\""));
    let findings = check_together(&[first.clone(), second.clone()]);
    assert_eq!(told(&findings), ["duplicate-rule-id 13:5 /rules/1"]);
    insta::assert_snapshot!(findings[0].message, @"the rule id `size` is also that of a rule of the active framework `HR` (line 13 of `f`)");
    let asleep = Framework {
        active: false,
        ..second
    };
    assert_eq!(check_together(&[first, asleep]), []);
}

#[test]
fn the_highest_sensitivity_counts() {
    let with = |level: &str| {
        one(&JSON
            .replace("\"sensitivity\": 2", &format!("\"sensitivity\": {level}"))
            .replace("\"active\": true", "\"active\": false"))
    };
    let findings = check_together(&[with("1"), with("0"), with("2")]);
    assert_eq!(told(&findings), ["conflicting-sensitivity 7:5 /tags/0"]);
    assert!(!findings[0].is_error());
    insta::assert_snapshot!(findings[0].message, @"the tag `HR.Salary` has sensitivity 0 here and 1 elsewhere (line 7 of `f`): the highest, 2, counts");
    assert_eq!(check_together(&[with("1"), with("1")]), []);
}

#[test]
fn large_documents_of_faults_are_read_in_linear_time() {
    // Debug build: the bound is far above what is needed and far below what
    // anything quadratic takes.
    let rules: String = (0..50_000)
        .map(|i| format!("{{\"name\":\"r{i}\",\"classificationTag\":{{\"name\":\"Tag number {i}\"}},\"colum\":[]}},"))
        .collect();
    let tags: Vec<_> = (0..50_000)
        .map(|i| format!("{{\"name\":\"Tag_number_{i}\"}}"))
        .collect();
    let text = format!(
        "{{\"shortName\":\"a\",\"name\":\"a\",\"description\":\"\",\"active\":true,\"tags\":[{}],\"rules\":[{}]}}",
        tags.join(","),
        rules.trim_end_matches(',')
    );
    let start = std::time::Instant::now();
    let parsed = read(&text);
    assert_eq!(parsed.diagnostics.len(), 3 * 50_000 + 1);
    assert_eq!(told(&parsed.diagnostics).len(), 3 * 50_000 + 1);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

fn pieces() -> impl Strategy<Value = String> {
    let known = [
        "{", "}", "[", "]", ",", ":", "- ", "\n", "\n  ", "\"", "'", "&a ", "*a", "? ", "!!str ",
        "!x ", "|\n", ">-\n", "%", "@", "---", "...", "#", "\t", "\u{0}", "\u{feff}", "é", "😀",
        "\r", "\u{2028}", "\u{85}", "<<: ", "~", "\\u12", "\\", "1e999", ".nan", "0x", "null",
    ];
    proptest::sample::select(known.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever is cut out of a sound document or put into it: an answer, and
    /// every place in it lies in the text.
    #[test]
    fn no_document_brings_the_reader_down(
        is_json: bool,
        read_as_json: bool,
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..12, pieces()), 1..6),
    ) {
        let mut text: Vec<char> = if is_json { JSON } else { YAML }.chars().collect();
        for (at, cut, put) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        let format = if read_as_json { Format::Json } else { Format::Yaml };
        let parsed = parse(&Source::new("f", text.clone()), format, &Limits::default());
        prop_assert!(!parsed.frameworks.is_empty() || !parsed.diagnostics.is_empty());
        for finding in &parsed.diagnostics {
            let span = finding.span.clone().unwrap();
            prop_assert!(text.get(span.clone()).is_some(), "{span:?} {finding:?}");
            prop_assert!(!finding.message.chars().any(char::is_control), "{finding:?}");
            prop_assert!(!finding.help.iter().any(|h| h.chars().any(char::is_control)), "{finding:?}");
        }
        for rule in parsed.frameworks.iter().flat_map(|f| &f.rules) {
            prop_assert!(text.get(rule.origin.clone().unwrap().span).is_some());
        }
    }
}

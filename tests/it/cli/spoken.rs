//! How findings are told.

use super::*;

/// Writes a framework and checks it.
fn check(text: &str, more: &[&str]) -> Said {
    let folder = folder();
    fs::write(path(&folder, "hr.json"), text).unwrap();
    let arguments = [&["check", "--frameworks", "hr.json"][..], more].concat();
    classmark(folder.path(), &arguments)
}

const FAULTY: &str = r#"{
  "shortName": "hr",
  "name": "HR",
  "description": "",
  "active": true,
  "colour": "red",
  "tags": [{"name": "HR.Salary", "sensitivities": []}],
  "rules": [
    {"name": "none", "classificationTag": {"name": "HR.Salary"}},
    {"name": "typo", "classificationTag": {"name": "HR.Sallary"}, "columnTags": [{"name": "Money"}]}
  ]
}
"#;

#[test]
fn all_findings_are_told_with_their_places() {
    let said = check(FAULTY, &["--quiet"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.stderr, @r#"
    error[unknown-field]: unknown field `colour`
       ╭─[hr.json:6:3]
     5 │   "active": true,
     6 │   "colour": "red",
       ·   ────────
     7 │   "tags": [{"name": "HR.Salary", "sensitivities": []}],
       ╰────
      help: the fields here are `shortName`, `name`, `description`, `active`, `tags`, `rules`

    error[empty-rule]: the rule has no criteria: it would tag every column
        ╭─[hr.json:9:14]
      8 │   "rules": [
      9 │     {"name": "none", "classificationTag": {"name": "HR.Salary"}},
        ·              ──────
     10 │     {"name": "typo", "classificationTag": {"name": "HR.Sallary"}, "columnTags": [{"name": "Money"}]}
        ╰────
      help: add `columnTags` or `neighborColumnTags` or `tableTags`

    error[undeclared-tag]: the classification tag `HR.Sallary` is not declared in `tags`
        ╭─[hr.json:10:52]
      9 │     {"name": "none", "classificationTag": {"name": "HR.Salary"}},
     10 │     {"name": "typo", "classificationTag": {"name": "HR.Sallary"}, "columnTags": [{"name": "Money"}]}
        ·                                                    ────────────
     11 │   ]
        ╰────
      help: did you mean `HR.Salary`? else add a tag with name `HR.Sallary` and source `curated` to `tags`
    "#);
    insta::assert_snapshot!(said.stdout, @"3 errors in 1 document");
}

#[test]
fn json_has_the_same_findings() {
    let human = check(FAULTY, &["--quiet"]);
    let said = check(FAULTY, &["--format", "json"]);
    assert_eq!((said.code, &*said.stderr), (1, ""));
    let all = json(&said.stdout);
    let findings = all["findings"].as_array().unwrap();
    assert_eq!(findings.len(), human.stderr.matches("error[").count());
    for finding in findings {
        let keys: Vec<&String> = finding.as_object().unwrap().keys().collect();
        let mut expected = [
            "code", "severity", "message", "file", "line", "column", "pointer", "help",
        ];
        expected.sort_unstable();
        assert_eq!(keys, expected);
    }
    assert_eq!(findings[0]["code"], "unknown-field");
    assert_eq!(findings[0]["line"], 6);
    assert_eq!(findings[0]["file"], "hr.json");
}

#[test]
fn nothing_is_tagged_by_faulty_frameworks() {
    let folder = folder();
    fs::write(path(&folder, "hr.json"), FAULTY).unwrap();
    let catalog = demo_catalog();
    let arguments = [
        "tag",
        "--frameworks",
        "hr.json",
        "--columns",
        &catalog,
        "--out",
        "out",
    ];
    let said = classmark(folder.path(), &arguments);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr
            .ends_with(" in the frameworks: nothing was done\n"),
        "{said:?}"
    );
    let said = classmark(
        folder.path(),
        &[&arguments[..], &["--format", "json"]].concat(),
    );
    assert_eq!((said.code, &*said.stdout), (1, ""));
    assert!(json(&said.stderr)["findings"].as_array().unwrap().len() > 1);
    assert_eq!(names(folder.path()), ["hr.json"]);
}

#[test]
fn warnings_do_not_fail() {
    let folder = folder();
    let text = FAULTY
        .replace("\"colour\": \"red\",", "")
        .replace("Sallary", "Salary")
        .replace(
            r#"{"name": "none", "classificationTag": {"name": "HR.Salary"}},"#,
            "",
        );
    let second = text.replace("\"hr\"", "\"hr2\"").replace(
        "\"sensitivities\": []",
        r#""sensitivities": [{"dimension": "confidentiality", "sensitivity": 2}]"#,
    );
    let first = text.replace(
        "\"sensitivities\": []",
        r#""sensitivities": [{"dimension": "confidentiality", "sensitivity": 1}]"#,
    );
    fs::create_dir(path(&folder, "f")).unwrap();
    fs::write(path(&folder, "f/1.json"), first).unwrap();
    fs::write(path(&folder, "f/2.json"), second).unwrap();
    let said = classmark(folder.path(), &["check", "--frameworks", "f", "--quiet"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stderr.contains("warning[conflicting-sensitivity]: "),
        "{said:?}"
    );
    assert!(said.stdout.contains(" in 2 documents\n"), "{said:?}");
    let catalog = demo_catalog();
    let arguments = [
        "tag",
        "--frameworks",
        "f",
        "--columns",
        &catalog,
        "--out",
        "out",
        "--force",
    ];
    let said = classmark(folder.path(), &arguments);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stderr.contains("warning[conflicting-sensitivity]: "),
        "{said:?}"
    );
    let quiet = classmark(folder.path(), &[&arguments[..], &["--quiet"]].concat());
    assert_eq!((quiet.code, &*quiet.stderr), (0, ""));
}

#[test]
fn check_looks_at_catalogs_alone() {
    let folder = folder();
    write_parquet(
        &path(&folder, "c.parquet"),
        &[batch(&[(Some("a"), Some("x")), (None, Some("y"))])],
    );
    let said = classmark(
        folder.path(),
        &["check", "--columns", "c.parquet", "--quiet"],
    );
    assert_eq!((said.code, &*said.stdout), (1, "1 error in the catalog\n"));
    insta::assert_snapshot!(said.stderr, @"
    error[bad-row]: `c.parquet`, row group 0, row 1: column `data_source_id` is null
      help: `--bad-rows quarantine` sets such rows apart and goes on
    ");
    let said = classmark(folder.path(), &["check", "--columns", &demo_catalog()]);
    assert_eq!(
        (said.code, &*said.stdout),
        (0, "no findings in the catalog\n")
    );
}

#[test]
fn hostile_documents_do_not_reach_the_terminal() {
    let hostile = "{\"\u{9b}31m\u{202e}\u{7f}\": 1, \"shortName\": \"\u{85}\",\t\"x\": 1}";
    for more in [&["--quiet"][..], &["--format", "json"]] {
        let said = check(hostile, more);
        assert_eq!(said.code, 1);
        let text = said.stderr + &said.stdout;
        let acts = |c: &char| (c.is_control() && !"\n\t".contains(*c)) || *c == '\u{202e}';
        assert_eq!(text.chars().find(acts), None, "{text:?}");
    }
    let folder = folder();
    let name = "\u{1b}[31mevil\u{9b}.json";
    fs::write(path(&folder, name), "{}").unwrap();
    let gone = "\u{1b}[31mgone";
    for paths in [name, gone] {
        let said = classmark(folder.path(), &["check", "--quiet", "--frameworks", paths]);
        assert!(
            said.code > 0 && !said.stderr.contains(['\u{1b}', '\u{9b}']),
            "{said:?}"
        );
    }
}

#[test]
fn endless_lines_and_endless_findings_are_told_shortly() {
    let wrong = r#"{"colour": 1},"#.repeat(2_000);
    let said = check(&format!("[{wrong}{{}}]"), &["--quiet"]);
    assert_eq!(said.code, 1);
    let longest = said.stderr.lines().map(|line| line.chars().count()).max();
    assert!(longest.unwrap() < 400, "{longest:?}");
    assert!(said.stderr.matches("error[").count() >= 2_000);
}

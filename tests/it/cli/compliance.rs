//! `check --compliance`.

use super::*;

const SOUND: &str = r#"{"handle": "hr", "version": "1", "name": "HR", "requirements": [
  {"name": "Pay", "controls": [{"name": "Salaries", "rules_id": ["demo-base/salary"]}]}]}"#;

/// `check --compliance` of what is in a folder, with what it said.
fn check(folder: &tempfile::TempDir, arguments: &[&str]) -> Said {
    let arguments = [&["check", "--quiet"], arguments].concat();
    classmark(folder.path(), &arguments)
}

fn demo_frameworks() -> String {
    format!("{DEMO}/frameworks")
}

#[test]
fn the_demo_names_one_planned_rule() {
    let (frameworks, compliance) = (demo_frameworks(), format!("{DEMO}/compliance"));
    let folder = folder();
    let said = check(&folder, &["--compliance", &compliance]);
    assert_eq!(
        (said.code, &*said.stdout, &*said.stderr),
        (0, "no findings in 1 document\n", "")
    );
    let arguments = ["--frameworks", &frameworks, "--compliance", &compliance];
    let said = check(&folder, &arguments);
    assert_eq!(
        (said.code, &*said.stdout),
        (0, "1 warning in 5 documents\n")
    );
    let said = check(&folder, &[&arguments[..], &["--format", "json"]].concat());
    assert_eq!((said.code, &*said.stderr), (0, ""));
    let all = json(&said.stdout);
    let findings = all["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["code"], "unknown-rule");
    assert_eq!(findings[0]["severity"], "warning");
    let message = findings[0]["message"].as_str().unwrap();
    assert!(message.contains("`demo-regulation/retention-of-backups`"));
    assert_eq!(
        findings[0]["pointer"],
        "/requirements/3/controls/1/rules_id/0"
    );
}

#[test]
fn faults_are_told_with_their_places() {
    let folder = folder();
    let faulty = SOUND
        .replace("\"1\"", "1")
        .replace("rules_id", "rule_id")
        .replace("\"Pay\"", "\"\"");
    fs::write(path(&folder, "hr.json"), faulty).unwrap();
    let said = check(&folder, &["--compliance", "hr.json"]);
    assert_eq!((said.code, &*said.stdout), (1, "4 errors in 1 document\n"));
    insta::assert_snapshot!(said.stderr, @r#"
    error[wrong-type]: `version` must be a text, found the number `1`
       ╭─[hr.json:1:29]
     1 │ {"handle": "hr", "version": 1, "name": "HR", "requirements": [
       ·                             ─
     2 │   {"name": "", "controls": [{"name": "Salaries", "rule_id": ["demo-base/salary"]}]}]}
       ╰────
      help: write it in double quotes: `"1"`

    error[empty-value]: `name` must not be empty
       ╭─[hr.json:2:12]
     1 │ {"handle": "hr", "version": 1, "name": "HR", "requirements": [
     2 │   {"name": "", "controls": [{"name": "Salaries", "rule_id": ["demo-base/salary"]}]}]}
       ·            ──
       ╰────
      help: write at least one character

    error[missing-field]: field `rules_id` is missing
       ╭─[hr.json:2:29]
     1 │ {"handle": "hr", "version": 1, "name": "HR", "requirements": [
     2 │   {"name": "", "controls": [{"name": "Salaries", "rule_id": ["demo-base/salary"]}]}]}
       ·                             ─
       ╰────
      help: add `rules_id`

    error[unknown-field]: unknown field `rule_id`
       ╭─[hr.json:2:50]
     1 │ {"handle": "hr", "version": 1, "name": "HR", "requirements": [
     2 │   {"name": "", "controls": [{"name": "Salaries", "rule_id": ["demo-base/salary"]}]}]}
       ·                                                  ─────────
       ╰────
      help: did you mean `rules_id`?
    "#);
    let said = check(&folder, &["--compliance", "hr.json", "--format", "json"]);
    assert_eq!((said.code, &*said.stderr), (1, ""));
    let all = json(&said.stdout);
    let findings = all["findings"].as_array().unwrap();
    let codes: Vec<_> = findings
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "wrong-type",
            "empty-value",
            "missing-field",
            "unknown-field"
        ]
    );
    assert_eq!(findings[0]["file"], "hr.json");
    assert_eq!(findings[0]["line"], 1);
}

#[test]
fn folders_globs_and_files_that_cannot_be_read() {
    let folder = folder();
    fs::create_dir_all(path(&folder, "c/deep")).unwrap();
    fs::write(path(&folder, "c/1.json"), SOUND).unwrap();
    fs::write(path(&folder, "c/_2.json"), "{").unwrap();
    fs::write(path(&folder, "c/readme.txt"), "{").unwrap();
    fs::write(
        path(&folder, "c/deep/3.yml"),
        format!("\u{feff}{}", SOUND.replace("\"1\"", "\"2\"")),
    )
    .unwrap();
    for paths in ["c", "c/[1-9].json"] {
        let said = check(&folder, &["--compliance", paths]);
        assert_eq!((said.code, errors(&said)), (0, 0), "{said:?}");
    }
    // The same version twice, in two files.
    fs::write(path(&folder, "c/4.json"), SOUND).unwrap();
    fs::write(path(&folder, "c/5.json"), b"{\"handle\": \"\xff\"}").unwrap();
    let said = check(&folder, &["--compliance", "c"]);
    assert_eq!(
        (said.code, &*said.stdout),
        (1, "2 errors, 1 warning in 4 documents\n")
    );
    assert!(
        said.stderr
            .contains("warning[passed-over]: passed over 1 file in `c`")
    );
    assert!(said.stderr.contains("error[not-utf8]: "), "{said:?}");
    assert!(
        said.stderr.contains(
            "error[duplicate-framework]: the compliance framework `hr` is there in version `1` already (line 1 of `c/1.json`)"
        ),
        "{said:?}"
    );
}

#[test]
fn paths_that_stand_for_nothing() {
    let folder = folder();
    fs::create_dir(path(&folder, "empty")).unwrap();
    for (paths, code) in [
        ("gone.json", 2),
        ("empty", 1),
        ("*.json", 1),
        ("/dev/null", 1),
    ] {
        let said = check(&folder, &["--compliance", paths]);
        assert_eq!((said.code, &*said.stdout), (code, ""), "{said:?}");
        assert_eq!(errors(&said), 1, "{said:?}");
    }
    let said = check(&folder, &["--compliance"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(check(&folder, &[]).code, 2);
}

#[test]
fn rule_ids_are_looked_up_in_sound_frameworks_only() {
    let folder = folder();
    let compliance = SOUND.replace("demo-base/salary", "demo-base/salry");
    fs::write(path(&folder, "hr.json"), compliance).unwrap();
    fs::write(path(&folder, "bad.json"), "{}").unwrap();
    let frameworks = demo_frameworks();
    let said = check(
        &folder,
        &["--frameworks", &frameworks, "--compliance", "hr.json"],
    );
    assert_eq!(
        (said.code, &*said.stdout),
        (0, "1 warning in 5 documents\n")
    );
    assert!(
        said.stderr
            .contains("help: did you mean `demo-base/salary`?"),
        "{said:?}"
    );
    let arguments = [
        "--frameworks",
        &frameworks,
        "bad.json",
        "--compliance",
        "hr.json",
    ];
    let said = check(&folder, &arguments);
    assert_eq!((said.code, &*said.stdout), (1, "6 errors in 6 documents\n"));
    // Nothing is looked up where there are no frameworks.
    let catalog = demo_catalog();
    let said = check(&folder, &["--compliance", "hr.json", "--columns", &catalog]);
    assert_eq!(
        (said.code, &*said.stdout),
        (0, "no findings in 1 document and the catalog\n")
    );
}

#[test]
fn rules_of_sleeping_frameworks_are_told() {
    let folder = folder();
    let asleep = fs::read_to_string(format!("{DEMO}/frameworks/base.json"))
        .unwrap()
        .replace("\"active\": true", "\"active\": false");
    fs::write(path(&folder, "base.json"), asleep).unwrap();
    fs::write(path(&folder, "hr.json"), SOUND).unwrap();
    let arguments = ["--frameworks", "base.json", "--compliance", "hr.json"];
    let said = check(&folder, &arguments);
    assert_eq!(
        (said.code, &*said.stdout),
        (0, "2 warnings in 2 documents\n")
    );
    let wanted = "warning[no-active-framework]: ";
    assert!(said.stderr.contains(wanted), "{said:?}");
    assert!(said.stderr.contains("warning[inactive-rule]: "), "{said:?}");
}

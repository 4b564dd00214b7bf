//! `tag --compliance` and `rollup`.

use super::*;

const DAY: [&str; 2] = ["--as-of", "2026-02-01"];
const ALL_FORMS: [&str; 3] = ["--report", "--export", "csv,oscal,ocsf"];

fn compliance() -> String {
    format!("{DEMO}/compliance")
}

/// A compliance framework with a control for each list of rule ids.
fn document(controls: &[&[&str]]) -> String {
    let controls: Vec<_> = (0..)
        .zip(controls)
        .map(|(number, ids)| serde_json::json!({"name": format!("c{number}"), "rules_id": ids}))
        .collect();
    let requirements = [serde_json::json!({"name": "q", "controls": controls})];
    let document = serde_json::json!({
        "handle": "h", "version": "1", "name": "H", "requirements": requirements
    });
    document.to_string()
}

/// `tag` of the demo into `out`, for its compliance framework.
fn tag_demo(folder: &tempfile::TempDir, more: &[&str]) -> Said {
    let compliance = compliance();
    let more = [&["--quiet", "--compliance", &compliance], &DAY[..], more].concat();
    tag(folder.path(), &demo_catalog(), &more)
}

fn rollup(folder: &tempfile::TempDir, run: &str, compliance: &str, more: &[&str]) -> Said {
    let arguments = [&["rollup", run, "--compliance", compliance][..], more].concat();
    classmark(folder.path(), &arguments)
}

/// The bytes of all files in a folder but the manifest.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = names(folder).into_iter();
    let names = names.filter(|name| name != "manifest.json");
    let read = |name: String| (name.clone(), fs::read(folder.join(name)).unwrap());
    names.map(read).collect()
}

#[test]
fn a_gate_on_no_compliance_framework_is_refused() {
    let folder = folder();
    fs::write(path(&folder, "none.json"), "[]").unwrap();
    let asked = ["--compliance", "none.json", "--fail-on", "unknown"];
    let said = tag(folder.path(), &demo_catalog(), &asked);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr
            .contains("error[empty-input]: the compliance documents hold no compliance framework"),
        "{said:?}"
    );
    assert!(!path(&folder, "out").exists());
}

#[test]
fn people_are_told() {
    let folder = folder();
    let said = tag_demo(&folder, &[]);
    assert_eq!((said.code, &*said.stderr), (0, ""), "{said:?}");
    let line = "\n  compliance   larkfield-privacy 1: fail (1 of 10 controls pass; 2 of 86 findings pass)\n";
    assert!(said.stdout.contains(line), "{said:?}");
    let said = rollup(&folder, "out", &compliance(), &["--out", "again"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stderr.starts_with("counting 370 rows\nwriting\n"),
        "{said:?}"
    );
    assert!(said.stderr.contains("warning[unknown-rule]: "), "{said:?}");
    insta::assert_snapshot!(said.stdout, @r"
    Larkfield Privacy Controls (larkfield-privacy 1): fail
      controls     1 of 10 controls pass
      findings     2 of 86 findings pass
      weighted     8 of 313

      Patient data is identified: fail
        PHI is marked in every system                fail      52 fail, 1 pass
        PHI that leaves the house is rated critical  fail      10 fail
        Patient extracts in sandboxes are flagged    fail      6 fail

      Payment data is protected: fail
        Card numbers are recorded as payment data  pass      1 pass
        Card data is rated critical                fail      2 fail

      Research data is shared lawfully: fail
        Genetic markers are treated as health data           fail      1 fail
        Limited data sets are marked before they are shared  fail      2 fail

      Data is kept and opened as agreed: fail
        Legal holds cover whole tables                       fail      9 fail
        Backups follow the retention schedule                unknown   1 rule not evaluated
        Credentials beside personal data are rated critical  fail      2 fail

      rests on     14 of 15 rules evaluated, 200 columns in 20 data sources, 0 overrides in force

      results      again
    ");
    let quiet = rollup(&folder, "out", &compliance(), &["--quiet"]);
    let told = said
        .stdout
        .strip_suffix("\n  results      again\n")
        .unwrap();
    assert_eq!((quiet.code, &*quiet.stderr), (0, ""));
    assert_eq!(quiet.stdout.trim_end(), told.trim_end());
    assert_eq!(names(folder.path()), ["again", "out"]);
}

#[test]
fn json_is_one_object() {
    let folder = folder();
    let said = tag_demo(&folder, &["--format", "json"]);
    assert_eq!((said.code, &*said.stderr), (0, ""), "{said:?}");
    let told = json(&said.stdout);
    let framework = &told["compliance"][0];
    assert_eq!(
        (&framework["handle"], &framework["status"]),
        (&"larkfield-privacy".into(), &"fail".into())
    );
    let file = fs::read_to_string(path(&folder, "out/rollup.json")).unwrap();
    assert_eq!(framework["scores"], json(&file)["frameworks"][0]["scores"]);
    let said = rollup(&folder, "out", &compliance(), &["--format", "json"]);
    assert_eq!((said.code, &said.stdout), (0, &file));
    let findings = json(&said.stderr);
    assert_eq!(findings["findings"].as_array().unwrap().len(), 1);
    assert_eq!(findings["findings"][0]["code"], "unknown-rule");
    // Without compliance there is nothing to tell of it.
    let said = tag(
        folder.path(),
        &demo_catalog(),
        &["--force", "--format", "json"],
    );
    assert_eq!(json(&said.stdout).get("compliance"), None);
    let said = rollup(&folder, "nowhere", &compliance(), &["--format", "json"]);
    assert_eq!((said.code, &*said.stdout), (2, ""));
    assert_eq!(json(&said.stderr)["error"]["kind"], "usage");
}

/// What the demo comes to for controls, by `--fail-on`.
const FAIL_ON: &[(&[&[&str]], i32, i32)] = &[
    (&[&["demo-base/card-number"]], 0, 0),
    (&[&["demo-risk/phi-that-leaves-the-house"]], 4, 4),
    (&[&["no/such-rule"]], 0, 4),
    (&[&["demo-base/card-number", "no/such-rule"]], 0, 4),
    (
        &[&["no/such-rule"], &["demo-risk/phi-that-leaves-the-house"]],
        4,
        4,
    ),
    (&[&["demo-base/card-number"], &["no/such-rule"]], 0, 4),
];

#[test]
fn fail_on_ends_with_4_and_everything_is_there() {
    for (controls, on_fail, on_unknown) in FAIL_ON {
        let folder = folder();
        fs::write(path(&folder, "h.json"), document(controls)).unwrap();
        let more = ["--compliance", "h.json"];
        let plain = tag(folder.path(), &demo_catalog(), &more);
        assert_eq!(plain.code, 0, "{plain:?}");
        let plain = rollup(&folder, "out", "h.json", &[]);
        assert_eq!(plain.code, 0, "{plain:?}");
        for (on, code) in [("fail", *on_fail), ("unknown", *on_unknown)] {
            fs::remove_dir_all(path(&folder, "out")).unwrap();
            let fail_on = ["--fail-on", on];
            let said = tag(
                folder.path(),
                &demo_catalog(),
                &[&more[..], &fail_on].concat(),
            );
            assert_eq!(
                (said.code, errors(&said)),
                (code, 0),
                "{controls:?} {said:?}"
            );
            assert!(path(&folder, "out/manifest.json").exists());
            let said = rollup(
                &folder,
                "out",
                "h.json",
                &[&fail_on[..], &["--out", on]].concat(),
            );
            assert_eq!(
                (said.code, errors(&said)),
                (code, 0),
                "{controls:?} {said:?}"
            );
            assert!(said.stdout.starts_with(&plain.stdout), "{said:?}");
            assert!(path(&folder, &format!("{on}/manifest.json")).exists());
        }
    }
    // No data and muted findings are no reason to fail.
    let folder = folder();
    let columns = path(&folder, "none.parquet");
    write_parquet(&columns, &[batch(&[])]);
    fs::write(
        path(&folder, "h.json"),
        document(&[&["demo-base/card-number"]]),
    )
    .unwrap();
    let more = ["--compliance", "h.json", "--fail-on", "unknown"];
    let said = tag(folder.path(), "none.parquet", &more);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout
            .contains("h 1: no data (no controls to score; no findings to score)"),
        "{said:?}"
    );
}

#[test]
fn what_needs_compliance_says_so_before_all_else() {
    for asked in [
        &["--report"][..],
        &["--export", "csv"],
        &["--fail-on", "fail"],
        &["--weights", "2=4,1=2,0=1,not_rated=1"],
    ] {
        let folder = folder();
        for columns in [demo_catalog(), "nowhere".into()] {
            let said = tag(folder.path(), &columns, asked);
            insta::allow_duplicates! {
                insta::assert_snapshot!(said.stderr, @r"
                error: there are no compliance documents to roll findings up for
                  help: `--report`, `--export`, `--weights` and `--fail-on` need `--compliance PATH`
                ");
            }
            assert_eq!((said.code, names(folder.path()).len()), (2, 0), "{said:?}");
        }
    }
}

#[test]
fn what_needs_a_folder_says_so() {
    let folder = folder();
    tag_demo(&folder, &[]);
    for asked in [&["--report"][..], &["--export", "csv"]] {
        let said = rollup(&folder, "out", &compliance(), asked);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.stderr, @r"
            error: there is no folder to write further forms into
              help: `--report` and `--export` need `--out DIR`
            ");
        }
        assert_eq!((said.code, &*said.stdout), (2, ""));
    }
    assert_eq!(rollup(&folder, "out", &compliance(), &["--force"]).code, 2);
    assert_eq!(classmark(folder.path(), &["rollup", "out"]).code, 2);
}

#[test]
fn names_that_look_like_formulas_are_text_in_the_spreadsheet() {
    let folder = folder();
    let document = r#"{"handle": "=cmd|' /C calc'!A0", "version": "-1", "name": "+ärzte",
        "requirements": [{"name": "@SUM(A1)", "controls":
            [{"name": "\t=1", "rules_id": ["demo-base/card-number"]}]}]}"#;
    fs::write(path(&folder, "h.json"), document).unwrap();
    let more = ["--compliance", "h.json", "--export", "csv"];
    assert_eq!(tag(folder.path(), &demo_catalog(), &more).code, 0);
    let text = fs::read_to_string(path(&folder, "out/rollup.csv")).unwrap();
    let row = text.lines().nth(1).unwrap();
    let wanted = "'=cmd|' /C calc'!A0,'-1,'+ärzte,'@SUM(A1),'\t=1,pass,demo-base/card-number,";
    assert!(row.starts_with(wanted), "{row}");

    let again = ["--export", "csv", "--csv-bom", "--out", "again"];
    let said = rollup(&folder, "out", "h.json", &again);
    assert_eq!(said.code, 0, "{said:?}");
    let marked = fs::read_to_string(path(&folder, "again/rollup.csv")).unwrap();
    assert_eq!(marked, format!("\u{feff}{text}"));
    let more = [&more[..], &["--csv-bom", "--force"]].concat();
    assert_eq!(tag(folder.path(), &demo_catalog(), &more).code, 0);
    assert_eq!(
        fs::read_to_string(path(&folder, "out/rollup.csv")).unwrap(),
        marked
    );
}

#[test]
fn a_byte_order_mark_for_no_spreadsheet_is_wrong_usage() {
    let folder = folder();
    tag_demo(&folder, &[]);
    let compliance = compliance();
    for more in [
        &["--csv-bom"][..],
        &["--csv-bom", "--compliance", &compliance],
        &[
            "--csv-bom",
            "--compliance",
            &compliance,
            "--export",
            "ocsf,oscal",
        ],
    ] {
        let mut said = vec![tag(folder.path(), &demo_catalog(), more)];
        if more.len() > 1 {
            said.push(rollup(&folder, "out", &compliance, &[more[0]]));
        }
        for said in said {
            insta::allow_duplicates! {
                insta::assert_snapshot!(said.stderr, @r"
                error: `--csv-bom` is about `rollup.csv`, which is not asked for
                  help: add `--export csv`, or leave `--csv-bom` out
                ");
            }
            assert_eq!((said.code, &*said.stdout), (2, ""));
        }
    }
}

#[test]
fn faulty_documents_end_everything() {
    let folder = folder();
    tag_demo(&folder, &[]);
    let before = bytes(&path(&folder, "out"));
    let faulty = document(&[&["a"]]).replace("\"version\"", "\"verison\"");
    fs::write(path(&folder, "h.json"), faulty).unwrap();
    let compliance = ["--compliance", "h.json", "--force"];
    let said = tag(folder.path(), &demo_catalog(), &compliance);
    assert_eq!((said.code, &*said.stdout), (1, ""), "{said:?}");
    assert!(
        said.stderr.contains("help: did you mean `version`?"),
        "{said:?}"
    );
    assert!(
        said.stderr
            .contains("in the compliance documents: nothing was done"),
        "{said:?}"
    );
    let again = rollup(&folder, "out", "h.json", &["--out", "new"]);
    assert_eq!((again.code, &again.stderr), (1, &said.stderr));
    assert_eq!(names(folder.path()), ["h.json", "out"]);
    assert_eq!(bytes(&path(&folder, "out")), before);
    // What stands for nothing.
    fs::create_dir(path(&folder, "empty")).unwrap();
    for (paths, code) in [
        ("gone.json", 2),
        ("empty", 1),
        ("*.yaml", 1),
        ("/dev/null", 1),
    ] {
        let more = ["--compliance", paths, "--force"];
        let said = tag(folder.path(), &demo_catalog(), &more);
        assert_eq!((said.code, errors(&said)), (code, 1), "{said:?}");
        let said = rollup(&folder, "out", paths, &[]);
        assert_eq!((said.code, errors(&said)), (code, 1), "{said:?}");
    }
    assert_eq!(bytes(&path(&folder, "out")), before);
}

#[test]
fn rollups_never_change_the_run_that_they_are_made_from() {
    let folder = folder();
    tag_demo(&folder, &[]);
    let before = bytes(&path(&folder, "out"));
    let out = path(&folder, "out").display().to_string();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&out, path(&folder, "link")).unwrap();
    #[cfg(not(unix))]
    fs::create_dir(path(&folder, "link")).unwrap();
    for (run, into) in [
        ("out", "out"),
        ("out", "out/"),
        ("out", "./out/../out"),
        ("out", &*out),
        ("out", "out/in"),
        ("out", "out/in/it"),
        ("link", "out"),
        ("out", "link"),
        ("out", "link/in"),
    ] {
        for force in [&[][..], &["--force"]] {
            let more = [&["--quiet", "--out", into], force].concat();
            let said = rollup(&folder, run, &compliance(), &more);
            assert_eq!((said.code, &*said.stdout), (2, ""), "{into}: {said:?}");
            let told = format!(
                "error: results in `{into}` would change the run that is to be rolled up\n  help: name a folder of its own for the rollup\n"
            );
            assert_eq!(said.stderr, told);
        }
    }
    assert_eq!(bytes(&path(&folder, "out")), before);
    // A run inside an older one that is to be replaced.
    fs::create_dir(path(&folder, "outer")).unwrap();
    fs::copy(
        path(&folder, "out/manifest.json"),
        path(&folder, "outer/manifest.json"),
    )
    .unwrap();
    fs::rename(path(&folder, "out"), path(&folder, "outer/run")).unwrap();
    let more = ["--out", "outer", "--force"];
    assert_eq!(rollup(&folder, "outer/run", &compliance(), &more).code, 2);
    assert_eq!(bytes(&path(&folder, "outer/run")), before);
    // A name that only begins like that of the run.
    let more = ["--out", "outer/runs"];
    assert_eq!(rollup(&folder, "outer/run", &compliance(), &more).code, 0);
}

#[test]
fn folders_that_may_not_be_written() {
    let folder = folder();
    tag_demo(&folder, &[]);
    fs::create_dir(path(&folder, "full")).unwrap();
    fs::write(path(&folder, "full/mine"), "").unwrap();
    let into = |out: &str, more: &[&str]| {
        let more = [&["--quiet", "--out", out][..], more].concat();
        rollup(&folder, "out", &compliance(), &more)
    };
    let said = into("full", &[]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.stderr
            .contains("replace an earlier run with `--force`"),
        "{said:?}"
    );
    assert_eq!(into("full", &["--force"]).code, 2);
    assert_eq!(names(&path(&folder, "full")), ["mine"]);
    assert_eq!(into("new", &[]).code, 0);
    assert_eq!(into("new", &[]).code, 2);
    assert_eq!(into("new", &["--force", "--report"]).code, 0);
    assert!(path(&folder, "new/report.html").exists());
    assert_eq!(names(folder.path()), ["full", "new", "out"]);
    if cfg!(target_os = "linux") {
        let said = into("/proc/nowhere/out", &[]);
        assert_eq!((said.code, &*said.stdout), (3, ""), "{said:?}");
    }
}

#[test]
fn days_that_exports_cannot_be_dated_by() {
    let folder = folder();
    for (export, day, code) in [
        ("oscal", "1899-12-31", 2),
        ("csv,ocsf", "3000-01-01", 2),
        ("ocsf,oscal", "1900-01-01", 0),
        ("csv", "0001-01-01", 0),
    ] {
        let compliance = compliance();
        let forms = ["--export", export, "--as-of", day, "--force", "--quiet"];
        let more = [&["--compliance", &compliance], &forms[..]].concat();
        let said = tag(folder.path(), &demo_catalog(), &more);
        assert_eq!(said.code, code, "{said:?}");
        assert_eq!(path(&folder, "out").exists(), code == 0);
        if code == 0 {
            // The day of the run is that of the rollup.
            let said = rollup(&folder, "out", &compliance, &["--format", "json"]);
            assert_eq!(json(&said.stdout)["as_of"], day);
            let said = rollup(
                &folder,
                "out",
                &compliance,
                &["--export", "oscal", "--out", "new"],
            );
            assert_eq!(said.code, if day < "1900" { 2 } else { 0 }, "{said:?}");
            let said = rollup(
                &folder,
                "out",
                &compliance,
                &["--format", "json", "--as-of", "2020-02-29"],
            );
            assert_eq!(json(&said.stdout)["as_of"], "2020-02-29");
            fs::remove_dir_all(path(&folder, "out")).unwrap();
        } else {
            let told = format!(
                "` cannot be dated by the day `{day}`\n  help: name a day from `1900-01-01` to `2999-12-31` with `--as-of`\n"
            );
            assert!(said.stderr.ends_with(&told), "{said:?}");
        }
    }
}

#[test]
fn weights_are_those_asked_for() {
    let folder = folder();
    tag_demo(&folder, &[]);
    let weighted = |weights: &str| {
        let more = ["--quiet", "--format", "json", "--weights", weights];
        let said = rollup(&folder, "out", &compliance(), &more);
        assert_eq!(said.code, 0, "{said:?}");
        let told = json(&said.stdout);
        let score = &told["frameworks"][0]["scores"]["weighted"];
        (
            score["numerator"].as_u64().unwrap(),
            score["denominator"].as_u64().unwrap(),
        )
    };
    // Two of 86 findings pass.
    assert_eq!(weighted("2=1,1=1,0=1,not_rated=1"), (2, 86));
    assert_eq!(weighted("2=0,1=0,0=0,not_rated=0"), (0, 0));
    let most = u64::from(u32::MAX);
    let all = format!("2={most},1={most},0={most},not_rated={most}");
    assert_eq!(weighted(&all), (2 * most, 86 * most));
    assert_eq!(weighted("2=4"), weighted("2=4,1=2,0=1,not_rated=1"));
    for nonsense in ["2=1,2=1", "3=1", "2=+1", "2=-1", "2", ""] {
        let said = rollup(&folder, "out", &compliance(), &["--weights", nonsense]);
        assert_eq!((said.code, &*said.stdout), (2, ""), "{said:?}");
    }
}

#[test]
fn names_from_documents_are_escaped() {
    let folder = folder();
    let hard = document(&[&["demo-base/card-number", "\u{1b}[31m"]])
        .replace("\"H\"", "\"H\\u001b[2J\\u202e\"")
        .replace("\"c0\"", "\"c\\n\\u009b0\"");
    fs::write(path(&folder, "h.json"), hard).unwrap();
    let said = tag(folder.path(), &demo_catalog(), &["--compliance", "h.json"]);
    let again = rollup(&folder, "out", "h.json", &[]);
    for said in [said, again] {
        assert_eq!(said.code, 0, "{said:?}");
        let all = format!("{}{}", said.stdout, said.stderr);
        let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!all.contains(raw), "{all:?}");
    }
}

/// Tags a catalog and rolls the run up again, in all forms: the same files.
#[track_caller]
fn assert_same(
    folder: &tempfile::TempDir,
    frameworks: &str,
    columns: &str,
    compliance: &str,
    more: &[&str],
) {
    let mut first: Option<Vec<(String, Vec<u8>)>> = None;
    for threads in ["1", "2", "8"] {
        let common = [
            &ALL_FORMS[..],
            &["--quiet", "--force", "--threads", threads],
        ]
        .concat();
        let inputs = [
            "--frameworks",
            frameworks,
            "--columns",
            columns,
            "--compliance",
            compliance,
        ];
        let arguments = [&["tag", "--out", "out"][..], &inputs, &DAY, &common, more].concat();
        let said = classmark(folder.path(), &arguments);
        assert_eq!(said.code, 0, "{said:?}");
        let said = rollup(
            folder,
            "out",
            compliance,
            &[&["--out", "again"], &common[..]].concat(),
        );
        assert_eq!(said.code, 0, "{said:?}");
        let (run, again) = (bytes(&path(folder, "out")), bytes(&path(folder, "again")));
        assert_eq!(again.len(), 6);
        for (name, content) in &again {
            let same = run.iter().find(|(of, _)| of == name).unwrap();
            assert!(same.1 == *content, "{name} with {threads} threads");
        }
        let first = first.get_or_insert_with(|| run.clone());
        for ((name, a), (_, b)) in first.iter().zip(&run) {
            assert!(a == b, "{name} with {threads} threads");
        }
    }
}

#[test]
fn a_rollup_is_the_one_of_the_run_byte_for_byte() {
    let folder = folder();
    let frameworks = format!("{DEMO}/frameworks");
    let overrides = format!("{DEMO}/overrides.csv");
    let (columns, compliance) = (demo_catalog(), compliance());
    assert_same(
        &folder,
        &frameworks,
        &columns,
        &compliance,
        &["--overrides", &overrides],
    );
    assert_same(
        &folder,
        &frameworks,
        &columns,
        &compliance,
        &["--tag-match", "hierarchical"],
    );
    // Nothing at all.
    write_parquet(&path(&folder, "none.parquet"), &[batch(&[])]);
    assert_same(&folder, &frameworks, "none.parquet", &compliance, &[]);
}

#[test]
fn a_rollup_of_scattered_rows_and_of_integers_is_the_same() {
    let folder = folder();
    let spec = [
        "--data-sources",
        "200",
        "--columns-per-source",
        "30",
        "--rules",
        "120",
    ];
    let generate = [&["generate", "--scattered", "--out", "g"][..], &spec].concat();
    assert_eq!(classmark(folder.path(), &generate).code, 0);
    // All rules of all frameworks, in controls that share some.
    let mut ids: Vec<String> = Vec::new();
    for name in names(&path(&folder, "g/frameworks")) {
        let text = fs::read_to_string(path(&folder, "g/frameworks").join(name)).unwrap();
        let framework = json(&text);
        let short = framework["shortName"].as_str().unwrap().to_owned();
        let slug = |text: &str| {
            text.to_lowercase()
                .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        };
        let rules = framework["rules"].as_array().unwrap().iter();
        ids.extend(rules.map(|rule| match rule["id"].as_str() {
            Some(id) => id.to_owned(),
            None => format!("{}/{}", slug(&short), slug(rule["name"].as_str().unwrap())),
        }));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut controls: Vec<&[&str]> = ids.chunks(7).collect();
    controls.extend([&ids[..], &ids[5..50], &["no/such-rule"]]);
    fs::write(path(&folder, "h.json"), document(&controls)).unwrap();
    assert_same(
        &folder,
        "g/frameworks",
        "g/columns.parquet",
        "h.json",
        &["--memory", "64KB"],
    );
    let told = json(&fs::read_to_string(path(&folder, "out/rollup.json")).unwrap());
    assert!(
        told["coverage"]["rules"]["fired"].as_u64().unwrap() > 10,
        "{}",
        told["coverage"]
    );

    let frameworks = format!("{DEMO}/frameworks");
    let ids =
        classmark::arrow::array::Int64Array::from_iter_values((0..500).map(|row| row / 10 - 20));
    let names: Vec<String> = (0..500).map(|row| format!("c{row}")).collect();
    let rows: Vec<Row<'_>> = names.iter().map(|name| (Some(""), Some(&**name))).collect();
    let made = batch(&rows);
    let columns = [Arc::new(ids) as ArrayRef]
        .into_iter()
        .chain(made.columns()[1..].iter().cloned());
    let made_names = ["data_source_id", "column_name", "column_tags", "table_tags"];
    let integers = RecordBatch::try_from_iter(made_names.into_iter().zip(columns)).unwrap();
    write_parquet(
        &path(&folder, "ints.parquet"),
        &[integers.slice(0, 250), integers.slice(250, 250)],
    );
    assert_same(&folder, &frameworks, "ints.parquet", &compliance(), &[]);
}

#[test]
fn neither_clock_nor_language_matter() {
    let folder = folder();
    let mut seen = Vec::new();
    for (zone, language) in [
        ("Pacific/Kiritimati", "tr_TR.UTF-8"),
        ("America/Los_Angeles", "C"),
    ] {
        let (frameworks, columns, compliance) =
            (format!("{DEMO}/frameworks"), demo_catalog(), compliance());
        let inputs = [
            "--frameworks",
            &frameworks,
            "--columns",
            &columns,
            "--compliance",
            &compliance,
        ];
        let arguments = [
            &["tag", "--force", "--quiet", "--out", "out"][..],
            &inputs,
            &DAY,
            &ALL_FORMS,
        ]
        .concat();
        let mut asked = command(folder.path(), &arguments);
        asked.env("TZ", zone).env("LC_ALL", language);
        assert!(asked.output().unwrap().status.success());
        let mut manifest = json(&fs::read_to_string(path(&folder, "out/manifest.json")).unwrap());
        assert!(manifest["timings"].take().is_object());
        seen.push((bytes(&path(&folder, "out")), manifest));
    }
    assert!(seen[0] == seen[1]);
}

//! `classmark diff`.

use super::*;
use crate::diffs::made::{Made, MadeRow};

const OLD: &[MadeRow<'_>] = &[
    ("hr", "a", "t", &["email"], "new"),
    ("hr", "b", "t", &["email"], "new"),
    ("hr", "c", "t", &["email", "phone"], "new"),
    ("gone", "d", "t", &["email"], "recorded"),
];
const NEW: &[MadeRow<'_>] = &[
    ("hr", "a", "t", &["email"], "recorded"),
    ("hr", "c", "t", &["email"], "new"),
    ("hr", "e", "t", &["email"], "new"),
];

fn runs() -> tempfile::TempDir {
    let folder = folder();
    let old = Made {
        rules: &[("email", true), ("phone", true)],
        sources: &["hr", "gone"],
        rows: OLD,
        ..Made::default()
    };
    old.write(&path(&folder, "old"));
    let rules: &[(&str, bool)] = &[("email", true), ("phone", false), ("\u{1b}[31m", true)];
    let new = Made {
        rules,
        sources: &["hr"],
        rows: NEW,
        ..old
    };
    new.write(&path(&folder, "new"));
    folder
}

#[test]
fn people_are_told_what_has_changed() {
    let folder = runs();
    let said = classmark(folder.path(), &["diff", "old", "new", "--out", "out"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.stderr, "opening\ncomparing 10 rows\nwriting\n");
    insta::assert_snapshot!(said.stdout, @r"
    compared old with new

    findings           in OLD       in NEW          new     resolved    unchanged incomparable
      pass                  1            1            1            0            0            1
      fail                  4            2            1            2            1            1
      muted                 0            0            0            0            0            0
      of the resolved fails 1 pass now, 0 are muted, 1 went

    assignments        in OLD       in NEW          new     resolved    unchanged incomparable
      new                   3            2            1            2            1            0
      recorded              1            1            1            0            0            1
      muted                 0            0            0            0            0            0
      stale                 0            0            0            0            0            0

    scope
      1 data source only in OLD
      1 rule only in NEW
        \u{1b}[31m
      1 rule evaluated in OLD, and not in NEW
        phone

    results      out
    ");
    assert_eq!(
        names(&path(&folder, "out")),
        ["diff.json", "diff.parquet", "manifest.json"]
    );
}

#[test]
fn json_is_the_file_in_one_line() {
    let folder = runs();
    let arguments = ["diff", "old", "new", "--out", "out", "--format", "json"];
    let said = classmark(folder.path(), &arguments);
    assert_eq!((said.code, &*said.stderr), (0, ""));
    let file = fs::read_to_string(path(&folder, "out/diff.json")).unwrap();
    assert_eq!(json(&said.stdout), json(&file));
    let manifest = json(&fs::read_to_string(path(&folder, "out/manifest.json")).unwrap());
    let shown = ["old", "new"].iter().fold(said.stdout, |text, run| {
        let sum = manifest[run]["assignments_sha256"].as_str().unwrap();
        text.replace(sum, "…")
    });
    let shown = shown.replace("{\"in_old\"", "\n{\"in_old\"");
    let shown = shown.replace("{\"id\"", "\n{\"id\"");
    insta::assert_snapshot!(shown, @r##"
    {"old":{"folder":"old","assignments_sha256":"…","data_sources":2,"assignments":4},"new":{"folder":"new","assignments_sha256":"…","data_sources":1,"assignments":3},"scope":{"rules":{"only_old":[],"only_new":["\u001b[31m"],"activated":[],"deactivated":["phone"]},"data_sources":{"in_both":1,"only_old":1,"only_new":0}},"assignments":{"new":
    {"in_old":3,"in_new":2,"unchanged":1,"new":1,"resolved":2,"incomparable":{"old":0,"new":0},"new_from":{"recorded":0,"muted":0,"stale":0,"absent":1},"resolved_to":{"recorded":1,"muted":0,"stale":0,"absent":1}},"recorded":
    {"in_old":1,"in_new":1,"unchanged":0,"new":1,"resolved":0,"incomparable":{"old":1,"new":0},"new_from":{"new":1,"muted":0,"stale":0,"absent":0},"resolved_to":{"new":0,"muted":0,"stale":0,"absent":0}},"muted":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"new":0,"recorded":0,"stale":0,"absent":0},"resolved_to":{"new":0,"recorded":0,"stale":0,"absent":0}},"stale":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"new":0,"recorded":0,"muted":0,"absent":0},"resolved_to":{"new":0,"recorded":0,"muted":0,"absent":0}}},"findings":{"pass":
    {"in_old":1,"in_new":1,"unchanged":0,"new":1,"resolved":0,"incomparable":{"old":1,"new":0},"new_from":{"fail":1,"muted":0,"absent":0},"resolved_to":{"fail":0,"muted":0,"absent":0}},"fail":
    {"in_old":4,"in_new":2,"unchanged":1,"new":1,"resolved":2,"incomparable":{"old":1,"new":0},"new_from":{"pass":0,"muted":0,"absent":1},"resolved_to":{"pass":1,"muted":0,"absent":1}},"muted":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"pass":0,"fail":0,"absent":0},"resolved_to":{"pass":0,"fail":0,"absent":0}}},"rules":[
    {"id":"\u001b[31m","evaluated":{"old":false,"new":true},"findings":{"pass":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"fail":0,"muted":0,"absent":0},"resolved_to":{"fail":0,"muted":0,"absent":0}},"fail":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"pass":0,"muted":0,"absent":0},"resolved_to":{"pass":0,"muted":0,"absent":0}},"muted":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"pass":0,"fail":0,"absent":0},"resolved_to":{"pass":0,"fail":0,"absent":0}}}},
    {"id":"email","evaluated":{"old":true,"new":true},"findings":{"pass":
    {"in_old":1,"in_new":1,"unchanged":0,"new":1,"resolved":0,"incomparable":{"old":1,"new":0},"new_from":{"fail":1,"muted":0,"absent":0},"resolved_to":{"fail":0,"muted":0,"absent":0}},"fail":
    {"in_old":3,"in_new":2,"unchanged":1,"new":1,"resolved":2,"incomparable":{"old":0,"new":0},"new_from":{"pass":0,"muted":0,"absent":1},"resolved_to":{"pass":1,"muted":0,"absent":1}},"muted":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"pass":0,"fail":0,"absent":0},"resolved_to":{"pass":0,"fail":0,"absent":0}}}},
    {"id":"phone","evaluated":{"old":true,"new":false},"findings":{"pass":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"fail":0,"muted":0,"absent":0},"resolved_to":{"fail":0,"muted":0,"absent":0}},"fail":
    {"in_old":1,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":1,"new":0},"new_from":{"pass":0,"muted":0,"absent":0},"resolved_to":{"pass":0,"muted":0,"absent":0}},"muted":
    {"in_old":0,"in_new":0,"unchanged":0,"new":0,"resolved":0,"incomparable":{"old":0,"new":0},"new_from":{"pass":0,"fail":0,"absent":0},"resolved_to":{"pass":0,"fail":0,"absent":0}}}}],"frameworks":[]}
    "##);
    assert_eq!(manifest["old"]["folder"], "old");
    assert_eq!(manifest["outputs"][0]["name"], "diff.parquet");
    assert_eq!(manifest["outputs"][0]["rows"], 9);
    assert_eq!(manifest["outputs"][1]["name"], "diff.json");
}

#[test]
fn a_new_fail_is_4_if_asked_for_and_everything_is_said_all_the_same() {
    let folder = runs();
    let plain = classmark(folder.path(), &["diff", "old", "new"]);
    let asked = [
        "diff",
        "old",
        "new",
        "--fail-on",
        "new-fail",
        "--out",
        "out",
    ];
    let said = classmark(folder.path(), &asked);
    assert_eq!((plain.code, said.code), (0, 4));
    assert!(said.stdout.starts_with(&plain.stdout), "{said:?}");
    assert!(path(&folder, "out/manifest.json").exists());
    let itself = classmark(
        folder.path(),
        &["diff", "old", "old", "--fail-on", "new-fail"],
    );
    assert_eq!(itself.code, 0, "{itself:?}");
}

#[test]
fn an_incomparable_fail_is_no_new_one() {
    let folder = folder();
    let rows: &[MadeRow<'_>] = &[("s", "a", "t", &["r"], "new")];
    let rules: &[(&str, bool)] = &[("r", true)];
    let old = Made {
        rules,
        ..Made::default()
    };
    old.write(&path(&folder, "old"));
    Made {
        sources: &["s"],
        rows,
        ..old
    }
    .write(&path(&folder, "new"));
    let said = classmark(
        folder.path(),
        &["diff", "old", "new", "--fail-on", "new-fail"],
    );
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn refusals() {
    let folder = runs();
    let code = |arguments: &[&str]| classmark(folder.path(), arguments).code;
    assert_eq!(code(&["diff", "old", "nowhere"]), 2);
    assert_eq!(code(&["diff", "old"]), 2);
    assert_eq!(code(&["diff", "old", "new", "--force"]), 2);
    assert_eq!(code(&["diff", "old", "new", "--out", "new", "--force"]), 2);
    assert_eq!(code(&["diff", "old", "."]), 1);
    fs::write(path(&folder, "new/rules.parquet"), "").unwrap();
    let said = classmark(folder.path(), &["diff", "old", "new", "--format", "json"]);
    assert_eq!((said.code, &*said.stdout), (1, ""));
    assert_eq!(json(&said.stderr)["error"]["kind"], "input");
}

#[test]
fn two_runs_of_the_demo() {
    let folder = folder();
    for out in ["old", "new"] {
        let frameworks = format!("{DEMO}/frameworks");
        let columns = demo_catalog();
        let arguments = [
            "tag",
            "--frameworks",
            &frameworks,
            "--columns",
            &columns,
            "--out",
            out,
        ];
        assert_eq!(classmark(folder.path(), &arguments).code, 0);
    }
    let said = classmark(folder.path(), &["diff", "old", "new", "--format", "json"]);
    let said = json(&said.stdout);
    assert_eq!(said["scope"]["data_sources"]["in_both"], 20);
    for (_, moves) in said["assignments"].as_object().unwrap() {
        assert_eq!(moves["unchanged"], moves["in_old"]);
        assert_eq!(moves["unchanged"], moves["in_new"]);
    }
}

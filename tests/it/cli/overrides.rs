//! `--overrides` and `--as-of`.

use super::*;

fn write(folder: &tempfile::TempDir, name: &str, text: &str) {
    fs::write(path(folder, name), text).unwrap();
}

const HEADER: &str = "data_source_id,column_name,tag_name,action,expires\n";

#[test]
fn overrides_are_told_and_written() {
    let folder = folder();
    let file = format!("{DEMO}/overrides.csv");
    let said = tag(
        folder.path(),
        &demo_catalog(),
        &["--overrides", &file, "--as-of", "2026-02-01", "--quiet"],
    );
    assert_eq!((said.code, &*said.stderr), (0, ""), "{said:?}");
    assert!(
        said.stdout
            .contains("  overrides    2 in force, 1 expired\n"),
        "{said:?}"
    );
    assert!(said.stdout.contains("(2 muted, "), "{said:?}");
    assert_eq!(
        names(&path(&folder, "out")),
        [
            "assignments.parquet",
            "data_sources.parquet",
            "manifest.json",
            "overrides.parquet",
            "rules.parquet"
        ]
    );
    // Today is after 2026-01-31 by any clock that is right.
    let more = ["--overrides", &file, "--force", "--format", "json"];
    let today = json(&tag(folder.path(), &demo_catalog(), &more).stdout);
    assert_eq!(today["overrides_expired"], 1);
    let manifest = json(&fs::read_to_string(path(&folder, "out/manifest.json")).unwrap());
    assert!(manifest["options"]["as_of"].as_str().unwrap() > "2026-01-31");
}

#[test]
fn what_matches_nothing_is_a_warning_with_its_row() {
    let folder = folder();
    write(
        &folder,
        "a.csv",
        &format!("{HEADER}hr.staff,nobody,X,reject,\n"),
    );
    let said = tag(folder.path(), &demo_catalog(), &["--overrides", "a.csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stderr.contains(
            "warning[unmatched-override]: the override rejects nothing: \
             data source `hr.staff` has no column `nobody`"
        ),
        "{said:?}"
    );
    assert!(said.stderr.contains("a.csv:2:1"), "{said:?}");
    assert!(
        said.stdout.contains("1 in force (1 matches nothing)\n"),
        "{said:?}"
    );
    let quiet = tag(
        folder.path(),
        &demo_catalog(),
        &["--overrides", "a.csv", "--force", "--quiet"],
    );
    assert_eq!(quiet.stderr, "");
    let more = ["--overrides", "a.csv", "--force", "--format", "json"];
    let told = tag(folder.path(), &demo_catalog(), &more);
    let finding = &json(told.stderr.lines().last().unwrap())["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["line"]),
        (&"unmatched-override".into(), &2.into())
    );
}

#[test]
fn wrong_overrides_end_the_run() {
    let folder = folder();
    write(
        &folder,
        "a.csv",
        &format!("{HEADER}s,c,X,keep,\ns,c,,reject,2026-02-30\n"),
    );
    let said = tag(folder.path(), &demo_catalog(), &["--overrides", "a.csv"]);
    assert_eq!((said.code, errors(&said)), (1, 3), "{said:?}");
    assert!(
        said.stderr
            .contains("3 errors in the overrides: nothing was done"),
        "{said:?}"
    );
    assert_eq!(names(folder.path()), ["a.csv"]);
    let missing = tag(folder.path(), &demo_catalog(), &["--overrides", "none.csv"]);
    assert_eq!(missing.code, 2, "{missing:?}");
    for date in ["2026-02-30", "tomorrow", "2026-2-3", ""] {
        let said = tag(folder.path(), &demo_catalog(), &["--as-of", date]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(
            said.stderr
                .contains("write a day that there is, as `2026-12-31`"),
            "{said:?}"
        );
    }
}

#[test]
fn overrides_are_checked_alone_and_beside_the_rest() {
    let folder = folder();
    write(&folder, "a.csv", &format!("{HEADER}s,c,X,keep,\n"));
    let alone = classmark(folder.path(), &["check", "--overrides", "a.csv"]);
    assert_eq!((alone.code, errors(&alone)), (1, 1), "{alone:?}");
    assert_eq!(alone.stdout, "1 error in the overrides\n");
    let frameworks = format!("{DEMO}/frameworks");
    let file = format!("{DEMO}/overrides.csv");
    let catalog = demo_catalog();
    let all = [
        "--frameworks",
        &frameworks,
        "--columns",
        &catalog,
        "--overrides",
        &file,
    ];
    let all = classmark(folder.path(), &[&["check"], &all[..]].concat());
    assert_eq!((all.code, errors(&all)), (0, 0), "{all:?}");
    assert!(
        all.stdout
            .ends_with(" in 4 documents, the overrides and the catalog\n"),
        "{all:?}"
    );
    assert_eq!(
        classmark(folder.path(), &["check", "--overrides", "none.csv"]).code,
        2
    );
}

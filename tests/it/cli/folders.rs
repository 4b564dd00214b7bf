//! Folders of a catalog: what is said of them, and by which exit code.

use super::*;

#[test]
fn what_is_passed_over_is_said_unless_quiet() {
    let folder = folder();
    fs::create_dir(path(&folder, "c")).unwrap();
    fs::copy(demo_catalog(), path(&folder, "c/a.parq")).unwrap();
    fs::write(path(&folder, "c/no\u{1b}[31m.md"), "x").unwrap();
    let said = tag(folder.path(), "c", &["--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(json(&said.stdout)["files_passed_over"], 1);
    let findings = json(&said.stderr)["findings"].clone();
    assert_eq!(findings[0]["code"], "passed-over");
    assert_eq!(findings[0]["file"], "c");
    let check = ["check", "--columns", "c", "--format", "json"];
    let checked = json(&classmark(folder.path(), &check).stdout)["findings"].clone();
    assert_eq!(checked[0], findings[0]);
    let said = tag(folder.path(), "c", &["--force"]);
    let expected = r"warning[passed-over]: passed over 1 file in `c` that is neither Parquet nor Arrow IPC: `no\u{1b}[31m.md`";
    assert!(said.stderr.contains(expected), "{said:?}");
    let said = tag(folder.path(), "c", &["--force", "--quiet"]);
    assert_eq!(said.stderr, "");
}

#[test]
fn a_table_with_a_log_is_refused_with_a_way_out() {
    let folder = folder();
    fs::create_dir_all(path(&folder, "c/_delta_log")).unwrap();
    fs::write(path(&folder, "c/_delta_log/0.json"), "{}").unwrap();
    fs::copy(demo_catalog(), path(&folder, "c/a.parquet")).unwrap();
    for columns in ["c", "c/a.parquet", "c/*.parquet"] {
        let said = tag(folder.path(), columns, &[]);
        assert_eq!((said.code, errors(&said)), (1, 1), "{said:?}");
        assert!(
            said.stderr.starts_with("error: `c` is a Delta table"),
            "{said:?}"
        );
        assert!(said.stderr.contains("delta_scan"), "{said:?}");
    }
    // By the working directory, too.
    let said = tag(&path(&folder, "c"), "a.parquet", &[]);
    assert_eq!(said.code, 1, "{said:?}");
    let said = classmark(
        folder.path(),
        &["check", "--columns", "c", "--format", "json"],
    );
    assert_eq!(said.code, 1);
    let found = json(&said.stdout)["findings"][0].clone();
    assert_eq!(
        (found["code"].as_str(), found["file"].as_str()),
        (Some("table-format"), Some("c"))
    );
}

#[test]
fn results_over_an_input_are_wrong_usage() {
    let folder = folder();
    assert_eq!(tag(folder.path(), &demo_catalog(), &[]).code, 0);
    let input = "out/data_sources.parquet";
    let before = fs::read(path(&folder, input)).unwrap();
    let arguments = ["--sources", input, "--force"];
    let said = tag(folder.path(), &demo_catalog(), &arguments);
    assert!(matches!(said.code, 1 | 2), "{said:?}");
    fs::copy(demo_catalog(), path(&folder, "out/c.parquet")).unwrap();
    let said = tag(folder.path(), "out/c.parquet", &["--force"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(path(&folder, "out/c.parquet").exists());
    assert_eq!(fs::read(path(&folder, input)).unwrap(), before);
}

//! What `check` and `tag` say about frameworks that do nothing, or less than meant.

use super::*;
use classmark::arrow::array::{Array, ListArray, StructArray};
use classmark::arrow::buffer::OffsetBuffer;
use classmark::arrow::datatypes::{DataType, Field};

/// A framework of one rule; `criteria` are its lists.
fn framework(active: bool, criteria: &str) -> String {
    format!(
        r#"{{"shortName": "base", "name": "base", "description": "", "active": {active},
 "tags": [{{"name": "PII"}}],
 "rules": [{{"name": "r", "classificationTag": {{"name": "PII"}},
  {criteria}}}]}}"#
    )
}

/// Tags, as lists of structs with one tag a row.
fn tags(tags: &[(&str, &str)]) -> ArrayRef {
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let field = |name: &str| Field::new(name, DataType::Utf8, true);
    let values = StructArray::new(
        vec![field("name"), field("source")].into(),
        vec![
            text(tags.iter().map(|tag| tag.0).collect()),
            text(tags.iter().map(|tag| tag.1).collect()),
        ],
        None,
    );
    let item = Field::new("item", values.data_type().clone(), true);
    let offsets = OffsetBuffer::from_lengths(tags.iter().map(|_| 1));
    Arc::new(ListArray::new(item.into(), offsets, Arc::new(values), None))
}

/// A catalog with a data source for each column tag and table tag.
fn catalog(file: &Path, column_tags: &[(&str, &str)], table_tags: &[(&str, &str)]) {
    let ids = (0..column_tags.len()).map(|n| format!("s{n}"));
    let batch = RecordBatch::try_from_iter([
        (
            "data_source_id",
            Arc::new(StringArray::from_iter_values(ids)) as ArrayRef,
        ),
        (
            "column_name",
            Arc::new(StringArray::from(vec!["c"; column_tags.len()])) as ArrayRef,
        ),
        ("column_tags", tags(column_tags)),
        ("table_tags", tags(table_tags)),
    ])
    .unwrap();
    write_parquet(file, &[batch]);
}

/// The diagnostics of `check` with a code.
fn of_code(said: &Said, code: &str) -> Vec<serde_json::Value> {
    let all = json(&said.stdout);
    let all = all["findings"].as_array().unwrap().iter();
    all.filter(|one| one["code"] == code).cloned().collect()
}

fn check(folder: &tempfile::TempDir, more: &[&str]) -> Said {
    let arguments = [
        "check",
        "--quiet",
        "--format",
        "json",
        "--frameworks",
        "f.json",
    ];
    classmark(folder.path(), &[&arguments[..], more].concat())
}

#[test]
fn a_criterion_that_is_almost_a_tag_of_the_catalog_is_named_with_it() {
    let folder = folder();
    for (wanted, there, shown) in [
        (
            r#""name": "email""#,
            ("Email", "curated"),
            "`Email` (source `curated`)",
        ),
        (
            r#""name": "Email ""#,
            ("Email", "curated"),
            "`Email` (source `curated`)",
        ),
        (
            r#""name": "E Mail""#,
            ("E  Mail", "curated"),
            r"`E \u{20}Mail` (source `curated`)",
        ),
        (
            r#""name": "E Mail""#,
            ("E\u{a0}Mail", "curated"),
            r"`E\u{a0}Mail` (source `curated`)",
        ),
        (
            r#""name": "Caf\u00e9""#,
            ("Cafe\u{301}", "curated"),
            r"`Cafe\u{301}` (source `curated`)",
        ),
        (
            r#""name": "E-Mail""#,
            ("E\u{2011}Mail", "curated"),
            r"`E\u{2011}Mail` (source `curated`)",
        ),
        (
            r#""name": "Email""#,
            ("Email", "scanner"),
            "`Email` (source `scanner`)",
        ),
        (
            r#""name": "Email", "source": "Scanner""#,
            ("Email", "scanner"),
            "`Email` (source `scanner`)",
        ),
    ] {
        for list in ["columnTags", "neighborColumnTags", "tableTags"] {
            let text = framework(
                true,
                &format!(r#""{list}": [{{"name": "Known"}}, {{{wanted}}}]"#),
            );
            fs::write(path(&folder, "f.json"), text).unwrap();
            let (column, table) = match list {
                "tableTags" => (("Other", "x"), there),
                _ => (there, ("Other", "x")),
            };
            let known = ("Known", "curated");
            catalog(
                &path(&folder, "c.parquet"),
                &[column, known],
                &[table, known],
            );
            let said = check(&folder, &["--columns", "c.parquet"]);
            assert_eq!(said.code, 0, "{said:?}");
            let near = of_code(&said, "near-miss-tag");
            assert_eq!(near.len(), 1, "{wanted} {there:?} {}", said.stdout);
            let message = near[0]["message"].as_str().unwrap();
            assert!(message.contains(shown), "{message}");
            assert!(near[0]["help"].is_string());
            assert_eq!(near[0]["severity"], "warning");
            assert_eq!(near[0]["file"], "f.json");
            assert_eq!(near[0]["line"], 4);
            assert_eq!(near[0]["pointer"], format!("/rules/0/{list}/1"));
            let idle = of_code(&said, "unreachable-rule");
            assert_eq!(
                (&idle[0]["file"], &idle[0]["line"]),
                (&"f.json".into(), &3.into())
            );
            assert!(idle[0]["help"].is_string());
        }
    }
}

#[test]
fn what_is_met_or_something_else_is_no_near_miss() {
    let folder = folder();
    for (criteria, there) in [
        (
            r#""columnTags": [{"name": "Email"}]"#,
            &[("Email", "curated"), ("email", "curated")][..],
        ),
        (
            r#""columnTags": [{"name": "Email"}]"#,
            &[("Mail", "curated"), ("E-Mail", "curated")],
        ),
        (
            r#""columnTags": [{"name": "Email"}]"#,
            &[("Email.Work", "curated"), ("x", "y")],
        ),
    ] {
        fs::write(path(&folder, "f.json"), framework(true, criteria)).unwrap();
        catalog(&path(&folder, "c.parquet"), there, there);
        let said = check(&folder, &["--columns", "c.parquet"]);
        assert!(
            of_code(&said, "near-miss-tag").is_empty(),
            "{}",
            said.stdout
        );
    }
    // A tag that a rule of an active framework gives is no miss, whatever is near.
    let chained = framework(
        true,
        r#""columnTags": [{"name": "a"}]}, {"name": "s",
        "classificationTag": {"name": "PII"}, "columnTags": [{"name": "PII"}, {"name": "b"}]"#,
    );
    fs::write(path(&folder, "f.json"), chained).unwrap();
    catalog(
        &path(&folder, "c.parquet"),
        &[("pii", "curated")],
        &[("x", "y")],
    );
    let said = check(&folder, &["--columns", "c.parquet"]);
    assert!(
        of_code(&said, "near-miss-tag").is_empty(),
        "{}",
        said.stdout
    );
}

#[test]
fn near_misses_are_found_in_every_layout_and_by_ancestors() {
    let folder = folder();
    fs::write(
        path(&folder, "f.json"),
        framework(true, r#""columnTags": [{"name": "user"}]"#),
    )
    .unwrap();
    let rows: Vec<(&str, &str)> = vec![("User.contact", "curated"); 6];
    catalog(&path(&folder, "a.parquet"), &rows, &rows);
    // The same data sources again: scattered over two files.
    catalog(&path(&folder, "b.parquet"), &rows, &rows);
    for columns in [&["a.parquet"][..], &["a.parquet", "b.parquet"]] {
        for threads in ["1", "4"] {
            let more = [
                "--threads",
                threads,
                "--tag-match",
                "hierarchical",
                "--columns",
            ];
            let said = check(&folder, &[&more[..], columns].concat());
            let near = of_code(&said, "near-miss-tag");
            assert_eq!(near.len(), 1, "{}", said.stdout);
            assert!(
                near[0]["message"]
                    .as_str()
                    .unwrap()
                    .contains("`User.contact`")
            );
        }
    }
}

#[test]
fn without_a_catalog_declared_tags_are_compared() {
    let folder = folder();
    let near = |criteria: &str| {
        fs::write(path(&folder, "f.json"), framework(true, criteria)).unwrap();
        of_code(&check(&folder, &[]), "near-miss-tag").len()
    };
    assert_eq!(near(r#""columnTags": [{"name": "pii"}]"#), 1);
    assert_eq!(near(r#""tableTags": [{"name": "PII "}]"#), 1);
    assert_eq!(near(r#""columnTags": [{"name": "PII"}]"#), 0);
    // Tags of other sources come from catalogs.
    assert_eq!(
        near(r#""columnTags": [{"name": "PII", "source": "scanner"}]"#),
        0
    );
    assert_eq!(near(r#""columnTags": [{"name": "PI"}]"#), 0);
}

#[test]
fn frameworks_of_which_nothing_is_evaluated_are_worth_a_warning() {
    let folder = folder();
    let criteria = r#""columnTags": [{"name": "Email"}]"#;
    let off = framework(false, criteria);
    let bare = r#"{"shortName": "b", "name": "b", "description": "", "active": true, "tags": [], "rules": []}"#;
    write_parquet(
        &path(&folder, "c.parquet"),
        &[batch(&[(Some("a"), Some("b"))])],
    );
    for (text, code, place) in [
        (off.clone(), Some("no-active-framework"), "/active"),
        (format!("[{off}]"), Some("no-active-framework"), "/0/active"),
        (
            "{\"frameworks\": null}".into(),
            Some("no-active-framework"),
            "",
        ),
        (bare.into(), Some("no-rules"), ""),
        (format!("[{off}, {bare}]"), Some("no-rules"), "/1"),
        (framework(true, criteria), None, ""),
        (
            format!(
                "[{off}, {}]",
                framework(true, criteria).replace("base", "on")
            ),
            None,
            "",
        ),
    ] {
        fs::write(path(&folder, "f.json"), &text).unwrap();
        let said = check(&folder, &["--columns", "c.parquet"]);
        assert_eq!(said.code, 0, "{said:?}");
        for known in ["no-active-framework", "no-rules"] {
            let found = of_code(&said, known);
            assert_eq!(found.len(), usize::from(code == Some(known)), "{text}");
            if let [found] = found.as_slice() {
                assert_eq!(found["pointer"], place);
                assert!(found["help"].as_str().unwrap().contains("\"active\": true"));
            }
        }
        let arguments = [
            "--frameworks",
            "f.json",
            "--columns",
            "c.parquet",
            "--out",
            "out",
        ];
        let said = classmark(
            folder.path(),
            &[&["tag", "--force"], &arguments[..]].concat(),
        );
        let warned = said.stderr.contains("warning[no-active-framework]")
            || said.stderr.contains("warning[no-rules]");
        assert_eq!((said.code, warned), (0, code.is_some()), "{text} {said:?}");
    }
}

#[test]
fn null_is_an_empty_list_or_nothing() {
    let folder = folder();
    let json_text = r#"{"shortName": "base", "name": "base", "description": "", "active": true, "id": null,
      "tags": [{"name": "PII", "source": null, "sensitivities": null, "description": null}],
      "rules": [{"name": "r", "id": null, "classificationTag": {"name": "PII", "source": null},
        "columnTags": [{"name": "Email"}], "neighborColumnTags": null, "tableTags": null}]}"#;
    let yaml = "shortName: base\nname: base\ndescription: ''\nactive: true\ntags:\n- name: PII\n  sensitivities:\n  source: ~\nrules:\n- name: r\n  classificationTag: {name: PII}\n  columnTags: [{name: Email}]\n  neighborColumnTags:\n  tableTags: ~\n";
    write_parquet(
        &path(&folder, "c.parquet"),
        &[batch(&[(Some("a"), Some("b"))])],
    );
    for (name, text) in [("f.json", json_text), ("f.yaml", yaml)] {
        fs::write(path(&folder, name), text).unwrap();
        let arguments = [
            "--frameworks",
            name,
            "--columns",
            "c.parquet",
            "--out",
            "out",
        ];
        let said = classmark(
            folder.path(),
            &[&["tag", "--quiet", "--force"], &arguments[..]].concat(),
        );
        assert_eq!((said.code, &*said.stderr), (0, ""), "{name}");
        assert!(said.stdout.contains("1 of 1 fired"), "{}", said.stdout);
    }
    // A rule of nothing but nulls has no criteria; required texts are not left out.
    for (text, code) in [
        (
            json_text.replace(r#"[{"name": "Email"}]"#, "null"),
            "empty-rule",
        ),
        (
            json_text.replace(r#""description": """#, r#""description": null"#),
            "wrong-type",
        ),
        (
            json_text.replace(r#""name": "r""#, r#""name": null"#),
            "wrong-type",
        ),
        (
            json_text.replace(r#""tableTags": null"#, r#""tableTags": [null]"#),
            "wrong-type",
        ),
    ] {
        fs::write(path(&folder, "f.json"), text).unwrap();
        let said = check(&folder, &[]);
        assert_eq!(
            (said.code, of_code(&said, code).len()),
            (1, 1),
            "{}",
            said.stdout
        );
    }
}

#[test]
fn an_empty_document_is_no_document() {
    let folder = folder();
    for (name, text) in [
        ("f.json", ""),
        ("f.json", " \n\t\r\n"),
        ("f.json", "\u{feff}"),
        ("f.json", "\u{feff} \n"),
        ("f.yaml", ""),
        ("f.yaml", "\u{feff}"),
        ("f.yaml", "# only\n# comments\n"),
        ("f.yaml", "---"),
        ("f.yaml", "---\n"),
        ("f.yaml", "%YAML 1.2\n---\n# nothing\n...\n"),
    ] {
        fs::write(path(&folder, name), text).unwrap();
        for kind in ["--frameworks", "--compliance", "--overrides"] {
            if kind == "--overrides" && name == "f.yaml" {
                continue;
            }
            let said = classmark(folder.path(), &["check", "--format", "json", kind, name]);
            let all = json(&said.stdout);
            assert_eq!(
                (said.code, all["findings"].as_array().unwrap().len()),
                (1, 1)
            );
            assert_eq!(
                all["findings"][0]["code"], "syntax",
                "{kind} {text:?} {all}"
            );
            let message = all["findings"][0]["message"].as_str().unwrap();
            assert!(message.contains("is empty"), "{message}");
            assert_eq!(all["findings"][0]["file"], name);
        }
    }
}

#[test]
fn an_excerpt_is_small_whatever_the_document() {
    let folder = folder();
    let long = "x".repeat(4 << 20);
    let sound = framework(true, r#""columnTags": [{"name": "Email"}]"#).replace('\n', " ");
    let many_lines = "\n".repeat(100_000);
    for text in [
        sound.replace(
            "\"description\": \"\"",
            &format!("\"descriptio\": \"{long}\""),
        ),
        sound.replace("\"shortName\"", &format!("\"z{long}\": 1, \"shortNam\"")),
        sound.replace("\"active\": true", &format!("\"active\": \"{long}\"")),
        sound.replace("\"active\": true", &format!("\"active\": [{many_lines}1]")),
        sound.replace(
            "\"rules\"",
            &format!("\"\t{}\"", "\\t\u{540d}\u{1f600}".repeat(100_000)),
        ),
        sound.replace(
            "\"rules\"",
            &format!("\"\u{7f}{}\"", "\u{202e}".repeat(100_000)),
        ),
        format!(
            "{}{}",
            "\t".repeat(100_000),
            sound.replace("rules", "rulez")
        ),
    ] {
        fs::write(path(&folder, "f.json"), text).unwrap();
        let said = classmark(folder.path(), &["check", "--frameworks", "f.json"]);
        assert_eq!(said.code, 1);
        for shown in said.stderr.split("\n\n") {
            let lines: Vec<&str> = shown.lines().collect();
            assert!(lines.len() <= 12, "{shown}");
            for line in lines {
                // The message and the help are no excerpt.
                let spoken = line.starts_with("error[") || line.trim_start().starts_with("help:");
                assert!(spoken || line.chars().count() <= 200, "{line}");
            }
        }
    }
}

#[test]
fn an_override_of_a_misspelt_tag_is_told_what_was_meant() {
    let folder = folder();
    let text = framework(true, r#""columnTags": [{"name": "Email"}]"#);
    fs::write(path(&folder, "f.json"), text).unwrap();
    catalog(
        &path(&folder, "c.parquet"),
        &[("Email", "curated")],
        &[("x", "y")],
    );
    for (tag, help) in [
        (
            "pii",
            "did you mean the tag with name `PII` and source `curated`?",
        ),
        (
            "PI",
            "correct `tag_name` and `tag_source`, or remove the override",
        ),
    ] {
        let row = format!("data_source_id,column_name,tag_name,action\ns0,c,{tag},reject\n");
        fs::write(path(&folder, "o.csv"), row).unwrap();
        let arguments = [
            "--frameworks",
            "f.json",
            "--columns",
            "c.parquet",
            "--out",
            "out",
        ];
        let more = ["--overrides", "o.csv", "--force"];
        let said = classmark(folder.path(), &[&["tag"], &arguments[..], &more].concat());
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.stderr.contains(help), "{said:?}");
    }
}

//! Catalogs that cannot be used: one clear message, the right exit code, and
//! nothing that looks like a result.

use super::*;
use classmark::arrow::array::{AsArray, BinaryArray, Float64Array, Int32Array, UInt64Array};
use classmark::arrow::ipc::writer::StreamWriter;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// The one message of a run that must fail and leave nothing.
#[track_caller]
fn refused(folder: &Path, columns: &str, code: i32) -> String {
    let before = names(folder);
    let said = tag(folder, columns, &["--quiet"]);
    assert_eq!(said.code, code, "{said:?}");
    assert_eq!(said.stdout, "");
    assert_eq!(errors(&said), 1, "{said:?}");
    assert_eq!(names(folder), before, "something is left");
    let same = json(&tag(folder, columns, &["--format", "json"]).stderr);
    let message = same["error"]["message"].as_str().unwrap();
    assert!(
        said.stderr.starts_with(&format!("error: {message}\n")),
        "{said:?} {same}"
    );
    message.to_owned()
}

fn good() -> RecordBatch {
    batch(&[
        (Some("a"), Some("x")),
        (Some("a"), Some("y")),
        (Some("b"), Some("x")),
    ])
}

/// The good rows with one column exchanged or taken away.
fn changed(name: &str, column: Option<ArrayRef>) -> RecordBatch {
    let good = good();
    let columns = good.schema();
    let columns = columns.fields().iter().zip(good.columns());
    RecordBatch::try_from_iter(columns.filter_map(|(field, values)| {
        let values = match field.name() == name {
            true => column.clone()?,
            false => Arc::clone(values),
        };
        Some((field.name().clone(), values))
    }))
    .unwrap()
}

#[test]
fn paths_that_stand_for_nothing() {
    let folder = folder();
    fs::create_dir(path(&folder, "empty")).unwrap();
    assert!(refused(folder.path(), "none.parquet", 2).contains("`none.parquet` does not exist"));
    assert!(refused(folder.path(), "empty", 1).contains("`empty`"));
    assert!(refused(folder.path(), "*.parquet", 1).contains("`*.parquet`"));
}

#[test]
#[cfg(unix)]
fn paths_that_are_no_files() {
    let folder = folder();
    let made = std::process::Command::new("mkfifo")
        .arg(path(&folder, "pipe"))
        .status();
    assert!(made.unwrap().success());
    assert!(refused(folder.path(), "pipe", 1).contains("a pipe"));
    assert!(refused(folder.path(), "/dev/null", 1).contains("a device"));
}

#[test]
fn files_that_are_no_catalogs() {
    let folder = folder();
    fs::write(path(&folder, "zero.parquet"), "").unwrap();
    fs::write(path(&folder, "text.parquet"), "a,b\n1,2\n").unwrap();
    refused(folder.path(), "zero.parquet", 1);
    refused(folder.path(), "text.parquet", 1);
}

#[test]
fn truncated_parquet_is_never_read_as_less() {
    let folder = folder();
    let whole = fs::read(demo_catalog()).unwrap();
    let file = path(&folder, "cut.parquet");
    for length in [
        1,
        3,
        4,
        8,
        11,
        12,
        100,
        whole.len() / 2,
        whole.len() - 9,
        whole.len() - 1,
    ] {
        fs::write(&file, &whole[..length]).unwrap();
        refused(folder.path(), "cut.parquet", 1);
    }
}

#[test]
fn one_flipped_byte_is_an_error_or_harmless() {
    let folder = folder();
    let whole = fs::read(demo_catalog()).unwrap();
    let file = path(&folder, "flipped.parquet");
    // All of the footer's fields and a sample of the pages.
    let step = (whole.len() / 120).max(1);
    for place in (0..whole.len()).step_by(step) {
        for bits in [0x01, 0xff] {
            let mut bytes = whole.clone();
            bytes[place] ^= bits;
            fs::write(&file, &bytes).unwrap();
            let said = tag(folder.path(), "flipped.parquet", &["--quiet"]);
            let at = format!("byte {place} of {}, bits {bits:#x}: {said:?}", whole.len());
            assert!(matches!(said.code, 0 | 1), "{at}");
            assert_eq!(
                path(&folder, "out/manifest.json").exists(),
                said.code == 0,
                "{at}"
            );
            if said.code == 0 {
                fs::remove_dir_all(path(&folder, "out")).unwrap();
            } else {
                assert_eq!(errors(&said), 1, "{at}");
            }
            assert_eq!(names(folder.path()), ["flipped.parquet"], "{at}");
        }
    }
}

/// The Arrow schema inside a Parquet footer is read before any row is.
#[test]
fn a_damaged_schema_is_an_error_or_harmless() {
    let folder = folder();
    let whole = fs::read(demo_catalog()).unwrap();
    let schema = b"ARROW:schema";
    let begin = (0..whole.len()).find(|at| whole[*at..].starts_with(schema));
    let begin = begin.unwrap() + schema.len();
    for place in (begin..whole.len() - 8).step_by(5) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        fs::write(path(&folder, "flipped.parquet"), &bytes).unwrap();
        let check = classmark(folder.path(), &["check", "--columns", "flipped.parquet"]);
        for said in [check, tag(folder.path(), "flipped.parquet", &[])] {
            assert!(matches!(said.code, 0 | 1), "byte {place}: {said:?}");
        }
        let _ = fs::remove_dir_all(path(&folder, "out"));
    }
}

#[test]
fn an_arrow_stream_without_its_end_is_refused() {
    let folder = folder();
    let file = path(&folder, "columns.arrows");
    let batch = good();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    let without_end = writer.get_ref().clone();
    writer.finish().unwrap();
    fs::write(&file, writer.get_ref()).unwrap();
    assert_eq!(tag(folder.path(), "columns.arrows", &[]).code, 0);
    fs::remove_dir_all(path(&folder, "out")).unwrap();
    fs::write(&file, &without_end).unwrap();
    refused(folder.path(), "columns.arrows", 1);
}

#[test]
fn columns_of_wrong_types_and_missing_ones_are_named() {
    let folder = folder();
    let file = path(&folder, "c.parquet");
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
    let integers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    for name in ["data_source_id", "column_name", "column_tags", "table_tags"] {
        let wrong = match name {
            "column_name" => &integers,
            _ => &numbers,
        };
        for column in [None, Some(Arc::clone(wrong))] {
            write_parquet(&file, &[changed(name, column)]);
            let message = refused(folder.path(), "c.parquet", 1);
            assert!(message.contains(&format!("`{name}`")), "{message}");
        }
    }
}

#[test]
fn columns_under_other_names_are_found_with_map() {
    let folder = folder();
    let good = good();
    let mut columns: Vec<_> = good
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    columns[0] = "TABLE_FQN".into();
    let renamed = columns.into_iter().zip(good.columns().to_vec());
    let file = path(&folder, "c.parquet");
    write_parquet(&file, &[RecordBatch::try_from_iter(renamed).unwrap()]);
    let said = tag(folder.path(), "c.parquet", &["--quiet"]);
    assert!(
        said.stderr
            .contains("help: a column of another name is read with `--map"),
        "{said:?}"
    );
    let said = tag(
        folder.path(),
        "c.parquet",
        &["--map", "data_source_id=TABLE_FQN"],
    );
    assert_eq!(said.code, 0, "{said:?}");
}

/// What is refused says how it is mended: to people, in JSON, and by `check`.
#[test]
fn types_that_do_not_fit_come_with_help() {
    let folder = folder();
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
    let rows = changed("data_source_id", Some(numbers));
    write_parquet(&path(&folder, "c.parquet"), &[rows]);
    let help = "CAST(data_source_id AS VARCHAR)";
    let said = tag(folder.path(), "c.parquet", &["--quiet"]);
    assert!(said.stderr.contains("help: cast it to text"), "{said:?}");
    let said = json(&tag(folder.path(), "c.parquet", &["--format", "json"]).stderr);
    let told = said["error"]["help"].as_str().unwrap();
    assert!(told.contains(help), "{said}");
    let check = ["check", "--columns", "c.parquet", "--format", "json"];
    let said = json(&classmark(folder.path(), &check).stdout);
    let told = said["findings"][0]["help"].as_str().unwrap();
    assert!(told.contains(help), "{said}");
}

#[test]
fn table_tags_may_be_said_to_be_none() {
    let folder = folder();
    write_parquet(&path(&folder, "c.parquet"), &[changed("table_tags", None)]);
    let message = refused(folder.path(), "c.parquet", 1);
    let start = "`c.parquet` has no column `table_tags`, and rule `demo-";
    assert!(message.starts_with(start), "{message}");
    let said = tag(folder.path(), "c.parquet", &["--no-table-tags", "--quiet"]);
    assert_eq!((said.code, &*said.stderr), (0, ""), "{said:?}");
    let manifest = fs::read_to_string(path(&folder, "out/manifest.json")).unwrap();
    assert_eq!(json(&manifest)["options"]["no_table_tags"], true);
    let check = ["check", "--columns", "c.parquet"];
    assert_eq!(classmark(folder.path(), &check).code, 0);
    // Both at once is a contradiction.
    let both = ["--no-table-tags", "--sources", "c.parquet"];
    assert_eq!(tag(folder.path(), "c.parquet", &both).code, 2);
}

#[test]
fn bad_rows_are_placed() {
    let bad = [
        (None, Some("x")),
        (Some(""), Some("x")),
        (Some("a"), None),
        (Some("a"), Some("")),
    ];
    for row in bad {
        let folder = folder();
        write_parquet(
            &path(&folder, "c.parquet"),
            &[good(), batch(&[(Some("c"), Some("x")), row])],
        );
        let message = refused(folder.path(), "c.parquet", 1);
        assert!(
            message.starts_with("`c.parquet`, row group 1, row 1: "),
            "{message}"
        );
    }
}

#[test]
fn quarantine_sets_bad_rows_apart() {
    let folder = folder();
    let second = batch(&[
        (Some("c"), Some("x")),
        (None, Some("y")),
        (Some("c"), Some("")),
    ]);
    write_parquet(&path(&folder, "c.parquet"), &[good(), second]);
    let said = tag(
        folder.path(),
        "c.parquet",
        &["--bad-rows", "quarantine", "--quiet"],
    );
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout
            .contains("  rejected     2 rows in `rejected.parquet`\n"),
        "{said:?}"
    );
    let rejected = File::open(path(&folder, "out/rejected.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(rejected).unwrap();
    let rows = reader.build().unwrap().next().unwrap().unwrap();
    let column = |name: &str| rows.column_by_name(name).unwrap();
    let numbers = |name: &str| -> Vec<u64> {
        let cast = classmark::arrow::compute::cast(
            column(name),
            &classmark::arrow::datatypes::DataType::UInt64,
        );
        let cast = cast.unwrap();
        cast.as_any()
            .downcast_ref::<UInt64Array>()
            .unwrap()
            .values()
            .to_vec()
    };
    let texts = |name: &str| -> Vec<Option<String>> {
        let cast = classmark::arrow::compute::cast(
            column(name),
            &classmark::arrow::datatypes::DataType::Utf8,
        );
        let cast = cast.unwrap();
        cast.as_string::<i32>()
            .iter()
            .map(|v| v.map(str::to_owned))
            .collect()
    };
    assert_eq!(numbers("row_group"), [1, 1]);
    assert_eq!(numbers("row"), [1, 2]);
    assert_eq!(texts("file"), vec![Some("c.parquet".to_owned()); 2]);
    assert_eq!(texts("data_source_id"), [None, Some("c".to_owned())]);
    assert_eq!(texts("column_name")[0], Some("y".to_owned()));
}

#[test]
fn text_that_is_not_utf8_is_a_broken_file() {
    let folder = folder();
    let file = path(&folder, "c.parquet");
    // The Arrow schema that is kept in the file says text; the pages hold other bytes.
    let mut name = b"needle-needle".to_vec();
    let rows = batch(&[(Some("a"), Some(std::str::from_utf8(&name).unwrap()))]);
    write_parquet(&file, &[rows]);
    let mut bytes = fs::read(&file).unwrap();
    let places: Vec<usize> = (0..bytes.len() - name.len())
        .filter(|at| bytes[*at..].starts_with(&name))
        .collect();
    assert!(!places.is_empty());
    name[3] = 0xff;
    for at in places {
        bytes[at..at + name.len()].copy_from_slice(&name);
    }
    fs::write(&file, &bytes).unwrap();
    let message = refused(folder.path(), "c.parquet", 1);
    assert!(message.contains("c.parquet"), "{message}");
    // The same where the file does not say that it is text.
    let binary: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"a", b"b", b"\xff"]));
    write_parquet(&file, &[changed("column_name", Some(binary))]);
    let message = refused(folder.path(), "c.parquet", 1);
    assert!(
        message.ends_with("column `column_name`, row group 0, row 2: the value is not UTF-8 text"),
        "{message}"
    );
}

#[test]
fn a_catalog_of_no_rows_is_one() {
    let folder = folder();
    write_parquet(&path(&folder, "c.parquet"), &[batch(&[])]);
    let said = tag(folder.path(), "c.parquet", &["--format", "json"]);
    assert_eq!((said.code, &*said.stderr), (0, ""), "{said:?}");
    let summary = json(&said.stdout);
    assert_eq!(
        (&summary["rows"], &summary["assignments"]),
        (&0.into(), &0.into())
    );
}

/// A Parquet file that is encrypted, files of other kinds, and files given to the
/// wrong option are told for what they are.
#[test]
fn files_of_other_kinds_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_parquet(&here.join("c.parquet"), &[batch(&[(Some("1"), Some("a"))])]);
    let cases: [(&str, &[u8], &str); 7] = [
        (
            "a.gz",
            b"\x1f\x8b\x08\0\0\0\0\0",
            "it looks like a gzip file",
        ),
        (
            "a.csv",
            b"data_source_id,column_name\n1,a\n",
            "it looks like a CSV file",
        ),
        (
            "a.json",
            b"{\"shortName\": \"x\"}",
            "it looks like a JSON document",
        ),
        (
            "a.avro",
            b"Obj\x01avro.schema",
            "it looks like an Avro file",
        ),
        ("a.orc", b"ORC\0\0\0\0\0\0\0", "it looks like an ORC file"),
        (
            "a.db",
            b"SQLite format 3\0\0\0",
            "it looks like an SQLite database",
        ),
        ("e.parquet", b"PARE\0\0\0\0\0\0\0\0PARE", "is encrypted"),
    ];
    for (name, bytes, words) in cases {
        fs::write(here.join(name), bytes).unwrap();
        let said = tag(here, name, &[]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.stderr.contains(words) && said.stderr.contains("help"),
            "{said:?}"
        );
    }
    for option in ["--frameworks", "--compliance", "--overrides"] {
        let said = classmark(here, &["check", option, "c.parquet"]);
        assert_eq!(said.code, 1, "{said:?}");
        let words = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("`--columns`"), "{said:?}");
    }
}

/// Remote paths are usage errors that say so, wherever they are given.
#[test]
fn remote_paths_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_parquet(&here.join("c.parquet"), &[batch(&[(Some("1"), Some("a"))])]);
    let frameworks = format!("{DEMO}/frameworks");
    for url in [
        "s3://b/c.parquet",
        "gs://b/*.parquet",
        "az://b",
        "https://h/c",
        "file:///c",
    ] {
        let cases: [&[&str]; 5] = [
            &["check", "--columns", url],
            &["check", "--frameworks", url],
            &["check", "--overrides", url],
            &["check", "--compliance", url],
            &[
                "tag",
                "--frameworks",
                &frameworks,
                "--columns",
                "c.parquet",
                "--out",
                url,
            ],
        ];
        for arguments in cases {
            let said = classmark(here, arguments);
            assert_eq!(said.code, 2, "{said:?}");
            assert!(said.stderr.contains("local files"), "{said:?}");
        }
    }
    assert_eq!(fs::read_dir(here).unwrap().count(), 1);
}

/// What is said of a file as JSON has the file.
#[test]
fn findings_of_catalog_files_have_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_parquet(
        &here.join("c.parquet"),
        &[batch(&[(Some("1"), Some("a")), (None, Some("b"))])],
    );
    fs::write(here.join("short.parquet"), b"PAR1 and no more of it").unwrap();
    fs::write(here.join("foreign"), b"\0\x01\x02").unwrap();
    for (file, code) in [
        ("c.parquet", "bad-row"),
        ("short.parquet", "broken-file"),
        ("foreign", "broken-file"),
    ] {
        let said = classmark(here, &["check", "--columns", file, "--format", "json"]);
        assert_eq!(said.code, 1, "{said:?}");
        let found: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(found["findings"][0]["code"], code);
        assert_eq!(found["findings"][0]["file"], file);
        let said = classmark(here, &["check", "--columns", file]);
        assert_eq!(said.stderr.matches(file).count(), 1, "{said:?}");
    }
}

/// A limit of the system says nothing against a file.
#[cfg(unix)]
#[test]
fn too_many_open_files_is_the_machine_and_no_broken_file() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_parquet(&here.join("c.parquet"), &[batch(&[(Some("1"), Some("a"))])]);
    let binary = assert_cmd::cargo::cargo_bin!("classmark");
    for limit in 4..12 {
        let script = format!(
            "ulimit -n {limit}; exec {} tag --frameworks {DEMO}/frameworks --columns c.parquet \
             --out out --force",
            binary.display()
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(here)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!told.contains("broken"), "{limit}: {told}");
        assert!(
            matches!(output.status.code(), Some(0 | 3 | 127)),
            "{limit}: {told}"
        );
    }
}

/// A bad row names the column as the file spells it.
#[test]
fn bad_rows_name_the_mapped_column() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["1", ""]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let mut tags = ListBuilder::new(StringBuilder::new());
    (0..2).for_each(|_| tags.append(true));
    let tags: ArrayRef = Arc::new(tags.finish());
    let columns = [
        ("FQN", ids),
        ("column_name", names),
        ("column_tags", tags.clone()),
    ];
    let batch = RecordBatch::try_from_iter(columns.into_iter().chain([("table_tags", tags)]));
    let batch = batch.unwrap();
    let file = File::create(here.join("c.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let said = tag(here, "c.parquet", &["--map", "data_source_id=FQN"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr
            .contains("row group 0, row 1: column `FQN` is empty"),
        "{said:?}"
    );
}

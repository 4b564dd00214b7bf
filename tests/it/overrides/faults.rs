//! What is refused, and where it is told to stand.

use super::{HEADER, csv, day, findings, folder, load, read};
use classmark::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use classmark::parquet::arrow::ArrowWriter;
use classmark::pipeline::{Blame, load_overrides};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

#[test]
fn every_bad_row_of_a_csv_is_told() {
    let found = findings(
        "a.csv",
        csv(&[
            ",c,T,,reject,,,",
            "s,,T,,reject,,,",
            "s,c,,,reject,,,",
            "s,c,T,,accept,,,",
            "s,c,T,,,,,",
            "s,c,T,,reject,,,2026-02-30",
            "s,c,T,,reject,,,31.12.2026",
            "s,c,T,,reject",
            "s,c,T,,reject,,,,",
            "s,fine,T,,reject,,,",
            "é,,T,,Reject,,,never",
        ]),
    );
    assert_eq!(
        found,
        [
            "empty-value 2:1 `data_source_id` is empty",
            "empty-value 3:3 `column_name` is empty",
            "empty-value 4:5 `tag_name` is empty",
            "bad-value 5:8 unknown action `accept`",
            "empty-value 6:8 `action` is empty",
            "bad-value 7:17 `2026-02-30` is no date from 0000-01-01 to 9999-12-31",
            "bad-value 8:17 `31.12.2026` is no date from 0000-01-01 to 9999-12-31",
            "bad-row 9:1 the row has 5 fields where the header has 8",
            "bad-row 10:1 the row has 9 fields where the header has 8",
            "empty-value 12:3 `column_name` is empty",
            "bad-value 12:7 unknown action `Reject`",
            "bad-value 12:16 `never` is no date from 0000-01-01 to 9999-12-31",
        ]
    );
}

#[test]
fn a_csv_needs_its_header() {
    assert_eq!(
        findings(
            "a.csv",
            "data_source,column_name,tag_name,action,Expires,column_name\n"
        ),
        [
            "unknown-field 1:1 unknown column `data_source`",
            "unknown-field 1:41 unknown column `Expires`",
            "duplicate-key 1:49 column `column_name` is there twice",
            "missing-field 1:1 column `data_source_id` is missing",
        ]
    );
    let help = |text: &str| read("a.csv", text).diagnostics[0].help.clone().unwrap();
    assert_eq!(help("data_source,x\n"), "did you mean `data_source_id`?");
    assert!(help("colour\n").starts_with("known are `data_source_id`, `column_name`"));
    // An unknown column does not hide what is wrong with the rows.
    let also = format!("{HEADER},ticket\ns,,T,,reject,,,,X-1\n");
    assert_eq!(
        findings("a.csv", also),
        [
            "unknown-field 1:76 unknown column `ticket`",
            "empty-value 2:3 `column_name` is empty",
        ]
    );
}

#[test]
fn quotes_that_swallow_rows_are_found() {
    let open = csv(&["s,c,T,,reject,\"oops,,", "s,d,T,,reject,,,"]);
    assert_eq!(
        findings("a.csv", open),
        ["syntax 2:15 a field begins with a quote that is never closed"]
    );
    // Up to the next quote there would be one plausible row.
    let swallowed = csv(&["s,c,T,,reject,\"oops,,", "s,d,T,,reject,\"why\",,"]);
    assert_eq!(
        findings("a.csv", swallowed),
        ["syntax 3:16 text after the closing quote of a field"]
    );
    assert_eq!(
        findings("a.csv", format!("\"{HEADER}\n")),
        ["syntax 1:1 a field begins with a quote that is never closed"]
    );
}

#[test]
fn every_bad_row_of_a_json_is_told() {
    let text = r#"{"overrides": [
  {"data_source_id": 1.5, "column_name": "c", "tag_name": "T", "action": "reject"},
  {"data_source_id": "s", "column_name": 3, "tag_name": ["T"], "action": "drop"},
  {"data_source_id": null, "tag_name": "", "action": "reject", "Owner": "kim"},
  "reject",
  {"data_source_id": "s", "column_name": "c", "tag_name": "T", "action": "reject", "action": "reject"},
  {"data_source_id": true, "column_name": "c", "tag_name": "T", "action": "reject", "expires": 20261231},
  {"data_source_id": 18446744073709551616, "column_name": "\ud800", "tag_name": "T", "action": "reject"}
], "version": 1}"#;
    assert_eq!(
        findings("a.json", text),
        [
            "unknown-field 9:4 unknown field `version`",
            "wrong-type 2:22 `data_source_id` is a number that no id can be",
            "wrong-type 3:42 `column_name` is a number",
            "wrong-type 3:57 `tag_name` is a list",
            "bad-value 3:74 unknown action `drop`",
            "unknown-field 4:64 unknown field `Owner`",
            "missing-field 4:22 `data_source_id` is missing",
            "missing-field 4:3 `column_name` is missing",
            "empty-value 4:40 `tag_name` is empty",
            "wrong-type 5:3 an override is an object, not text",
            "duplicate-key 6:84 field `action` is there twice",
            "wrong-type 7:22 `data_source_id` is a truth value",
            "wrong-type 7:96 `expires` is a number",
            "wrong-type 8:22 `data_source_id` is a number that no id can be",
            "wrong-type 8:59 `column_name` is text with a character that there is not",
        ]
    );
    let documents = read("a.json", text);
    assert!(documents.overrides.is_empty());
    let pointers: Vec<&str> = documents.diagnostics.iter().map(|d| &*d.pointer).collect();
    assert_eq!(
        &pointers[1..3],
        ["/overrides/0/data_source_id", "/overrides/1/column_name"]
    );
    assert_eq!(
        documents.diagnostics[5].help.as_deref(),
        Some("did you mean `owner`?")
    );
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let first = |name: &str, text: &str| findings(name, text).swap_remove(0);
    for (text, place) in [
        ("[{]", "1:3"),
        ("[\n  {\"a\": }\n]", "2:9"),
        ("[]]", "1:3"),
        ("[{\"data_source_id\": \"é\" \"x\"}]", "1:25"),
        ("[", "1:1"),
        ("{\"overrides\": [}", "1:16"),
    ] {
        let found = first("a.json", text);
        assert!(
            found.starts_with(&format!("syntax {place} this is no JSON: ")),
            "{text}: {found}"
        );
        assert!(!found.contains(" at line "), "{found}");
    }
    assert_eq!(
        first("a.json", "7"),
        "wrong-type 1:1 overrides are a list, not a number"
    );
    assert_eq!(
        first("a.json", "{\"overrides\": {}}"),
        "wrong-type 1:15 overrides are a list, not an object"
    );
    assert_eq!(
        first("a.json", "{}"),
        "missing-field 1:1 field `overrides` is missing"
    );
    // A line that is broken does not hide the others.
    let lines = "{\"data_source_id\": \n[]\n{}x\n";
    let codes: Vec<String> = findings("a.ndjson", lines)
        .iter()
        .map(|found| found.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(codes, ["syntax 1:18", "wrong-type 2:1", "syntax 3:3"]);
    let deep = "[".repeat(200_000);
    assert!(first("a.json", &deep).starts_with("syntax "));
    let closed = format!("{deep}{}", "]".repeat(200_000));
    assert!(!findings("a.json", closed).is_empty());
}

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    for row in 0..batch.num_rows() {
        writer.write(&batch.slice(row, 1)).unwrap();
        if row % 2 == 1 {
            writer.flush().unwrap();
        }
    }
    writer.close().unwrap();
    bytes
}

/// What is found in a Parquet file, without its name.
fn of_parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<String> {
    let folder = folder();
    let path = folder.path().join("a.parquet");
    fs::write(&path, parquet(columns)).unwrap();
    let name = format!("`{}`", path.display());
    let found = load(&[path]).diagnostics;
    found
        .iter()
        .map(|d| super::line(d).replace(&name, "FILE"))
        .collect()
}

#[test]
fn every_bad_row_of_a_parquet_is_told() {
    let s = Some("s");
    let found = of_parquet(vec![
        (
            "data_source_id",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(1), Some(1)])),
        ),
        ("column_name", text(&[s, s, None, s])),
        ("tag_name", text(&[s, s, Some(""), s])),
        (
            "action",
            text(&[Some("reject"), Some("keep"), Some("reject"), Some("reject")]),
        ),
        (
            "expires",
            Arc::new(Date32Array::from(vec![None, None, None, Some(i32::MAX)])),
        ),
    ]);
    assert_eq!(
        found,
        [
            "missing-field FILE, row group 0, row 1: `data_source_id` is missing",
            "bad-value FILE, row group 0, row 1: unknown action `keep`",
            "missing-field FILE, row group 1, row 0: `column_name` is missing",
            "empty-value FILE, row group 1, row 0: `tag_name` is empty",
            "bad-value FILE, row group 1, row 1: the day 2147483647 days after 1970-01-01 \
             is no date from 0000-01-01 to 9999-12-31",
        ]
    );
}

#[test]
fn a_parquet_needs_its_columns() {
    let s = || text(&[Some("s")]);
    assert_eq!(
        of_parquet(vec![
            ("data_source_id", Arc::new(Float64Array::from(vec![1.0]))),
            ("tag_name", s()),
            ("tag_source", Arc::new(BooleanArray::from(vec![true]))),
            ("action", s()),
            ("expires", Arc::new(Int64Array::from(vec![20261231]))),
        ]),
        [
            "bad-schema FILE: column `data_source_id` is Float64; accepted: text, integers",
            "missing-field FILE: column `column_name` is missing",
            "bad-schema FILE: column `tag_source` is Boolean; accepted: text",
            "bad-schema FILE: column `expires` is Int64; accepted: dates, timestamps, text",
        ]
    );
}

#[test]
fn broken_files_are_never_read_as_empty() {
    let s = || text(&[Some("s"), Some("t"), Some("u")]);
    let reject = text(&[Some("reject"); 3]);
    let whole = parquet(vec![
        ("data_source_id", s()),
        ("column_name", s()),
        ("tag_name", s()),
        ("action", reject),
    ]);
    assert_eq!(findings("a.parquet", &whole), Vec::<String>::new());
    for length in (0..whole.len()).step_by(7) {
        let documents = read("a.parquet", &whole[..length]);
        assert!(documents.has_errors(), "{length} bytes");
        assert!(documents.inputs.is_empty());
    }
    for at in 0..whole.len() {
        // Whatever comes of it, it comes.
        let mut bent = whole.clone();
        bent[at] ^= 0x55;
        let documents = read("a.parquet", &bent);
        assert!(
            documents.has_errors() || documents.overrides.len() == 3,
            "byte {at}"
        );
    }
    for (name, content) in [
        ("a.csv", &b""[..]),
        ("a.csv", b"\xef\xbb\xbf\r\n"),
        ("a.json", b" \n"),
        ("a.ndjson", b""),
    ] {
        let found = findings(name, content);
        let code = match name {
            "a.csv" => "empty-input ",
            _ => "syntax ",
        };
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(code), "{found:?}");
    }
}

#[test]
fn what_is_not_utf8_is_told() {
    for name in ["a.csv", "a.json", "a.jsonl"] {
        let mut bytes = csv(&["s,c,T,,reject,,,"]).into_bytes();
        bytes.extend(b"s,\xff,T,,reject,,,\n");
        let found = findings(name, &bytes);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("not-utf8 "), "{found:?}");
        assert!(
            found[0].ends_with("is not UTF-8 from byte 94 on"),
            "{found:?}"
        );
    }
}

#[test]
fn huge_fields_are_refused_and_not_shown_whole() {
    let longest = "x".repeat(1 << 16);
    let rows = format!("s,{longest},T,,reject,,,\n");
    assert_eq!(
        findings("a.csv", format!("{HEADER}\n{rows}")),
        Vec::<String>::new()
    );
    let longer = format!("{HEADER}\ns,c,T,,reject,x{longest},,\n");
    assert_eq!(
        findings("a.csv", longer),
        ["too-long 2:15 `reason` is 65537 bytes long"]
    );
    let action = format!("{HEADER}\ns,c,T,,{},,,\n", "y".repeat(60_000));
    let found = findings("a.csv", action);
    assert!(found[0].len() < 300, "{}", found[0].len());
    let large = format!("{HEADER}\n{}", "s,c,T,,reject,,,\n".repeat(4 << 20));
    let found = findings("a.csv", large);
    assert!(found[0].ends_with("is larger than 64 MiB"), "{found:?}");
}

#[test]
fn many_faults_are_counted() {
    let rows = "s,,T,,reject,,,\n".repeat(10_500);
    let found = findings("a.csv", format!("{HEADER}\n{rows}"));
    assert_eq!(found.len(), 10_001);
    assert!(
        found[10_000].ends_with("has 500 more faults in its rows"),
        "{}",
        found[10_000]
    );
}

#[test]
fn what_has_no_name_to_go_by_is_refused() {
    for name in ["overrides", "overrides.txt", "overrides.xlsx"] {
        let found = findings(name, csv(&[]));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("broken-file "), "{found:?}");
        assert!(
            found[0].ends_with("is of no format that is known here"),
            "{found:?}"
        );
    }
    // A name says more than the content.
    assert!(findings("a.parquet", csv(&[]))[0].starts_with("broken-file "));
}

#[test]
fn a_path_to_nothing_is_wrong_usage() {
    let folder = folder();
    let fault = |name: &str| {
        let path: PathBuf = folder.path().join(name);
        load_overrides(&[path], day("2026-11-21")).unwrap_err()
    };
    assert_eq!(fault("none.csv").blame(), Blame::Usage);
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(fault("empty").blame(), Blame::Input);
    assert_eq!(fault("*.csv").blame(), Blame::Input);
    File::create(folder.path().join("a.csv")).unwrap();
    assert!(load(&[folder.path().join("*.csv")]).has_errors());
}

#[test]
fn other_separators_are_one_error() {
    let names = HEADER.split(',').collect::<Vec<_>>();
    let row = ["s", "c", "T", "", "reject", "a, b", "", ""];
    for (separator, how) in [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")] {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
        for header in [&names, &quoted] {
            for before in ["", "\u{feff}", "\n\n"] {
                let text = [header.join(separator), row.join(separator)].join("\r\n");
                let read = read("a.csv", format!("{before}{text}\r\n"));
                assert_eq!(read.diagnostics.len(), 1, "{:?}", read.diagnostics);
                let found = &read.diagnostics[0];
                assert!(found.message.contains(how), "{found:?}");
                assert!(found.message.contains("not by commas"), "{found:?}");
                assert!(found.message.contains("data_source_id"), "{found:?}");
                assert!(found.help.as_ref().unwrap().contains("with commas"));
            }
        }
    }
    // Values may hold whatever they want.
    let odd = csv(&["a;b|c,\"x\ty\",T;U,,reject,a|b;c,,"]);
    assert_eq!(findings("a.csv", odd), Vec::<String>::new());
}

#[test]
fn the_separator_line_of_spreadsheets() {
    let header = HEADER.replace(',', ";");
    let found = findings("a.csv", format!("sep=;\n{header}\ns;c;T;;reject;;;\n"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("syntax 2:1 fields are separated by semicolons"),
        "{found:?}"
    );
    for line in ["sep=,\n", "SEP=,\r\n", "\"sep=,\"\n"] {
        let text = format!("{line}{}", csv(&["s,c,T,,reject,,,", "s,c,T,,reject"]));
        let found = findings("a.csv", text);
        assert_eq!(
            found,
            ["bad-row 4:1 the row has 5 fields where the header has 8"]
        );
    }
}

#[test]
fn headers_in_another_spelling_are_one_error() {
    for header in [
        HEADER.to_uppercase(),
        HEADER.replace('_', " "),
        HEADER.replace(',', " , "),
        format!(
            "\u{feff}\u{feff}{}",
            HEADER.replace("column_name", "Column Name")
        ),
    ] {
        let read = read("a.csv", format!("{header}\ns,c,T,,reject,,,\n"));
        assert_eq!(read.diagnostics.len(), 1, "{:?}", read.diagnostics);
        let found = &read.diagnostics[0];
        assert_eq!(found.code.as_str(), "unknown-field");
        assert!(
            found.help.as_ref().unwrap().contains("`column_name`"),
            "{found:?}"
        );
    }
    let found = findings("a.csv", csv(&[]).replace("tag_name", "Tag_Name"));
    assert_eq!(found, ["unknown-field 1:28 unknown column `Tag_Name`"]);
    let found = findings("a.csv", format!("\"{HEADER}\"\n\"s,c,T,,reject,,,\"\n"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("every line is one field in quotes"),
        "{found:?}"
    );
}

#[test]
fn other_encodings_say_how_to_save() {
    let text = csv(&["s,c,T,,reject,,,"]);
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = [b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat();
    for bytes in [marked, wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
        let read = read("a.csv", bytes);
        assert_eq!(read.diagnostics.len(), 1);
        let found = &read.diagnostics[0];
        assert_eq!(found.code.as_str(), "not-utf8");
        assert!(found.message.contains("is UTF-16"), "{found:?}");
        assert!(
            found.help.as_ref().unwrap().contains("CSV UTF-8"),
            "{found:?}"
        );
    }
}

#[test]
fn json_of_another_shape_is_one_error() {
    let one = r#"{"data_source_id": "s", "column_name": "c", "tag_name": "T", "action": "reject"}"#;
    let help = |name: &str, text: &str| {
        let read = read(name, text);
        assert_eq!(read.diagnostics.len(), 1, "{:?}", read.diagnostics);
        read.diagnostics[0].help.clone().unwrap()
    };
    assert_eq!(help("a.json", one), "write `[` before it and `]` behind it");
    assert!(help("a.json", &format!("{one}\n{one}\n")).contains("`.ndjson`"));
    assert!(help("a.ndjson", &format!("[\n{one},\n{one}\n]\n")).contains("`.json`"));
    assert_eq!(findings("a.ndjson", one), Vec::<String>::new());
}

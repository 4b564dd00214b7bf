//! What is read, format by format.

use super::{HEADER, csv, day, folder, load, read, shown, sound};
use classmark::arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, Date32Array, Date64Array, Decimal128Array,
    DictionaryArray, Int16Array, Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray,
    StringViewArray, TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray,
    UInt64Array,
};
use classmark::arrow::datatypes::Int8Type;
use classmark::catalog::Place;
use classmark::parquet::arrow::ArrowWriter;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

const ROWS: [&str; 3] = [
    "crm.people|notes|PII|curated|no person in it|kim|2026-12-31",
    "7|a, \"b\"\nc|x.y|scanner|||",
    "é|日本|a\\.b|curated||kim|",
];

#[test]
fn a_row_says_the_same_in_every_text() {
    let from_csv = csv(&[
        "crm.people,notes,PII,,reject,no person in it,kim,2026-12-31",
        "7,\"a, \"\"b\"\"\nc\",x.y,scanner,reject,,,",
        "é,日本,a\\.b,curated,reject,,kim,",
    ]);
    assert_eq!(sound(&read("a.csv", &from_csv)), ROWS);
    let objects = [
        r#"{"data_source_id": "crm.people", "column_name": "notes", "tag_name": "PII",
            "action": "reject", "reason": "no person in it", "owner": "kim", "expires": "2026-12-31"}"#,
        r#"{"expires": null, "data_source_id": 7, "column_name": "a, \"b\"\nc", "tag_name": "x.y",
            "tag_source": "scanner", "action": "reject", "reason": "", "owner": null}"#,
        r#"{"data_source_id": "\u00e9", "column_name": "日本", "tag_name": "a\\.b", "tag_source": "",
            "action": "reject", "owner": "kim", "expires": ""}"#,
    ];
    let list = format!("[{}]", objects.join(","));
    assert_eq!(sound(&read("a.json", &list)), ROWS);
    let envelope = format!("{{\"overrides\": {list}}}");
    assert_eq!(sound(&read("a.JSON", &envelope)), ROWS);
    let lines: Vec<String> = objects.iter().map(|o| o.replace('\n', " ")).collect();
    for name in ["a.ndjson", "a.jsonl"] {
        assert_eq!(sound(&read(name, lines.join("\r\n\n"))), ROWS);
    }
}

#[test]
fn csv_comes_in_many_hands() {
    let plain = csv(&["s,c,T,,reject,why,who,2026-12-31", "s,d,T,,reject,,,"]);
    let expected = sound(&read("a.csv", &plain));
    assert_eq!(expected.len(), 2);
    for variety in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        plain.replace('\n', "\n\n"),
        plain.replace("s,d", "\"s\",\"d\""),
        "expires,owner,tag_name,action,column_name,data_source_id,reason\n\
         2026-12-31,who,T,reject,c,s,why\n,,T,reject,d,s,\n"
            .to_owned(),
    ] {
        assert_eq!(sound(&read("a.csv", &variety)), expected, "{variety:?}");
    }
    let bare = "data_source_id,column_name,tag_name,action\ns,c,T,reject\n";
    assert_eq!(sound(&read("a.csv", bare)), ["s|c|T|curated|||"]);
    assert_eq!(sound(&read("a.csv", HEADER)), Vec::<String>::new());
    assert_eq!(sound(&read("a.json", "[]")), Vec::<String>::new());
    assert_eq!(
        sound(&read("a.json", "{\"overrides\":[ ]}")),
        Vec::<String>::new()
    );
}

#[test]
fn text_knows_its_line() {
    let rows = csv(&["s,\"c\n\nd\",T,,reject,,,", "s,e,T,,reject,,,"]);
    let documents = read("a.csv", &rows);
    let places = documents.overrides.all().iter().map(|o| &o.place);
    let lines: Vec<String> = places
        .map(|place| place.as_ref().unwrap().to_string())
        .map(|place| place.rsplit_once("line ").unwrap().1.to_owned())
        .collect();
    assert_eq!(lines, ["2", "5"]);
    let Some(Place::Text(origin)) = &documents.overrides.all()[1].place else {
        panic!();
    };
    assert_eq!(
        &origin.source.text()[origin.span.clone()],
        "s,e,T,,reject,,,"
    );
}

type Columns = Vec<(&'static str, ArrayRef)>;

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn columns(id: ArrayRef, expires: Option<ArrayRef>) -> Columns {
    let mut columns: Columns = vec![
        ("data_source_id", id),
        ("something else", text(&[Some("x"), None])),
        ("column_name", text(&[Some("c"), Some("d")])),
        ("tag_name", text(&[Some("T"), Some("T")])),
        ("action", text(&[Some("reject"), Some("reject")])),
    ];
    columns.extend(expires.map(|expires| ("expires", expires)));
    columns
}

fn write(path: &Path, columns: Columns) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    // A row group a row.
    for row in 0..batch.num_rows() {
        writer.write(&batch.slice(row, 1)).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
}

fn from_parquet(columns: Columns) -> Vec<String> {
    let folder = folder();
    let path = folder.path().join("a.parquet");
    write(&path, columns);
    sound(&load(&[path]))
}

#[test]
fn parquet_ids_are_of_many_types() {
    let decimals = Decimal128Array::from(vec![7, -1]).with_precision_and_scale(38, 0);
    let ids: [ArrayRef; 9] = [
        text(&[Some("7"), Some("-1")]),
        Arc::new(LargeStringArray::from(vec!["7", "-1"])),
        Arc::new(StringViewArray::from(vec!["7", "-1"])),
        Arc::new(
            ["7", "-1"]
                .into_iter()
                .collect::<DictionaryArray<Int8Type>>(),
        ),
        Arc::new(Int64Array::from(vec![7, -1])),
        Arc::new(Int16Array::from(vec![7, -1])),
        Arc::new(BinaryArray::from_vec(vec![b"7", b"-1"])),
        Arc::new(BinaryViewArray::from(vec![&b"7"[..], b"-1"])),
        Arc::new(decimals.unwrap()),
    ];
    for id in ids {
        let of = id.data_type().clone();
        let found = from_parquet(columns(id, None));
        assert_eq!(found, ["7|c|T|curated|||", "-1|d|T|curated|||"], "{of}");
    }
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 0]));
    let found = from_parquet(columns(large, None));
    assert_eq!(found[0], "18446744073709551615|c|T|curated|||");
}

#[test]
fn parquet_dates_are_of_many_types() {
    const SECONDS: i64 = 1_798_761_600 - 1; // the last second of 2026-12-31
    let expires: [ArrayRef; 7] = [
        text(&[Some("2026-12-31"), None]),
        text(&[Some("2026-12-31"), Some("")]),
        Arc::new(Date32Array::from(vec![Some(20_818), None])),
        Arc::new(Date64Array::from(vec![Some(20_818 * 86_400_000), None])),
        Arc::new(TimestampSecondArray::from(vec![Some(SECONDS), None])),
        Arc::new(
            TimestampMicrosecondArray::from(vec![Some(SECONDS * 1_000_000), None])
                .with_timezone("+14:00"),
        ),
        Arc::new(
            TimestampNanosecondArray::from(vec![Some(SECONDS * 1_000_000_000), None])
                .with_timezone("-12:00"),
        ),
    ];
    for expires in expires {
        let of = expires.data_type().clone();
        let id = text(&[Some("s"), Some("s")]);
        let found = from_parquet(columns(id, Some(expires)));
        assert_eq!(
            found,
            ["s|c|T|curated|||2026-12-31", "s|d|T|curated|||"],
            "{of}"
        );
    }
    let id = text(&[Some("s"), Some("s")]);
    let never = from_parquet(columns(id, Some(Arc::new(NullArray::new(2)))));
    assert_eq!(never, ["s|c|T|curated|||", "s|d|T|curated|||"]);
}

#[test]
fn files_folders_and_globs_are_read_in_order() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("many")).unwrap();
    fs::write(at("many/b.csv"), csv(&["b,c,T,,reject,,,"])).unwrap();
    let json = r#"[{"data_source_id":"a","column_name":"c","tag_name":"T","action":"reject"}]"#;
    fs::write(at("many/a.json"), json).unwrap();
    fs::write(at("many/notes.md"), "nothing").unwrap();
    let ids = text(&[Some("p"), Some("q")]);
    // Without an extension it is known by what it is.
    write(&at("bare"), columns(ids, None));
    let documents = load(&[at("many"), at("bare"), at("many/*.csv")]);
    let said: Vec<_> = documents
        .diagnostics
        .iter()
        .map(|one| &*one.message)
        .collect();
    assert!(
        said.len() == 1 && said[0].ends_with("than those read: `notes.md`"),
        "{said:?}"
    );
    let rows = documents.overrides.all().iter().map(shown);
    let ids: Vec<String> = rows
        .map(|row| row.split('|').next().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["a", "b", "p", "q"]);
    let inputs = documents.inputs.iter();
    let inputs: Vec<_> = inputs.map(|i| (i.role, i.rows, i.bytes > 0)).collect();
    let role = "overrides";
    assert_eq!(
        inputs,
        [
            (role, Some(1), true),
            (role, Some(1), true),
            (role, Some(2), true)
        ]
    );
}

#[test]
fn of_two_that_reject_the_same_the_longer_counts() {
    let documents = read(
        "a.csv",
        csv(&[
            "s,c,T,,reject,first,kim,2026-12-31",
            "s,d,T,,reject,,,",
            "s,c,T,curated,reject,second,lee,2027-12-31",
            "s,c,T,,reject,third,,2020-01-01",
            "s,d,T,,reject,late,,2099-01-01",
            "s,c,T,other,reject,,,",
        ]),
    );
    let found: Vec<String> = documents.overrides.all().iter().map(shown).collect();
    assert_eq!(
        found,
        [
            "s|c|T|curated|second|lee|2027-12-31",
            "s|d|T|curated|||",
            "s|c|T|other|||"
        ]
    );
    let codes: Vec<_> = documents
        .diagnostics
        .iter()
        .map(|d| d.position().unwrap().0)
        .collect();
    assert_eq!(codes, [4, 5, 6]);
    let first = &documents.diagnostics[0];
    assert!(!first.is_error());
    assert!(
        first
            .message
            .starts_with("`T` is rejected twice on column `c` of `s`, first at `")
    );
    assert!(first.message.ends_with("line 2"), "{}", first.message);
    assert!(
        first
            .help
            .as_ref()
            .unwrap()
            .ends_with("it acts until 2027-12-31")
    );
    assert!(
        documents.diagnostics[2]
            .help
            .as_ref()
            .unwrap()
            .ends_with("it acts without end")
    );
}

#[test]
fn an_override_acts_to_its_last_day() {
    let documents = read(
        "a.csv",
        csv(&["s,c,T,,reject,,,2026-06-30", "s,d,T,,reject,,,"]),
    );
    for (on, acting) in [
        ("2026-06-29", 2),
        ("2026-06-30", 2),
        ("2026-07-01", 1),
        ("9999-12-31", 1),
        ("0000-01-01", 2),
    ] {
        let judged = documents.overrides.clone().judged(day(on));
        assert_eq!(
            (judged.len(), judged.expired()),
            (acting, 2 - acting),
            "{on}"
        );
        assert_eq!(judged.judged_on(), Some(day(on)));
        assert_eq!(judged.all().len(), 2);
    }
}

#[test]
fn what_is_added_after_the_day_is_judged_like_the_rest() {
    let mut overrides = read("a.csv", csv(&["s,c,T,,reject,,,2026-06-30"])).overrides;
    assert_eq!((overrides.len(), overrides.expired()), (0, 1));
    let renewed = read("a.csv", csv(&["s,c,T,,reject,anew,,2026-12-31"])).overrides;
    assert_eq!(overrides.insert(renewed.all()[0].clone()), Some(0));
    assert_eq!((overrides.len(), overrides.expired()), (1, 0));
    overrides.reject("s", "c", classmark::tag::Tag::curated("T"));
    assert_eq!((overrides.len(), overrides.all().len()), (1, 1));
    assert_eq!(overrides.all()[0].expires, None);
}

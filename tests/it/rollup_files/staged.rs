//! What stands in the folder of a run, and in its manifest.

use super::sample::{basis, every_status, framework, hostile, rollup};
use classmark::output::{Basis, CsvOptions, Export, OutputRecord, Staging, write_rollup};
use std::fs;

#[test]
fn a_run_has_the_tree_the_table_and_what_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let staging = Staging::begin(&out, false).unwrap();
    let asked = [Export::Ocsf, Export::Csv, Export::Ocsf];
    let records = write_rollup(
        &staging,
        &hostile(),
        &basis(),
        &asked,
        CsvOptions::default(),
    )
    .unwrap();
    staging.commit().unwrap();
    let told: Vec<(&str, u64)> = records.iter().map(|r| (&*r.name, r.rows)).collect();
    assert_eq!(
        told,
        [
            ("rollup.json", 77),
            ("rollup.parquet", 77),
            ("rollup.csv", 39),
            ("ocsf-compliance-findings.ndjson", 31),
        ]
    );
    for record in records {
        let bytes = fs::metadata(out.join(&record.name)).unwrap().len();
        assert_eq!(record.bytes, bytes, "{}", record.name);
        assert_eq!(record.sha256.len(), 64);
    }
    assert_eq!(fs::read_dir(&out).unwrap().count(), 4);
}

#[test]
fn a_rollup_of_nothing_has_all_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let staging = Staging::begin(&dir.path().join("out"), false).unwrap();
    let records = write_rollup(
        &staging,
        &rollup(Vec::new()),
        &basis(),
        &Export::ALL,
        CsvOptions::default(),
    )
    .unwrap();
    staging.commit().unwrap();
    let rows: Vec<u64> = records.iter().map(|r| r.rows).collect();
    assert_eq!(rows, [0; 5]);
}

#[test]
fn what_needs_a_time_is_refused_without_a_day() {
    let rollup = rollup(vec![framework("hr", None, vec![every_status()])]);
    let no_day = Basis {
        as_of: "tomorrow".to_owned(),
        ..basis()
    };
    for export in Export::ALL {
        let done = export.write(&rollup, &no_day, Vec::new());
        assert_eq!(done.is_ok(), export == Export::Csv, "{export:?}");
    }
    let dir = tempfile::tempdir().unwrap();
    let staging = Staging::begin(&dir.path().join("out"), false).unwrap();
    let fault = write_rollup(
        &staging,
        &rollup,
        &no_day,
        &[Export::Oscal],
        CsvOptions::default(),
    )
    .unwrap_err();
    assert_eq!(
        fault.to_string(),
        "`oscal-assessment-results.json` could not be written: \
         the day of the rollup is none from `1900-01-01` to `2999-12-31`"
    );
}

#[test]
fn a_byte_order_mark_stands_before_everything_else_in_the_spreadsheet_alone() {
    let write = |byte_order_mark: bool| {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::begin(&folder.path().join("out"), false).unwrap();
        let csv = CsvOptions { byte_order_mark };
        let records = write_rollup(&staging, &hostile(), &basis(), &Export::ALL, csv).unwrap();
        let read = |record: &OutputRecord| {
            let bytes = fs::read(staging.path().join(&record.name)).unwrap();
            assert_eq!(bytes.len() as u64, record.bytes, "{}", record.name);
            (record.name.clone(), bytes)
        };
        records.iter().map(read).collect::<Vec<_>>()
    };
    for ((name, with), (_, without)) in write(true).into_iter().zip(write(false)) {
        match &*name {
            "rollup.csv" => assert_eq!(with, [b"\xef\xbb\xbf", &*without].concat()),
            _ => assert!(with == without, "{name}"),
        }
    }
}

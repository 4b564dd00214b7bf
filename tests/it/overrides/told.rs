//! What a run tells of overrides.

use super::{csv, day, demo, folder, load};
use crate::corpus::one_table;
use classmark::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use classmark::arrow::compute::cast;
use classmark::arrow::datatypes::{DataType, Date32Type};
use classmark::framework::{Format, Limits, parse};
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::parquet::file::properties::WriterProperties;
use classmark::pipeline::{
    Documents, PipelineError, Silent, TagOptions, TagSummary, load_frameworks, load_overrides, tag,
};
use classmark::reference::Row;
use classmark::tag::Tag;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn overrides_of(out: &Path) -> RecordBatch {
    let file = File::open(out.join("overrides.parquet")).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = Arc::clone(builder.schema());
    let mut reader = builder.build().unwrap();
    let batch = reader.next().map(Result::unwrap);
    assert!(reader.next().is_none());
    batch.unwrap_or_else(|| RecordBatch::new_empty(schema))
}

fn manifest(out: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap()
}

/// The demo under its overrides on a day.
fn demo_run(folder: &Path, on: &str) -> TagSummary {
    let frameworks = load_frameworks(&[demo("frameworks")], &Limits::default()).unwrap();
    let overrides = load_overrides(&[demo("overrides.csv")], day(on)).unwrap();
    assert_eq!(overrides.diagnostics, []);
    let options = TagOptions::new(demo("catalog.parquet"), folder.join("out"));
    let options = options.with_overrides(overrides).unwrap();
    tag(&frameworks, &options, &Silent).unwrap()
}

#[test]
fn the_demo_discloses_its_overrides() {
    let folder = folder();
    let summary = demo_run(folder.path(), "2026-02-01");
    assert_eq!(summary.warnings, []);
    assert_eq!(summary.overrides_expired, 1);
    let matched: Vec<_> = summary
        .overrides
        .iter()
        .map(|o| (&*o.column_name, o.matched))
        .collect();
    assert_eq!(matched, [("variant_call", true), ("abnormal_flag", true)]);
    assert_eq!(summary.overrides[0].expires.as_deref(), Some("2099-12-31"));
    assert_eq!(
        (summary.counts.overrides, summary.counts.overrides_expired),
        (2, 1)
    );
    assert_eq!(summary.counts.by_state["muted"], 2);

    let batch = overrides_of(&summary.out);
    let names: Vec<String> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    assert_eq!(
        names,
        [
            "data_source_id",
            "column_name",
            "tag_name",
            "tag_source",
            "action",
            "reason",
            "owner",
            "expires",
            "in_force",
            "matched"
        ]
    );
    let flags = |name: &str| -> Vec<Option<bool>> {
        batch
            .column_by_name(name)
            .unwrap()
            .as_boolean()
            .iter()
            .collect()
    };
    assert_eq!(flags("in_force"), [Some(true), Some(true), Some(false)]);
    assert_eq!(flags("matched"), [Some(true), Some(true), None]);
    let expires = batch
        .column_by_name("expires")
        .unwrap()
        .as_primitive::<Date32Type>();
    assert_eq!(
        expires.iter().collect::<Vec<_>>(),
        [Some(47_481), None, Some(20_484)]
    );

    let manifest = manifest(&summary.out);
    assert_eq!(manifest["options"]["as_of"], "2026-02-01");
    let outputs = manifest["outputs"].as_array().unwrap();
    assert!(
        outputs
            .iter()
            .any(|o| o["name"] == "overrides.parquet" && o["rows"] == 3)
    );
    let input = manifest["inputs"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&input["role"], &input["rows"]),
        (&"overrides".into(), &3.into())
    );
    assert!(
        input["fingerprint"]
            .as_str()
            .unwrap()
            .starts_with("xxh3-128:")
    );
}

#[test]
fn an_override_mutes_every_finding_of_a_rule_of_the_demo_until_it_ends() {
    let muted = |on: &str| {
        let folder = folder();
        let summary = demo_run(folder.path(), on);
        let all = crate::corpus::read_assignments(&summary.out.join("assignments.parquet"));
        let of_rule = |rule: &str| -> Vec<&'static str> {
            let by_rule = all.iter().filter(|a| a.rules.iter().any(|id| id == rule));
            by_rule.map(|a| a.state).collect()
        };
        (
            of_rule("demo-record/genetic-marker"),
            of_rule("demo-risk/secret-beside-personal-data"),
        )
    };
    assert_eq!(muted("2026-01-31"), (vec!["muted"], vec!["muted"]));
    assert_eq!(muted("2026-02-01"), (vec!["muted"], vec!["new"]));
    assert_eq!(muted("2100-01-01"), (vec!["new"], vec!["new"]));
}

#[test]
fn without_overrides_nothing_is_told_of_them() {
    let folder = folder();
    let frameworks = load_frameworks(&[demo("frameworks")], &Limits::default()).unwrap();
    let options = TagOptions::new(demo("catalog.parquet"), folder.path().join("out"));
    let summary = tag(&frameworks, &options, &Silent).unwrap();
    assert!(!summary.out.join("overrides.parquet").exists());
    assert!(manifest(&summary.out)["options"]["as_of"].is_null());
    // A file without a row was given all the same.
    let path = folder.path().join("none.csv");
    fs::write(&path, csv(&[])).unwrap();
    let options = TagOptions::new(demo("catalog.parquet"), folder.path().join("other"));
    let options = options.with_overrides(load(&[path])).unwrap();
    let summary = tag(&frameworks, &options, &Silent).unwrap();
    assert_eq!(overrides_of(&summary.out).num_rows(), 0);
    assert_eq!(manifest(&summary.out)["options"]["as_of"], "2026-11-21");
}

#[test]
fn files_with_errors_are_not_used_in_part() {
    let folder = folder();
    let path = folder.path().join("a.csv");
    fs::write(&path, csv(&["s,c,T,,reject,,,", "s,c,T,,keep,,,"])).unwrap();
    let options = TagOptions::new(demo("catalog.parquet"), folder.path().join("out"));
    let fault = options.with_overrides(load(&[path])).unwrap_err();
    assert!(matches!(fault, PipelineError::Overrides(all) if all.len() == 1));
}

const FRAMEWORK: &str = r#"{"shortName": "f", "name": "F", "description": "", "active": true,
"tags": [{"name": "X"}, {"name": "Declared"}],
"rules": [
  {"name": "x", "classificationTag": {"name": "X"}, "columnTags": [{"name": "A"}]},
  {"name": "never", "classificationTag": {"name": "X"},
   "columnTags": [{"name": "Unheeded"}, {"name": "Nowhere"}]}]}"#;

/// Ten data sources of three columns each. Of `1/a`'s tags, rules give and
/// want some, no rule can fire by another, and no framework knows the last.
fn rows() -> Vec<Row> {
    let row = |source: usize, column: &str, tags: &[&str]| Row {
        data_source: source.to_string(),
        column: column.to_owned(),
        column_tags: tags.iter().map(|tag| Tag::curated(*tag)).collect(),
        table_tags: Vec::new(),
    };
    let of = |source| {
        [
            row(
                source,
                "a",
                &["A", "Declared", "Unheeded", "Unknown", "Unknown.below"],
            ),
            row(source, "b", &["A"]),
            row(source, "c", &[]),
        ]
    };
    (0..10).flat_map(of).collect()
}

const OVERRIDES: [(&str, &str); 11] = [
    ("1,a,X,,reject,,,", ""),
    ("3,a,A,,reject,,,", ""),
    ("2,a,Declared,,reject,,,", ""),
    ("5,a,Unheeded,,reject,,,", ""),
    ("2,a,Unknown,,reject,,,", ""),
    (
        "2,a,unknown,,reject,,,",
        "column `a` of `2` does not bear `unknown`, and no rule gives it",
    ),
    (
        "2,a,Unknown,other,reject,,,",
        "column `a` of `2` does not bear `Unknown (other)`, and no rule gives it",
    ),
    (
        "2,c,X,,reject,,,",
        "column `c` of `2` does not bear `X`, and no rule gives it",
    ),
    ("2,z,X,,reject,,,", "data source `2` has no column `z`"),
    ("02,a,X,,reject,,,", "the catalog has no data source `02`"),
    (
        "77,a,Unknown,,reject,,,",
        "the catalog has no data source `77`",
    ),
];

/// A catalog of the rows in some order, its ids as they are or as integers.
fn catalog(path: &Path, rows: &[Row], ids: &DataType, properties: WriterProperties) {
    let batch = one_table(rows);
    let plain: &StringArray = batch.column(0).as_string();
    let id: ArrayRef = cast(&(Arc::new(plain.clone()) as ArrayRef), ids).unwrap();
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| {
            let column = if field.name() == "data_source_id" {
                &id
            } else {
                column
            };
            (field.name().clone(), Arc::clone(column))
        });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn told(folder: &Path, columns: PathBuf, threads: usize) -> (Vec<String>, Vec<u8>) {
    let path = folder.join("overrides.csv");
    fs::write(&path, csv(&OVERRIDES.map(|(row, _)| row))).unwrap();
    let source = classmark::diagnostic::Source::new("f.json", FRAMEWORK);
    let parsed = parse(&source, Format::Json, &Limits::default());
    assert!(!parsed.frameworks.is_empty(), "{:?}", parsed.diagnostics);
    let mut options = TagOptions::new(columns, folder.join("out"));
    options.force = true;
    options.threads = NonZeroUsize::new(threads);
    options.catalog.stretch_rows = 1;
    options.catalog.batch_rows = 4;
    let options = options.with_overrides(load(&[path])).unwrap();
    let summary = tag(&Documents::of(parsed.frameworks), &options, &Silent).unwrap();
    let told = summary.warnings.iter().map(|warning| {
        let line = warning.position().unwrap().0;
        let why = warning
            .message
            .strip_prefix("the override rejects nothing: ")
            .unwrap();
        format!("{line}: {why}")
    });
    (
        told.collect(),
        fs::read(summary.out.join("overrides.parquet")).unwrap(),
    )
}

#[test]
fn what_matches_nothing_is_told_the_same_however_the_catalog_is_stored() {
    let expected: Vec<String> = (2..)
        .zip(OVERRIDES)
        .filter(|(_, (_, why))| !why.is_empty())
        .map(|(line, (_, why))| format!("{line}: {why}"))
        .collect();
    let contiguous = rows();
    let mut scattered = rows();
    scattered.sort_by(|a, b| a.column.cmp(&b.column));
    let groups = |rows| WriterProperties::builder().set_max_row_group_row_count(Some(rows));
    let mut tables = Vec::new();
    for rows in [&contiguous, &scattered] {
        for ids in [DataType::Utf8, DataType::Int32, DataType::UInt64] {
            for (dictionaries, group) in [(true, 4), (false, 4), (true, 1000)] {
                let folder = folder();
                let path = folder.path().join("columns.parquet");
                let how = groups(group).set_dictionary_enabled(dictionaries).build();
                catalog(&path, rows, &ids, how);
                for threads in [1, 2, 8] {
                    let (told, table) = told(folder.path(), path.clone(), threads);
                    assert_eq!(told, expected, "{ids}, {dictionaries}, {group}, {threads}");
                    tables.push(table);
                }
            }
        }
    }
    tables.dedup();
    assert_eq!(tables.len(), 1);
}

#[test]
fn a_data_source_without_columns_is_there_all_the_same() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let all = rows();
    let columns: Vec<Row> = all
        .iter()
        .filter(|r| r.data_source != "3")
        .cloned()
        .collect();
    for ids in [DataType::Utf8, DataType::Int64] {
        let how = || WriterProperties::builder().build();
        catalog(&at("columns.parquet"), &columns, &ids, how());
        catalog(&at("sources.parquet"), &all, &ids, how());
        fs::write(
            at("a.csv"),
            csv(&["3,a,X,,reject,,,", "03,a,X,,reject,,,", "33,a,X,,reject,,,"]),
        )
        .unwrap();
        let source = classmark::diagnostic::Source::new("f.json", FRAMEWORK);
        let parsed = parse(&source, Format::Json, &Limits::default());
        let mut options = TagOptions::new(at("columns.parquet"), at("out"));
        options.force = true;
        options.catalog.sources = vec![at("sources.parquet")];
        let options = options.with_overrides(load(&[at("a.csv")])).unwrap();
        let summary = tag(&Documents::of(parsed.frameworks), &options, &Silent).unwrap();
        let told: Vec<&str> = summary.warnings.iter().map(|w| &*w.message).collect();
        assert!(
            told[0].ends_with("data source `3` has no column `a`"),
            "{told:?}"
        );
        assert!(
            told[1].ends_with("the catalog has no data source `03`"),
            "{told:?}"
        );
        assert!(
            told[2].ends_with("the catalog has no data source `33`"),
            "{told:?}"
        );
    }
}

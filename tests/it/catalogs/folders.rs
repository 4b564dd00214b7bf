//! What is read of a folder, what is passed over there, and what is refused.

use super::{
    expected, fault, folder, options, run, sample, tagged, write_groups, write_ipc_file,
    write_ipc_stream,
};
use crate::corpus::one_table;
use classmark::catalog::{CatalogError, PathError};
use classmark::compliance;
use classmark::framework::Limits;
use classmark::pipeline::{
    Blame, CheckOptions, ComplianceDocuments, Documents, PipelineError, Silent, TagOptions, check,
    load_compliance, load_frameworks, load_overrides,
};
use classmark::reference::Row;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn write(path: &Path, rows: &[Row]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_groups(path, &[one_table(rows)]);
}

/// The messages of the warnings of a run that is done.
fn warnings(options: &TagOptions) -> Vec<String> {
    let summary = run(options).unwrap();
    let warnings = summary.warnings.iter();
    warnings
        .map(|one| format!("{} {}", one.code, one.message))
        .collect()
}

fn checked(options: &TagOptions) -> Vec<classmark::diagnostic::Diagnostic> {
    let options = CheckOptions {
        catalog: Some(options.catalog.clone()),
        ..CheckOptions::default()
    };
    let documents = Documents::of(super::frameworks());
    check(
        &documents,
        &ComplianceDocuments::default(),
        &options,
        &Silent,
    )
    .unwrap()
}

#[test]
fn files_are_known_by_their_content() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    for (number, name) in [
        "a.parq",
        "b.parquet.gzip",
        "c.parquet.snappy",
        "d.dat",
        "part-00000",
        "f.PARQUET",
        "deep/g.parquet.gz",
        "h.2026-01-01",
    ]
    .iter()
    .enumerate()
    {
        write(&at(name), &rows[number * 4..number * 4 + 4]);
    }
    write_ipc_stream(
        &at("x.stream"),
        &[one_table(&rows[32..36])],
        Default::default(),
    );
    write_ipc_file(&at("y"), &[one_table(&rows[36..])], Default::default());
    let options = options(folder.path(), "catalog");
    assert_eq!(tagged(&options), expected(&rows));
    assert_eq!(warnings(&options), Vec::<String>::new());
}

#[test]
fn what_is_passed_over_is_said_and_counted() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    write(&at("a.parquet"), &rows);
    write(&at("a.parquet.bak"), &rows);
    write(&at("hidden/_b.parquet"), &rows);
    fs::write(at("notes.md"), "# notes").unwrap();
    fs::write(at("deep.json"), "{}").unwrap();
    fs::write(at("part-1"), "").unwrap();
    for marker in [
        "_SUCCESS",
        "_committed_7",
        ".a.parquet.crc",
        "a.parquet.crc",
    ] {
        fs::write(at(marker), "x").unwrap();
    }
    symlink("nowhere", at("dead")).unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("..", at("up")).unwrap();
    let options = options(folder.path(), "catalog");
    let catalog = at("");
    let catalog = catalog.display().to_string();
    let catalog = catalog.trim_end_matches('/');
    let said = [
        format!(
            "passed-over passed over 1 file in `{catalog}` that is a backup or unfinished by its name: `a.parquet.bak`"
        ),
        format!("passed-over passed over 2 links in `{catalog}` that lead nowhere: `dead`, `loop`"),
        format!(
            "passed-over passed over 2 files in `{catalog}` that are neither Parquet nor Arrow IPC: `deep.json` (a JSON document), `notes.md` (a text file)"
        ),
        format!("passed-over passed over 1 file in `{catalog}` that is empty: `part-1`"),
        format!("passed-over passed over 1 link in `{catalog}` that leads to a folder: `up`"),
    ];
    assert_eq!(warnings(&options), said);
    assert_eq!(run(&options).unwrap().counts.files_passed_over, 7);
    let manifest = fs::read(options.out.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["counts"]["files_passed_over"], 7);
    let found = checked(&options);
    let found: Vec<_> = found
        .iter()
        .filter(|one| one.code.as_str() == "passed-over")
        .collect();
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|one| !one.is_error()));
    assert_eq!(found[0].record().file, Some(catalog));
}

#[test]
fn what_claims_to_be_a_catalog_and_is_none_is_an_error() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    write(&at("a.parquet"), &rows);
    let whole = fs::read(at("a.parquet")).unwrap();
    let cases: [(&str, &[u8], &str); 8] = [
        ("b.parquet", b"", "the file is empty"),
        (
            "b.parquet.gz",
            b"\x1f\x8b\x08\0",
            "it looks like a gzip file",
        ),
        (
            "b.snappy.parquet",
            b"a,b\n1,2\n",
            "it looks like a CSV file",
        ),
        ("b.parq", &whole[4..], "neither Parquet nor Arrow IPC"),
        ("b.feather", b"FEA1....", "a Feather file of version 1"),
        ("b.arrow", b"ARROW", "neither Parquet nor Arrow IPC"),
        ("b", &whole[..100], "broken"),
        ("b.ipc", b"", "the file is empty"),
    ];
    for (name, content, message) in cases {
        fs::write(at(name), content).unwrap();
        let options = options(folder.path(), "catalog");
        let said = fault(&options);
        assert!(said.contains(name) && said.contains(message), "{said}");
        let found = checked(&options);
        assert!(found.iter().any(|one| one.is_error()), "{name}: {found:?}");
        fs::remove_file(at(name)).unwrap();
    }
}

#[test]
fn hive_folders_are_never_hidden() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    write(&at("_date=2026-01-01/a.parquet"), &rows[..20]);
    write(&at(".run=2/b.parquet"), &rows[20..]);
    write(&at("_temporary/c.parquet"), &rows);
    write(&at("_d=1.parquet"), &rows);
    let options = options(folder.path(), "catalog");
    assert_eq!(run(&options).unwrap().counts.rows, 40);
    assert_eq!(tagged(&options), expected(&rows));
}

#[test]
fn a_folder_of_nothing_to_read_says_what_is_there() {
    let folder = folder();
    fs::create_dir(folder.path().join("catalog")).unwrap();
    fs::write(folder.path().join("catalog/a.csv"), "a,b").unwrap();
    let said = fault(&options(folder.path(), "catalog"));
    assert!(said.contains("holds no file to read"), "{said}");
    assert!(said.contains("`a.csv` (a CSV file)"), "{said}");
}

/// The format that a catalog is refused for.
fn refused(options: &TagOptions) -> String {
    let error = run(options).unwrap_err();
    assert_eq!(error.blame(), Blame::Input);
    assert!(!options.out.exists());
    let found = checked(options);
    assert_eq!(found.len(), 1, "{found:?}");
    let record = found[0].record();
    assert_eq!((record.code, record.severity), ("table-format", "error"));
    assert!(record.help.is_some_and(|help| help.contains("export")));
    let PipelineError::Catalog(CatalogError::Path(PathError::TableFormat(folder, format))) = error
    else {
        panic!("{error}");
    };
    assert_eq!(record.file, folder.to_str());
    format.to_string()
}

#[test]
fn tables_with_a_log_are_refused() {
    let cases: [(&[&str], &str, &str); 6] = [
        (&["_delta_log/0.json"], "part-0.parquet", "a Delta table"),
        (
            &["metadata/v1.metadata.json", "data/x"],
            "data/d=1/a.parquet",
            "an Iceberg table",
        ),
        (
            &[".hoodie/hoodie.properties"],
            "p/a.parquet",
            "a Hudi table",
        ),
        (
            &["_versions/1.manifest", "data/x.lance"],
            "data/a.parquet",
            "a Lance table",
        ),
        (
            &["snapshot/snapshot-1", "schema/schema-0"],
            "bucket-0/a.parquet",
            "a Paimon table",
        ),
        (
            &["_spark_metadata/0"],
            "part-0.parquet",
            "the sink of a Spark stream",
        ),
    ];
    for (metadata, file, format) in cases {
        let (folder, rows) = (folder(), sample(false));
        let table = folder.path().join("lake/deep/table");
        for name in metadata {
            fs::create_dir_all(table.join(name).parent().unwrap()).unwrap();
            fs::write(table.join(name), "{}").unwrap();
        }
        write(&table.join(file), &rows);
        write(&folder.path().join("lake/other.parquet"), &rows);
        symlink(table.join(file), folder.path().join("link.parquet")).unwrap();
        let parent = Path::new("lake/deep/table").join(file);
        let parent = parent.parent().unwrap();
        for given in [
            "lake",
            "lake/deep/table",
            "lake/deep/table/",
            "lake/**/*.parquet",
            "link.parquet",
            &format!("lake/deep/table/{file}"),
            parent.to_str().unwrap(),
        ] {
            let options = options(folder.path(), given);
            assert_eq!(refused(&options), format, "{given}");
        }
        // Beside it, nothing is wrong.
        let options = options(folder.path(), "lake/other.parquet");
        assert_eq!(run(&options).unwrap().counts.rows, 40);
    }
}

#[test]
fn names_like_those_of_tables_are_no_tables() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    write(&at("data/a.parquet"), &rows);
    fs::create_dir_all(at("metadata")).unwrap();
    fs::write(at("metadata/notes.json"), "{}").unwrap();
    fs::create_dir_all(at("_delta_log")).unwrap();
    fs::write(at(".hoodie"), "").unwrap();
    let options = options(folder.path(), "catalog");
    assert_eq!(tagged(&options), expected(&rows));
    // A table elsewhere in the project is not the table of this file.
    fs::write(at("metadata/1.metadata.json"), "{}").unwrap();
    write(&at("exports/a.parquet"), &rows);
    let options = super::options(folder.path(), "catalog/exports");
    assert_eq!(run(&options).unwrap().counts.rows, 40);
}

#[test]
fn sources_and_overrides_in_tables_are_refused() {
    let (folder, rows) = (folder(), sample(false));
    let table = folder.path().join("table");
    write(&table.join("a.parquet"), &rows);
    fs::create_dir_all(table.join("_delta_log")).unwrap();
    fs::write(table.join("_delta_log/0.json"), "{}").unwrap();
    write(&folder.path().join("columns.parquet"), &rows);
    let mut options = options(folder.path(), "columns.parquet");
    options.catalog.sources.push(table.clone());
    assert_eq!(refused(&options), "a Delta table");
    let read = load_overrides(&[table], Default::default()).unwrap();
    assert!(read.has_errors());
    assert_eq!(read.diagnostics[0].code.as_str(), "table-format");
}

#[test]
fn results_below_the_catalog_are_not_read_as_a_part_of_it() {
    let (folder, rows) = (folder(), sample(false));
    write(&folder.path().join("catalog/a.parquet"), &rows);
    let mut options = options(folder.path(), "catalog");
    options.out = folder.path().join("catalog/runs/1");
    assert_eq!(tagged(&options), expected(&rows));
    options.out = folder.path().join("catalog/runs/2");
    let summary = run(&options).unwrap();
    assert_eq!(summary.counts.rows, 40);
    assert_eq!(summary.counts.files_passed_over, 1);
    let said = &summary.warnings[0].message;
    assert!(
        said.contains("1 folder in") && said.contains("`runs/1`"),
        "{said}"
    );
    assert_eq!(super::written(&options), expected(&rows));
    // A glob leads into folders of results, too.
    options.catalog.columns = vec![folder.path().join("catalog/**/*.parquet")];
    let summary = run(&options).unwrap();
    assert_eq!(
        (summary.counts.rows, summary.counts.files_passed_over),
        (40, 2)
    );
    // Named by itself, it is no catalog either.
    options.catalog.columns = vec![folder.path().join("catalog/runs/1")];
    options.out = folder.path().join("out");
    assert!(fault(&options).contains("holds results of classmark"));
}

#[test]
fn results_that_would_replace_an_input_are_refused() {
    let (folder, rows) = (folder(), sample(false));
    write(&folder.path().join("catalog/a.parquet"), &rows);
    let mut options = options(folder.path(), "catalog");
    run(&options).unwrap();
    let inside = options.out.join("inputs/a.parquet");
    write(&inside, &rows);
    options.catalog.columns = vec![inside.clone()];
    let error = run(&options).unwrap_err();
    assert_eq!(error.blame(), Blame::Usage, "{error}");
    assert!(inside.exists() && options.out.join("manifest.json").exists());
}

#[test]
fn documents_that_are_passed_over_are_said() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.json"), super::FRAMEWORK).unwrap();
    fs::write(at("README.md"), "x").unwrap();
    fs::write(at("old.yaml.bak"), "x").unwrap();
    fs::write(at(".hidden"), "x").unwrap();
    let read = load_frameworks(&[folder.path().into()], &Limits::default()).unwrap();
    assert_eq!(read.frameworks.len(), 1);
    let said = &read.diagnostics[0];
    assert_eq!(said.code.as_str(), "passed-over");
    assert!(
        said.message.contains("2 files") && said.message.contains("`README.md`"),
        "{said:?}"
    );
    let read = load_compliance(&[folder.path().into()], &compliance::Limits::default()).unwrap();
    assert_eq!(read.diagnostics[0].code.as_str(), "passed-over");
}

#[test]
fn overrides_that_are_passed_over_are_said() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(
        at("a.csv"),
        "data_source_id,column_name,tag_name,action\n1,x,T,reject\n",
    )
    .unwrap();
    fs::write(at("b.xlsx"), "PK").unwrap();
    let read = load_overrides(&[folder.path().into()], Default::default()).unwrap();
    assert_eq!(read.overrides.len(), 1);
    assert_eq!(read.diagnostics.len(), 1);
    assert!(read.diagnostics[0].message.contains("`b.xlsx`"));
}

//! What is no run, or not the one that its manifest says.

use super::made::{Made, seal};
use super::{changes, folder};
use classmark::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use classmark::output::is_ours;
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::pipeline::{Blame, DiffOptions, Silent, diff};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

const GOOD: Made<'_> = Made {
    rules: &[("r", true), ("off", false)],
    sources: &["s", "t", "u"],
    rows: &[
        ("s", "a", "t", &["r"], "new"),
        ("u", "a", "t", &["r"], "new"),
    ],
    integers: false,
};

/// Compares a good run with `folder/new`, both ways round; who is to blame, and the words.
#[track_caller]
fn fault(folder: &Path) -> (Blame, String) {
    GOOD.write(&folder.join("old"));
    let (old, new) = (folder.join("old"), folder.join("new"));
    let mut told = Vec::new();
    for (from, to) in [(&old, &new), (&new, &old)] {
        for pending_bytes in [0, usize::MAX] {
            let options = DiffOptions {
                out: Some(folder.join("out")),
                pending_bytes,
                ..DiffOptions::new(from, to)
            };
            let error = diff(&options, &Silent).unwrap_err();
            let words = error.to_string().replace(&folder.display().to_string(), "");
            told.push((error.blame(), words));
            let left: Vec<_> = fs::read_dir(folder)
                .unwrap()
                .map(|e| e.unwrap().file_name())
                .collect();
            assert!(
                left.iter().all(|name| name == "old" || name == "new"),
                "{left:?}"
            );
        }
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    told.remove(0)
}

/// What is told of a run with other files than it should have.
#[track_caller]
fn fault_of(made: Made<'_>) -> String {
    let folder = folder();
    made.write(&folder.path().join("new"));
    let (blame, words) = fault(folder.path());
    assert_eq!(blame, Blame::Input, "{words}");
    words
}

#[test]
fn what_is_not_there_is_the_callers_fault() {
    let folder = folder();
    let (blame, words) = fault(folder.path());
    assert_eq!((blame, &*words), (Blame::Usage, "`/new` does not exist"));
}

#[test]
fn folders_and_files_that_are_no_runs() {
    let place = folder();
    fs::create_dir(place.path().join("new")).unwrap();
    let (blame, words) = fault(place.path());
    assert_eq!(blame, Blame::Input);
    assert_eq!(
        words,
        "`/new` is no run of classmark: it has no `manifest.json`"
    );

    let place = folder();
    File::create(place.path().join("new")).unwrap();
    assert_eq!(fault(place.path()).0, Blame::Input);
}

/// A good run whose assignments were changed and sealed again; what is told of it.
#[track_caller]
fn fault_of_assignments(change: impl Fn(RecordBatch) -> RecordBatch) -> String {
    let folder = folder();
    let run = folder.path().join("new");
    GOOD.write(&run);
    let path = run.join("assignments.parquet");
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap());
    let mut reader = reader.unwrap().build().unwrap();
    let batch = change(reader.next().unwrap().unwrap());
    let file = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    seal(&run);
    let (blame, words) = fault(folder.path());
    assert_eq!(blame, Blame::Input, "{words}");
    words
}

#[test]
fn a_run_of_a_version_that_did_not_say_what_is_recorded() {
    let words = fault_of_assignments(|mut batch| {
        batch.remove_column(7);
        batch
    });
    assert_eq!(
        words,
        "`/new` is no run of classmark: its `assignments.parquet` has no column `recorded`; \
         older runs have to be made again"
    );
    for recorded in [
        Arc::new(BooleanArray::from(vec![Some(true), None])) as ArrayRef,
        Arc::new(StringArray::from(vec!["true", "false"])),
    ] {
        let words = fault_of_assignments(|mut batch| {
            batch.remove_column(7);
            let schema = batch.schema();
            let columns = schema.fields().iter().map(|f| f.name().clone());
            let columns = columns.zip(batch.columns().iter().cloned());
            let columns = columns.chain([("recorded".to_owned(), Arc::clone(&recorded))]);
            RecordBatch::try_from_iter_with_nullable(
                columns.map(|(name, array)| (name, array, true)),
            )
            .unwrap()
        });
        assert_eq!(
            words,
            "`/new/assignments.parquet` is broken: it has other columns than those of assignments"
        );
    }
}

#[test]
fn every_file_is_held_against_the_manifest() {
    for name in [
        "assignments.parquet",
        "rules.parquet",
        "data_sources.parquet",
    ] {
        for change in ["cut", "changed", "gone"] {
            let folder = folder();
            GOOD.write(&folder.path().join("new"));
            let path = folder.path().join("new").join(name);
            let mut bytes = fs::read(&path).unwrap();
            match change {
                "cut" => bytes.truncate(bytes.len() / 2),
                "changed" => bytes[10] ^= 1,
                _ => fs::remove_file(&path).unwrap(),
            }
            if change != "gone" {
                fs::write(&path, bytes).unwrap();
            }
            let (blame, words) = fault(folder.path());
            assert_eq!(blame, Blame::Input, "{words}");
            assert!(words.contains(name), "{words}");
        }
    }
}

#[test]
fn files_that_fit_the_manifest_and_are_cut_off_all_the_same() {
    for name in [
        "assignments.parquet",
        "rules.parquet",
        "data_sources.parquet",
    ] {
        for part in [0, 2, 3] {
            let folder = folder();
            let run = folder.path().join("new");
            GOOD.write(&run);
            let mut bytes = fs::read(run.join(name)).unwrap();
            match part {
                // What is in the middle of a file is not what its end says.
                3 => {
                    let middle = bytes.len() / 3;
                    bytes[4..middle].fill(0xff);
                }
                part => bytes.truncate(bytes.len() * part / 3),
            }
            fs::write(run.join(name), bytes).unwrap();
            seal(&run);
            let (blame, words) = fault(folder.path());
            assert_eq!(blame, Blame::Input, "{words}");
        }
    }
}

#[test]
fn data_sources_that_are_not_listed_or_in_another_order() {
    let words = "`/new/data_sources.parquet` is broken: \
        it does not list the data sources of the assignments in their order";
    assert_eq!(
        fault_of(Made {
            sources: &["s", "t"],
            ..GOOD
        }),
        words
    );
    assert_eq!(
        fault_of(Made {
            sources: &["u", "s"],
            ..GOOD
        }),
        words
    );
    assert_eq!(
        fault_of(Made {
            sources: &[],
            ..GOOD
        }),
        words
    );
}

#[test]
fn rules_that_the_run_did_not_evaluate() {
    let words = fault_of(Made {
        rules: &[("r", false)],
        ..GOOD
    });
    assert!(
        words.ends_with("it names a rule that the run did not evaluate"),
        "{words}"
    );
    let words = fault_of(Made {
        rows: &[("s", "a", "t", &["unknown"], "new")],
        ..GOOD
    });
    assert!(words.contains("it names the rule `unknown`"), "{words}");
}

#[test]
fn a_data_source_that_waits_twice() {
    let words = fault_of(Made {
        sources: &["s", "t", "u", "x", "x"],
        ..GOOD
    });
    assert_eq!(
        words,
        "`/new` is no run of classmark: it has the data source `x` twice"
    );
}

#[test]
fn states_that_there_are_not() {
    fault_of(Made {
        rows: &[("s", "a", "t", &["r"], "odd")],
        ..GOOD
    });
}

#[test]
fn the_result_may_be_neither_run() {
    let folder = folder();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    GOOD.write(&old);
    GOOD.write(&new);
    for out in ["old", "new", "old/../new", "old/in/it"] {
        let out = folder.path().join(out);
        for force in [true, false] {
            let out = Some(out.clone());
            let options = DiffOptions {
                out,
                force,
                ..DiffOptions::new(&old, &new)
            };
            let error = diff(&options, &Silent).unwrap_err();
            assert_eq!(error.blame(), Blame::Usage);
            assert!(
                error
                    .to_string()
                    .ends_with("would change a run that is to be compared")
            );
        }
        for run in [&old, &new] {
            assert_eq!(fs::read_dir(run).unwrap().count(), 4);
        }
    }
}

#[test]
fn an_older_result_is_replaced_by_force_only() {
    let folder = folder();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    GOOD.write(&old);
    Made { rows: &[], ..GOOD }.write(&new);
    let out = folder.path().join("out");
    let options = DiffOptions {
        out: Some(out.clone()),
        ..DiffOptions::new(&old, &new)
    };
    diff(&options, &Silent).unwrap();
    assert!(is_ours(&out));
    assert_eq!(changes(&out).len(), 4);
    assert_eq!(diff(&options, &Silent).unwrap_err().blame(), Blame::Usage);
    let same = DiffOptions {
        new: old.clone(),
        force: true,
        ..options
    };
    diff(&same, &Silent).unwrap();
    assert_eq!(changes(&out), []);
    let mut names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["diff.json", "diff.parquet", "manifest.json"]);
}

//! What a program that embeds the library meets.

use classmark::archive::ArchiveError;
use classmark::arrow::array::{
    Int64Array, ListBuilder, RecordBatch, RecordBatchIterator, StringArray, StringBuilder,
};
use classmark::arrow::error::ArrowError;
use classmark::catalog::{CatalogError, DayError, MappingError, PathError};
use classmark::compile::{CompileError, Options, Program};
use classmark::diagnostic::{Diagnostic, Source};
use classmark::framework::{Format, Framework, Limits, parse};
use classmark::output::{CommitError, OutputError};
use classmark::pipeline::{PipelineError, TaggedReader, Tagger};
use classmark::synth::SynthError;
use std::error::Error;
use std::sync::Arc;

fn is_an_error<E: Error + Send + Sync + 'static>() {}

#[test]
fn every_error_works_with_the_question_mark() {
    is_an_error::<ArchiveError>();
    is_an_error::<CatalogError>();
    is_an_error::<CommitError>();
    is_an_error::<CompileError>();
    is_an_error::<DayError>();
    is_an_error::<Diagnostic>();
    is_an_error::<MappingError>();
    is_an_error::<OutputError>();
    is_an_error::<PathError>();
    is_an_error::<PipelineError>();
    is_an_error::<SynthError>();
    #[cfg(feature = "server")]
    {
        use classmark::server::{StartError, StopError, TokensError};
        use classmark::store::{EditError, OpenError, StoreError};
        is_an_error::<EditError<std::io::Error>>();
        is_an_error::<OpenError>();
        is_an_error::<StoreError>();
        is_an_error::<StartError>();
        is_an_error::<StopError>();
        is_an_error::<TokensError>();
    }
}

const FRAMEWORK: &str = r#"{"shortName": "base", "name": "Base", "description": "", "active": true,
  "tags": [{"name": "PII"}],
  "rules": [{"name": "email", "classificationTag": {"name": "PII"}, "columnTags": [{"name": "Email"}]},
            {"name": "phone", "classificationTag": {"name": "PII"}, "columnTags": [{"name": "Phone"}]}]}"#;

fn framework() -> Framework {
    let parsed = parse(
        &Source::new("base.json", FRAMEWORK),
        Format::Json,
        &Limits::default(),
    );
    assert_eq!(parsed.diagnostics, []);
    parsed.frameworks.into_iter().next().unwrap()
}

#[test]
fn what_cannot_be_compiled_is_an_error_that_has_all_of_it() {
    let mut one = framework();
    one.rules[1].column_tags.clear();
    one.rules[1].id = one.rules[0].id.clone();
    let compile = |frameworks: &[Framework]| -> Result<Program, Box<dyn Error + Send + Sync>> {
        Ok(Program::compile(frameworks, Options::default())?)
    };
    let error = compile(&[one.clone()]).unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.starts_with("empty-rule: the rule `base/email` has no criteria"),
        "{shown}"
    );
    assert!(shown.ends_with(" (and 1 more error)"), "{shown}");
    let error = error.downcast::<CompileError>().unwrap();
    let codes: Vec<&str> = error
        .diagnostics()
        .iter()
        .map(|d| d.code.as_str())
        .collect();
    assert_eq!(codes, ["empty-rule", "duplicate-rule-id"]);
    assert_eq!(error.diagnostics()[0].position(), Some((4, 13)));
    one.rules.truncate(1);
    assert_eq!(compile(&[one]).unwrap().rule_count(), 1);
}

/// A batch of columns with the tag `Email`, a row for each id.
fn batch(ids: &[&str]) -> RecordBatch {
    rows(0, ids)
}

/// The same of further rows of an input.
fn rows(first: usize, ids: &[&str]) -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    ids.iter().for_each(|_| tags.append_value([Some("Email")]));
    let names: Vec<String> = (first..first + ids.len())
        .map(|n| format!("c{n}"))
        .collect();
    RecordBatch::try_from_iter([
        (
            "data_source_id",
            Arc::new(StringArray::from(ids.to_vec())) as _,
        ),
        ("column_name", Arc::new(StringArray::from(names)) as _),
        ("column_tags", Arc::new(tags.finish()) as _),
    ])
    .unwrap()
}

fn tagger() -> Tagger {
    let program = Program::compile(&[framework()], Options::default()).unwrap();
    Tagger::new(Arc::new(program), &batch(&["a"]).schema()).unwrap()
}

#[test]
fn a_data_source_that_comes_back_is_an_error() {
    for batches in [
        &[&["a", "b", "a"][..]][..],
        &[&["a", "a"], &["b"], &["a"]],
        &[&["a", "b"], &["b", "c"], &["c", "c", "b"]],
        &[&["a"], &[], &["b", "c", "d"], &["d"], &["b"]],
    ] {
        let mut tagger = tagger();
        let (last, before) = batches.split_last().unwrap();
        for ids in before {
            tagger.push(&batch(ids)).unwrap();
        }
        let error = tagger.push(&batch(last)).unwrap_err();
        let PipelineError::Catalog(CatalogError::NotGrouped { data_source_id }) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(Some(&data_source_id.as_str()), last.last());
        assert!(error.to_string().contains("sort or group"), "{error}");
        // Nothing of that batch is in: what was open is still whole.
        let others = tagger.push(&batch(&["z"])).unwrap();
        let rest = tagger.finish().unwrap();
        let all = before.iter().map(|ids| ids.len()).sum::<usize>();
        assert!(others.num_rows() + rest.num_rows() <= all + 1);
        assert!(rest.num_rows() == 1);
    }
}

#[test]
fn rows_that_follow_one_another_are_fine_however_they_are_cut() {
    let ids: Vec<String> = (0..5000).map(|n| format!("source {}", n / 3)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for size in [1, 2, 7, 1000] {
        let mut tagger = tagger();
        // The same data sources again are another input.
        for _ in 0..2 {
            let mut count = 0;
            for (number, part) in ids.chunks(size).enumerate() {
                count += tagger.push(&rows(number * size, part)).unwrap().num_rows();
            }
            count += tagger.finish().unwrap().num_rows();
            assert_eq!(count, ids.len());
        }
    }
}

#[test]
fn integer_ids_and_readers_are_held_to_it_too() {
    let of = |ids: Vec<i64>| {
        let rows = rows(0, &vec!["x"; ids.len()]);
        let columns = [
            ("data_source_id", Arc::new(Int64Array::from(ids)) as _),
            ("column_name", Arc::clone(rows.column(1))),
            ("column_tags", Arc::clone(rows.column(2))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let batches = [of(vec![1, 1, 2]), of(vec![2, 3]), of(vec![1])];
    let schema = batches[0].schema();
    let reader = RecordBatchIterator::new(batches.map(Ok), schema);
    let program = Program::compile(&[framework()], Options::default()).unwrap();
    let told: Vec<Result<RecordBatch, ArrowError>> = TaggedReader::new(Arc::new(program), reader)
        .unwrap()
        .collect();
    let (last, whole) = told.split_last().unwrap();
    assert!(whole.iter().all(Result::is_ok) && !whole.is_empty());
    assert!(
        last.as_ref()
            .unwrap_err()
            .to_string()
            .contains("`1` comes back")
    );
}

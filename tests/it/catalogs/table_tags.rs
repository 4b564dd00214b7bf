//! Catalogs in one table that have no column of table tags.

use super::arrays::Shape;
use super::{expected, fault, folder, frameworks, options, run, sample, write_groups, written};
use classmark::arrow::array::RecordBatch;
use classmark::catalog::{Mapping, Overrides};
use classmark::compile::{Options, Program};
use classmark::framework::Framework;
use classmark::pipeline::{CheckOptions, Documents, PipelineError, Silent, TagOptions, Tagger};
use classmark::pipeline::{check, tag};
use classmark::reference::{Row, assign};
use classmark::tag::TagMatch;
use std::path::Path;
use std::sync::Arc;

/// The frameworks without the rule that asks for table tags.
fn without_the_rule() -> Vec<Framework> {
    let mut all = frameworks();
    for framework in &mut all {
        framework.rules.retain(|rule| rule.table_tags.is_empty());
    }
    all
}

fn bare(rows: &[Row]) -> RecordBatch {
    Shape::default().table(rows).project(&[0, 1, 2]).unwrap()
}

fn catalog(folder: &Path, files: &[(&str, RecordBatch)]) -> TagOptions {
    std::fs::create_dir(folder.join("catalog")).unwrap();
    for (name, batch) in files {
        write_groups(
            &folder.join("catalog").join(name),
            std::slice::from_ref(batch),
        );
    }
    options(folder, "catalog")
}

#[test]
fn without_a_rule_that_asks_for_them_they_may_be_missing() {
    let (folder, rows) = (folder(), sample(false));
    let options = catalog(
        folder.path(),
        &[
            ("a", bare(&rows[..20])),
            ("b", Shape::default().table(&rows[20..])),
        ],
    );
    tag(&Documents::of(without_the_rule()), &options, &Silent).unwrap();
    let mut wanted = assign(&without_the_rule(), &rows, &[], TagMatch::Exact);
    wanted.sort();
    assert_eq!(written(&options), wanted);
    // An inactive rule asks for nothing.
    let mut inactive = without_the_rule();
    let mut asking = frameworks().remove(0);
    asking.active = false;
    asking.short_name = "idle".into();
    for rule in &mut asking.rules {
        rule.id = format!("idle/{}", rule.name);
    }
    inactive.push(asking);
    tag(&Documents::of(inactive), &options, &Silent).unwrap();
}

#[test]
fn with_such_a_rule_the_first_file_without_them_is_refused() {
    let (folder, rows) = (folder(), sample(false));
    let whole = Shape::default().table(&rows[..20]);
    let mut options = catalog(folder.path(), &[("a", whole), ("b", bare(&rows[20..]))]);
    let said = fault(&options);
    assert!(
        said.ends_with(
            "catalog/b` has no column `table_tags`, and rule `pii/secret` asks for table tags"
        ),
        "{said}"
    );
    let error = run(&options).unwrap_err();
    let PipelineError::Catalog(error) = error else {
        panic!("{error}")
    };
    let help = error.help().unwrap();
    assert!(
        help.contains("`--sources`") && help.contains("`--no-table-tags`"),
        "{help}"
    );
    // They are passed over where some files have them, too.
    options.catalog.no_table_tags = true;
    run(&options).unwrap();
    let mut bare = rows;
    bare.iter_mut().for_each(|row| row.table_tags.clear());
    assert_eq!(written(&options), expected(&bare));
    let manifest = String::from_utf8(super::bytes(&options, "manifest.json")).unwrap();
    assert!(manifest.contains("\"no_table_tags\": true"), "{manifest}");
}

#[test]
fn a_column_that_was_named_has_to_be_there() {
    let folder = folder();
    let mut options = catalog(folder.path(), &[("a", bare(&sample(false)))]);
    options.catalog.mapping.set("table_tags=nobody").unwrap();
    let error = tag(&Documents::of(without_the_rule()), &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("`nobody` is missing"), "{error}");
}

#[test]
fn a_name_in_other_letters_is_proposed() {
    let (folder, rows) = (folder(), sample(false));
    let table = Shape::default().table(&rows);
    let names = ["data_source_id", "column_name", "column_tags", "Table Tags"];
    let columns = names.into_iter().zip(table.columns().iter().cloned());
    let table = RecordBatch::try_from_iter(columns).unwrap();
    let options = catalog(folder.path(), &[("a", table)]);
    let PipelineError::Catalog(error) = run(&options).unwrap_err() else {
        panic!()
    };
    let help = error.help().unwrap().into_owned();
    assert!(help.contains("`--map table_tags=Table Tags`"), "{help}");
}

#[test]
fn check_refuses_the_same_and_needs_no_frameworks() {
    let folder = folder();
    let options = catalog(folder.path(), &[("a", bare(&sample(false)))]);
    let mut asked = CheckOptions {
        catalog: Some(options.catalog),
        ..CheckOptions::default()
    };
    let codes = |documents: Vec<Framework>, asked: &CheckOptions| -> Vec<String> {
        let documents = Documents::of(documents);
        let findings = check(&documents, &Default::default(), asked, &Silent).unwrap();
        let errors = findings.iter().filter(|finding| finding.is_error());
        errors
            .map(|finding| {
                format!(
                    "{} {}",
                    finding.message,
                    finding.help.as_deref().unwrap_or("")
                )
            })
            .collect()
    };
    let found = codes(frameworks(), &asked);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("`--no-table-tags`"), "{found:?}");
    assert_eq!(codes(Vec::new(), &asked), Vec::<String>::new());
    asked.catalog.as_mut().unwrap().no_table_tags = true;
    assert_eq!(codes(frameworks(), &asked), Vec::<String>::new());
}

#[test]
fn taggers_hold_the_same_rule() {
    let rows = sample(false);
    let table = bare(&rows);
    let program = |all: &[Framework]| Arc::new(Program::compile(all, Options::default()).unwrap());
    let error = Tagger::new(program(&frameworks()), &table.schema()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the batches have no column `table_tags`"),
        "{error}"
    );
    assert!(Tagger::new(program(&without_the_rule()), &table.schema()).is_ok());
    // What is there is passed over.
    let table = Shape::default().table(&rows);
    let mut tagger = Tagger::without_table_tags(
        program(&frameworks()),
        &table.schema(),
        &Mapping::default(),
        Overrides::default(),
    )
    .unwrap();
    let mut found = crate::corpus::assignments(&tagger.push(&table).unwrap());
    found.extend(crate::corpus::assignments(&tagger.finish().unwrap()));
    found.sort();
    let mut bare = rows;
    bare.iter_mut().for_each(|row| row.table_tags.clear());
    assert_eq!(found, expected(&bare));
}

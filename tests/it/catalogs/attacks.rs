//! Batches and rows that nobody sends in good faith.

use super::{expected, folder, frameworks, options, sample, sorted, tagged, write_groups};
use crate::corpus::{assignments, one_table};
use classmark::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use classmark::arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use classmark::arrow::datatypes::Schema;
use classmark::compile::{Options, Program};
use classmark::pipeline::{PipelineError, Tagger};
use classmark::reference::{Assignment, Row};
use classmark::tag::Tag;
use std::sync::Arc;

fn tagger(schema: &Schema) -> Tagger {
    let program = Program::compile(&frameworks(), Options::default()).unwrap();
    Tagger::new(Arc::new(program), schema).unwrap()
}

fn push_all(
    tagger: &mut Tagger,
    batches: &[RecordBatch],
) -> Result<Vec<Assignment>, PipelineError> {
    let mut found = Vec::new();
    for batch in batches {
        found.extend(assignments(&tagger.push(batch)?));
    }
    found.extend(assignments(&tagger.finish()?));
    Ok(sorted(found))
}

fn with_columns(table: &RecordBatch, replaced: &[(usize, &str, ArrayRef)]) -> RecordBatch {
    let schema = table.schema();
    let columns = schema.fields().iter().zip(table.columns()).enumerate();
    let columns = columns.map(|(place, (field, column))| {
        match replaced.iter().find(|(number, ..)| *number == place) {
            Some((_, name, column)) => (*name, column.clone()),
            None => (field.name().as_str(), column.clone()),
        }
    });
    RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
}

#[test]
fn batches_without_rows() {
    let rows = sample(false);
    let table = one_table(&rows);
    let none = table.slice(5, 0);
    let mut batches = vec![none.clone()];
    for part in super::parts(&table, 3) {
        batches.extend([part, none.clone(), RecordBatch::new_empty(table.schema())]);
    }
    let mut tagger = tagger(&table.schema());
    assert_eq!(push_all(&mut tagger, &batches).unwrap(), expected(&rows));
    assert_eq!(push_all(&mut tagger, &[none]).unwrap(), []);
    // And it can be used again.
    assert_eq!(push_all(&mut tagger, &batches).unwrap(), expected(&rows));
}

#[test]
fn batches_of_another_schema_are_an_error() {
    let table = one_table(&sample(false));
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..40));
    let others = [
        table.project(&[1, 0, 2, 3]).unwrap(),
        table.project(&[0, 1, 3, 2]).unwrap(),
        table.project(&[0, 1, 2]).unwrap(),
        table.project(&[0]).unwrap(),
        table.project(&[]).unwrap(),
        with_columns(&table, &[(0, "data_source_id", numbers.clone())]),
        with_columns(&table, &[(2, "column_tags", numbers.clone())]),
        with_columns(&table, &[(1, "name", table.column(1).clone())]),
        with_columns(&table, &[(3, "column_name", table.column(1).clone())]),
    ];
    for other in others {
        let mut tagger = tagger(&table.schema());
        let fault = push_all(&mut tagger, std::slice::from_ref(&other));
        assert!(fault.is_err(), "{:?}", other.schema());
    }
}

#[test]
fn batches_may_have_more_columns_and_other_string_types() {
    let rows = sample(false);
    let table = one_table(&rows);
    let large = classmark::arrow::compute::cast(
        table.column(1),
        &classmark::arrow::datatypes::DataType::LargeUtf8,
    );
    let large = with_columns(&table, &[(1, "column_name", large.unwrap())]);
    let batches = [table.slice(0, 13), large.slice(13, 27)];
    let mut tagger = tagger(&table.schema());
    assert_eq!(push_all(&mut tagger, &batches).unwrap(), expected(&rows));
}

/// Arrays of strings of one length may share their bounds; they are not the
/// same strings for that.
#[test]
fn names_that_share_their_bounds_are_not_the_same() {
    let mut rows = sample(false);
    for (number, row) in rows.iter_mut().enumerate() {
        let place = if number < 20 { number % 2 } else { number };
        row.column = format!("a{place:02}");
    }
    let table = one_table(&rows);
    let bounds = OffsetBuffer::from_lengths(std::iter::repeat_n(3, 20));
    let batches = [0, 20].map(|at| {
        let part = table.slice(at, 20);
        let text: String = rows[at..at + 20].iter().map(|row| &*row.column).collect();
        let names = StringArray::new(bounds.clone(), Buffer::from_vec(text.into_bytes()), None);
        with_columns(&part, &[(1, "column_name", Arc::new(names))])
    });
    let mut tagger = tagger(&table.schema());
    assert_eq!(push_all(&mut tagger, &batches).unwrap(), expected(&rows));
}

#[test]
fn lists_that_do_not_begin_at_the_beginning() {
    use classmark::arrow::array::ListArray;
    let rows = sample(false);
    let table = one_table(&rows);
    let strangers = one_table(&sample(false)[10..20]);
    let both = |column: usize| {
        let (a, b) = (strangers.column(column), table.column(column));
        let (a, b) = (a.as_list::<i32>(), b.as_list::<i32>());
        let values = [
            a.values().as_ref(),
            b.values().as_ref(),
            a.values().as_ref(),
        ];
        let values = classmark::arrow::compute::concat(&values).unwrap();
        let start = a.values().len() as i32;
        let bounds: Vec<i32> = b.offsets().iter().map(|bound| bound + start).collect();
        let field = match b.data_type() {
            classmark::arrow::datatypes::DataType::List(field) => field.clone(),
            other => panic!("{other}"),
        };
        let bounds = OffsetBuffer::new(ScalarBuffer::from(bounds));
        Arc::new(ListArray::new(field, bounds, values, None)) as ArrayRef
    };
    let moved = with_columns(
        &table,
        &[(2, "column_tags", both(2)), (3, "table_tags", both(3))],
    );
    let mut tagger = tagger(&moved.schema());
    assert_eq!(
        push_all(&mut tagger, std::slice::from_ref(&moved)).unwrap(),
        expected(&rows)
    );
    let folder = folder();
    write_groups(&folder.path().join("catalog"), &[moved]);
    assert_eq!(tagged(&options(folder.path(), "catalog")), expected(&rows));
}

#[test]
fn a_data_source_of_300_000_columns_across_many_batches() {
    let row = |number: usize| Row {
        data_source: "one".into(),
        column: format!("c{number}"),
        column_tags: match number {
            299_999 => vec![Tag::curated("Email")],
            _ if number.is_multiple_of(1000) => vec![Tag::curated("Name")],
            _ => Vec::new(),
        },
        table_tags: vec![Tag::curated("Restricted")],
    };
    let rows: Vec<Row> = (0..300_000).map(row).collect();
    let table = one_table(&rows);
    // 300 names, and the one address that makes them personal and is secret.
    let check = |found: &[Assignment]| {
        let of = |tag: &str| found.iter().filter(|a| a.tag.name == tag).count();
        assert_eq!((of("PII.Name"), of("PII.Email"), of("Secret")), (300, 1, 1));
    };
    let mut tagger = tagger(&table.schema());
    check(&push_all(&mut tagger, &super::parts(&table, 999)).unwrap());
    let folder = folder();
    write_groups(
        &folder.path().join("catalog"),
        &super::parts(&table, 50_000),
    );
    check(&tagged(&options(folder.path(), "catalog")));
}

#[test]
fn long_names_and_ids_with_odd_characters() {
    let long = "x".repeat(100_000);
    let odd = [
        "a\0b",
        "a",
        "a\nb",
        "a\r\n",
        " ",
        "\u{feff}a",
        "é",
        "e\u{301}",
        "\0",
        "a\0",
    ];
    let rows: Vec<Row> = (0..40)
        .map(|number| Row {
            data_source: odd[number / 4].into(),
            column: match number % 4 {
                0 => long.clone(),
                1 => format!("{long}y"),
                other => odd[other].into(),
            },
            ..sample(false)[number].clone()
        })
        .collect();
    let table = one_table(&rows);
    let mut tagger = tagger(&table.schema());
    assert!(push_all(&mut tagger, &super::parts(&table, 3)).unwrap() == expected(&rows));
    let folder = folder();
    write_groups(&folder.path().join("catalog"), &super::parts(&table, 3));
    assert!(tagged(&options(folder.path(), "catalog")) == expected(&rows));
}

#[test]
fn a_hundred_thousand_tags_that_no_rule_knows() {
    let row = |number: usize| Row {
        data_source: format!("source {}", number / 50),
        column: format!("c{number}"),
        column_tags: vec![
            Tag::curated(format!("tag {number}")),
            Tag::new(format!("source {}", number % 700), "Phone"),
            Tag::curated(if number.is_multiple_of(100) {
                "Email"
            } else {
                "Nothing"
            }),
        ],
        table_tags: Vec::new(),
    };
    let rows: Vec<Row> = (0..100_000).map(row).collect();
    let folder = folder();
    write_groups(
        &folder.path().join("catalog"),
        &super::parts(&one_table(&rows), 30_000),
    );
    let found = tagged(&options(folder.path(), "catalog"));
    assert_eq!(found.len(), 1000);
    assert!(found.iter().all(|a| a.tag.name == "PII.Email"));
}

/// Libraries panic over some damage; the file that has it is named all the same.
#[test]
fn damage_is_told_with_the_name_of_the_file() {
    let (folder, rows) = (folder(), sample(false));
    let catalog = folder.path().join("catalog");
    std::fs::create_dir(&catalog).unwrap();
    write_groups(&catalog.join("good.parquet"), &[one_table(&rows)]);
    let whole = std::fs::read(catalog.join("good.parquet")).unwrap();
    let (mut told, mut at) = (0, 4);
    while at < whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        std::fs::write(catalog.join("broken.parquet"), &broken).unwrap();
        if let Err(fault) = super::run(&options(folder.path(), "catalog")) {
            let (fault, place) = (fault.to_string(), "broken.parquet`");
            assert!(fault.contains(place), "byte {at}: {fault}");
            told += 1;
        }
        at += 13;
    }
    assert!(told > 20);
}

//! Columns without a type, as writers make them where all values are null.

use super::arrays::Shape;
use super::variants::{WAYS, by, write};
use super::{exchanged, expected, fault, folder, options, run, sample, tagged, write_groups};
use classmark::arrow::array::{
    Array, ArrayRef, DictionaryArray, FixedSizeListArray, Float64Array, Int32Array, ListArray,
    MapArray, NullArray, StringArray, StructArray, new_null_array,
};
use classmark::arrow::buffer::{NullBuffer, OffsetBuffer};
use classmark::arrow::datatypes::{DataType, Field, Int32Type};
use classmark::reference::Row;
use classmark::tag::Tag;
use std::sync::Arc;

fn nulls(rows: usize) -> ArrayRef {
    Arc::new(NullArray::new(rows))
}

fn element(values: &ArrayRef) -> Arc<Field> {
    Arc::new(Field::new("element", values.data_type().clone(), true))
}

/// Lists of 0, 1, 2, 0, 1, 2 … of the elements, every fourth one null.
fn lists(rows: usize, of: impl Fn(usize) -> ArrayRef) -> ArrayRef {
    let lengths: Vec<usize> = (0..rows).map(|row| row % 3).collect();
    let values = of(lengths.iter().sum());
    let there: NullBuffer = (0..rows).map(|row| row % 4 > 0).collect();
    let offsets = OffsetBuffer::from_lengths(lengths);
    Arc::new(ListArray::new(
        element(&values),
        offsets,
        values,
        Some(there),
    ))
}

fn structs(parts: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let field = |(name, part): &(&str, ArrayRef)| Field::new(*name, part.data_type().clone(), true);
    let fields: Vec<Field> = parts.iter().map(field).collect();
    let parts = parts.into_iter().map(|(_, part)| part).collect();
    Arc::new(StructArray::new(fields.into(), parts, None))
}

fn texts(count: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec!["Email"; count]))
}

/// Every type of a column that bears no tag, whatever its values.
fn without_tags(rows: usize) -> Vec<(&'static str, ArrayRef)> {
    let fixed = FixedSizeListArray::new(element(&nulls(0)), 2, nulls(2 * rows), None);
    vec![
        ("null", nulls(rows)),
        ("list<null>", lists(rows, nulls)),
        ("fixed<null>", Arc::new(fixed)),
        (
            "struct of nulls",
            lists(rows, |count| {
                structs(vec![("name", nulls(count)), ("source", nulls(count))])
            }),
        ),
        (
            "struct without names",
            lists(rows, |count| {
                structs(vec![("name", nulls(count)), ("source", texts(count))])
            }),
        ),
    ]
}

fn without_table_tags() -> Vec<Row> {
    let mut rows = sample(true);
    rows.iter_mut().for_each(|row| row.table_tags.clear());
    rows
}

#[test]
fn table_tags_without_a_type_are_none() {
    let rows = without_table_tags();
    let table = Shape::default().table(&rows);
    for (what, column) in without_tags(rows.len()) {
        let table = exchanged(&table, "table_tags", column);
        for way in WAYS {
            assert_eq!(by(way, &table).0, expected(&rows), "{way}: {what}");
        }
    }
}

#[test]
fn column_tags_without_a_type_are_none() {
    let mut rows = sample(true);
    rows.iter_mut().for_each(|row| row.column_tags.clear());
    let table = Shape::default().table(&rows);
    for (what, column) in without_tags(rows.len()) {
        let table = exchanged(&table, "column_tags", column.clone());
        for way in WAYS {
            assert_eq!(by(way, &table).0, [], "{way}: {what}");
        }
        // And with none on the data sources either.
        let table = exchanged(&table, "table_tags", column);
        assert_eq!(by("parquet", &table).0, [], "{what}");
    }
}

#[test]
fn sources_without_a_type_are_curated() {
    let mut rows = sample(true);
    rows.iter_mut().enumerate().for_each(|(n, row)| {
        let tags = [
            vec![],
            vec![Tag::curated("Email")],
            vec![Tag::curated("Email")],
        ];
        row.column_tags = if n % 4 > 0 {
            tags[n % 3].clone()
        } else {
            vec![]
        };
    });
    let table = Shape::default().table(&rows);
    let column = lists(rows.len(), |count| {
        structs(vec![("name", texts(count)), ("source", nulls(count))])
    });
    let table = exchanged(&table, "column_tags", column);
    assert!(expected(&rows).len() > 10);
    for way in WAYS {
        assert_eq!(by(way, &table).0, expected(&rows), "{way}");
    }
}

#[test]
fn map_values_without_a_type_leave_the_keys() {
    let mut rows = sample(true);
    for row in &mut rows {
        row.column_tags = vec![Tag::curated("Email")];
    }
    let keys: ArrayRef = texts(rows.len());
    let fields = vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Null, true),
    ];
    let entries = StructArray::new(fields.into(), vec![keys, nulls(rows.len())], None);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let offsets = OffsetBuffer::from_lengths(vec![1; rows.len()]);
    let map = MapArray::new(field, offsets, entries, None, false);
    let table = exchanged(&Shape::default().table(&rows), "column_tags", Arc::new(map));
    for way in WAYS {
        assert_eq!(by(way, &table).0, expected(&rows), "{way}");
    }
}

#[test]
fn keys_into_a_dictionary_without_a_type() {
    let rows = without_table_tags();
    let keys = Int32Array::from(vec![0; rows.len()]);
    let keyed: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, nulls(1)));
    let table = exchanged(&Shape::default().table(&rows), "table_tags", keyed);
    assert_eq!(by("batches", &table).0, expected(&rows));
}

#[test]
fn days_with_and_without_tags_in_one_folder() {
    for scattered in [false, true] {
        let mut rows = sample(false);
        for row in &mut rows[20..] {
            row.table_tags.clear();
        }
        if scattered {
            rows[..20].rotate_left(2);
            rows[20..].rotate_left(2);
        }
        for (what, column) in without_tags(20) {
            let folder = folder();
            let catalog = folder.path().join("catalog");
            std::fs::create_dir(&catalog).unwrap();
            let table = Shape::default().table(&rows);
            let late = exchanged(&table.slice(20, 20), "table_tags", column);
            // The untyped one comes first or last.
            for names in [["1", "2"], ["2", "1"]] {
                write_groups(&catalog.join(names[0]), &[table.slice(0, 20)]);
                write("arrow file", &catalog.join(names[1]), &late);
                assert_eq!(
                    tagged(&options(folder.path(), "catalog")),
                    expected(&rows),
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn a_second_table_without_a_type() {
    let rows = without_table_tags();
    let table = Shape::default().table(&rows);
    for (what, column) in without_tags(rows.len()) {
        let folder = folder();
        write_groups(
            &folder.path().join("columns"),
            &[table.project(&[0, 1, 2]).unwrap()],
        );
        let sources = exchanged(&table, "table_tags", column);
        let sources = sources.project(&[3, 0]).unwrap();
        write_groups(&folder.path().join("sources"), &[sources]);
        let mut options = options(folder.path(), "columns");
        options.catalog.sources = vec![folder.path().join("sources")];
        assert_eq!(tagged(&options), expected(&rows), "{what}");
        let counts = run(&options).unwrap().counts;
        assert_eq!(counts.data_sources_without_source_row, Some(0));
    }
}

#[test]
fn an_empty_day_has_no_types_at_all() {
    let table = Shape::default().table(&sample(false));
    let mut empty = table.slice(0, 0);
    for name in ["data_source_id", "column_name", "column_tags", "table_tags"] {
        empty = exchanged(&empty, name, nulls(0));
    }
    for way in ["batches", "arrow file"] {
        assert_eq!(by(way, &empty).0, [], "{way}");
    }
    // Beside a day whose ids are integers.
    let folder = folder();
    let catalog = folder.path().join("catalog");
    std::fs::create_dir(&catalog).unwrap();
    write_groups(&catalog.join("1"), &[empty]);
    assert_eq!(tagged(&options(folder.path(), "catalog")), []);
    let shape = Shape {
        id: DataType::Int16,
        ..Shape::default()
    };
    write_groups(&catalog.join("2"), &[shape.table(&sample(false))]);
    assert_eq!(
        tagged(&options(folder.path(), "catalog")),
        expected(&sample(false))
    );
}

/// So pandas writes a table without rows.
#[test]
fn columns_of_floats_have_no_type_where_there_are_no_rows() {
    let floats = |rows| -> ArrayRef { Arc::new(Float64Array::from(vec![1.0; rows])) };
    for rows in [0, 1] {
        let mut table = Shape::default().table(&sample(false)).slice(0, rows);
        for name in ["data_source_id", "column_name", "column_tags", "table_tags"] {
            table = exchanged(&table, name, floats(rows));
        }
        let folder = folder();
        write_groups(&folder.path().join("catalog"), &[table]);
        let found = run(&options(folder.path(), "catalog"));
        assert_eq!(found.is_ok(), rows == 0);
    }
}

#[test]
fn rows_without_ids_are_bad_rows_whatever_their_type() {
    let table = Shape::default().table(&sample(false));
    for (name, reason) in [
        ("data_source_id", "column `data_source_id` is null"),
        ("column_name", "column `column_name` is null"),
    ] {
        for way in ["parquet", "arrow file"] {
            let folder = folder();
            let catalog = folder.path().join("catalog");
            write(
                way,
                &catalog,
                &exchanged(&table, name, nulls(table.num_rows())),
            );
            let mut options = options(folder.path(), "catalog");
            let fault = fault(&options);
            assert!(fault.contains("row group 0, row 0: "), "{fault}");
            assert!(fault.ends_with(reason), "{fault}");
            options.catalog.quarantine = true;
            let counts = run(&options).unwrap().counts;
            assert_eq!((counts.rows, counts.rejected_rows), (40, 40));
        }
    }
}

#[test]
fn untyped_columns_of_any_list_of_a_name_are_no_error() {
    // A null column of a real type was fine all along.
    let rows = without_table_tags();
    let real = new_null_array(
        Shape::default().table(&rows).column(3).data_type(),
        rows.len(),
    );
    let table = exchanged(&Shape::default().table(&rows), "table_tags", real);
    assert_eq!(by("parquet", &table).0, expected(&rows));
}

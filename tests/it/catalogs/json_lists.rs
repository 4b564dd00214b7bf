//! Tag lists as JSON text, and tags whose parts go by other names.

use super::arrays::{Shape, dictionary};
use super::variants::{WAYS, by};
use super::{
    exchanged, expected, fault, folder, options, run, sample, tagged, write_groups, written,
};
use classmark::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, StringArray, StructArray,
};
use classmark::arrow::compute::cast;
use classmark::arrow::datatypes::{DataType, Field};
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::pipeline::{PipelineError, TagOptions};
use classmark::reference::Row;
use classmark::tag::{CURATED, Tag};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Tags as JSON, in one of many ways that mean the same.
fn json(number: usize, tags: &[Tag]) -> Option<String> {
    if tags.is_empty() {
        let nothing = [
            None,
            Some(""),
            Some("[]"),
            Some("null"),
            Some("[null]"),
            Some("[\"\"]"),
        ];
        return nothing[number % nothing.len()].map(str::to_owned);
    }
    let one = |(place, tag): (usize, &Tag)| match (tag.source == CURATED, (number + place) % 4) {
        (true, 0) => serde_json::json!(tag.name),
        (true, 1) => serde_json::json!({"name": tag.name, "id": [1, {"x": null}]}),
        (true, 2) => serde_json::json!({"source": null, "name": tag.name}),
        _ => serde_json::json!({"name": tag.name, "source": tag.source}),
    };
    let list: Vec<_> = tags.iter().enumerate().map(one).collect();
    Some(serde_json::json!(list).to_string())
}

fn in_json(rows: &[Row]) -> RecordBatch {
    let column = |of: fn(&Row) -> &[Tag]| -> ArrayRef {
        let texts = rows.iter().enumerate().map(|(n, row)| json(n, of(row)));
        Arc::new(texts.collect::<StringArray>())
    };
    let table = Shape::default().table(rows);
    let table = exchanged(&table, "column_tags", column(|row| &row.column_tags));
    exchanged(&table, "table_tags", column(|row| &row.table_tags))
}

#[test]
fn lists_in_json_text_of_every_type() {
    let rows = sample(false);
    let table = in_json(&rows);
    for to in [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Binary,
        dictionary(&DataType::Int32, &DataType::Utf8),
    ] {
        let mut table = table.clone();
        for (place, name) in [(2, "column_tags"), (3, "table_tags")] {
            let column = cast(table.column(place), &to).unwrap();
            table = exchanged(&table, name, column);
        }
        for way in WAYS {
            assert_eq!(by(way, &table).0, expected(&rows), "{way}: {to}");
        }
    }
}

#[test]
fn scattered_rows_and_a_second_table() {
    let mut rows = sample(false);
    rows.rotate_left(3);
    let (folder, table) = (folder(), in_json(&rows));
    write_groups(&folder.path().join("catalog"), &super::parts(&table, 7));
    assert_eq!(tagged(&options(folder.path(), "catalog")), expected(&rows));
    write_groups(
        &folder.path().join("columns"),
        &[table.project(&[0, 1, 2]).unwrap()],
    );
    write_groups(
        &folder.path().join("sources"),
        &[table.project(&[0, 3]).unwrap()],
    );
    let mut options = options(folder.path(), "columns");
    options.catalog.sources = vec![folder.path().join("sources")];
    assert_eq!(tagged(&options), expected(&rows));
}

/// A catalog in which a row's tags are this text.
fn with_text(folder: &Path, column: &str, text: &str) -> TagOptions {
    let rows = sample(false);
    let table = in_json(&rows);
    let place = table.schema().index_of(column).unwrap();
    let texts = table.column(place).as_string::<i32>().iter().enumerate();
    let texts: StringArray = texts
        .map(|(row, old)| if row == 13 { Some(text) } else { old })
        .collect();
    let table = exchanged(&table, column, Arc::new(texts));
    write_groups(&folder.join("catalog"), &super::parts(&table, 10));
    options(folder, "catalog")
}

#[test]
fn text_that_is_no_list_is_a_bad_row() {
    let long = format!("[\"{}", "x".repeat(100_000));
    for column in ["column_tags", "table_tags"] {
        for text in [
            "Email, Name",
            "[1]",
            "{\"name\": \"x\"}",
            "[{\"source\": \"x\"}]",
            &long,
        ] {
            let folder = folder();
            let mut options = with_text(folder.path(), column, text);
            let fault = fault(&options);
            let wanted = format!("row group 1, row 3: `{column}` is not a JSON list of tags: ");
            assert!(fault.contains(&wanted), "{fault}");
            assert!(fault.len() < 600, "{fault}");
            let PipelineError::Catalog(error) = run(&options).unwrap_err() else {
                panic!()
            };
            let help = error.help().unwrap().into_owned();
            assert!(help.contains("--bad-rows quarantine"), "{help}");
            options.catalog.quarantine = true;
            assert_eq!(run(&options).unwrap().counts.rejected_rows, 1);
            let mut rows = sample(false);
            rows.remove(13);
            assert_eq!(written(&options), expected(&rows));
            let rejected = File::open(options.out.join("rejected.parquet")).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(rejected).unwrap();
            let row = reader.build().unwrap().next().unwrap().unwrap();
            let reason = cast(row.column_by_name("reason").unwrap(), &DataType::Utf8).unwrap();
            assert!(
                reason
                    .as_string::<i32>()
                    .value(0)
                    .starts_with(&format!("`{column}` is not"))
            );
        }
    }
}

#[test]
fn bad_json_in_the_second_table_is_a_bad_row_of_it() {
    let (folder, rows) = (folder(), sample(false));
    let table = in_json(&rows);
    write_groups(
        &folder.path().join("columns"),
        &[table.project(&[0, 1, 2]).unwrap()],
    );
    let sources = exchanged(
        &table,
        "table_tags",
        Arc::new(StringArray::from(vec!["x"; 40])),
    );
    write_groups(
        &folder.path().join("sources"),
        &[sources.project(&[0, 3]).unwrap()],
    );
    let mut options = options(folder.path(), "columns");
    options.catalog.sources = vec![folder.path().join("sources")];
    let fault = fault(&options);
    assert!(
        fault.contains("sources`, row group 0, row 0: `table_tags` is not"),
        "{fault}"
    );
    options.catalog.quarantine = true;
    let counts = run(&options).unwrap().counts;
    assert_eq!(counts.rejected_rows, 40);
    assert_eq!(counts.data_sources_without_source_row, Some(8));
}

/// A list column whose structs have other names for their fields.
fn renamed(lists: &ArrayRef, names: &[(&str, &str)]) -> ArrayRef {
    let lists = lists.as_list::<i32>();
    let pair = lists.values().as_struct();
    let fields: Vec<Field> = pair
        .fields()
        .iter()
        .map(|field| {
            let to = names.iter().find(|(from, _)| from == field.name());
            field
                .as_ref()
                .clone()
                .with_name(to.map_or(field.name().as_str(), |(_, to)| to))
        })
        .collect();
    let values: ArrayRef = Arc::new(StructArray::new(
        fields.into(),
        pair.columns().to_vec(),
        pair.nulls().cloned(),
    ));
    let field = Arc::new(Field::new("element", values.data_type().clone(), true));
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    Arc::new(ListArray::new(field, offsets, values, nulls))
}

/// The sample, whose tags have `TAG` and `ORIGIN` in both columns.
fn with_other_names(folder: &Path) -> (TagOptions, Vec<Row>) {
    let rows = sample(false);
    let mut table = Shape::default().table(&rows);
    for (place, name) in [(2, "column_tags"), (3, "table_tags")] {
        let names = [("name", "TAG"), ("source", "ORIGIN")];
        let column = renamed(table.column(place), &names);
        table = exchanged(&table, name, column);
    }
    write_groups(&folder.join("catalog"), &super::parts(&table, 7));
    (options(folder, "catalog"), rows)
}

#[test]
fn fields_of_structs_under_other_names() {
    let folder = folder();
    let (mut options, rows) = with_other_names(folder.path());
    for text in [
        "column_tags.name=TAG",
        "column_tags.source=ORIGIN",
        "table_tags.name=TAG",
        "table_tags.source=ORIGIN",
    ] {
        options.catalog.mapping.set(text).unwrap();
    }
    assert_eq!(tagged(&options), expected(&rows));
    let manifest = String::from_utf8(super::bytes(&options, "manifest.json")).unwrap();
    assert!(
        manifest.contains("\"column_tags.source\": \"ORIGIN\""),
        "{manifest}"
    );
}

#[test]
fn a_renamed_column_with_renamed_fields_and_json() {
    let rows = sample(false);
    let (folder, table) = (folder(), in_json(&rows));
    let replaced = |column: &ArrayRef| -> ArrayRef {
        let texts = column.as_string::<i32>().iter();
        let other = |text: &str| {
            text.replace("\"name\"", "\"TAG\"")
                .replace("\"source\"", "\"ORIGIN\"")
        };
        Arc::new(texts.map(|text| text.map(other)).collect::<StringArray>())
    };
    let columns = [
        ("data_source_id", Arc::clone(table.column(0))),
        ("column_name", Arc::clone(table.column(1))),
        ("TAGS", replaced(table.column(2))),
        ("table_tags", Arc::clone(table.column(3))),
    ];
    let table = RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true)));
    write_groups(&folder.path().join("catalog"), &[table.unwrap()]);
    let mut options = options(folder.path(), "catalog");
    let mapping = &mut options.catalog.mapping;
    for text in [
        "column_tags=TAGS",
        "column_tags.name=TAG",
        "column_tags.source=ORIGIN",
    ] {
        mapping.set(text).unwrap();
    }
    assert_eq!(tagged(&options), expected(&rows));
}

fn error_of(options: &TagOptions) -> (String, String) {
    let PipelineError::Catalog(error) = run(options).unwrap_err() else {
        panic!()
    };
    let help = error.help().unwrap_or_default().into_owned();
    (error.to_string(), help)
}

#[test]
fn structs_without_the_field_say_which_fields_they_have() {
    let folder = folder();
    let (mut options, _) = with_other_names(folder.path());
    let (said, help) = error_of(&options);
    assert!(
        said.contains("without a field `name` (they have `TAG`, `ORIGIN`)"),
        "{said}"
    );
    assert!(help.contains("`--map column_tags.name="), "{help}");
    options.catalog.mapping.set("column_tags.name=TAG").unwrap();
    options
        .catalog
        .mapping
        .set("column_tags.source=nobody")
        .unwrap();
    let (said, _) = error_of(&options);
    assert!(said.contains("without a field `nobody`"), "{said}");
}

#[test]
fn names_in_other_letters_are_proposed() {
    let rows = sample(false);
    let table = Shape::default().table(&rows);
    let upper = [("name", "NAME"), ("source", "SOURCE")];
    let column = renamed(table.column(2), &upper);
    let first = folder();
    write_groups(
        &first.path().join("catalog"),
        &[exchanged(&table, "column_tags", column)],
    );
    let (_, help) = error_of(&options(first.path(), "catalog"));
    assert!(
        help.contains("`--map column_tags.name=NAME --map column_tags.source=SOURCE`"),
        "{help}"
    );

    let names = ["DATA_SOURCE_ID", "column_name", "column_tags", "table_tags"];
    let columns = names.into_iter().zip(table.columns().iter().cloned());
    let second = folder();
    let table = RecordBatch::try_from_iter(columns).unwrap();
    write_groups(&second.path().join("catalog"), &[table]);
    let (_, help) = error_of(&options(second.path(), "catalog"));
    assert!(
        help.contains("`--map data_source_id=DATA_SOURCE_ID`"),
        "{help}"
    );
}

#[test]
fn mappings_that_say_nothing_sensible() {
    let mut mapping = classmark::catalog::Mapping::default();
    mapping.set("column_tags.name=a").unwrap();
    assert!(mapping.clone().set("column_tags.name=b").is_err());
    assert!(mapping.clone().set("column_tags.colour=b").is_err());
    assert!(mapping.clone().set("column_name.name=b").is_err());
    assert!(mapping.clone().set("column_tags.source=a").is_err());
    // What fails is not kept, so that what follows is judged by itself.
    assert!(mapping.set("column_tags.source=a").is_err());
    mapping.set("table_tags.source=a").unwrap();
    mapping.set("column_tags.source=b").unwrap();
}

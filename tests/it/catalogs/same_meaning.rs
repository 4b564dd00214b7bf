//! Types that mean the same: bytes are text, UUIDs are text, decimals without a
//! fraction are integers, and integers of any width and sign go together.

use super::arrays::{ElementKind, ListKind, Shape, dictionary};
use super::variants::{WAYS, by, id_type, write};
use super::{
    exchanged, expected, fault, folder, options, run, sample, tagged, write_groups, written,
};
use classmark::arrow::array::{
    Array, ArrayRef, BinaryArray, Decimal128Array, FixedSizeBinaryArray, Float64Array, Int64Array,
    ListArray, RecordBatch, StructArray, TimestampMillisecondArray, UInt64Array,
};
use classmark::arrow::buffer::OffsetBuffer;
use classmark::arrow::compute::cast;
use classmark::arrow::datatypes::{DataType, Field, Schema};
use classmark::parquet::data_type::{ByteArray, ByteArrayType, FixedLenByteArray};
use classmark::parquet::data_type::{FixedLenByteArrayType, Int64Type};
use classmark::parquet::file::properties::WriterProperties;
use classmark::parquet::file::writer::SerializedFileWriter;
use classmark::parquet::schema::parser::parse_message_type;
use classmark::pipeline::{PipelineError, TagOptions};
use classmark::reference::Row;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

fn table(rows: &[Row]) -> RecordBatch {
    Shape::default().table(rows)
}

/// Rows whose ids, 1 to 8, are one digit each: of a fixed width.
fn ids(rows: &[Row]) -> Vec<&[u8]> {
    rows.iter().map(|row| row.data_source.as_bytes()).collect()
}

/// Bytes in every type that holds them.
fn bytes(values: &[&[u8]]) -> Vec<ArrayRef> {
    let plain: ArrayRef = Arc::new(BinaryArray::from_vec(values.to_vec()));
    let types = [
        DataType::Binary,
        DataType::LargeBinary,
        DataType::BinaryView,
        dictionary(&DataType::Int8, &DataType::Binary),
        dictionary(&DataType::UInt16, &DataType::LargeBinary),
    ];
    types.iter().map(|to| cast(&plain, to).unwrap()).collect()
}

#[test]
fn bytes_are_read_as_text() {
    let rows = sample(false);
    let names: Vec<&[u8]> = rows.iter().map(|row| row.column.as_bytes()).collect();
    let fixed: ArrayRef =
        Arc::new(FixedSizeBinaryArray::try_from_iter(ids(&rows).into_iter()).unwrap());
    let columns = [("data_source_id", ids(&rows)), ("column_name", names)];
    let mut tables = vec![exchanged(&table(&rows), "data_source_id", fixed)];
    for (column, values) in columns {
        for array in bytes(&values) {
            tables.push(exchanged(&table(&rows), column, array));
        }
    }
    for table in tables {
        for way in WAYS {
            let (found, kind) = by(way, &table);
            assert_eq!(found, expected(&rows), "{way}: {}", table.schema());
            assert_eq!(kind, DataType::Utf8);
        }
    }
}

/// A list column with its parts exchanged for bytes.
fn in_bytes(lists: &ArrayRef) -> ArrayRef {
    let lists = lists.as_any().downcast_ref::<ListArray>().unwrap();
    let as_bytes = |array: &ArrayRef| cast(array, &DataType::Binary).unwrap();
    let values: ArrayRef = match lists.values().as_any().downcast_ref::<StructArray>() {
        None => as_bytes(lists.values()),
        Some(pair) => {
            let parts: Vec<ArrayRef> = pair.columns().iter().map(as_bytes).collect();
            let named = pair.fields().iter().zip(&parts);
            let fields: Vec<Field> = named
                .map(|(field, part)| Field::new(field.name(), part.data_type().clone(), true))
                .collect();
            Arc::new(StructArray::new(
                fields.into(),
                parts,
                pair.nulls().cloned(),
            ))
        }
    };
    let field = Arc::new(Field::new("element", values.data_type().clone(), true));
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    Arc::new(ListArray::new(field, offsets, values, nulls))
}

#[test]
fn tags_in_bytes_are_read_as_text() {
    for element in [ElementKind::NameAndSource, ElementKind::Text] {
        let rows = sample(element == ElementKind::Text);
        let shape = Shape {
            list: ListKind::List,
            element,
            ..Shape::default()
        };
        let mut table = shape.table(&rows);
        for (place, name) in [(2, "column_tags"), (3, "table_tags")] {
            let lists = in_bytes(table.column(place));
            table = exchanged(&table, name, lists);
        }
        for way in WAYS {
            assert_eq!(by(way, &table).0, expected(&rows), "{way}: {element:?}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_placed() {
    let rows = sample(false);
    let mut values = ids(&rows);
    values[13] = b"\xff\xfe";
    let no_text: ArrayRef = Arc::new(BinaryArray::from_vec(values));
    let of_one = |bad: bool| -> ArrayRef {
        let names = (0..40).map(|row| match bad && row == 13 {
            true => &b"\xc3"[..],
            false => b"Email",
        });
        let names: ArrayRef = Arc::new(BinaryArray::from_iter_values(names));
        let field = Arc::new(Field::new("element", DataType::Binary, true));
        Arc::new(ListArray::new(
            field,
            OffsetBuffer::from_lengths([1; 40]),
            names,
            None,
        ))
    };
    for (column, array) in [
        ("data_source_id", Arc::clone(&no_text)),
        ("column_name", no_text),
        ("column_tags", of_one(true)),
        ("table_tags", of_one(true)),
    ] {
        let folder = folder();
        let table = exchanged(&table(&rows), column, array);
        write_groups(&folder.path().join("catalog"), &super::parts(&table, 10));
        let mut options = options(folder.path(), "catalog");
        let fault = fault(&options);
        let place = format!("column `{column}`, row group 1, row 3: the value is not UTF-8 text");
        assert!(fault.ends_with(&place), "{fault}");
        // Not a bad row: nobody knows what else is broken.
        options.catalog.quarantine = true;
        assert!(run(&options).is_err());
    }
    // A null element may hold anything, and so may what no row refers to.
    let good = exchanged(&table(&rows), "column_tags", of_one(false));
    assert!(!by("parquet", &good).0.is_empty());
}

const UUIDS: [&str; 2] = [
    "00000000-0000-4000-8000-00000000000a",
    "0123abcd-ef45-4678-9abc-def012345678",
];

fn uuid_bytes(uuid: &str) -> Vec<u8> {
    let digits = uuid.replace('-', "");
    (0..16)
        .map(|n| u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).unwrap())
        .collect()
}

/// Rows whose ids are UUIDs.
fn with_uuids() -> Vec<Row> {
    let mut rows = sample(false);
    for (number, row) in rows.iter_mut().enumerate() {
        row.data_source = UUIDS[number / 20].to_owned();
    }
    rows
}

#[test]
fn uuids_are_read_as_they_are_written() {
    let rows = with_uuids();
    let values: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| uuid_bytes(&row.data_source))
        .collect();
    let array: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter(values.iter()).unwrap());
    let plain = exchanged(&table(&rows), "data_source_id", array);
    let schema = plain.schema();
    let mut fields: Vec<Field> = schema.fields().iter().map(|f| f.as_ref().clone()).collect();
    let mark = [("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())];
    fields[0] = fields[0].clone().with_metadata(mark.into());
    let marked = RecordBatch::try_new(Arc::new(Schema::new(fields)), plain.columns().to_vec());
    for way in WAYS {
        if way == "slices" {
            continue;
        }
        let (found, kind) = by(way, marked.as_ref().unwrap());
        assert_eq!(found, expected(&rows), "{way}");
        assert_eq!(kind, DataType::Utf8);
    }
}

/// Writes a Parquet file without an Arrow schema, as other writers do: ids of
/// some type, names and a JSON list of tags.
fn write_bare(path: &Path, id: &str, values: Values) {
    let rows = match &values {
        Values::Fixed(all) => all.len(),
        Values::Long(all) => all.len(),
        Values::Bytes(all) => all.len(),
    };
    let message = format!(
        "message m {{ required {id}; required binary column_name (ENUM); \
         required binary column_tags (JSON); }}"
    );
    let schema = Arc::new(parse_message_type(&message).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    match values {
        Values::Fixed(all) => {
            let all: Vec<_> = all
                .into_iter()
                .map(|v| FixedLenByteArray::from(ByteArray::from(v)))
                .collect();
            let typed = column.typed::<FixedLenByteArrayType>();
            typed.write_batch(&all, None, None).unwrap();
        }
        Values::Long(all) => {
            column
                .typed::<Int64Type>()
                .write_batch(&all, None, None)
                .unwrap();
        }
        Values::Bytes(all) => {
            let all: Vec<_> = all.into_iter().map(ByteArray::from).collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&all, None, None)
                .unwrap();
        }
    }
    column.close().unwrap();
    for text in ["x", "[\"Email\"]"] {
        let mut column = group.next_column().unwrap().unwrap();
        let all = vec![ByteArray::from(text); rows];
        column
            .typed::<ByteArrayType>()
            .write_batch(&all, None, None)
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

enum Values {
    Fixed(Vec<Vec<u8>>),
    Long(Vec<i64>),
    Bytes(Vec<&'static str>),
}

#[test]
fn types_in_parquets_own_terms() {
    let uuids = || Values::Fixed(UUIDS.iter().map(|uuid| uuid_bytes(uuid)).collect());
    let wide = |n: u8| {
        let mut bytes = vec![0u8; 16];
        bytes[15] = n;
        bytes
    };
    let texts = || Values::Bytes(vec!["7", "8"]);
    let cases = [
        (
            "fixed_len_byte_array(16) data_source_id (UUID)",
            uuids(),
            UUIDS,
            DataType::Utf8,
        ),
        ("binary data_source_id", texts(), ["7", "8"], DataType::Utf8),
        (
            "binary data_source_id (ENUM)",
            texts(),
            ["7", "8"],
            DataType::Utf8,
        ),
        (
            "binary data_source_id (JSON)",
            texts(),
            ["7", "8"],
            DataType::Utf8,
        ),
        (
            "int64 data_source_id (DECIMAL(18,0))",
            Values::Long(vec![-7, 8]),
            ["-7", "8"],
            DataType::Int64,
        ),
        (
            "fixed_len_byte_array(16) data_source_id (DECIMAL(38,0))",
            Values::Fixed(vec![wide(7), wide(8)]),
            ["7", "8"],
            DataType::Int64,
        ),
    ];
    for (id, values, wanted, kind) in cases {
        let folder = folder();
        write_bare(&folder.path().join("catalog"), id, values);
        let mut options = options(folder.path(), "catalog");
        options.catalog.no_table_tags = true;
        let found = tagged(&options);
        let mut found: Vec<&str> = found.iter().map(|row| row.data_source.as_str()).collect();
        found.dedup();
        assert_eq!(found, wanted, "{id}");
        assert_eq!(
            id_type(&options.out.join("assignments.parquet")),
            kind,
            "{id}"
        );
    }
}

fn decimals(rows: &[Row], data_type: &DataType) -> ArrayRef {
    let ids: Vec<i64> = rows
        .iter()
        .map(|row| row.data_source.parse().unwrap())
        .collect();
    cast(&Int64Array::from(ids), data_type).unwrap()
}

#[test]
fn decimals_without_a_fraction_are_integers() {
    let rows = sample(false);
    for to in [
        DataType::Decimal32(9, 0),
        DataType::Decimal64(18, 0),
        DataType::Decimal128(38, 0),
        DataType::Decimal256(76, 0),
    ] {
        let table = exchanged(&table(&rows), "data_source_id", decimals(&rows, &to));
        for way in WAYS {
            let (found, kind) = by(way, &table);
            assert_eq!(found, expected(&rows), "{way}: {to}");
            assert_eq!(kind, DataType::Int64, "{way}: {to}");
        }
    }
}

/// A catalog of files whose ids are of some types each, in that order.
fn files(folder: &Path, tables: &[RecordBatch]) -> TagOptions {
    let catalog = folder.join("catalog");
    std::fs::create_dir(&catalog).unwrap();
    for (number, table) in tables.iter().enumerate() {
        let way = ["parquet", "arrow file", "arrow stream"][number % 3];
        write(way, &catalog.join(number.to_string()), table);
    }
    options(folder, "catalog")
}

fn of_type(rows: &[Row], id: &DataType) -> RecordBatch {
    Shape {
        id: id.clone(),
        ..Shape::default()
    }
    .table(rows)
}

#[test]
fn integers_of_any_width_and_sign_go_together() {
    use DataType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    let cases = [
        (vec![Int32, Int64], Int64),
        (vec![Int64, Int8], Int64),
        (vec![Int8, Int16, Int32], Int32),
        (vec![UInt8, UInt32, UInt16], UInt32),
        (vec![Int32, UInt8], Int64),
        (vec![UInt32, Int32], Int64),
        (vec![UInt64, Int8, UInt16], Int64),
        (vec![dictionary(&Int8, &UInt16), Int16], Int64),
    ];
    for scattered in [false, true] {
        for (types, common) in &cases {
            let folder = folder();
            let mut rows = sample(false);
            if scattered {
                rows.rotate_left(2);
            }
            let size = rows.len().div_ceil(types.len());
            let tables = rows.chunks(size).zip(types);
            let tables: Vec<_> = tables.map(|(rows, id)| of_type(rows, id)).collect();
            let options = files(folder.path(), &tables);
            assert_eq!(tagged(&options), expected(&rows), "{types:?}");
            let kind = id_type(&options.out.join("assignments.parquet"));
            assert_eq!(kind, *common, "{types:?}");
            assert_eq!(run(&options).unwrap().counts.data_sources, 8, "{types:?}");
        }
    }
}

#[test]
fn the_second_table_may_have_the_other_sign() {
    let types = [
        (DataType::UInt32, DataType::Int64),
        (DataType::Int16, DataType::UInt64),
        (DataType::Int32, DataType::Decimal128(20, 0)),
    ];
    for (columns, sources) in types {
        let (folder, rows) = (folder(), sample(false));
        let of_columns = of_type(&rows, &columns).project(&[0, 1, 2]).unwrap();
        write_groups(&folder.path().join("columns"), &[of_columns]);
        let of_sources = match &sources {
            DataType::Decimal128(..) => {
                exchanged(&table(&rows), "data_source_id", decimals(&rows, &sources))
            }
            plain => of_type(&rows, plain),
        };
        write_groups(
            &folder.path().join("sources"),
            &[of_sources.project(&[3, 0]).unwrap()],
        );
        let mut options = options(folder.path(), "columns");
        options.catalog.sources = vec![folder.path().join("sources")];
        assert_eq!(tagged(&options), expected(&rows), "{columns} {sources}");
        let counts = run(&options).unwrap().counts;
        assert_eq!(counts.data_sources_without_source_row, Some(0));
    }
}

fn error_of(options: &TagOptions) -> (String, String) {
    let PipelineError::Catalog(error) = run(options).unwrap_err() else {
        panic!()
    };
    let help = error.help().unwrap_or_default().into_owned();
    (error.to_string(), help)
}

#[test]
fn integers_that_do_not_fit_are_placed() {
    let rows = sample(false);
    let mut large: Vec<u64> = vec![1; 20];
    large[17] = u64::MAX;
    let unsigned: ArrayRef = Arc::new(UInt64Array::from(large));
    let mut large: Vec<i128> = vec![1; 20];
    large[17] = i128::from(i64::MAX) + 1;
    let decimals = Decimal128Array::from(large).with_precision_and_scale(38, 0);
    for column in [unsigned, Arc::new(decimals.unwrap())] {
        for first in [true, false] {
            let folder = folder();
            let odd = exchanged(&table(&rows[..20]), "data_source_id", Arc::clone(&column));
            let even = of_type(&rows[20..], &DataType::Int32);
            let tables = if first { [odd, even] } else { [even, odd] };
            let catalog = folder.path().join("catalog");
            std::fs::create_dir(&catalog).unwrap();
            for (name, table) in ["a", "b"].iter().zip(&tables) {
                write_groups(&catalog.join(name), &super::parts(table, 10));
            }
            let (said, help) = error_of(&options(folder.path(), "catalog"));
            let place = "column `data_source_id`, row group 1, row 7: the id does not fit";
            assert!(said.contains(place), "{said}");
            assert!(
                help.contains("CAST(") && help.contains("pa.string()"),
                "{help}"
            );
        }
    }
}

#[test]
fn what_stays_refused_says_how_it_is_mended() {
    let rows = sample(false);
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 40]));
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1; 40]));
    let parts = Decimal128Array::from(vec![100; 40]).with_precision_and_scale(10, 2);
    let parts: ArrayRef = Arc::new(parts.unwrap());
    for (column, array, wanted) in [
        (
            "data_source_id",
            Arc::clone(&numbers),
            "CAST(data_source_id AS VARCHAR)",
        ),
        ("data_source_id", times, ".cast(pa.string())"),
        ("data_source_id", parts, "CAST(data_source_id AS BIGINT)"),
        (
            "column_name",
            Arc::clone(&numbers),
            "CAST(column_name AS VARCHAR)",
        ),
        (
            "column_tags",
            Arc::clone(&numbers),
            "CAST(column_tags AS VARCHAR[])",
        ),
        ("table_tags", numbers, "pa.list_(pa.string())"),
    ] {
        let folder = folder();
        let odd = exchanged(&table(&rows), column, array);
        let (said, help) = error_of(&files(folder.path(), &[odd]));
        assert!(said.contains(&format!("column `{column}` is ")), "{said}");
        assert!(help.contains(wanted), "{help}");
    }
    let folder = folder();
    let tables = [of_type(&rows[..20], &DataType::Int32), table(&rows[20..])];
    let (said, help) = error_of(&files(folder.path(), &tables));
    assert!(said.contains("has ids of type text"), "{said}");
    assert!(help.contains("CAST(data_source_id AS VARCHAR)"), "{help}");
}

#[test]
fn quarantined_rows_keep_their_types() {
    let rows = sample(false);
    let mut ids = ids(&rows).into_iter().map(Some).collect::<Vec<_>>();
    (ids[3], ids[4]) = (None, Some(&b""[..]));
    let array: ArrayRef = Arc::new(BinaryArray::from(ids));
    let folder = folder();
    let table = exchanged(&table(&rows), "data_source_id", array);
    write_groups(&folder.path().join("catalog"), &[table]);
    let mut options = options(folder.path(), "catalog");
    assert!(fault(&options).ends_with("row 3: column `data_source_id` is null"));
    options.catalog.quarantine = true;
    assert_eq!(run(&options).unwrap().counts.rejected_rows, 2);
    let mut rows = rows;
    rows.drain(3..5);
    assert_eq!(written(&options), expected(&rows));
}

#[test]
fn texts_may_be_bytes_in_one_file_and_text_in_another() {
    let (folder, rows) = (folder(), sample(false));
    let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(ids(&rows[..20])));
    let first = exchanged(&table(&rows[..20]), "data_source_id", bytes);
    let options = files(folder.path(), &[first, table(&rows[20..])]);
    assert_eq!(tagged(&options), expected(&rows));
}

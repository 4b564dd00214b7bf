//! However a file is laid out and compressed, its rows are the same.

use super::arrays::{ElementKind, ListKind, Shape, dictionary, text};
use super::{
    expected, folder, options, parts, run, sample, tagged, write_ipc_file, write_ipc_stream,
    write_parquet,
};
use crate::corpus::one_table;
use classmark::arrow::array::RecordBatch;
use classmark::arrow::datatypes::{DataType, Field, Schema};
use classmark::arrow::ipc::CompressionType;
use classmark::arrow::ipc::writer::{DictionaryHandling, IpcWriteOptions};
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::arrow::arrow_writer::ArrowWriterOptions;
use classmark::parquet::basic::{Compression, Encoding};
use classmark::parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use classmark::reference::Row;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// The sample many times over, its data sources all different.
fn many(times: usize) -> Vec<Row> {
    let again = |time: usize| {
        sample(false).into_iter().map(move |row| Row {
            data_source: (time * 100 + row.data_source.parse::<usize>().unwrap()).to_string(),
            column: format!("{} of {time}", row.column),
            ..row
        })
    };
    (0..times).flat_map(again).collect()
}

fn holds(folder: &Path, rows: &[Row], what: &str) {
    let wanted = expected(rows);
    for batch_rows in [1, 7, 8192] {
        let mut options = options(folder, "catalog");
        options.catalog.batch_rows = batch_rows;
        assert!(tagged(&options) == wanted, "{what}, {batch_rows} rows");
        assert_eq!(run(&options).unwrap().counts.rows, rows.len() as u64);
    }
}

fn parquet(how: WriterPropertiesBuilder, what: &str) {
    let (folder, rows) = (folder(), many(8));
    let batches = parts(&one_table(&rows), 64);
    write_parquet(&folder.path().join("catalog"), &batches, how.build()).unwrap();
    holds(folder.path(), &rows, what);
}

fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
}

#[test]
fn parquet_of_every_compression_and_page_version() {
    let kinds = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::BROTLI(Default::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(Default::default()),
    ];
    for kind in kinds {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let how = properties()
                .set_compression(kind)
                .set_writer_version(version);
            parquet(how, &format!("{kind:?} {version:?}"));
        }
    }
}

#[test]
fn parquet_of_every_encoding_of_text() {
    for encoding in [
        Encoding::PLAIN,
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY,
    ] {
        let how = properties()
            .set_dictionary_enabled(false)
            .set_encoding(encoding);
        parquet(how, &format!("{encoding:?}"));
    }
}

#[test]
fn parquet_whose_dictionaries_run_full_in_the_middle() {
    for limit in [1, 50, 200, 1000] {
        for rows in [16, 1 << 20] {
            let how = properties()
                .set_dictionary_page_size_limit(limit)
                .set_data_page_row_count_limit(20)
                .set_write_batch_size(5)
                .set_max_row_group_row_count(Some(rows));
            parquet(how, &format!("{limit} {rows}"));
        }
    }
}

#[test]
fn parquet_of_many_and_few_row_groups_with_and_without_statistics() {
    for rows in [1, 3, 100, 1 << 20] {
        for statistics in [EnabledStatistics::None, EnabledStatistics::Page] {
            let how = properties()
                .set_max_row_group_row_count(Some(rows))
                .set_statistics_enabled(statistics)
                .set_offset_index_disabled(statistics == EnabledStatistics::None);
            parquet(how, &format!("{rows} {statistics:?}"));
        }
    }
}

#[test]
fn parquet_without_the_arrow_schema() {
    let rows = many(3);
    let texts = [
        DataType::LargeUtf8,
        dictionary(&DataType::Int8, &DataType::Utf8),
    ];
    for (list, text) in [ListKind::List, ListKind::ListView].into_iter().zip(texts) {
        let element = ElementKind::Mixed;
        let shape = Shape {
            list,
            element,
            text,
            ..Shape::default()
        };
        let folder = folder();
        let file = File::create(folder.path().join("catalog")).unwrap();
        let table = shape.table(&rows);
        let how = ArrowWriterOptions::new().with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(file, table.schema(), how).unwrap();
        writer.write(&table).unwrap();
        writer.close().unwrap();
        holds(folder.path(), &rows, &format!("{shape:?}"));
    }
}

/// Dictionaries whose keys are too narrow for all values of the file: every
/// batch has one of its own.
#[test]
fn many_dictionaries_with_narrow_keys() {
    let (folder, rows) = (folder(), many(8));
    let narrow = |value: &DataType| dictionary(&DataType::Int8, value);
    for id in [DataType::Utf8, DataType::UInt32] {
        let shape = Shape {
            id: narrow(&id),
            name: narrow(&DataType::LargeUtf8),
            text: narrow(&DataType::Utf8),
            ..Shape::default()
        };
        let tables: Vec<RecordBatch> = rows.chunks(40).map(|rows| shape.table(rows)).collect();
        write_parquet(&folder.path().join("catalog"), &tables, Default::default()).unwrap();
        holds(folder.path(), &rows, &format!("{id}, Parquet"));
        // An Arrow file has one dictionary for each column, a stream may replace it.
        write_ipc_stream(&folder.path().join("catalog"), &tables, Default::default());
        holds(folder.path(), &rows, &format!("{id}, stream"));
    }
}

/// Batch by batch the dictionary of the one before and more.
#[test]
fn dictionaries_that_grow() {
    let (folder, rows) = (folder(), many(3));
    let names: Vec<Option<&str>> = rows.iter().map(|row| Some(&*row.column)).collect();
    let table = one_table(&rows);
    let keyed = dictionary(&DataType::Int32, &DataType::Utf8);
    let plain = table.schema();
    let fields = plain
        .fields()
        .iter()
        .enumerate()
        .map(|(place, field)| match place {
            1 => Arc::new(Field::new(field.name(), keyed.clone(), true)),
            _ => field.clone(),
        });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let tables: Vec<RecordBatch> = (0..rows.len())
        .step_by(15)
        .map(|at| {
            let end = (at + 15).min(rows.len());
            let mut columns = table.slice(at, end - at).columns().to_vec();
            columns[1] = growing(&names, at, end);
            RecordBatch::try_new(schema.clone(), columns).unwrap()
        })
        .collect();
    let delta = || IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
    write_ipc_stream(&folder.path().join("catalog"), &tables, delta());
    holds(folder.path(), &rows, "stream, delta");
    write_ipc_file(&folder.path().join("catalog"), &tables, delta());
    holds(folder.path(), &rows, "file, delta");
    write_ipc_stream(&folder.path().join("catalog"), &tables, Default::default());
    holds(folder.path(), &rows, "stream, replacement");
}

fn growing(names: &[Option<&str>], at: usize, end: usize) -> classmark::arrow::array::ArrayRef {
    use classmark::arrow::array::{DictionaryArray, Int32Array};
    let keys = Int32Array::from_iter_values(at as i32..end as i32);
    let values = text(&names[..end], &DataType::Utf8);
    Arc::new(DictionaryArray::new(keys, values))
}

#[test]
fn arrow_files_and_streams_of_every_compression() {
    let (folder, rows) = (folder(), many(4));
    let keyed = dictionary(&DataType::UInt16, &DataType::Utf8);
    for compression in [
        None,
        Some(CompressionType::LZ4_FRAME),
        Some(CompressionType::ZSTD),
    ] {
        for text in [DataType::Utf8, DataType::Utf8View, keyed.clone()] {
            let shape = Shape {
                id: text.clone(),
                text,
                ..Shape::default()
            };
            let how = || {
                IpcWriteOptions::default()
                    .try_with_compression(compression)
                    .unwrap()
            };
            let table = shape.table(&rows);
            write_ipc_file(&folder.path().join("catalog"), &parts(&table, 33), how());
            holds(
                folder.path(),
                &rows,
                &format!("file {compression:?} {shape:?}"),
            );
            write_ipc_stream(&folder.path().join("catalog"), &parts(&table, 33), how());
            holds(
                folder.path(),
                &rows,
                &format!("stream {compression:?} {shape:?}"),
            );
        }
    }
}

#[test]
fn files_with_empty_batches_and_without_any() {
    let (folder, rows) = (folder(), many(1));
    let table = one_table(&rows);
    let none = table.slice(0, 0);
    let batches = [&none, &table, &none].map(Clone::clone);
    write_ipc_file(&folder.path().join("catalog"), &batches, Default::default());
    holds(folder.path(), &rows, "file");
    write_ipc_stream(&folder.path().join("catalog"), &batches, Default::default());
    holds(folder.path(), &rows, "stream");
    write_ipc_stream(
        &folder.path().join("catalog"),
        &batches[..1],
        Default::default(),
    );
    holds(folder.path(), &[], "empty stream");
    write_parquet(
        &folder.path().join("catalog"),
        &batches[..1],
        Default::default(),
    )
    .unwrap();
    holds(folder.path(), &[], "empty Parquet");
}

//! Files with damaged bytes, and files that are unusual but sound.

use super::{
    expected, fault, folder, frameworks, options, parts, run, sample, tagged, write_groups,
    write_ipc_file, write_ipc_stream, write_parquet, written,
};
use crate::corpus::one_table;
use classmark::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use classmark::arrow::compute::cast;
use classmark::arrow::datatypes::DataType;
use classmark::arrow::ipc::CompressionType;
use classmark::arrow::ipc::writer::IpcWriteOptions;
use classmark::catalog::CatalogInput;
use classmark::parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter,
};
use classmark::parquet::file::properties::WriterProperties;
use classmark::pipeline::{
    CheckOptions, ComplianceDocuments, Documents, Silent, TagOptions, check,
};
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Set in the process that runs under a limit of memory.
const LIMITED: &str = "CLASSMARK_TEST_LIMITED";
/// Kilobytes of address space: what the test program takes anyway, and not much more.
const MOST: u64 = 1_500_000;

/// Runs a test of this file again in a process that may take only so much memory,
/// and whose failing allocations end it.
fn under_limit(test: &str, work: impl FnOnce()) {
    if std::env::var_os(LIMITED).is_some() {
        return work();
    }
    let program = std::env::current_exe().unwrap();
    let script = format!("ulimit -v {MOST}; exec \"$0\" --exact catalogs::damage::{test}");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(program)
        .env(LIMITED, "1")
        .env("MALLOC_ARENA_MAX", "2")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}\n{told}", output.status);
    assert!(said.contains("1 passed"), "{said}");
}

/// The same table with other types of its first two columns.
fn retyped(table: &RecordBatch, data_type: &DataType) -> RecordBatch {
    let schema = table.schema();
    let columns = schema.fields().iter().zip(table.columns());
    let columns = columns.enumerate().map(|(place, (field, column))| {
        let column = match place {
            0 | 1 => cast(column, data_type).unwrap(),
            _ => Arc::clone(column),
        };
        (field.name().as_str(), column)
    });
    RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Looks a catalog through with one thread, whatever comes of it.
fn look_through(path: &Path) {
    let options = CheckOptions {
        catalog: Some(CatalogInput {
            columns: vec![path.to_owned()],
            ..CatalogInput::default()
        }),
        threads: NonZeroUsize::new(1),
        ..CheckOptions::default()
    };
    let documents = Documents::of(frameworks());
    let findings = check(
        &documents,
        &ComplianceDocuments::default(),
        &options,
        &Silent,
    )
    .unwrap();
    for finding in findings {
        assert!(
            !finding.message.contains("index out of"),
            "{}",
            finding.message
        );
        assert!(!finding.message.contains("unwrap()"), "{}", finding.message);
    }
}

/// A batch with strings in every variant, as file and stream, compressed and not.
fn ipc_variants(folder: &Path) -> Vec<Vec<u8>> {
    let path = folder.join("variant");
    let table = one_table(&sample(false)[..7]);
    let mut all = Vec::new();
    for data_type in [DataType::Utf8, dictionary(), DataType::Utf8View] {
        let batches = parts(&retyped(&table, &data_type), 4);
        let codecs = [
            None,
            Some(CompressionType::LZ4_FRAME),
            Some(CompressionType::ZSTD),
        ];
        for codec in codecs {
            let how = || {
                IpcWriteOptions::default()
                    .try_with_compression(codec)
                    .unwrap()
            };
            write_ipc_file(&path, &batches, how());
            all.push(fs::read(&path).unwrap());
            write_ipc_stream(&path, &batches, how());
            all.push(fs::read(&path).unwrap());
        }
    }
    all
}

#[test]
fn no_byte_of_an_arrow_file_aborts_or_takes_memory() {
    under_limit("no_byte_of_an_arrow_file_aborts_or_takes_memory", || {
        let folder = folder();
        let path = folder.path().join("damaged");
        for (number, whole) in ipc_variants(folder.path()).into_iter().enumerate() {
            for at in (0..whole.len()).skip(number % 2).step_by(2) {
                let mut bytes = whole.clone();
                // One pattern a byte, another one for its neighbours.
                bytes[at] ^= [0x80, 0xff, 0x01, 0x40][at / 2 % 4];
                fs::write(&path, &bytes).unwrap();
                look_through(&path);
            }
        }
    });
}

#[test]
fn no_length_in_an_arrow_file_is_believed() {
    under_limit("no_length_in_an_arrow_file_is_believed", || {
        let folder = folder();
        let path = folder.path().join("damaged");
        for whole in ipc_variants(folder.path()) {
            for at in (0..whole.len().saturating_sub(8)).step_by(4) {
                // One length a place, another one for its neighbours.
                let length = [0x7fff_ffff_u64, 1 << 40, u64::MAX, 1 << 58][at / 4 % 4];
                let mut bytes = whole.clone();
                bytes[at..at + 8].copy_from_slice(&length.to_le_bytes());
                fs::write(&path, &bytes).unwrap();
                look_through(&path);
            }
        }
    });
}

/// What is in a catalog, if it can be read.
fn answer(options: &TagOptions) -> Option<(u64, Vec<classmark::reference::Assignment>)> {
    let summary = run(options).ok()?;
    Some((summary.counts.rows, written(options)))
}

/// Of a Parquet file nothing but values may change without an error: those have
/// no checksum. Every name and id is as long as it was, so values are known by
/// the bytes at which they lie.
#[test]
fn no_byte_of_a_parquet_file_loses_rows() {
    let folder = folder();
    let path = folder.path().join("catalog");
    let rows = sample(false);
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(20))
        .set_statistics_enabled(classmark::parquet::file::properties::EnabledStatistics::None)
        .build();
    write_parquet(&path, &[one_table(&rows)], properties).unwrap();
    let whole = fs::read(&path).unwrap();
    let metadata = metadata(&path);
    // Where the pages lie; what follows is the footer.
    let footer = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
        .map(|column| column.byte_range())
        .map(|(start, length)| (start + length) as usize)
        .max()
        .unwrap();
    let mut options = options(folder.path(), "catalog");
    options.threads = NonZeroUsize::new(1);
    let sound = answer(&options).unwrap();
    assert_eq!(sound, (40, expected(&rows)));
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= [0x01, 0x80, 0x02, 0xff, 0x10][at % 5];
        fs::write(&path, &bytes).unwrap();
        let Some((count, found)) = answer(&options) else {
            continue;
        };
        assert_eq!(count, 40, "byte {at}");
        if at >= footer {
            assert_eq!(found, sound.1, "byte {at} of the footer at {footer}");
        }
    }
}

fn metadata(path: &Path) -> ParquetMetaData {
    let file = File::open(path).unwrap();
    ParquetMetaDataReader::new()
        .parse_and_finish(&file)
        .unwrap()
}

/// Writes a file of one row group again; `chunk` gives the bytes of each column
/// chunk and what the footer is to say of it.
fn rebuilt(
    path: &Path,
    chunk: impl Fn(&ColumnChunkMetaData, Vec<u8>) -> (Vec<u8>, ColumnChunkMetaData),
) {
    let bytes = fs::read(path).unwrap();
    let mut builder = metadata(path).into_builder();
    let mut out = b"PAR1".to_vec();
    let groups = builder.take_row_groups().into_iter().map(|group| {
        let mut group = group.into_builder();
        let columns = group.take_columns().into_iter().map(|column| {
            let (start, length) = column.byte_range();
            let place = start as usize..(start + length) as usize;
            let (bytes, column) = chunk(&column, bytes[place].to_vec());
            let moved = out.len() as i64 - start as i64;
            out.extend_from_slice(&bytes);
            let at = |offset: i64| offset + moved;
            let dictionary = column.dictionary_page_offset();
            let dictionary = dictionary.map(|offset| if offset > 0 { at(offset) } else { offset });
            let data = at(column.data_page_offset());
            column
                .into_builder()
                .set_data_page_offset(data)
                .set_dictionary_page_offset(dictionary)
                .set_total_compressed_size(bytes.len() as i64)
                .set_column_index_offset(None)
                .set_column_index_length(None)
                .set_offset_index_offset(None)
                .set_offset_index_length(None)
                .build()
                .unwrap()
        });
        let columns = columns.collect();
        group.set_column_metadata(columns).build().unwrap()
    });
    let groups = groups.collect();
    let metadata = builder.set_row_groups(groups).build();
    ParquetMetaDataWriter::new(&mut out, &metadata)
        .finish()
        .unwrap();
    fs::write(path, out).unwrap();
}

/// The sample in plain pages of one row group.
fn plain(path: &Path) {
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    write_parquet(path, &[one_table(&sample(false))], properties.build()).unwrap();
}

#[test]
fn a_dictionary_page_at_0_is_none() {
    let folder = folder();
    let path = folder.path().join("catalog");
    for offset in [0, 1i64 << 40] {
        plain(&path);
        rebuilt(&path, |column, bytes| {
            let column = column.clone().into_builder();
            let column = column.set_dictionary_page_offset(Some(offset)).build();
            (bytes, column.unwrap())
        });
        let stored = metadata(&path)
            .row_group(0)
            .column(0)
            .dictionary_page_offset();
        assert!(stored == Some(0) || stored > Some(1 << 39), "{stored:?}");
        assert_eq!(
            tagged(&options(folder.path(), "catalog")),
            expected(&sample(false))
        );
    }
}

/// Pages without a value, of both versions, before, between and behind others.
#[test]
fn empty_pages_are_passed_over() {
    // type, sizes, header: values, encoding, levels in RLE
    let version_1 = |levels: u8| {
        let sizes = levels * 8;
        let head = [
            0x15, 0, 0x15, sizes, 0x15, sizes, 0x2c, 0x15, 0, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0,
        ];
        [&head[..], &vec![0; usize::from(levels) * 4]].concat()
    };
    let head = [
        0x15, 6, 0x15, 0, 0x15, 0, 0x5c, 0x15, 0, 0x15, 0, 0x15, 0, 0x15, 0, 0x15, 0, 0x15, 0, 0, 0,
    ];
    let folder = folder();
    let path = folder.path().join("catalog");
    for is_first in [true, false] {
        for version in [1, 2] {
            plain(&path);
            rebuilt(&path, |column, bytes| {
                let descriptor = column.column_descr();
                let levels = u8::from(descriptor.max_def_level() > 0)
                    + u8::from(descriptor.max_rep_level() > 0);
                let empty = match version {
                    1 => version_1(levels),
                    _ => head.to_vec(),
                };
                let bytes = match is_first {
                    true => [empty, bytes].concat(),
                    false => [bytes, empty].concat(),
                };
                (bytes, column.clone())
            });
            let options = options(folder.path(), "catalog");
            assert_eq!(
                tagged(&options),
                expected(&sample(false)),
                "{is_first} {version}"
            );
        }
    }
}

/// Definition levels in the old encoding, all of them 1.
#[test]
fn bit_packed_levels_are_read() {
    let folder = folder();
    let path = folder.path().join("catalog");
    let rows = sample(false);
    let names: Vec<Option<&str>> = rows.iter().map(|row| Some(row.column.as_str())).collect();
    let table = one_table(&rows);
    let names: ArrayRef = Arc::new(StringArray::from(names));
    let fields = table.schema();
    let columns = fields.fields().iter().zip(table.columns());
    let columns = columns.map(|(field, column)| match field.name().as_str() {
        "column_name" => ("column_name", Arc::clone(&names), true),
        name => (
            name,
            Arc::clone(column),
            column.null_count() > 0 || field.is_nullable(),
        ),
    });
    let table = RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap();
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    write_parquet(&path, &[table], properties.build()).unwrap();
    let zigzag = |number: usize| {
        let number = number * 2;
        match number < 0x80 {
            true => vec![number as u8],
            false => vec![(number & 0x7f) as u8 | 0x80, (number >> 7) as u8],
        }
    };
    rebuilt(&path, |column, bytes| {
        if column.column_path().string() != "column_name" {
            return (bytes, column.clone());
        }
        let mut page = vec![0xff; 5];
        for row in &rows {
            page.extend((row.column.len() as u32).to_le_bytes());
            page.extend(row.column.as_bytes());
        }
        let mut head = vec![0x15, 0, 0x15];
        head.extend(zigzag(page.len()));
        head.push(0x15);
        head.extend(zigzag(page.len()));
        head.extend([0x2c, 0x15]);
        head.extend(zigzag(40));
        head.extend([0x15, 0, 0x15, 8, 0x15, 8, 0, 0]);
        ([head, page].concat(), column.clone())
    });
    assert_eq!(tagged(&options(folder.path(), "catalog")), expected(&rows));
}

#[test]
fn footers_that_disagree_with_their_pages_are_broken() {
    let folder = folder();
    let path = folder.path().join("catalog");
    let options = options(folder.path(), "catalog");
    let column = |of: &dyn Fn(&ColumnChunkMetaData) -> ColumnChunkMetaData| {
        plain(&path);
        rebuilt(&path, |column, bytes| (bytes, of(column)));
        fault(&options)
    };
    let values = |add: i64| {
        column(&|column: &ColumnChunkMetaData| {
            let values = column.num_values() + add;
            column
                .clone()
                .into_builder()
                .set_num_values(values)
                .build()
                .unwrap()
        })
    };
    for add in [-40, -1, 1, 1 << 40] {
        let fault = values(add);
        assert!(
            fault.contains("row group 0, column `data_source_id`"),
            "{fault}"
        );
    }
    // Chunks that take no space, as if there were no rows.
    plain(&path);
    rebuilt(&path, |column, _| (Vec::new(), column.clone()));
    assert!(fault(&options).contains("take no space"));
    let elsewhere = column(&|column: &ColumnChunkMetaData| {
        column
            .clone()
            .into_builder()
            .set_file_path("part-1".into())
            .build()
            .unwrap()
    });
    assert!(
        elsewhere.contains("in another file, `part-1`"),
        "{elsewhere}"
    );
}

/// A text that is not UTF-8 is told with its column, row group and row.
#[test]
fn text_that_is_not_utf8_is_told_with_its_place() {
    let folder = folder();
    let path = folder.path().join("catalog");
    let mut rows = sample(false);
    rows[13].column = "~~marked~~".into();
    rows[25].column_tags[0].name = "~~tagged~~".into();
    let spoil = |text: &str| {
        let mut bytes = fs::read(&path).unwrap();
        let places: Vec<usize> = bytes
            .windows(text.len())
            .enumerate()
            .filter(|(_, window)| *window == text.as_bytes())
            .map(|(at, _)| at)
            .collect();
        assert!(!places.is_empty(), "{text}");
        for at in places {
            bytes[at + 4] = 0xff;
        }
        fs::write(&path, bytes).unwrap();
    };
    let options = options(folder.path(), "catalog");
    let table = one_table(&rows);
    let groups = parts(&table, 10);
    for text in ["~~marked~~", "~~tagged~~"] {
        let (group, row, column) = match text {
            "~~marked~~" => (1, 3, "column `column_name`"),
            _ => (2, 5, "column `column_tags."),
        };
        for is_dictionary in [true, false] {
            let properties = WriterProperties::builder()
                .set_dictionary_enabled(is_dictionary)
                .set_max_row_group_row_count(Some(10))
                .set_statistics_enabled(
                    classmark::parquet::file::properties::EnabledStatistics::None,
                );
            write_parquet(&path, std::slice::from_ref(&table), properties.build()).unwrap();
            spoil(text);
            let fault = fault(&options);
            let place = format!("row group {group}, row {row}, {column}");
            assert!(fault.contains(&place) && fault.contains("UTF-8"), "{fault}");
        }
        for data_type in [DataType::Utf8, dictionary(), DataType::Utf8View] {
            let groups: Vec<_> = groups.iter().map(|g| retyped(g, &data_type)).collect();
            let how = || {
                use classmark::arrow::ipc::writer::DictionaryHandling;
                IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Resend)
            };
            write_ipc_stream(&path, &groups, how());
            spoil(text);
            let fault = fault(&options);
            let place = format!("record batch {group}, row {row}, {column}");
            assert!(fault.contains(&place) && fault.contains("UTF-8"), "{fault}");
        }
    }
    write_groups(&path, &groups);
    assert!(run(&options).is_ok());
}

/// A plain footer over encrypted columns says so in a field that this build of the
/// `parquet` crate passes over.
#[test]
fn encrypted_columns_under_a_plain_footer_are_told() {
    let folder = folder();
    let path = folder.path().join("catalog");
    plain(&path);
    let mut bytes = fs::read(&path).unwrap();
    // What is in the place of a page header.
    bytes[4..40].fill(0xa5);
    let end = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap());
    // Field 8, a union of structs without fields, before the end of the metadata.
    bytes[end..end + 4].copy_from_slice(&(length + 5).to_le_bytes());
    bytes.splice(end - 1..end - 1, [0x0c, 0x10, 0x1c, 0, 0]);
    fs::write(&path, bytes).unwrap();
    let fault = fault(&options(folder.path(), "catalog"));
    assert!(
        fault.ends_with("is encrypted, and encrypted files cannot be read"),
        "{fault}"
    );
}

//! The fast way judged by the general one.

use super::{Next, PagesReader};
use crate::catalog::decode::Decoder;
use crate::catalog::file::CatalogFile;
use crate::catalog::layout::Segment;
use crate::catalog::lexicon::Lexicon;
use crate::catalog::overrides::Traces;
use crate::catalog::schema::{Mapping, Search, Shape};
use crate::catalog::segment::SegmentReader;
use crate::catalog::{Context, Overrides, SourceTags};
use crate::tag::{Notice, Tag, TagMatch, Vocabulary, VocabularyBuilder};
use arrow::array::{
    ArrayRef, BinaryArray, Decimal64Array, Int64Array, ListArray, ListBuilder, NullArray,
    RecordBatch, StringArray, StringBuilder, StructBuilder, UInt32Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A row as the readers see it: id, name, column tags' and table tags' atoms.
type Seen = (String, String, Vec<u32>, Vec<u32>);

/// Tags as they are stored; all may be missing.
type Tags = Option<Vec<Option<(Option<String>, Option<String>)>>>;

#[derive(Debug, Clone)]
struct Row {
    id: u32,
    name: Option<String>,
    column: Tags,
    table: Tags,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Signed,
    Unsigned,
    Bytes,
    Decimal,
}

#[derive(Debug, Clone)]
struct How {
    kind: Kind,
    /// Whether names and tags are bytes, too, and table tags have no type.
    odd: bool,
    plain_lists: bool,
    second_version: bool,
    compression: Compression,
    page_rows: usize,
    dictionary_bytes: usize,
    group_rows: usize,
    batch_rows: usize,
}

fn vocabulary(matching: TagMatch) -> Arc<Vocabulary> {
    let mut builder = VocabularyBuilder::new(matching);
    for name in ["a", "b", "a.b", "c"] {
        builder.criterion(&Tag::curated(name));
        builder.result(&Tag::new("scan", name));
    }
    Arc::new(builder.build())
}

fn tags() -> impl Strategy<Value = Tags> {
    let name = prop::option::weighted(
        0.9,
        prop::sample::select(vec!["a", "b", "a.b", "c", "d", "a.b.c", "", "ünknown"]),
    );
    let source = prop::option::weighted(0.8, prop::sample::select(vec!["curated", "scan", ""]));
    let owned = |(name, source): (Option<&str>, Option<&str>)| {
        (name.map(str::to_owned), source.map(str::to_owned))
    };
    let tag = prop::option::weighted(0.9, (name, source).prop_map(owned));
    prop::option::weighted(0.9, prop::collection::vec(tag, 0..4))
}

fn rows(bad: bool) -> impl Strategy<Value = Vec<Row>> {
    let name = move |n: u8| match (bad, n) {
        (true, 0) => None,
        (true, 1) => Some(String::new()),
        (_, n) => Some(format!("column {n}")),
    };
    let row = (0..6u32, 0..40u8, tags(), tags()).prop_map(move |(id, n, column, table)| Row {
        id,
        name: name(n),
        column,
        table,
    });
    prop::collection::vec(row, 0..200)
}

fn how() -> impl Strategy<Value = How> {
    let kind = prop::sample::select(vec![
        Kind::Text,
        Kind::Signed,
        Kind::Unsigned,
        Kind::Bytes,
        Kind::Decimal,
    ]);
    let compression = prop::sample::select(vec![
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(Default::default()),
    ]);
    let sizes = (1..40usize, 1..80usize, 1..300usize, 1..90usize);
    let of = |(kind, odd, plain_lists, second_version, compression, sizes): (
        _,
        _,
        _,
        _,
        _,
        (_, _, _, _),
    )| {
        let (page_rows, dictionary_bytes, group_rows, batch_rows) = sizes;
        How {
            kind,
            odd,
            plain_lists,
            second_version,
            compression,
            page_rows,
            // Sometimes so small that pages fall back to plain text halfway.
            dictionary_bytes: if dictionary_bytes < 30 {
                dictionary_bytes * 4
            } else {
                1 << 20
            },
            group_rows,
            batch_rows,
        }
    };
    let odd = prop::bool::weighted(0.3);
    let how = (kind, odd, any::<bool>(), any::<bool>(), compression, sizes);
    how.prop_map(of)
}

fn lists(rows: &[Row], plain: bool, of: fn(&Row) -> &Tags) -> ArrayRef {
    if plain {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for row in rows {
            let names = of(row).as_ref().map(|tags| {
                let name = |tag: &Option<(Option<String>, _)>| tag.clone().and_then(|t| t.0);
                tags.iter().map(name).collect::<Vec<_>>()
            });
            builder.append_option(names);
        }
        return Arc::new(builder.finish());
    }
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let pair = Fields::from(vec![text("name"), text("source")]);
    let mut builder = ListBuilder::new(StructBuilder::from_fields(pair, 0));
    for row in rows {
        for tag in of(row).iter().flatten() {
            let pair = builder.values();
            let (name, source) = tag.clone().unwrap_or_default();
            for (place, part) in [name, source].into_iter().enumerate() {
                let field: &mut StringBuilder = pair.field_builder(place).unwrap();
                field.append_option(part);
            }
            pair.append(tag.is_some());
        }
        builder.append(of(row).is_some());
    }
    let list: ListArray = builder.finish();
    Arc::new(list)
}

fn write(path: &Path, rows: &[Row], how: &How) {
    let ids: ArrayRef = match how.kind {
        Kind::Text => Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| format!("source {}", row.id)),
        )),
        Kind::Signed => Arc::new(Int64Array::from_iter_values(
            rows.iter().map(|row| -i64::from(row.id)),
        )),
        Kind::Unsigned => Arc::new(UInt32Array::from_iter_values(
            rows.iter().map(|row| u32::MAX - row.id),
        )),
        Kind::Bytes => Arc::new(BinaryArray::from_iter_values(
            rows.iter().map(|row| format!("source {}", row.id)),
        )),
        Kind::Decimal => {
            let ids = rows.iter().map(|row| -i64::from(row.id));
            let ids = Decimal64Array::from_iter_values(ids);
            Arc::new(ids.with_precision_and_scale(18, 0).unwrap())
        }
    };
    let names: StringArray = rows.iter().map(|row| row.name.clone()).collect();
    let (mut names, mut tags) = (
        Arc::new(names) as ArrayRef,
        lists(rows, how.plain_lists, |row| &row.column),
    );
    let mut table_tags = lists(rows, how.plain_lists, |row| &row.table);
    if how.odd {
        names = cast(&names, &DataType::Binary).unwrap();
        if how.plain_lists {
            let element = Arc::new(Field::new("item", DataType::Binary, true));
            tags = cast(&tags, &DataType::List(element)).unwrap();
        }
        table_tags = Arc::new(NullArray::new(rows.len()));
    }
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("data_source_id", ids, true),
        ("column_name", names, true),
        ("column_tags", tags, true),
        ("table_tags", table_tags, true),
    ])
    .unwrap();
    let version = match how.second_version {
        true => WriterVersion::PARQUET_2_0,
        false => WriterVersion::PARQUET_1_0,
    };
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(how.compression)
        .set_data_page_row_count_limit(how.page_rows)
        .set_write_batch_size(how.page_rows)
        .set_dictionary_page_size_limit(how.dictionary_bytes)
        .set_max_row_group_row_count(Some(how.group_rows))
        .build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn decoder(file: &CatalogFile, vocabulary: &Arc<Vocabulary>) -> Decoder {
    let context = Context {
        vocabulary: Arc::clone(vocabulary),
        notice: Arc::default(),
        notice_apart: Arc::default(),
        overrides: Overrides::default(),
        traces: Traces::default(),
        sources: SourceTags::default(),
        quarantine: true,
    };
    Decoder::new(Arc::new(context), file.fields.projected())
}

/// The rows of a decoded batch.
fn seen(decoded: &crate::catalog::decode::Decoded, lexicon: &Lexicon) -> Vec<Seen> {
    let table = |row: usize| {
        let run = decoded
            .runs
            .iter()
            .find(|run| run.rows.contains(&row))
            .unwrap();
        lexicon.get(run.table).to_vec()
    };
    let row = |row: usize| {
        let name = decoded.names.get(row).unwrap_or_default().to_owned();
        let set = lexicon.get(decoded.columns[row]).to_vec();
        (decoded.ids.get(row).to_string(), name, set, table(row))
    };
    (0..decoded.columns.len()).map(row).collect()
}

fn by_batches(
    file: &CatalogFile,
    segment: usize,
    rows: Range<u64>,
    vocabulary: &Arc<Vocabulary>,
    batch_rows: usize,
) -> Vec<Seen> {
    let mut decoder = decoder(file, vocabulary);
    let columns = file.fields.indices();
    let reader = SegmentReader::open(file, segment, &columns, rows, batch_rows).unwrap();
    let (mut all, mut lexicon) = (Vec::new(), Lexicon::default());
    for rows in reader {
        let (path, mut bad) = (Path::new(""), Vec::new());
        let decoded = decoder.decode(&rows.unwrap(), path, &mut bad, &mut lexicon);
        all.extend(seen(&decoded.unwrap(), &lexicon));
    }
    all
}

/// How many rows came by pages, and all rows.
fn by_pages(
    file: &CatalogFile,
    segment: usize,
    rows: Range<u64>,
    vocabulary: &Arc<Vocabulary>,
    batch_rows: usize,
) -> (usize, Vec<Seen>) {
    let (mut all, mut lexicon) = (Vec::new(), Lexicon::default());
    let notice = Arc::new(Notice::everything());
    let meaning = (vocabulary, &notice);
    let opened = PagesReader::open(file, segment, rows.clone(), batch_rows, meaning);
    let Some(mut pages) = opened else {
        return (0, by_batches(file, segment, rows, vocabulary, batch_rows));
    };
    let decoder = decoder(file, vocabulary);
    let at = Segment {
        file: 0,
        number: segment,
    };
    loop {
        match pages.next(&mut lexicon) {
            Next::Rows(numbers) => {
                let decoded = decoder.decode_numbers(*numbers, (at, 0), &mut lexicon);
                all.extend(seen(&decoded, &lexicon));
            }
            Next::Done => return (all.len(), all),
            Next::Ends(rest) => {
                let count = all.len();
                all.extend(by_batches(file, segment, rest, vocabulary, batch_rows));
                return (count, all);
            }
        }
    }
}

/// Table tags are told per run, and runs end with batches: united here.
fn whole(mut seen: Vec<Seen>) -> Vec<Seen> {
    for run in seen.chunk_by_mut(|a, b| a.0 == b.0) {
        let mut table: Vec<u32> = run.iter().flat_map(|row| row.3.clone()).collect();
        table.sort_unstable();
        table.dedup();
        run.iter_mut().for_each(|row| row.3 = table.clone());
    }
    seen
}

fn compare(rows: &[Row], how: &How, matching: TagMatch) -> Result<usize, TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.parquet");
    write(&path, rows, how);
    let file = CatalogFile::open(
        &path,
        &crate::catalog::Files::default(),
        Search::new(Shape::OneTable, &Mapping::default()),
    )
    .unwrap();
    let vocabulary = vocabulary(matching);
    let mut fast = 0;
    for segment in 0..file.segments() {
        let group = rows.len().saturating_sub(segment * how.group_rows);
        let count = group.min(how.group_rows) as u64;
        for rows in [0..count, count / 3..count - count / 3] {
            let judge = by_batches(&file, segment, rows.clone(), &vocabulary, 1000);
            let (paged, found) = by_pages(&file, segment, rows, &vocabulary, how.batch_rows);
            prop_assert_eq!(whole(judge), whole(found));
            fast += paged;
        }
    }
    Ok(fast)
}

proptest! {
    #[test]
    fn pages_and_batches_tell_the_same(rows in rows(false), how in how()) {
        compare(&rows, &how, TagMatch::Exact)?;
        compare(&rows, &how, TagMatch::Hierarchical)?;
    }

    #[test]
    fn bad_rows_are_left_to_batches(rows in rows(true), how in how()) {
        compare(&rows, &how, TagMatch::Exact)?;
    }
}

#[test]
fn the_fast_way_is_taken() {
    let tag = |name: &str| Some((Some(name.to_owned()), Some("curated".to_owned())));
    let row = |n: u32| Row {
        id: n / 50,
        name: Some(format!("column {}", n % 50)),
        column: Some(vec![tag("a"); n as usize % 3]),
        table: Some(vec![tag("b"), tag("c")]),
    };
    let rows: Vec<Row> = (0..5000).map(row).collect();
    for (plain_lists, second_version) in
        [(false, false), (true, false), (false, true), (true, true)]
    {
        for (kind, odd) in [
            (Kind::Text, false),
            (Kind::Signed, false),
            (Kind::Unsigned, false),
            (Kind::Bytes, true),
            (Kind::Decimal, true),
        ] {
            let how = How {
                kind,
                odd,
                plain_lists,
                second_version,
                compression: Compression::SNAPPY,
                page_rows: 700,
                dictionary_bytes: 1 << 20,
                group_rows: 2000,
                batch_rows: 333,
            };
            let fast = compare(&rows, &how, TagMatch::Exact).unwrap();
            assert!(fast > 5000, "{how:?}: {fast}");
        }
    }
}

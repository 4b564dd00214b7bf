//! The file that our own encoder makes holds the rows that embedders get as
//! record batches, and says of them what the parquet crate's encoder says.

use classmark::arrow::array::{
    Array, ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use classmark::arrow::compute::{cast, concat_batches};
use classmark::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use classmark::catalog::{Batches, Mapping, Overrides, Piece};
use classmark::compile::{Options, Program};
use classmark::diagnostic::Source;
use classmark::evaluate::Evaluator;
use classmark::framework::{Format, Limits, parse};
use classmark::output::{AssignmentEncoder, AssignmentNames, AssignmentRows, Staging, Table};
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::parquet::basic::Encoding;
use classmark::parquet::file::metadata::ParquetMetaData;
use classmark::parquet::file::properties::{EnabledStatistics, WriterProperties};
use classmark::pipeline::PipelineError;
use proptest::prelude::*;
use std::fs;
use std::sync::Arc;

/// Recorded tags `t0` … so many; each has rules of its own.
const TAGS: usize = 12;
/// Earned tags: five names, one of them in two sources.
const EARNED: [(&str, &str, Option<u8>); 6] = [
    ("Low", "curated", Some(0)),
    ("High", "curated", Some(2)),
    ("Unrated", "curated", None),
    ("High", "other", None),
    ("Ünïcode.Ärzte", "curated", Some(1)),
    ("Everything", "curated", Some(1)),
];

fn program() -> Arc<Program> {
    let tags: Vec<String> = EARNED
        .iter()
        .map(|(name, source, sensitivity)| {
            let rated = sensitivity.map_or(String::new(), |s| {
                format!(
                    r#", "sensitivities": [{{"dimension": "confidentiality", "sensitivity": {s}}}]"#
                )
            });
            format!(r#"{{"name": "{name}", "source": "{source}"{rated}}}"#)
        })
        .collect();
    let rule = |number: usize, earned: usize| {
        let (name, source, _) = EARNED[earned];
        format!(
            r#"{{"name": "rule {number} for {earned}", "columnTags": [{{"name": "t{number}"}}],
                "classificationTag": {{"name": "{name}", "source": "{source}"}}}}"#
        )
    };
    let own = (0..TAGS).map(|number| rule(number, number % 5));
    let rules: Vec<String> = own.chain((4..TAGS).map(|number| rule(number, 5))).collect();
    let text = format!(
        r#"{{"shortName": "x", "name": "X", "description": "", "active": true,
            "tags": [{}], "rules": [{}]}}"#,
        tags.join(","),
        rules.join(",")
    );
    let source = Source::new("x.json", &text);
    let parsed = parse(&source, Format::Json, &Limits::default());
    assert_eq!(parsed.diagnostics.len(), 0, "{:?}", parsed.diagnostics);
    Arc::new(Program::compile(&parsed.frameworks, Options::default()).unwrap())
}

/// How a catalog gives its ids and names.
#[derive(Debug, Clone)]
struct Kind {
    ids: DataType,
    long_ids: bool,
    keyed: bool,
    batch: usize,
}

/// Data sources, each with its columns: a name and a set of tags, given as bits.
type Rows = Vec<Vec<(String, u32)>>;

/// The bit of a recorded tag that only a rule may give: stale without it.
const STALE: u32 = 1 << TAGS;

fn catalog(rows: &Rows, kind: &Kind) -> (SchemaRef, Vec<RecordBatch>) {
    let flat: Vec<(usize, &(String, u32))> = rows
        .iter()
        .enumerate()
        .flat_map(|(s, c)| c.iter().map(move |c| (s, c)))
        .collect();
    let flat = || flat.iter().copied();
    let ids: ArrayRef = match (&kind.ids, kind.long_ids) {
        (DataType::Utf8, false) => Arc::new(strings(flat().map(|(s, _)| format!("source {s}")))),
        (DataType::Utf8, true) => {
            let id = |s: usize| format!("{}{s}", "é".repeat(5_000));
            Arc::new(strings(flat().map(|(s, _)| id(s))))
        }
        (integer, _) => {
            // Both ends of the type's range, so that its sign shows.
            let ids = flat().map(|(s, _)| if s % 2 == 0 { s as i64 } else { -(s as i64) });
            let ids: ArrayRef = Arc::new(ids.map(Some).collect::<Int64Array>());
            match integer.is_unsigned_integer() {
                true => wrapped(&ids, integer),
                false => cast(&ids, integer).unwrap(),
            }
        }
    };
    let names: ArrayRef = Arc::new(strings(flat().map(|(_, (name, _))| name.clone())));
    let names = match kind.keyed {
        true => cast(
            &names,
            &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        )
        .unwrap(),
        false => names,
    };
    let mut tags = ListBuilder::new(StringBuilder::new());
    for (_, (_, bits)) in flat() {
        for tag in (0..TAGS).filter(|tag| bits >> tag & 1 == 1) {
            tags.values().append_value(format!("t{tag}"));
        }
        if bits & STALE != 0 {
            tags.values().append_value("Everything");
        }
        tags.append(true);
    }
    let columns: [(&str, ArrayRef); 3] = [
        ("data_source_id", ids),
        ("column_name", names),
        ("column_tags", Arc::new(tags.finish())),
    ];
    let all = RecordBatch::try_from_iter(columns).unwrap();
    let starts = (0..all.num_rows()).step_by(kind.batch);
    let batches = starts.map(|s| all.slice(s, kind.batch.min(all.num_rows() - s)));
    (all.schema(), batches.collect())
}

fn strings(all: impl Iterator<Item = String>) -> StringArray {
    all.map(Some).collect()
}

/// The same bits as an unsigned type.
fn wrapped(ids: &ArrayRef, to: &DataType) -> ArrayRef {
    let data = cast(ids, &DataType::Int64).unwrap();
    let values = data.as_any().downcast_ref::<Int64Array>().unwrap();
    let bits = match to {
        DataType::UInt8 => 8,
        DataType::UInt16 => 16,
        DataType::UInt32 => 32,
        _ => 64,
    };
    let masked = values
        .iter()
        .map(|v| v.map(|v| v as u64 & (u64::MAX >> (64 - bits))));
    let masked: classmark::arrow::array::UInt64Array = masked.collect();
    cast(&masked, to).unwrap()
}

/// A catalog, encoded: its bytes, and the record batches of each row group.
fn encoded(rows: &Rows, kind: &Kind) -> (Vec<u8>, SchemaRef, Vec<RecordBatch>) {
    let program = program();
    let (schema, input) = catalog(rows, kind);
    let vocabulary = Arc::clone(program.vocabulary());
    let mapping = Mapping::default();
    let mut batches = Batches::new(vocabulary, &schema, &mapping, Overrides::default()).unwrap();
    let names = Arc::new(AssignmentNames::new(&program, batches.id_kind()));
    let folder = tempfile::tempdir().unwrap();
    let staging = Staging::begin(&folder.path().join("out"), false).unwrap();
    let mut table = Table::create(&staging, "assignments.parquet", names.schema()).unwrap();
    let mut encoder = AssignmentEncoder::new(&table.leaves(), &names).unwrap();
    let mut evaluator = Evaluator::new(program);
    let mut pieces: Vec<Piece> = input
        .iter()
        .flat_map(|b| batches.push(b).unwrap())
        .collect();
    pieces.extend(batches.finish().unwrap());
    let mut groups = Vec::new();
    // The first third of the data sources is a row group, the rest is the next one.
    let mut source = 0;
    for bounds in [0..rows.len() / 3, rows.len() / 3..usize::MAX] {
        let mut plain = AssignmentRows::new(Arc::clone(&names));
        let mut group = Vec::new();
        let mut first = 0;
        source = 0;
        for piece in &pieces {
            let count = piece.chunk.sources.len();
            let (start, end) = (bounds.start.max(first), bounds.end.min(first + count));
            first += count;
            source += count;
            if start >= end {
                continue;
            }
            let part = start + count - first..end + count - first;
            let assignments = evaluator.evaluate(&piece.chunk);
            encoder.extend(piece, &assignments, part.clone()).unwrap();
            plain
                .extend(piece, &assignments, part, |batch| {
                    group.push(batch);
                    Ok::<(), PipelineError>(())
                })
                .unwrap();
        }
        group.extend(plain.finish().unwrap());
        if let Some(chunks) = encoder.finish().unwrap() {
            table.append(chunks).unwrap();
            groups.push(concat_batches(names.schema(), &group).unwrap());
        } else {
            assert!(group.is_empty());
        }
    }
    assert_eq!(source, rows.len());
    table.finish().unwrap();
    let bytes = fs::read(staging.path().join("assignments.parquet")).unwrap();
    (bytes, Arc::clone(names.schema()), groups)
}

/// Holds what is encoded to the record batches; the footer comes back.
fn hold(rows: &Rows, kind: &Kind) -> Arc<ParquetMetaData> {
    let (bytes, schema, groups) = encoded(rows, kind);
    let stock = stock(&schema, &groups);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    let found = Arc::clone(reader.metadata());
    let flat = Arc::clone(reader.schema());
    let read: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let read = concat_batches(&flat, &read).unwrap();
    let wanted = concat_batches(&schema, &groups).unwrap();
    let wanted = wanted.columns().iter().zip(flat.fields());
    let wanted = wanted.map(|(column, field)| cast(column, field.data_type()).unwrap());
    for ((wanted, found), field) in wanted.zip(read.columns()).zip(flat.fields()) {
        assert_eq!(&wanted, found, "{}", field.name());
    }
    hold_footers(&found, &stock);
    found
}

/// The footer that the parquet crate's own encoder writes.
fn stock(schema: &SchemaRef, groups: &[RecordBatch]) -> Arc<ParquetMetaData> {
    let mut bytes = Vec::new();
    let statistics = EnabledStatistics::Chunk;
    let properties = WriterProperties::builder()
        .set_statistics_enabled(statistics)
        .build();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, Arc::clone(schema), Some(properties)).unwrap();
    for group in groups {
        writer.write(group).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    Arc::clone(reader.metadata())
}

fn hold_footers(found: &ParquetMetaData, stock: &ParquetMetaData) {
    assert_eq!(found.num_row_groups(), stock.num_row_groups());
    for (found, stock) in found.row_groups().iter().zip(stock.row_groups()) {
        assert_eq!(found.num_rows(), stock.num_rows());
        for (found, stock) in found.columns().iter().zip(stock.columns()) {
            let name = found.column_path();
            assert_eq!(found.statistics(), stock.statistics(), "{name}");
            assert_eq!(found.num_values(), stock.num_values(), "{name}");
            assert_eq!(found.column_type(), stock.column_type(), "{name}");
        }
    }
    let columns = |m: &ParquetMetaData| -> Vec<_> {
        let columns = m.file_metadata().schema_descr().columns().iter();
        columns
            .map(|c| (c.path().string(), c.logical_type_ref().cloned()))
            .collect()
    };
    assert_eq!(columns(found), columns(stock));
}

fn kinds() -> impl Strategy<Value = Kind> {
    let ids = prop::sample::select(vec![
        DataType::Utf8,
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
    ]);
    (ids, any::<bool>(), any::<bool>(), 1usize..50).prop_map(|(ids, long_ids, keyed, batch)| Kind {
        ids,
        long_ids,
        keyed,
        batch,
    })
}

fn rows() -> impl Strategy<Value = Rows> {
    let name = prop_oneof![
        6 => "[a-f]",
        1 => "[\u{e4}\u{4e2d}\u{1f600}]{1,30}",
        1 => "x{60,70}",
        1 => "\u{10ffff}{14,20}",
    ];
    let tags = prop_oneof![
        3 => Just(0),
        3 => (0..TAGS).prop_map(|tag| 1 << tag),
        2 => 0u32..1 << (TAGS + 1),
        1 => Just(STALE),
        1 => Just(1 << 2),
    ];
    let columns = prop::collection::vec((name, tags), 1..40);
    prop::collection::vec(columns, 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_is_what_embedders_get(rows in rows(), kind in kinds()) {
        hold(&rows, &kind);
    }

    #[test]
    fn batches_and_keys_do_not_show(rows in rows(), kind in kinds(), batch in 1usize..60) {
        let other = Kind { batch, keyed: !kind.keyed, ..kind.clone() };
        prop_assert_eq!(encoded(&rows, &kind).0, encoded(&rows, &other).0);
    }
}

fn text(keyed: bool) -> Kind {
    Kind {
        ids: DataType::Utf8,
        long_ids: false,
        keyed,
        batch: 10_000,
    }
}

/// Data sources of 50 columns, `count` columns in all.
fn columns(count: usize, column: impl Fn(usize) -> (String, u32)) -> Rows {
    let all: Vec<usize> = (0..count).collect();
    let source = |columns: &[usize]| columns.iter().map(|c| column(*c)).collect();
    all.chunks(50).map(source).collect()
}

#[test]
fn row_counts_at_the_bounds_of_groups_and_pages() {
    for count in [
        0, 1, 7, 8, 9, 63, 64, 65, 65_535, 65_536, 65_537, 98_302, 98_303, 98_304,
    ] {
        let rows = columns(count, |c| (format!("c{}", c % 60), 1 << (c * 7 % 4)));
        let footer = hold(&rows, &text(true));
        assert_eq!(footer.file_metadata().num_rows(), count as i64);
    }
}

#[test]
fn no_rule_and_no_rating_at_all() {
    hold(&columns(1_000, |c| (format!("c{c}"), STALE)), &text(true));
    hold(&columns(1_000, |c| (format!("c{c}"), 1 << 2)), &text(false));
}

#[test]
fn many_rules_and_long_runs() {
    let all = (1 << TAGS) - 1;
    hold(
        &columns(40_000, |c| (format!("c{}", c % 50), all)),
        &text(true),
    );
    let one = vec![(0..100_000).map(|c| (format!("c{c}"), 1)).collect()];
    hold(&one, &text(true));
}

#[test]
fn names_that_no_dictionary_has_room_for_stand_for_themselves() {
    let long = "n".repeat(500);
    for keyed in [false, true] {
        let rows = columns(9_000, |c| (format!("{long}{c}"), 0b110_0011));
        let footer = hold(&rows, &text(keyed));
        let pages = footer
            .row_group(1)
            .column(1)
            .encodings()
            .collect::<Vec<_>>();
        assert!(pages.contains(&Encoding::PLAIN) && pages.contains(&Encoding::RLE_DICTIONARY));
    }
}

#[test]
fn ids_that_no_dictionary_has_room_for_stand_for_themselves() {
    let rows: Rows = (0..600)
        .map(|_| vec![("a".into(), 3), ("b".into(), 5)])
        .collect();
    let long = Kind {
        long_ids: true,
        ..text(true)
    };
    hold(&rows, &long);
    let rows: Rows = (0..300_000).map(|_| vec![("a".into(), 1)]).collect();
    for ids in [DataType::Int64, DataType::UInt64] {
        hold(&rows, &Kind { ids, ..text(true) });
    }
}

#[test]
fn every_schema_is_that_of_record_batches() {
    let (_, schema, _) = encoded(&columns(1, |_| ("a".into(), 1)), &text(true));
    let element = Field::new("element", DataType::Utf8, false);
    let wanted = Schema::new(vec![
        Field::new("data_source_id", DataType::Utf8, false),
        Field::new("column_name", DataType::Utf8, false),
        Field::new("tag_name", DataType::Utf8, false),
        Field::new("tag_source", DataType::Utf8, false),
        Field::new("sensitivity", DataType::Int8, true),
        Field::new("rules", DataType::List(Arc::new(element)), false),
        Field::new("state", DataType::Utf8, false),
        Field::new("recorded", DataType::Boolean, false),
    ]);
    let (bytes, ..) = encoded(&columns(1, |_| ("a".into(), 1)), &text(true));
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    assert_eq!(reader.schema().fields(), wanted.fields());
    assert_eq!(schema.fields().len(), wanted.fields().len());
}

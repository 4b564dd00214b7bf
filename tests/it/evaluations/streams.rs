//! Arrow streams: those that are sound come to what files come to, and those
//! that are not to an error, whatever they claim.

use crate::corpus::one_table;
use crate::properties::{draw, job};
use classmark::arrow::array::{
    Array, ArrayRef, DictionaryArray, Int8Array, ListArray, RecordBatch, StringArray,
    StringViewArray,
};
use classmark::arrow::buffer::{Buffer, ScalarBuffer};
use classmark::arrow::datatypes::{DataType, Field};
use classmark::arrow::ipc::CompressionType;
use classmark::arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use classmark::pipeline::{
    CatalogLimits, Documents, EvaluateOptions, Prepared, SmallCatalog, evaluate,
};
use classmark::reference::Row;
use classmark::tag::{Tag, TagMatch};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::Arc;

fn stream(batches: &[RecordBatch], how: IpcWriteOptions) -> Vec<u8> {
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, how).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn read(bytes: &[u8]) -> Result<SmallCatalog, String> {
    let catalog = SmallCatalog::of_stream("body", bytes, &CatalogLimits::default());
    catalog.map_err(|error| error.to_string())
}

fn rows() -> Vec<Row> {
    let row = |n: usize| Row {
        data_source: (n / 4).to_string(),
        column: format!("column {n}"),
        column_tags: vec![Tag::curated("a"), Tag::new("b", "c")],
        table_tags: vec![Tag::curated("d")],
    };
    (0..20).map(row).collect()
}

#[test]
fn streams_come_to_what_batches_come_to() {
    draw(200, (job(), 1..6usize), |(job, size)| {
        let batch = one_table(&job.rows);
        let parts = (0..batch.num_rows()).step_by(size);
        let mut parts: Vec<_> = parts
            .map(|at| batch.slice(at, size.min(batch.num_rows() - at)))
            .collect();
        parts.push(batch.slice(0, 0));
        let prepared = Prepared::new(Documents::of(job.frameworks), job.matching, None).unwrap();
        let options = EvaluateOptions::default();
        let streamed = read(&stream(&parts, IpcWriteOptions::default())).unwrap();
        let streamed = evaluate(&prepared, &streamed, &options).unwrap();
        let held = evaluate(&prepared, &super::small(&job.rows, false, 3), &options).unwrap();
        prop_assert_eq!(super::found(&streamed), super::found(&held));
        Ok(())
    });
}

#[test]
fn compressed_streams_are_refused() {
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let how = IpcWriteOptions::default().try_with_compression(Some(codec));
        let error = read(&stream(&[one_table(&rows())], how.unwrap())).unwrap_err();
        let told = "write the stream without compression";
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn streams_that_are_cut_off_are_refused() {
    let whole = stream(
        &[one_table(&rows()), one_table(&rows())],
        IpcWriteOptions::default(),
    );
    assert!(read(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(
            read(&whole[..length]).is_err(),
            "{length} of {}",
            whole.len()
        );
    }
    let mut longer = whole.clone();
    longer.push(0);
    let error = read(&longer).unwrap_err();
    assert!(error.contains("something follows the end"), "{error}");
}

#[test]
fn what_is_no_stream_is_refused() {
    for bytes in [
        &b""[..],
        b"PAR1",
        b"ARROW1\0\0",
        b"{}",
        &[0xff; 64],
        &[0; 64],
    ] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["s"]));
    let other = RecordBatch::try_from_iter([("data_source_id", ids)]).unwrap();
    let error = read(&stream(&[other], IpcWriteOptions::default())).unwrap_err();
    assert!(error.contains("column `column_name` is missing"), "{error}");
}

/// A batch of rows that all have these ids, and no tags.
fn batch_of(ids: ArrayRef) -> RecordBatch {
    let rows = ids.len();
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a"; rows]));
    let element = Arc::new(Field::new("element", DataType::Utf8, true));
    let none = || -> ArrayRef { Arc::new(ListArray::new_null(element.clone(), rows)) };
    RecordBatch::try_from_iter_with_nullable([
        ("data_source_id", ids, true),
        ("column_name", names, true),
        ("column_tags", none(), true),
        ("table_tags", none(), true),
    ])
    .unwrap()
}

#[test]
fn texts_that_are_said_again_and_again_are_weighed() {
    let long = "x".repeat(1 << 20);
    let keys = Int8Array::from(vec![0; 90]);
    let ids = DictionaryArray::new(keys, Arc::new(StringArray::from(vec![&*long])) as ArrayRef);
    let error = read(&stream(
        &[batch_of(Arc::new(ids))],
        IpcWriteOptions::default(),
    ))
    .unwrap_err();
    assert_eq!(error, "the catalog has more than 67108864 bytes of names");

    // Many views of one text of a million bytes: it takes its time to look at each.
    let view = StringViewArray::from(vec![&*long]);
    let views = ScalarBuffer::from(vec![view.views()[0]; 1_100]);
    let buffers: Vec<Buffer> = view.data_buffers().to_vec();
    let ids = StringViewArray::try_new(views, buffers, None).unwrap_or_else(|e| panic!("{e}"));
    let bytes = stream(&[batch_of(Arc::new(ids))], IpcWriteOptions::default());
    assert!(bytes.len() < 4 << 20, "{}", bytes.len());
    let error = read(&bytes).unwrap_err();
    assert_eq!(
        error,
        "the catalog has more than 1073741824 bytes said again"
    );
}

#[test]
fn too_many_rows_are_refused_before_they_are_read() {
    let ids = |rows| -> ArrayRef { Arc::new(Int8Array::from(vec![1i8; rows])) };
    let limits = CatalogLimits {
        rows: 30,
        ..CatalogLimits::default()
    };
    let read = |batches: &[RecordBatch]| {
        let bytes = stream(batches, IpcWriteOptions::default());
        SmallCatalog::of_stream("body", &bytes, &limits)
    };
    assert!(read(&[batch_of(ids(10)), batch_of(ids(20))]).is_ok());
    let error = read(&[batch_of(ids(11)), batch_of(ids(20))]).unwrap_err();
    assert_eq!(error.to_string(), "the catalog has more than 30 rows");
}

#[test]
fn damaged_streams_end_in_an_error_or_in_a_catalog() {
    let keyed: DictionaryArray<classmark::arrow::datatypes::Int32Type> =
        ["s", "s", "t"].into_iter().collect();
    let viewed = StringViewArray::from(vec!["s", "t", "a text of more than twelve bytes"]);
    let streams = [
        stream(&[one_table(&rows())], IpcWriteOptions::default()),
        stream(&[batch_of(Arc::new(keyed))], IpcWriteOptions::default()),
        stream(&[batch_of(Arc::new(viewed))], IpcWriteOptions::default()),
    ];
    let documents = || Documents::of(Vec::new());
    let prepared = Prepared::new(documents(), TagMatch::Exact, None).unwrap();
    let damage = proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4);
    let drawn = (proptest::sample::select(streams.to_vec()), damage);
    draw(20_000, drawn, |(mut bytes, damage)| {
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(catalog) = read(&bytes) {
            let _ = evaluate(&prepared, &catalog, &EvaluateOptions::default());
        }
        Ok(())
    });
}

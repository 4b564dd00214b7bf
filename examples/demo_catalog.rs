//! Makes `fixtures/demo/catalog.parquet` from `fixtures/demo/catalog.toml`.
//!
//! `cargo run --example demo_catalog`; the same TOML gives the same bytes.

use classmark::arrow::array::{ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use classmark::arrow::buffer::OffsetBuffer;
use classmark::arrow::datatypes::{DataType, Field, Fields};
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::basic::{Compression, ZstdLevel};
use classmark::parquet::file::properties::WriterProperties;
use classmark::tag::Tag;
use serde::Deserialize;
use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// The catalog as it is written by hand.
#[derive(Deserialize)]
struct Catalog {
    source: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    id: String,
    tags: Vec<String>,
    /// Each a name, then tags.
    columns: Vec<Vec<String>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let catalog: Catalog = toml::from_str(&fs::read_to_string(demo.join("catalog.toml"))?)?;
    write(&batch(&catalog)?, &demo.join("catalog.parquet"))
}

/// A row per column, in the order of the text.
fn batch(catalog: &Catalog) -> Result<RecordBatch, Box<dyn Error>> {
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    let (mut column_tags, mut table_tags) = (Vec::new(), Vec::new());
    for source in &catalog.source {
        for column in &source.columns {
            let (name, tags) = column.split_first().ok_or("a column without a name")?;
            ids.push(source.id.as_str());
            names.push(name.as_str());
            column_tags.push(parse(tags));
            table_tags.push(parse(&source.tags));
        }
    }
    let columns: [(&str, ArrayRef); 4] = [
        ("data_source_id", Arc::new(StringArray::from(ids))),
        ("column_name", Arc::new(StringArray::from(names))),
        ("column_tags", lists(column_tags)?),
        ("table_tags", lists(table_tags)?),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// `Name` or `Name (source)`.
fn parse(tags: &[String]) -> Vec<Tag> {
    let one = |text: &String| match text.strip_suffix(')').and_then(|t| t.rsplit_once(" (")) {
        Some((name, source)) => Tag::new(source, name),
        None => Tag::curated(text),
    };
    tags.iter().map(one).collect()
}

/// `list<struct<name, source>>`.
fn lists(lists: Vec<Vec<Tag>>) -> Result<ArrayRef, Box<dyn Error>> {
    let offsets = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
    let tags: Vec<Tag> = lists.into_iter().flatten().collect();
    let names = StringArray::from_iter_values(tags.iter().map(|tag| &tag.name));
    let sources = StringArray::from_iter_values(tags.iter().map(|tag| &tag.source));
    let text = |name| Field::new(name, DataType::Utf8, false);
    let fields = Fields::from(vec![text("name"), text("source")]);
    let item = Arc::new(Field::new("item", DataType::Struct(fields.clone()), false));
    let values = StructArray::try_new(fields, vec![Arc::new(names), Arc::new(sources)], None)?;
    Ok(Arc::new(ListArray::try_new(
        item,
        offsets,
        Arc::new(values),
        None,
    )?))
}

fn write(batch: &RecordBatch, path: &Path) -> Result<(), Box<dyn Error>> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("classmark demo".into())
        .build();
    let file = File::create(path)?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))?;
    writer.write(batch)?;
    writer.close()?;
    Ok(())
}

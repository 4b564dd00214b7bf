//! The whole journey: rows into files, files through the pipeline, results read back.

use super::tables::{column_batch, one_table, source_batch};
use super::{Engine, OverrideFormat};
use classmark::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use classmark::arrow::compute::cast;
use classmark::arrow::datatypes::{DataType, Int8Type};
use classmark::arrow::ipc::writer::{FileWriter, StreamWriter};
use classmark::catalog::Overrides;
use classmark::compile::{Options, Program};
use classmark::parquet::arrow::ArrowWriter;
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::parquet::file::properties::WriterProperties;
use classmark::pipeline::{Documents, Silent, TagOptions, Tagger, tag};
use classmark::reference::{Assignment, Rejection, Row};
use classmark::tag::{Tag, TagMatch};
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

/// How rows are put into files.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Container {
    Parquet,
    ArrowFile,
    ArrowStream,
}

/// One way through the pipeline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Journey {
    pub(crate) threads: usize,
    pub(crate) batch_rows: usize,
    pub(crate) two_tables: bool,
    pub(crate) memory: u64,
    pub(crate) container: Container,
    /// As which file overrides are given; `None`: as they are.
    pub(crate) overrides: Option<OverrideFormat>,
}

impl Journey {
    pub(crate) fn new(threads: usize, batch_rows: usize) -> Self {
        Journey {
            threads,
            batch_rows,
            two_tables: false,
            memory: 1 << 30,
            container: Container::Parquet,
            overrides: None,
        }
    }

    pub(crate) fn engine(self) -> Engine {
        Engine::new(
            format!("{self:?}"),
            move |frameworks, rows, rejected, matching| {
                let folder = folder();
                let documents = Documents::of(frameworks.to_vec());
                let options = self.options(folder.path(), rows, rejected, matching);
                tag(&documents, &options, &Silent).unwrap();
                let found = read_assignments(&options.out.join("assignments.parquet"));
                in_order_of(rows, found)
            },
        )
    }

    /// Puts the rows into files of `folder` and says how to tag them.
    pub(crate) fn options(
        self,
        folder: &Path,
        rows: &[Row],
        rejected: &[Rejection],
        matching: TagMatch,
    ) -> TagOptions {
        let mut options = TagOptions::new(folder.join("columns"), folder.join("out"));
        if self.two_tables {
            self.write(&folder.join("columns"), &column_batch(rows));
            self.write(&folder.join("sources"), &source_batch(rows));
            options.catalog.sources = vec![folder.join("sources")];
        } else {
            self.write(&folder.join("columns"), &one_table(rows));
        }
        options.catalog.batch_rows = self.batch_rows;
        // Small enough that every row group is a stretch of its own.
        options.catalog.stretch_rows = 1;
        options.threads = NonZeroUsize::new(self.threads);
        options.memory = self.memory;
        options.matching = matching;
        options.overrides = match self.overrides {
            None => overrides(rejected),
            Some(format) => format.round_trip(folder, rejected),
        };
        options
    }

    /// Row groups and record batches of three rows: data sources run over.
    fn write(self, path: &Path, batch: &RecordBatch) {
        let file = File::create(path).unwrap();
        let schema = batch.schema();
        let parts = (0..batch.num_rows()).step_by(3);
        let parts = parts.map(|at| batch.slice(at, 3.min(batch.num_rows() - at)));
        match self.container {
            Container::Parquet => {
                let properties = WriterProperties::builder()
                    .set_max_row_group_row_count(Some(3))
                    .build();
                let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
                // Of a batch that is cut into many row groups it writes each from within
                // the one before, which needs as much stack.
                parts.for_each(|part| writer.write(&part).unwrap());
                writer.close().unwrap();
            }
            Container::ArrowFile => {
                let mut writer = FileWriter::try_new(file, &schema).unwrap();
                parts.for_each(|part| writer.write(&part).unwrap());
                writer.finish().unwrap();
            }
            Container::ArrowStream => {
                let mut writer = StreamWriter::try_new(file, &schema).unwrap();
                parts.for_each(|part| writer.write(&part).unwrap());
                writer.finish().unwrap();
            }
        }
    }
}

/// Record batches of so many rows through a [`Tagger`], data sources gathered first.
pub(crate) fn tagger(batch_rows: usize) -> Engine {
    Engine::new(
        format!("tagger, {batch_rows} rows a batch"),
        move |frameworks, rows, rejected, matching| {
            let program = Arc::new(Program::compile(frameworks, Options { matching }).unwrap());
            let mut gathered = rows.to_vec();
            let first = |id: &str| rows.iter().position(|row| row.data_source == id);
            gathered.sort_by_key(|row| first(&row.data_source));
            let batch = one_table(&gathered);
            let mapping = Default::default();
            let mut tagger =
                Tagger::with(program, &batch.schema(), &mapping, overrides(rejected)).unwrap();
            let mut found = Vec::new();
            for at in (0..batch.num_rows()).step_by(batch_rows) {
                let part = batch.slice(at, batch_rows.min(batch.num_rows() - at));
                found.extend(assignments(&tagger.push(&part).unwrap()));
            }
            found.extend(assignments(&tagger.finish().unwrap()));
            in_order_of(rows, found)
        },
    )
}

pub(crate) fn overrides(rejected: &[Rejection]) -> Overrides {
    let mut overrides = Overrides::default();
    for rejection in rejected {
        overrides.reject(
            &*rejection.data_source,
            &*rejection.column,
            rejection.tag.clone(),
        );
    }
    overrides
}

/// A folder in memory where there is one: these tests write thousands of them.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// Scattered data sources come in an order of their own, which the cases do not say.
fn in_order_of(rows: &[Row], mut found: Vec<Assignment>) -> Vec<Assignment> {
    found.sort_by_key(|a| rows.iter().position(|row| row.data_source == a.data_source));
    found
}

/// The assignments of a file.
pub(crate) fn read_assignments(path: &Path) -> Vec<Assignment> {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    reader
        .flat_map(|batch| assignments(&batch.unwrap()))
        .collect()
}

/// The rows of a Parquet file in the one-table shape.
pub(crate) fn rows_of_file(path: &Path) -> Vec<Row> {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    reader.flat_map(|batch| rows(&batch.unwrap())).collect()
}

fn rows(batch: &RecordBatch) -> Vec<Row> {
    let text = |name: &str| plain(batch.column_by_name(name).unwrap());
    let (ids, columns) = (text("data_source_id"), text("column_name"));
    let tags = |name: &str| {
        let lists = batch.column_by_name(name).unwrap().as_list::<i32>().clone();
        let part = |name: &str| plain(lists.values().as_struct().column_by_name(name).unwrap());
        let (names, sources) = (part("name"), part("source"));
        move |row: usize| -> Vec<Tag> {
            let elements =
                lists.value_offsets()[row] as usize..lists.value_offsets()[row + 1] as usize;
            elements
                .map(|e| Tag::new(sources.value(e), names.value(e)))
                .collect()
        }
    };
    let (column_tags, table_tags) = (tags("column_tags"), tags("table_tags"));
    (0..batch.num_rows())
        .map(|row| Row {
            data_source: ids.value(row).to_owned(),
            column: columns.value(row).to_owned(),
            column_tags: column_tags(row),
            table_tags: table_tags(row),
        })
        .collect()
}

fn plain(array: &dyn Array) -> StringArray {
    cast(array, &DataType::Utf8)
        .unwrap()
        .as_string::<i32>()
        .clone()
}

pub(crate) fn assignments(batch: &RecordBatch) -> Vec<Assignment> {
    let plain = |array: &dyn Array| {
        cast(array, &DataType::Utf8)
            .unwrap()
            .as_string::<i32>()
            .clone()
    };
    let text = |name: &str| plain(batch.column_by_name(name).unwrap());
    let (ids, columns) = (text("data_source_id"), text("column_name"));
    let (names, sources, states) = (text("tag_name"), text("tag_source"), text("state"));
    let sensitivity = batch
        .column_by_name("sensitivity")
        .unwrap()
        .as_primitive::<Int8Type>();
    let rules = batch.column_by_name("rules").unwrap().as_list::<i32>();
    let recorded = batch.column_by_name("recorded").unwrap().as_boolean();
    assert_eq!(recorded.null_count(), 0);
    let state = |row: usize| {
        let known = ["new", "recorded", "muted", "stale"];
        known
            .into_iter()
            .find(|state| *state == states.value(row))
            .unwrap()
    };
    (0..batch.num_rows())
        .map(|row| Assignment {
            data_source: ids.value(row).to_owned(),
            column: columns.value(row).to_owned(),
            tag: Tag::new(sources.value(row), names.value(row)),
            sensitivity: sensitivity
                .is_valid(row)
                .then(|| sensitivity.value(row) as u8),
            rules: plain(&rules.value(row))
                .iter()
                .map(|id| id.unwrap().to_owned())
                .collect(),
            state: state(row),
            recorded: recorded.value(row),
        })
        .collect()
}

//! Catalogs and frameworks as files.

use super::frameworks::documents;
use super::{
    Spec, SynthError, catalog_schema, columns_schema, record_batches, source_batches,
    sources_schema,
};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows in each row group of a generated catalog, the last one apart.
pub const ROWS_PER_ROW_GROUP: usize = 1 << 20;
/// Rows that are made at a time.
const ROWS_PER_BATCH: usize = 1 << 14;

/// A file that was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Rows in it; rules for a framework.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Writes a catalog into the folder `dir`, which is made if it is missing:
/// `columns.parquet`, and `sources.parquet` if the specification asks for two
/// tables. Files of these names are overwritten.
///
/// # Errors
///
/// When the specification cannot be met or a file cannot be written.
///
/// ```
/// use classmark::synth::{Spec, write_catalog};
/// # let dir = tempfile::tempdir().unwrap();
/// let spec = Spec { data_sources: 3, columns_per_source: 4, ..Spec::default() };
/// let files = write_catalog(&spec, dir.path()).unwrap();
/// assert_eq!(files[0].path, dir.path().join("columns.parquet"));
/// assert_eq!(files[0].rows, 12);
/// ```
pub fn write_catalog(spec: &Spec, dir: &Path) -> Result<Vec<GeneratedFile>, SynthError> {
    write_catalog_while(spec, dir, &|| true)
}

/// As [`write_catalog`], as long as `go_on` is true: it is asked every few
/// thousand rows.
///
/// # Errors
///
/// As [`write_catalog`], and [`SynthError::GivenUp`] once `go_on` is false. What
/// was written until then stays.
pub fn write_catalog_while(
    spec: &Spec,
    dir: &Path,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<GeneratedFile>, SynthError> {
    let batches = |file: &mut BufWriter<File>| {
        let batches = record_batches(spec, ROWS_PER_BATCH)?;
        write_parquet(columns_file_schema(spec), batches, file, go_on)
    };
    spec.columns()?;
    let mut files = vec![write_file(dir, "columns.parquet", batches)?];
    if spec.two_tables {
        files.push(write_file(dir, "sources.parquet", |file| {
            let batches = source_batches(spec, ROWS_PER_BATCH)?;
            write_parquet(sources_schema(), batches, file, go_on)
        })?);
    }
    Ok(files)
}

fn columns_file_schema(spec: &Spec) -> SchemaRef {
    match spec.two_tables {
        true => columns_schema(),
        false => catalog_schema(),
    }
}

/// Writes the columns of a catalog as Parquet and gives the number of rows.
/// Memory is bounded by a row group, whatever the size of the catalog.
///
/// # Errors
///
/// When the specification cannot be met or `to` fails.
pub fn write_columns<W: Write + Send>(spec: &Spec, to: W) -> Result<u64, SynthError> {
    let batches = record_batches(spec, ROWS_PER_BATCH)?;
    write_parquet(columns_file_schema(spec), batches, to, &|| true)
}

/// Writes the data sources of a catalog as Parquet and gives the number of rows.
///
/// # Errors
///
/// When the specification cannot be met or `to` fails.
pub fn write_sources<W: Write + Send>(spec: &Spec, to: W) -> Result<u64, SynthError> {
    let batches = source_batches(spec, ROWS_PER_BATCH)?;
    write_parquet(sources_schema(), batches, to, &|| true)
}

fn write_parquet<W: Write + Send>(
    schema: SchemaRef,
    batches: impl Iterator<Item = RecordBatch>,
    to: W,
    go_on: &dyn Fn() -> bool,
) -> Result<u64, SynthError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(true)
        .set_max_row_group_row_count(Some(ROWS_PER_ROW_GROUP))
        .build();
    let mut writer = ArrowWriter::try_new(to, schema, Some(properties))?;
    let mut rows = 0;
    for batch in batches {
        if !go_on() {
            return Err(SynthError::GivenUp);
        }
        writer.write(&batch)?;
        rows += batch.num_rows() as u64;
    }
    writer.close()?;
    Ok(rows)
}

/// Writes the frameworks into the folder `dir`, which is made if it is
/// missing: one JSON file each, numbered in the order in which they build on
/// each other. Files of these names are overwritten.
///
/// # Errors
///
/// When the specification cannot be met or a file cannot be written.
pub fn write_frameworks(spec: &Spec, dir: &Path) -> Result<Vec<GeneratedFile>, SynthError> {
    let documents = documents(spec)?;
    let numbered = (1..).zip(&documents);
    numbered
        .map(|(number, (short_name, document))| {
            let name = format!("{number:03}-{short_name}.json");
            write_file(dir, &name, |mut file| {
                serde_json::to_writer_pretty(&mut file, document)?;
                file.write_all(b"\n").map_err(failed(Path::new(&name)))?;
                Ok(document.rules())
            })
        })
        .collect()
}

/// Makes a file, lets `fill` write it and tell its rows.
fn write_file(
    dir: &Path,
    name: &str,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<u64, SynthError>,
) -> Result<GeneratedFile, SynthError> {
    fs::create_dir_all(dir).map_err(failed(dir))?;
    let path = dir.join(name);
    let mut file = BufWriter::new(File::create(&path).map_err(failed(&path))?);
    let rows = fill(&mut file).map_err(|error| about_file(error, &path))?;
    file.flush().map_err(failed(&path))?;
    let bytes = fs::metadata(&path).map_err(failed(&path))?.len();
    Ok(GeneratedFile { path, rows, bytes })
}

/// What the system said is told with the file that it is about.
fn about_file(error: SynthError, path: &Path) -> SynthError {
    match error {
        SynthError::Parquet(ParquetError::External(source)) => {
            match source.downcast::<std::io::Error>() {
                Ok(source) => failed(path)(*source),
                Err(other) => SynthError::Parquet(ParquetError::External(other)),
            }
        }
        SynthError::Json(error) if error.is_io() => failed(path)(error.into()),
        SynthError::Io { source, .. } => failed(path)(source),
        other => other,
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> SynthError {
    let path = path.to_path_buf();
    move |source| SynthError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn spec() -> Spec {
        Spec {
            data_sources: 40,
            columns_per_source: 10,
            rules: 60,
            ..Spec::default()
        }
    }

    /// Per file its name and its bytes.
    fn written(spec: &Spec) -> Vec<(String, Vec<u8>)> {
        let dir = tempfile::tempdir().unwrap();
        let mut files = write_catalog(spec, &dir.path().join("deep/catalog")).unwrap();
        files.extend(write_frameworks(spec, dir.path()).unwrap());
        files
            .into_iter()
            .map(|file| {
                let bytes = fs::read(&file.path).unwrap();
                assert_eq!(bytes.len() as u64, file.bytes);
                let name = file.path.file_name().unwrap().to_string_lossy();
                (name.into_owned(), bytes)
            })
            .collect()
    }

    #[test]
    fn one_seed_gives_the_same_bytes() {
        for two_tables in [false, true] {
            let spec = Spec {
                two_tables,
                ..spec()
            };
            let first = written(&spec);
            assert_eq!(first, written(&spec));
            assert_ne!(first, written(&Spec { seed: 2, ..spec }));
        }
    }

    #[test]
    fn files_hold_what_the_batches_hold() {
        let spec = Spec {
            two_tables: true,
            scattered: true,
            ..spec()
        };
        let dir = tempfile::tempdir().unwrap();
        let files = write_catalog(&spec, dir.path()).unwrap();
        let rows: Vec<u64> = files.iter().map(|file| file.rows).collect();
        assert_eq!(rows, [400, 40]);
        let file = File::open(&files[0].path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let read: Vec<_> = reader.with_batch_size(400).build().unwrap().collect();
        let made: Vec<_> = record_batches(&spec, 400).unwrap().map(Ok).collect();
        assert_eq!(read.len(), 1);
        assert!(matches!((&read[0], &made[0]), (Ok(a), Ok::<_, ()>(b)) if a == b));
    }

    #[test]
    fn frameworks_are_numbered_and_readable() {
        let files = written(&spec());
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "columns.parquet",
                "001-synthetic-base-1.json",
                "002-synthetic-record-1.json",
                "003-synthetic-regulation-1.json",
                "004-synthetic-risk-1.json"
            ]
        );
        let value: serde_json::Value = serde_json::from_slice(&files[2].1).unwrap();
        assert_eq!(value, super::super::frameworks(&spec()).unwrap()[1]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(
            write_catalog(&spec(), &file),
            Err(SynthError::Io { .. })
        ));
    }

    #[test]
    fn an_empty_catalog_is_a_file_too() {
        let files = written(&Spec {
            data_sources: 0,
            rules: 0,
            ..spec()
        });
        assert_eq!(files.len(), 1);
    }
}

//! The footer of a Parquet file, held against itself and the size of the file.

use super::encrypted::or_encrypted;
use super::error::of_parquet;
use crate::catalog::error::CatalogError;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Bytes before the first column chunk: `PAR1`.
const HEAD: u64 = 4;
/// Bytes behind the footer: its length and `PAR1`.
const TAIL: u64 = 8;

/// Reads the footer of a file and checks the numbers of rows in it. The index of
/// pages, which some writers get wrong, is not read.
pub(in crate::catalog) fn load(
    path: &Path,
    file: &File,
) -> Result<ArrowReaderMetadata, CatalogError> {
    let fault = |error: ParquetError| match of_parquet(path, error) {
        CatalogError::Broken { file: path, reason } => {
            let reason = format!("its footer cannot be read: {reason}");
            or_encrypted(CatalogError::Broken { file: path, reason }, file)
        }
        other => other,
    };
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Skip)
        .parse_and_finish(file)
        .map_err(fault)?;
    let broken = |reason: String| CatalogError::Broken {
        file: path.to_owned(),
        reason,
    };
    count_rows(&metadata).map_err(broken)?;
    let metadata = mended(metadata).map_err(fault)?;
    ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new()).map_err(fault)
}

/// The rows of all row groups are those of the file.
fn count_rows(metadata: &ParquetMetaData) -> Result<(), String> {
    let mut sum = 0i64;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        if group.num_rows() < 0 {
            return Err(format!("row group {number} has {} rows", group.num_rows()));
        }
        sum = sum.saturating_add(group.num_rows());
    }
    let rows = metadata.file_metadata().num_rows();
    match sum == rows {
        true => Ok(()),
        false => Err(format!(
            "its footer says that it has {rows} rows, and its row groups have {sum}"
        )),
    }
}

/// The same with the places of dictionary pages as other readers understand them:
/// 0 means that there is none, and so does a place behind the data pages.
fn mended(metadata: ParquetMetaData) -> Result<ParquetMetaData, ParquetError> {
    let is_meant = |column: &ColumnChunkMetaData| {
        let data = column.data_page_offset();
        // Without a data page there may be a dictionary page all the same.
        let is_place = |place| place > 0 && (place <= data || data <= 0);
        column.dictionary_page_offset().is_none_or(is_place)
    };
    let groups = metadata.row_groups().iter();
    if groups.flat_map(|group| group.columns()).all(is_meant) {
        return Ok(metadata);
    }
    let mut builder = metadata.into_builder();
    let group = |group: RowGroupMetaData| {
        let column = |column: ColumnChunkMetaData| match is_meant(&column) {
            true => Ok(column),
            false => column
                .into_builder()
                .set_dictionary_page_offset(None)
                .build(),
        };
        let mut group = group.into_builder();
        let columns = group.take_columns().into_iter().map(column);
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        group.set_column_metadata(columns).build()
    };
    let groups = builder.take_row_groups().into_iter().map(group);
    let groups = groups.collect::<Result<Vec<_>, _>>()?;
    Ok(builder.set_row_groups(groups).build())
}

/// Checks the chunks of the columns that are read, given by their places among
/// the columns of the schema: where they lie, and that they hold a value a row.
pub(in crate::catalog) fn check(
    path: &Path,
    metadata: &ParquetMetaData,
    columns: &[usize],
    bytes: u64,
) -> Result<(), CatalogError> {
    let broken = |reason: String| CatalogError::Broken {
        file: path.to_owned(),
        reason,
    };
    let schema = metadata.file_metadata().schema_descr();
    // (start, end, row group, leaf)
    let mut chunks: Vec<(u64, u64, usize, usize)> = Vec::new();
    for (number, group) in metadata.row_groups().iter().enumerate() {
        for (leaf, column) in group.columns().iter().enumerate() {
            if !columns.contains(&schema.get_column_root_idx(leaf)) {
                continue;
            }
            let place = || {
                format!(
                    "row group {number}, column `{}`",
                    column.column_path().string()
                )
            };
            if let Some(elsewhere) = column.file_path() {
                return Err(broken(format!(
                    "the data of {} are in another file, {}: read the files with the data themselves",
                    place(),
                    crate::diagnostic::quoted(elsewhere)
                )));
            }
            check_values(group, column).map_err(|fault| broken(format!("{}: {fault}", place())))?;
            if column.num_values() == 0 {
                // Some writers give such a chunk no place.
                continue;
            }
            let (start, end) = range(column, bytes)
                .ok_or_else(|| broken(format!("{}: its data lie outside the file", place())))?;
            chunks.push((start, end, number, leaf));
        }
    }
    chunks.sort_unstable();
    let lie_over = chunks.windows(2).find(|pair| pair[0].1 > pair[1].0);
    match lie_over {
        None => Ok(()),
        Some(pair) => {
            let (_, _, number, leaf) = pair[1];
            let name = schema.column(leaf).path().string();
            Err(broken(format!(
                "row group {number}, column `{name}`: its data lie over those of another column"
            )))
        }
    }
}

/// A column that is no list has a value a row, nulls included; a list has at
/// least one place a row.
fn check_values(group: &RowGroupMetaData, column: &ColumnChunkMetaData) -> Result<(), String> {
    let (rows, values) = (group.num_rows(), column.num_values());
    let is_list = column.column_descr().max_rep_level() > 0;
    let agrees = match is_list {
        true => values >= rows && (rows > 0 || values == 0),
        false => values == rows,
    };
    if !agrees {
        return Err(format!(
            "it has {values} values, and the row group has {rows} rows"
        ));
    }
    match values > 0 && column.compressed_size() <= 0 {
        true => Err(format!("its {values} values take no space in the file")),
        false => Ok(()),
    }
}

/// Where the bytes of a column chunk begin and end; `None`: not within the file.
fn range(column: &ColumnChunkMetaData, bytes: u64) -> Option<(u64, u64)> {
    let start = column.dictionary_page_offset();
    let start = u64::try_from(start.unwrap_or(column.data_page_offset())).ok()?;
    let length = u64::try_from(column.compressed_size()).ok()?;
    let end = start.checked_add(length)?;
    let within = start >= HEAD && end <= bytes.saturating_sub(TAIL);
    within.then_some((start, end))
}

//! Where a Parquet file holds text that is not UTF-8. The reader of the `parquet`
//! crate says only that it does.

use super::pages::CheckedPages;
use parquet::basic::{ConvertedType, LogicalType, Type as Stored};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::fs::File;
use std::sync::Arc;

/// Rows read at a time.
const BATCH: usize = 1 << 12;

/// Fields of ours that are read as text though the file does not say that they are.
const OURS: [&str; 2] = ["name", "source"];

/// Where in a row group the first text that is not UTF-8 is, of the columns given
/// by their places in the schema; `None` where all text is UTF-8 or cannot be read.
pub(in crate::catalog) fn find_not_utf8(
    file: &File,
    metadata: &ParquetMetaData,
    group: usize,
    columns: &[usize],
) -> Option<String> {
    let schema = metadata.file_metadata().schema_descr();
    let row_group = metadata.row_groups().get(group)?;
    let rows = usize::try_from(row_group.num_rows()).ok()?;
    let mut first: Option<(u64, String)> = None;
    let mut unused = None;
    for (leaf, column) in row_group.columns().iter().enumerate() {
        if !columns.contains(&schema.get_column_root_idx(leaf)) || !is_text(column) {
            continue;
        }
        let file = Arc::new(file.try_clone().ok()?);
        let open = || CheckedPages::new(Arc::clone(&file), column, group, rows);
        let name = column.column_path().string();
        match open().and_then(|pages| first_row(column, pages)) {
            Ok(Some(row)) if first.as_ref().is_none_or(|(known, _)| row < *known) => {
                first = Some((row, name));
            }
            Ok(None) if open().is_ok_and(has_bad_dictionary) => {
                unused = unused.or(Some(name));
            }
            _ => {}
        }
    }
    match first {
        Some((row, name)) => Some(format!(
            "row group {group}, row {row}, column `{name}`: the text is not UTF-8"
        )),
        None => unused.map(|name| {
            format!(
                "row group {group}, column `{name}`: its dictionary holds text that is not UTF-8 \
                 (no row has it)"
            )
        }),
    }
}

fn is_text(column: &ColumnChunkMetaData) -> bool {
    let descriptor = column.column_descr();
    if column.column_type() != Stored::BYTE_ARRAY {
        return false;
    }
    let said = matches!(
        descriptor.logical_type_ref(),
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json)
    ) || matches!(
        descriptor.converted_type(),
        ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON
    );
    let parts = column.column_path().parts();
    let is_ours = |part: &String| OURS.contains(&part.as_str());
    said || parts.len() == 1 || parts.last().is_some_and(is_ours)
}

/// The first row with a value that is not UTF-8.
fn first_row(column: &ColumnChunkMetaData, pages: CheckedPages<File>) -> Result<Option<u64>> {
    let descriptor = column.column_descr_ptr();
    let [repetition, definition] = [descriptor.max_rep_level(), descriptor.max_def_level()];
    let ColumnReader::ByteArrayColumnReader(mut reader) =
        get_column_reader(descriptor, Box::new(pages))
    else {
        return Ok(None);
    };
    let mut before = 0;
    loop {
        let (mut repetitions, mut definitions) = (Vec::new(), Vec::new());
        let mut values: Vec<ByteArray> = Vec::new();
        let (records, _, levels) = reader.read_records(
            BATCH,
            (definition > 0).then_some(&mut definitions),
            (repetition > 0).then_some(&mut repetitions),
            &mut values,
        )?;
        if levels == 0 && records == 0 {
            return Ok(None);
        }
        let mut values = values.iter();
        let mut row = before;
        for place in 0..levels {
            if repetitions.get(place).is_none_or(|level| *level == 0) {
                row += 1;
            }
            if definitions
                .get(place)
                .is_some_and(|level| *level < definition)
            {
                continue;
            }
            let value = values.next();
            if value.is_some_and(|value| std::str::from_utf8(value.data()).is_err()) {
                return Ok(Some(row - 1));
            }
        }
        before = row;
    }
}

fn has_bad_dictionary(mut pages: CheckedPages<File>) -> bool {
    let Ok(Some(Page::DictionaryPage {
        buf, num_values, ..
    })) = pages.get_next_page()
    else {
        return false;
    };
    let mut rest = &buf[..];
    for _ in 0..num_values {
        let Some((length, after)) = rest.split_first_chunk() else {
            return false;
        };
        let length = u32::from_le_bytes(*length) as usize;
        let Some((text, after)) = after.split_at_checked(length) else {
            return false;
        };
        if std::str::from_utf8(text).is_err() {
            return true;
        }
        rest = after;
    }
    false
}

//! `overrides.parquet`, read back.

use super::table::{column, filled, read_all};
use super::text::TextColumn;
use super::{ArchiveError, Run};
use crate::output::{MANIFEST, OverrideRecord};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;

const OVERRIDES: &str = "overrides.parquet";

impl Run {
    /// The overrides that were in force, in the order given; none for a run without any.
    ///
    /// # Errors
    ///
    /// When the file is broken, or has others than the manifest counts.
    pub fn overrides(&self) -> Result<Vec<OverrideRecord>, ArchiveError> {
        let overrides = match self.file(OVERRIDES)? {
            Some(path) => read_all(&path, "overrides", in_force)?,
            None => Vec::new(),
        };
        let (counted, listed) = (self.manifest().counts.overrides, overrides.len());
        match counted == listed as u64 {
            true => Ok(overrides),
            false => Err(ArchiveError::broken(
                &self.folder().join(MANIFEST),
                format!("it counts {counted} overrides in force, and {listed} are listed"),
            )),
        }
    }
}

fn in_force(batch: &RecordBatch) -> Option<Vec<OverrideRecord>> {
    let text = |name: &str| TextColumn::of(column(batch, name)?);
    let perhaps = |name: &str| {
        // Dates as `2026-12-31`.
        let plain = cast(column(batch, name)?, &DataType::Utf8).ok()?;
        let plain = plain.as_string_opt::<i32>()?.clone();
        Some(move |row: usize| plain.is_valid(row).then(|| plain.value(row).to_owned()))
    };
    let (sources, columns) = (text("data_source_id")?, text("column_name")?);
    let (tags, tag_sources) = (text("tag_name")?, text("tag_source")?);
    let (reason, owner, expires) = (perhaps("reason")?, perhaps("owner")?, perhaps("expires")?);
    let in_force = filled(batch, "in_force")?.as_boolean_opt()?;
    let matched = column(batch, "matched")?.as_boolean_opt()?;
    let record = |row: usize| OverrideRecord {
        data_source_id: sources.get(row).to_owned(),
        column_name: columns.get(row).to_owned(),
        tag_name: tags.get(row).to_owned(),
        tag_source: tag_sources.get(row).to_owned(),
        reason: reason(row),
        owner: owner(row),
        expires: expires(row),
        matched: matched.is_valid(row) && matched.value(row),
    };
    let rows = (0..batch.num_rows()).filter(|row| in_force.value(*row));
    Some(rows.map(record).collect())
}

//! An evaluation as it is written out.

use super::{Evaluation, Row};
use crate::catalog::Id;
use crate::framework::Framework;
use crate::output::{CountsRecord, write_rollup_json};
use arrow::ipc::writer::StreamWriter;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::io::{self, Write};

impl Evaluation {
    /// Writes the evaluation as JSON: `assignments`, `columns`, `rollup` as in
    /// `rollup.json` or null, the active `frameworks`, and `counts` as in a manifest.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_json(&self, frameworks: &[Framework], to: impl Write) -> io::Result<()> {
        let active = frameworks.iter().filter(|framework| framework.active);
        let rollup = self.rollup().map(|(rollup, basis)| {
            let mut text = Vec::new();
            write_rollup_json(rollup, basis, &mut text)?;
            let text = String::from_utf8(text).map_err(io::Error::other)?;
            RawValue::from_string(text).map_err(io::Error::from)
        });
        let record = EvaluationRecord {
            assignments: Each(|| self.rows().map(AssignmentRecord::of)),
            columns: Each(|| self.sensitivities().map(ColumnRecord::of)),
            rollup: rollup.transpose()?,
            frameworks: active.map(FrameworkRecord::of).collect(),
            counts: self.counts(),
        };
        Ok(serde_json::to_writer(to, &record)?)
    }

    /// Writes the assignments as an Arrow IPC stream.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_stream(&self, to: impl Write) -> io::Result<()> {
        let batches = self.batches().map_err(io::Error::other)?;
        let mut writer = StreamWriter::try_new(to, self.schema()).map_err(written)?;
        for batch in batches {
            writer.write(&batch).map_err(written)?;
        }
        writer.finish().map_err(written)
    }
}

/// What whoever is written to said, unwrapped.
fn written(error: arrow::error::ArrowError) -> io::Error {
    match error {
        arrow::error::ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}

#[derive(Serialize)]
struct EvaluationRecord<'e, A: Serialize, C: Serialize> {
    assignments: A,
    columns: C,
    rollup: Option<Box<RawValue>>,
    frameworks: Vec<FrameworkRecord<'e>>,
    counts: &'e CountsRecord,
}

/// Records that are made one by one while they are written.
struct Each<F>(F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// An id of either kind.
struct IdRecord(Id);

impl Serialize for IdRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Id::Text(id) => id.serialize(serializer),
            Id::Signed(id) => id.serialize(serializer),
            Id::Unsigned(id) => id.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct AssignmentRecord<'e> {
    data_source_id: IdRecord,
    column_name: &'e str,
    tag_name: &'e str,
    tag_source: &'e str,
    sensitivity: Option<u8>,
    rules: Vec<&'e str>,
    state: &'static str,
    recorded: bool,
}

impl<'e> AssignmentRecord<'e> {
    fn of(row: Row<'e>) -> Self {
        AssignmentRecord {
            data_source_id: IdRecord(row.data_source),
            column_name: row.column,
            tag_name: &row.tag.name,
            tag_source: &row.tag.source,
            sensitivity: row.sensitivity,
            rules: row.rules,
            state: row.state.as_str(),
            recorded: row.recorded,
        }
    }
}

#[derive(Serialize)]
struct ColumnRecord<'e> {
    data_source_id: IdRecord,
    column_name: &'e str,
    sensitivity: Option<u8>,
}

impl<'e> ColumnRecord<'e> {
    fn of((id, column_name, sensitivity): (Id, &'e str, Option<u8>)) -> Self {
        ColumnRecord {
            data_source_id: IdRecord(id),
            column_name,
            sensitivity,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FrameworkRecord<'e> {
    id: Option<&'e str>,
    version: Option<&'e str>,
    short_name: &'e str,
}

impl<'e> FrameworkRecord<'e> {
    fn of(framework: &'e Framework) -> Self {
        FrameworkRecord {
            id: framework.id.as_deref(),
            version: framework.version.as_deref(),
            short_name: &framework.short_name,
        }
    }
}

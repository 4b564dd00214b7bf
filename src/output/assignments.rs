//! Assignments as rows: the schema, and record batches of a fixed size.

use crate::catalog::{COLUMN_NAME, DATA_SOURCE_ID, IdKind, Piece};
use crate::compile::Program;
use crate::evaluate::{Assignments, Entry, Outcome, State};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int8Array, Int32Array, ListArray,
    RecordBatch, StringArray, StringBuilder,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Rows of a record batch of assignments; only the last one has fewer.
pub const BATCH_ROWS: usize = 1 << 16;

/// The schema of `assignments.parquet`, and of the record batches that
/// embedders get: names that repeat are dictionaries in memory, and plain
/// strings to whoever reads the file.
pub fn assignment_schema(ids: &IdKind) -> SchemaRef {
    let rule = Field::new("element", dictionary(), false);
    Arc::new(Schema::new(vec![
        Field::new(DATA_SOURCE_ID, ids.data_type(), false),
        Field::new(COLUMN_NAME, DataType::Utf8, false),
        Field::new("tag_name", dictionary(), false),
        Field::new("tag_source", dictionary(), false),
        Field::new("sensitivity", DataType::Int8, true),
        Field::new("rules", DataType::List(Arc::new(rule)), false),
        Field::new("state", dictionary(), false),
        Field::new("recorded", DataType::Boolean, false),
    ]))
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A program's names, as dictionaries that all batches share.
#[derive(Debug)]
pub struct AssignmentNames {
    schema: SchemaRef,
    tag_names: ArrayRef,
    /// Tags of one name have one number.
    name_of_tag: Vec<u32>,
    tag_sources: ArrayRef,
    source_of_tag: Vec<i32>,
    sensitivities: Vec<Option<i8>>,
    rules: ArrayRef,
    states: ArrayRef,
}

impl AssignmentNames {
    /// The names of a program, for ids of a kind.
    pub fn new(program: &Program, ids: &IdKind) -> Self {
        let tags = program.vocabulary().tags();
        let mut sources: Vec<&str> = tags.iter().map(|tag| tag.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        let place = |source: &str| sources.binary_search(&source).unwrap_or(0) as i32;
        let text = |values: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(values)) };
        let mut names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let number = |name: &str| names.binary_search(&name).unwrap_or(0) as u32;
        AssignmentNames {
            schema: assignment_schema(ids),
            name_of_tag: tags.iter().map(|tag| number(&tag.name)).collect(),
            tag_names: text(tags.iter().map(|tag| tag.name.as_str()).collect()),
            source_of_tag: tags.iter().map(|tag| place(&tag.source)).collect(),
            sensitivities: (0u32..)
                .zip(tags)
                .map(|(number, _)| {
                    program
                        .sensitivity(number)
                        .and_then(|s| i8::try_from(s).ok())
                })
                .collect(),
            tag_sources: text(sources),
            rules: text(
                (0..program.rule_count() as u32)
                    .map(|rule| program.rule_id(rule))
                    .collect(),
            ),
            states: text(State::ALL.iter().map(|state| state.as_str()).collect()),
        }
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many tags have a number.
    pub(super) fn tag_count(&self) -> usize {
        self.name_of_tag.len()
    }

    /// How many rules have a number.
    pub(super) fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// A tag's name, and a number that stands for it.
    pub(super) fn tag_name(&self, tag: u32) -> (u32, &str) {
        (self.name_of_tag[tag as usize], text(&self.tag_names, tag))
    }

    /// A tag's source, and a number that stands for it.
    pub(super) fn tag_source(&self, tag: u32) -> (u32, &str) {
        let number = self.source_of_tag[tag as usize] as u32;
        (number, text(&self.tag_sources, number))
    }

    /// A tag's sensitivity.
    pub(super) fn sensitivity(&self, tag: u32) -> Option<i8> {
        self.sensitivities[tag as usize]
    }

    /// A rule's id.
    pub(super) fn rule(&self, rule: u32) -> &str {
        text(&self.rules, rule)
    }
}

fn text(strings: &ArrayRef, number: u32) -> &str {
    let strings = strings.as_string_opt::<i32>();
    strings.map_or("", |strings| strings.value(number as usize))
}

/// Turns outcomes into rows, [`BATCH_ROWS`] at a time: the bounds of the
/// batches depend on the rows alone and not on how they came.
#[derive(Debug)]
pub struct AssignmentRows {
    names: Arc<AssignmentNames>,
    /// The ids of the pieces at hand, and per row which of them it has.
    ids: Vec<ArrayRef>,
    id_of_row: Vec<(usize, usize)>,
    columns: StringBuilder,
    tags: Vec<i32>,
    rule_ends: Vec<i32>,
    rules: Vec<i32>,
    states: Vec<i32>,
    recorded: Vec<bool>,
}

impl AssignmentRows {
    /// No row yet.
    pub fn new(names: Arc<AssignmentNames>) -> Self {
        AssignmentRows {
            names,
            ids: Vec::new(),
            id_of_row: Vec::new(),
            columns: StringBuilder::new(),
            tags: Vec::new(),
            rule_ends: vec![0],
            rules: Vec::new(),
            states: Vec::new(),
            recorded: Vec::new(),
        }
    }

    /// Adds the assignments of some of a piece's data sources; full batches go to `full`.
    ///
    /// # Errors
    ///
    /// What `full` answers, and arrays over Arrow's limits.
    pub fn extend<E: From<ArrowError>>(
        &mut self,
        piece: &Piece,
        assignments: &Assignments,
        sources: std::ops::Range<usize>,
        mut full: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        self.ids.push(Arc::clone(&piece.ids));
        for (source, (columns, _)) in piece.chunk.sources().enumerate() {
            if !sources.contains(&source) {
                continue;
            }
            for column in columns {
                let Some(outcome) = assignments.of(column) else {
                    continue;
                };
                for entry in outcome.entries() {
                    self.row(source, piece.column_name(column), outcome, entry);
                    if self.tags.len() == BATCH_ROWS {
                        full(self.take()?)?;
                        self.ids.push(Arc::clone(&piece.ids));
                    }
                }
            }
        }
        Ok(())
    }

    /// The rows since the last full batch; `None` when there are none.
    ///
    /// # Errors
    ///
    /// Arrays over Arrow's limits.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        match self.tags.is_empty() {
            true => Ok(None),
            false => self.take().map(Some),
        }
    }

    fn row(&mut self, source: usize, column: &str, outcome: &Outcome, entry: &Entry) {
        self.id_of_row.push((self.ids.len() - 1, source));
        self.columns.append_value(column);
        self.tags.push(entry.tag as i32);
        self.rules
            .extend(outcome.rules(entry).iter().map(|rule| *rule as i32));
        self.rule_ends.push(self.rules.len() as i32);
        self.states.push(entry.state as i32);
        self.recorded.push(entry.recorded);
    }

    fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let names = &self.names;
        let keyed = |keys: Vec<i32>, values: &ArrayRef| -> Result<ArrayRef, ArrowError> {
            let keys = Int32Array::from(keys);
            Ok(Arc::new(DictionaryArray::try_new(
                keys,
                Arc::clone(values),
            )?))
        };
        let parts: Vec<&dyn Array> = self.ids.iter().map(AsRef::as_ref).collect();
        let ids = interleave(&parts, &self.id_of_row)?;
        let tags = std::mem::take(&mut self.tags);
        let sources = tags
            .iter()
            .map(|tag| names.source_of_tag[*tag as usize])
            .collect();
        let sensitivities: Int8Array = tags
            .iter()
            .map(|tag| names.sensitivities[*tag as usize])
            .collect();
        let ends = std::mem::replace(&mut self.rule_ends, vec![0]);
        let rules = ListArray::try_new(
            Arc::new(Field::new("element", dictionary(), false)),
            OffsetBuffer::new(ends.into()),
            keyed(std::mem::take(&mut self.rules), &names.rules)?,
            None,
        )?;
        let columns: Vec<ArrayRef> = vec![
            ids,
            Arc::new(self.columns.finish()),
            keyed(tags, &names.tag_names)?,
            keyed(sources, &names.tag_sources)?,
            Arc::new(sensitivities),
            Arc::new(rules),
            keyed(std::mem::take(&mut self.states), &names.states)?,
            Arc::new(BooleanArray::from(std::mem::take(&mut self.recorded))),
        ];
        self.ids.clear();
        self.id_of_row.clear();
        RecordBatch::try_new(Arc::clone(&names.schema), columns)
    }
}

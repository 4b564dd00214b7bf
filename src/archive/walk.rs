//! A file of assignments, column by column.

use super::ArchiveError;
use super::table::{Sensitivities, column, filled};
use super::text::TextColumn;
use crate::catalog::{COLUMN_NAME, DATA_SOURCE_ID};
use crate::evaluate::State;
use crate::tag::Tag;
use ahash::RandomState;
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const RECORDED: &str = "recorded";

/// Rows that are read at once, unless they name very many rules.
const BATCH_ROWS: usize = 1 << 15;
/// Rule ids that are read at once, about.
const BATCH_RULES: usize = 1 << 21;

/// A file of assignments. No data source is in two of its row groups.
#[derive(Debug)]
pub struct AssignmentFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

/// A column that has assignments.
#[derive(Debug)]
pub struct StoredColumn<'a> {
    /// The id of its data source, as text.
    pub data_source: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its assignments, in the order of the file.
    pub rows: &'a [StoredRow],
    rules: &'a [u32],
    tags: &'a [Tag],
}

/// An assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRow {
    /// The number of the tag among those of the walker.
    pub tag: u32,
    /// How it stands to the catalog.
    pub state: State,
    /// The tag's sensitivity.
    pub sensitivity: Option<u8>,
    /// Whether the catalog records the tag on the column, rejected or not.
    pub recorded: bool,
    first: u32,
    end: u32,
}

impl StoredColumn<'_> {
    /// The tags met so far, by number; as [`Walker::tags`].
    pub fn tags(&self) -> &[Tag] {
        self.tags
    }

    /// The rules that give an assignment's tag, by number.
    pub fn rules(&self, row: &StoredRow) -> &[u32] {
        let range = row.first as usize..row.end as usize;
        self.rules.get(range).unwrap_or_default()
    }
}

/// Is told what stands in a file.
pub trait Visitor {
    /// A column; the next one of the same data source, unless that was ended.
    ///
    /// # Errors
    ///
    /// Whatever is to end the walk.
    fn column(&mut self, column: &StoredColumn<'_>) -> Result<(), ArchiveError>;
    /// The data source of the last column has no more.
    ///
    /// # Errors
    ///
    /// Whatever is to end the walk.
    fn end_data_source(&mut self, id: &str) -> Result<(), ArchiveError>;
}

impl AssignmentFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When it is no file of assignments, or one without the column
    /// `recorded`: such files also lack the rows of rejected tags that the
    /// catalog records and no rule gives, so they cannot be compared.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let broken = |error| ArchiveError::of_parquet(path, error);
        let file = File::open(path).map_err(|error| ArchiveError::unreadable(path, error))?;
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
        let plain = plain.map_err(broken)?;
        if plain.schema().column_with_name(RECORDED).is_none() {
            let name = path.file_name().unwrap_or_default().display();
            return Err(ArchiveError::NoRun {
                folder: path.parent().unwrap_or(path).to_owned(),
                why: format!(
                    "its `{name}` has no column `{RECORDED}`; older runs have to be made again"
                ),
            });
        }
        let schema = with_dictionaries(plain.schema());
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options);
        Ok(AssignmentFile {
            path: path.to_owned(),
            metadata: metadata.map_err(broken)?,
        })
    }

    /// How many row groups it has.
    pub fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.map(|group| group.num_rows().unsigned_abs()).sum()
    }

    /// How many rows of a row group are to be read at once.
    fn batch_rows(&self, group: usize) -> usize {
        let group = self.metadata.metadata().row_group(group);
        let rules = group.columns().iter().find(|column| {
            let name = column.column_path().parts().first();
            name.is_some_and(|name| name == "rules")
        });
        let count = |number: i64| usize::try_from(number).unwrap_or_default().max(1);
        let rules = rules.map_or(1, |column| count(column.num_values()));
        let per_row = rules / count(group.num_rows());
        (BATCH_RULES / per_row.max(1)).clamp(1, BATCH_ROWS)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn broken(&self, reason: impl ToString) -> ArchiveError {
        ArchiveError::broken(&self.path, reason)
    }
}

/// The same schema with all text as dictionaries.
fn with_dictionaries(schema: &Schema) -> SchemaRef {
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |field: &Field| match field.data_type() {
        DataType::Utf8 => field.clone().with_data_type(dictionary()),
        DataType::List(element) if element.data_type() == &DataType::Utf8 => {
            let element = element.as_ref().clone().with_data_type(dictionary());
            field
                .clone()
                .with_data_type(DataType::List(Arc::new(element)))
        }
        _ => field.clone(),
    };
    let fields: Vec<Field> = schema.fields().iter().map(|f| field(f)).collect();
    Arc::new(Schema::new(fields))
}

/// Walks through files of assignments; one for each thread.
#[derive(Debug)]
pub struct Walker {
    /// Rule ids and their numbers.
    rules: Arc<HashMap<String, u32, RandomState>>,
    tags: Vec<Tag>,
    tag_numbers: HashMap<Tag, u32, RandomState>,
    /// The dictionaries of the last batch, each place as a number.
    rule_places: (Option<StringArray>, Vec<u32>),
    /// (place of the name, place of the source) → tag, for the dictionaries at hand.
    tag_places: HashMap<(u32, u32), u32, RandomState>,
    tag_dictionaries: Option<(StringArray, StringArray)>,
    data_source: String,
    name: String,
    open: bool,
    rows: Vec<StoredRow>,
    row_rules: Vec<u32>,
}

impl Walker {
    /// A walker that numbers rules by their places in `rules`.
    pub fn new(rules: &[String]) -> Self {
        Walker {
            rules: Arc::new(rules.iter().cloned().zip(0u32..).collect()),
            tags: Vec::new(),
            tag_numbers: HashMap::default(),
            rule_places: (None, Vec::new()),
            tag_places: HashMap::default(),
            tag_dictionaries: None,
            data_source: String::new(),
            name: String::new(),
            open: false,
            rows: Vec::new(),
            row_rules: Vec::new(),
        }
    }

    /// The tags met so far, by number.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Walks through a row group.
    ///
    /// # Errors
    ///
    /// A file that is broken or names unknown rules, and what the visitor says.
    pub fn walk(
        &mut self,
        file: &AssignmentFile,
        group: usize,
        visitor: &mut impl Visitor,
    ) -> Result<(), ArchiveError> {
        let handle =
            File::open(&file.path).map_err(|error| ArchiveError::unreadable(&file.path, error))?;
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(handle, file.metadata.clone())
                .with_batch_size(file.batch_rows(group))
                .with_row_groups(vec![group])
                .build()
                .map_err(|error| ArchiveError::of_parquet(&file.path, error))?;
        for batch in reader {
            let batch =
                batch.map_err(|error| ArchiveError::of_parquet(&file.path, error.into()))?;
            let wrong = || file.broken("it has other columns than those of assignments");
            let columns = Columns::of(&batch).ok_or_else(wrong)?;
            self.look_up(&columns)
                .map_err(|reason| file.broken(reason))?;
            for row in 0..batch.num_rows() {
                self.row(&columns, row, visitor)?;
            }
        }
        if self.open {
            self.end_column(visitor)?;
            visitor.end_data_source(&self.data_source)?;
        }
        self.open = false;
        Ok(())
    }

    fn row(
        &mut self,
        columns: &Columns,
        row: usize,
        visitor: &mut impl Visitor,
    ) -> Result<(), ArchiveError> {
        let is_source = match row.checked_sub(1) {
            Some(last) => columns.ids.is_same(row, last),
            None => self.open && columns.ids.get(row) == self.data_source,
        };
        let is_column = is_source
            && match row.checked_sub(1) {
                Some(last) => columns.names.is_same(row, last),
                None => columns.names.get(row) == self.name,
            };
        if !is_column {
            if self.open {
                self.end_column(visitor)?;
                if !is_source {
                    visitor.end_data_source(&self.data_source)?;
                }
            }
            if !is_source {
                self.data_source.clear();
                self.data_source.push_str(columns.ids.get(row));
            }
            self.name.clear();
            self.name.push_str(columns.names.get(row));
            self.open = true;
        }
        let first = self.row_rules.len() as u32;
        let rules = columns.offsets[row] as usize..columns.offsets[row + 1] as usize;
        for rule in rules {
            let place = columns.rules.place(rule);
            self.row_rules.push(self.rule_places.1[place]);
        }
        let tag = self.tag(columns, row);
        self.rows.push(StoredRow {
            tag,
            state: columns.states[columns.state.place(row)],
            sensitivity: columns.sensitivities.get(row),
            recorded: columns.recorded.value(row),
            first,
            end: self.row_rules.len() as u32,
        });
        Ok(())
    }

    fn end_column(&mut self, visitor: &mut impl Visitor) -> Result<(), ArchiveError> {
        let done = visitor.column(&StoredColumn {
            data_source: &self.data_source,
            name: &self.name,
            rows: &self.rows,
            rules: &self.row_rules,
            tags: &self.tags,
        });
        self.rows.clear();
        self.row_rules.clear();
        done
    }

    fn tag(&mut self, columns: &Columns, row: usize) -> u32 {
        let (name, source) = (columns.tag_names.place(row), columns.tag_sources.place(row));
        let place = (name as u32, source as u32);
        if let Some(number) = self.tag_places.get(&place) {
            return *number;
        }
        let tag = Tag::new(columns.tag_sources.get(row), columns.tag_names.get(row));
        let next = self.tags.len() as u32;
        let number = *self.tag_numbers.entry(tag.clone()).or_insert(next);
        if number == next {
            self.tags.push(tag);
        }
        self.tag_places.insert(place, number);
        number
    }

    /// Looks the dictionaries of a batch up, if they are not those of the last one.
    fn look_up(&mut self, columns: &Columns) -> Result<(), String> {
        let values = columns.rules.values();
        if !self
            .rule_places
            .0
            .as_ref()
            .is_some_and(|known| is_same(known, values))
        {
            let number = |id: Option<&str>| {
                let id = id.unwrap_or_default();
                let unknown = || {
                    format!(
                        "it names the rule {}, which the run has not",
                        crate::diagnostic::quoted(id)
                    )
                };
                self.rules.get(id).copied().ok_or_else(unknown)
            };
            let numbers = values.iter().map(number).collect::<Result<_, _>>()?;
            self.rule_places = (Some(values.clone()), numbers);
        }
        let (names, sources) = (columns.tag_names.values(), columns.tag_sources.values());
        let known = self.tag_dictionaries.as_ref();
        if !known.is_some_and(|known| is_same(&known.0, names) && is_same(&known.1, sources)) {
            self.tag_dictionaries = Some((names.clone(), sources.clone()));
            self.tag_places.clear();
        }
        Ok(())
    }
}

/// Whether two arrays are one in memory.
fn is_same(a: &StringArray, b: &StringArray) -> bool {
    a.len() == b.len()
        && a.values().as_ptr() == b.values().as_ptr()
        && a.offsets().inner().inner().as_ptr() == b.offsets().inner().inner().as_ptr()
}

/// The columns of a batch.
struct Columns {
    ids: TextColumn,
    names: TextColumn,
    tag_names: TextColumn,
    tag_sources: TextColumn,
    sensitivities: Sensitivities,
    rules: TextColumn,
    offsets: OffsetBuffer<i32>,
    state: TextColumn,
    /// Per place in the dictionary of `state`.
    states: Vec<State>,
    recorded: BooleanArray,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Option<Self> {
        let text = |name: &str| TextColumn::of(column(batch, name)?);
        let lists = column(batch, "rules")?.as_list_opt::<i32>()?;
        if lists.null_count() > 0 {
            return None;
        }
        let state = text("state")?;
        let states = state.values().iter().map(|name| {
            State::ALL
                .into_iter()
                .find(|state| Some(state.as_str()) == name)
        });
        Some(Columns {
            ids: text(DATA_SOURCE_ID)?,
            names: text(COLUMN_NAME)?,
            tag_names: text("tag_name")?,
            tag_sources: text("tag_source")?,
            sensitivities: Sensitivities::of(batch)?,
            rules: TextColumn::of(lists.values())?,
            offsets: lists.offsets().clone(),
            states: states.collect::<Option<_>>()?,
            state,
            recorded: filled(batch, RECORDED)?.as_boolean_opt()?.clone(),
        })
    }
}

//! Which columns of a file are read, and whether their types fit.

use super::error::CatalogError;
use arrow::datatypes::{DataType, Field, Schema};
use std::fmt;
use std::path::Path;

/// The column that says to which data source a row belongs.
pub const DATA_SOURCE_ID: &str = "data_source_id";
/// The column that says which column a row is about.
pub const COLUMN_NAME: &str = "column_name";
/// The tags on that column.
pub const COLUMN_TAGS: &str = "column_tags";
/// The tags on the data source.
pub const TABLE_TAGS: &str = "table_tags";

const TEXT: &str = "utf8, large_utf8 or utf8_view, or a dictionary of one of them";
const IDS: &str = "text (utf8, large_utf8, utf8_view, a dictionary of one of them) or an integer";
const TAGS: &str =
    "list<struct<name, source>>, list<utf8> or map<utf8, utf8>, in any list and string variant";

/// By which names a catalog calls the columns that are read.
///
/// ```
/// use classmark::catalog::Mapping;
/// let mut mapping = Mapping::default();
/// mapping.set("data_source_id=TABLE_FQN").unwrap();
/// assert_eq!(mapping.name("data_source_id"), "TABLE_FQN");
/// assert_eq!(mapping.name("column_name"), "column_name");
/// assert!(mapping.set("colour=red").is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// (ours, theirs)
    renamed: Vec<(&'static str, String)>,
}

/// A mapping that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Not of the form `ours=theirs`.
    #[error("`{0}` is not of the form `data_source_id=NAME`")]
    Form(String),
    /// The left side is no column of a catalog.
    #[error(
        "`{0}` is no column of a catalog; write one of `data_source_id`, `column_name`, `column_tags`, `table_tags`"
    )]
    Column(String),
    /// One column is given two names.
    #[error("`{0}` is mapped twice")]
    Twice(String),
}

impl Mapping {
    /// Adds one `ours=theirs`.
    ///
    /// # Errors
    ///
    /// When the text has another form, names no column of ours, or one for the second time.
    pub fn set(&mut self, text: &str) -> Result<(), MappingError> {
        let (ours, theirs) = text
            .split_once('=')
            .ok_or_else(|| MappingError::Form(text.into()))?;
        if theirs.is_empty() {
            return Err(MappingError::Form(text.into()));
        }
        let known = [DATA_SOURCE_ID, COLUMN_NAME, COLUMN_TAGS, TABLE_TAGS];
        let ours = known.into_iter().find(|name| *name == ours);
        let ours = ours.ok_or_else(|| MappingError::Column(text.into()))?;
        if self.renamed.iter().any(|(name, _)| *name == ours) {
            return Err(MappingError::Twice(ours.into()));
        }
        self.renamed.push((ours, theirs.into()));
        Ok(())
    }

    /// The name that the catalog uses for a column of ours.
    pub fn name<'a>(&'a self, ours: &'a str) -> &'a str {
        self.renamed
            .iter()
            .find(|(name, _)| *name == ours)
            .map_or(ours, |(_, theirs)| theirs)
    }

    /// All renamed columns, as (ours, theirs).
    pub fn renamed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.renamed
            .iter()
            .map(|(ours, theirs)| (*ours, theirs.as_str()))
    }
}

/// What data source ids are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdKind {
    /// Text of any variety; written as `utf8`.
    Text,
    /// Integers of this type; written as they are.
    Integer(DataType),
}

impl IdKind {
    /// The type in which ids are written.
    pub fn data_type(&self) -> DataType {
        match self {
            IdKind::Text => DataType::Utf8,
            IdKind::Integer(data_type) => data_type.clone(),
        }
    }
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdKind::Text => f.write_str("text"),
            IdKind::Integer(data_type) => write!(f, "{data_type}"),
        }
    }
}

/// Which of our columns a table has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Columns with their table tags.
    OneTable,
    /// Columns; table tags come from a second table (but may stand here too).
    Columns,
    /// The second table: data sources and their tags.
    Sources,
}

/// The columns of a file that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(super) id: usize,
    pub(super) name: Option<usize>,
    pub(super) column_tags: Option<usize>,
    pub(super) table_tags: Option<usize>,
    pub(super) id_kind: IdKind,
}

impl Fields {
    /// Finds the columns of a table.
    pub(super) fn find(
        schema: &Schema,
        shape: Shape,
        mapping: &Mapping,
        file: &Path,
    ) -> Result<Self, CatalogError> {
        let seek = Seek {
            schema,
            mapping,
            file,
        };
        let (id, id_field) = seek.field(DATA_SOURCE_ID, IDS)?;
        let id_kind = seek.id_kind(id_field)?;
        let mut fields = Fields {
            id,
            name: None,
            column_tags: None,
            table_tags: None,
            id_kind,
        };
        if shape != Shape::Sources {
            fields.name = Some(seek.fitting(COLUMN_NAME, TEXT, is_text)?);
            fields.column_tags = Some(seek.fitting(COLUMN_TAGS, TAGS, is_tags)?);
        }
        let optional = shape == Shape::Columns && !seek.is_there(TABLE_TAGS);
        if !optional {
            fields.table_tags = Some(seek.fitting(TABLE_TAGS, TAGS, is_tags)?);
        }
        Ok(fields)
    }

    /// The columns, ascending.
    pub(super) fn indices(&self) -> Vec<usize> {
        let all = [Some(self.id), self.name, self.column_tags, self.table_tags];
        let mut all: Vec<usize> = all.into_iter().flatten().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Where the columns stand once only [`Fields::indices`] are read.
    pub(super) fn projected(&self) -> Self {
        let indices = self.indices();
        let place = |field: usize| indices.binary_search(&field).unwrap_or(usize::MAX);
        Fields {
            id: place(self.id),
            name: self.name.map(place),
            column_tags: self.column_tags.map(place),
            table_tags: self.table_tags.map(place),
            id_kind: self.id_kind.clone(),
        }
    }
}

/// The search for one column.
struct Seek<'a> {
    schema: &'a Schema,
    mapping: &'a Mapping,
    file: &'a Path,
}

impl Seek<'_> {
    fn is_there(&self, ours: &str) -> bool {
        let name = self.mapping.name(ours);
        self.schema
            .fields()
            .iter()
            .any(|field| field.name() == name)
    }

    fn field(&self, ours: &str, accepted: &'static str) -> Result<(usize, &Field), CatalogError> {
        let name = self.mapping.name(ours);
        let mut found = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name() == name);
        match (found.next(), found.next()) {
            (Some((place, field)), None) => Ok((place, field)),
            (None, _) => Err(self.fault(ours, self.missing(), accepted)),
            (Some(_), Some(_)) => Err(self.fault(ours, "there twice".into(), accepted)),
        }
    }

    fn missing(&self) -> String {
        let there: Vec<_> = self
            .schema
            .fields()
            .iter()
            .take(20)
            .map(|f| format!("`{}`", f.name()))
            .collect();
        match there.is_empty() {
            true => "missing (the file has no columns)".into(),
            false => format!("missing (the file has {})", there.join(", ")),
        }
    }

    fn fitting(
        &self,
        ours: &str,
        accepted: &'static str,
        fits: fn(&DataType) -> bool,
    ) -> Result<usize, CatalogError> {
        let (place, field) = self.field(ours, accepted)?;
        match fits(field.data_type()) {
            true => Ok(place),
            false => Err(self.fault(ours, format!("{}", field.data_type()), accepted)),
        }
    }

    fn id_kind(&self, field: &Field) -> Result<IdKind, CatalogError> {
        let values = match field.data_type() {
            DataType::Dictionary(_, values) => values,
            plain => plain,
        };
        match values {
            text if is_text(text) => Ok(IdKind::Text),
            integer if integer.is_integer() => Ok(IdKind::Integer(integer.clone())),
            other => Err(self.fault(DATA_SOURCE_ID, format!("{other}"), IDS)),
        }
    }

    fn fault(&self, ours: &str, found: String, accepted: &'static str) -> CatalogError {
        CatalogError::Schema {
            file: self.file.to_owned(),
            column: self.mapping.name(ours).to_owned(),
            found,
            accepted,
        }
    }
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_tags(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => is_tag(element.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => {
                pair.len() == 2 && pair.iter().all(|f| is_text(f.data_type()))
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_tag(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => {
            let text = |name: &str| {
                fields
                    .find(name)
                    .map(|(_, field)| is_text(field.data_type()))
            };
            text("name") == Some(true) && text("source").unwrap_or(true)
        }
        other => is_text(other),
    }
}

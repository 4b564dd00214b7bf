//! Which columns of a file are read, and whether their types fit.

use super::error::CatalogError;
use super::forms::{
    IdForm, PartNames, TagForm, TagMisfit, TextForm, id_form, is_read_as_it_is, tag_form, text_form,
};
use super::mend;
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

/// The names of a tag's parts, in structs and in JSON text.
const PARTS: [&str; 4] = [
    "column_tags.name",
    "column_tags.source",
    "table_tags.name",
    "table_tags.source",
];

const TEXT: &str =
    "text (utf8, large_utf8, utf8_view), binary that is UTF-8, or a dictionary of one of them";
const IDS: &str = "text (utf8, large_utf8, utf8_view), binary that is UTF-8, a UUID, an integer, a decimal of scale 0, or a dictionary of one of them";
const TAGS: &str = "list<struct<name, source>>, list<utf8> or map<utf8, utf8>, in any list and string variant, or text that holds a JSON list";

/// By which names a catalog calls the columns that are read.
///
/// ```
/// use classmark::catalog::Mapping;
/// let mut mapping = Mapping::default();
/// mapping.set("data_source_id=TABLE_FQN").unwrap();
/// assert_eq!(mapping.name("data_source_id"), "TABLE_FQN");
/// assert_eq!(mapping.name("column_name"), "column_name");
/// mapping.set("column_tags.name=TAG").unwrap();
/// assert_eq!(mapping.name("column_tags.name"), "TAG");
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
        "`{0}` is no column of a catalog; write one of `data_source_id`, `column_name`, `column_tags`, `table_tags`, or for the fields of their structs `column_tags.name`, `column_tags.source`, `table_tags.name`, `table_tags.source`"
    )]
    Column(String),
    /// One column is given two names.
    #[error("`{0}` is mapped twice")]
    Twice(String),
    /// The name and the source of a tag would be one field.
    #[error("`{0}.name` and `{0}.source` are both mapped to `{1}`")]
    OneField(&'static str, String),
}

impl Mapping {
    /// Adds one `ours=theirs`.
    ///
    /// # Errors
    ///
    /// When the text has another form, names no column of ours or field of its
    /// structs, or one for the second time.
    pub fn set(&mut self, text: &str) -> Result<(), MappingError> {
        let (ours, theirs) = text
            .split_once('=')
            .ok_or_else(|| MappingError::Form(text.into()))?;
        if theirs.is_empty() {
            return Err(MappingError::Form(text.into()));
        }
        let known = [DATA_SOURCE_ID, COLUMN_NAME, COLUMN_TAGS, TABLE_TAGS];
        let ours = known.into_iter().chain(PARTS).find(|name| *name == ours);
        let ours = ours.ok_or_else(|| MappingError::Column(text.into()))?;
        if self.renamed.iter().any(|(name, _)| *name == ours) {
            return Err(MappingError::Twice(ours.into()));
        }
        self.renamed.push((ours, theirs.into()));
        for column in [COLUMN_TAGS, TABLE_TAGS] {
            let parts = self.parts(column);
            if let Some(field) = parts.name.filter(|_| parts.name == parts.source) {
                let error = MappingError::OneField(column, field.to_owned());
                // Otherwise everything that is mapped after this would fail, too.
                self.renamed.pop();
                return Err(error);
            }
        }
        Ok(())
    }

    /// The name that the catalog was said to use for a column of ours.
    pub(super) fn given(&self, ours: &str) -> Option<&str> {
        let mut renamed = self.renamed.iter();
        let (_, theirs) = renamed.find(|(name, _)| *name == ours)?;
        Some(theirs)
    }

    /// The names that it was said to use for the parts of the tags in a column of ours.
    pub(super) fn parts(&self, ours: &str) -> PartNames<'_> {
        let [column_name, column_source, table_name, table_source] = PARTS;
        let (name, source) = match ours == TABLE_TAGS {
            true => (table_name, table_source),
            false => (column_name, column_source),
        };
        PartNames {
            name: self.given(name),
            source: self.given(source),
        }
    }

    /// The name that the catalog uses for a column of ours, or for a field of its structs.
    pub fn name<'a>(&'a self, ours: &'a str) -> &'a str {
        self.given(ours).unwrap_or(ours)
    }

    /// All renamed columns and fields, as (ours, theirs).
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
    /// `None` also where the column holds untyped nulls, for then there is nothing to read.
    pub(super) column_tags: Option<TagField>,
    pub(super) table_tags: Option<TagField>,
    /// What the ids are in this file, and what they are in the catalog.
    pub(super) id_form: IdForm,
    pub(super) id_kind: IdKind,
    /// The file's name for the column of ids.
    pub(super) id_name: String,
    pub(super) name_form: TextForm,
    /// All columns of ours that are there, be there something to read or not:
    /// id, name, column tags, table tags.
    pub(super) found: [Option<usize>; 4],
    /// The file should have table tags, and has no such column.
    pub(super) lacks_table_tags: Option<Lacking>,
}

/// A column of tag lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagField {
    pub(super) place: usize,
    pub(super) form: TagForm,
    /// Whether the decoder reads it as it is.
    pub(super) as_it_is: bool,
    /// How the text of JSON lists is stored.
    pub(super) text: TextForm,
}

/// A column that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lacking {
    /// The name that was looked for.
    pub(super) column: String,
    /// A column whose name is nearly that.
    pub(super) near: Option<String>,
}

/// How columns are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) shape: Shape,
    pub(super) mapping: &'a Mapping,
    /// Whether table tags are passed over.
    pub(super) no_table_tags: bool,
}

impl<'a> Search<'a> {
    /// The search for the columns that a table of some shape has.
    pub(super) fn new(shape: Shape, mapping: &'a Mapping) -> Self {
        Search {
            shape,
            mapping,
            no_table_tags: false,
        }
    }
}

impl Fields {
    /// Finds the columns of a table.
    pub(super) fn find(
        schema: &Schema,
        search: Search<'_>,
        file: &Path,
    ) -> Result<Self, CatalogError> {
        let Search { shape, mapping, .. } = search;
        let seek = Seek {
            schema,
            mapping,
            file,
        };
        let (id, id_field) = seek.field(DATA_SOURCE_ID, IDS)?;
        let id_form = seek.id_form(id_field)?;
        let mut fields = Fields {
            id,
            name: None,
            column_tags: None,
            table_tags: None,
            // Where all ids are null they may be of any kind.
            id_kind: id_form.kind().unwrap_or(IdKind::Text),
            id_form,
            id_name: id_field.name().clone(),
            name_form: TextForm::Text,
            found: [Some(id), None, None, None],
            lacks_table_tags: None,
        };
        if shape != Shape::Sources {
            let (place, form) = seek.text(COLUMN_NAME)?;
            (fields.name, fields.name_form) = (Some(place), form);
            let (place, tags) = seek.tags(COLUMN_TAGS)?;
            fields.column_tags = tags;
            (fields.found[1], fields.found[2]) = (fields.name, Some(place));
        }
        let there = seek.is_there(TABLE_TAGS);
        let optional = match shape {
            Shape::OneTable => mapping.given(TABLE_TAGS).is_none(),
            Shape::Columns => true,
            Shape::Sources => false,
        };
        if search.no_table_tags {
            return Ok(fields);
        }
        if there || !optional {
            let (place, tags) = seek.tags(TABLE_TAGS)?;
            fields.table_tags = tags;
            fields.found[3] = Some(place);
        } else if shape == Shape::OneTable {
            fields.lacks_table_tags = Some(Lacking {
                column: mapping.name(TABLE_TAGS).to_owned(),
                near: seek.near(TABLE_TAGS),
            });
        }
        Ok(fields)
    }

    /// That table tags are missing from the table, as an error that names `rule`,
    /// which asks for them.
    pub(super) fn without_table_tags(&self, file: &Path, rule: &str) -> Option<CatalogError> {
        let Lacking { column, near } = self.lacks_table_tags.clone()?;
        Some(CatalogError::NoTableTags {
            file: file.to_owned(),
            column,
            near,
            rule: rule.to_owned(),
        })
    }

    /// The columns to be read, ascending.
    pub(super) fn indices(&self) -> Vec<usize> {
        let place = |tags: &Option<TagField>| tags.as_ref().map(|tags| tags.place);
        let (columns, tables) = (place(&self.column_tags), place(&self.table_tags));
        ascending([Some(self.id), self.name, columns, tables])
    }

    /// The columns that are there, ascending.
    pub(super) fn all(&self) -> Vec<usize> {
        ascending(self.found)
    }

    /// Where the columns stand once only [`Fields::indices`] are read.
    pub(super) fn projected(&self) -> Self {
        let indices = self.indices();
        let place = |field: usize| indices.binary_search(&field).unwrap_or(usize::MAX);
        let tags = |tags: &Option<TagField>| {
            tags.clone().map(|tags| TagField {
                place: place(tags.place),
                ..tags
            })
        };
        Fields {
            id: place(self.id),
            name: self.name.map(place),
            column_tags: tags(&self.column_tags),
            table_tags: tags(&self.table_tags),
            ..self.clone()
        }
    }
}

fn ascending(places: [Option<usize>; 4]) -> Vec<usize> {
    let mut all: Vec<usize> = places.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
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
            (None, _) => {
                let help = mend::missing(ours, self.near(ours).as_deref());
                Err(self.fault(ours, self.missing(), accepted, help))
            }
            (Some(_), Some(_)) => {
                let help = format!("rename one of the two columns `{name}`");
                Err(self.fault(ours, "there twice".into(), accepted, help))
            }
        }
    }

    /// A column whose name differs from the one looked for in case and
    /// punctuation alone.
    fn near(&self, ours: &str) -> Option<String> {
        let names = self.schema.fields().iter().map(|field| field.name());
        mend::near(self.mapping.name(ours), names)
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

    fn text(&self, ours: &str) -> Result<(usize, TextForm), CatalogError> {
        let (place, field) = self.field(ours, TEXT)?;
        match text_form(field) {
            Some(form) => Ok((place, form)),
            None => {
                let (found, help) = (shown(field), mend::text(field.name()));
                Err(self.fault(ours, found, TEXT, help))
            }
        }
    }

    fn id_form(&self, field: &Field) -> Result<IdForm, CatalogError> {
        let fault = || {
            let (found, help) = (shown(field), mend::ids(field.name()));
            self.fault(DATA_SOURCE_ID, found, IDS, help)
        };
        id_form(field).ok_or_else(fault)
    }

    /// The place of a column of tag lists, and how it is read if there is
    /// something to read.
    fn tags(&self, ours: &str) -> Result<(usize, Option<TagField>), CatalogError> {
        let (place, field) = self.field(ours, TAGS)?;
        let fault = |misfit: TagMisfit| {
            let found = match &misfit {
                TagMisfit::Type => shown(field),
                TagMisfit::Field(name) => mend::without_field(field, name),
            };
            let help = mend::tags(ours, field, &misfit);
            self.fault(ours, found, TAGS, help)
        };
        let form = tag_form(field, self.mapping.parts(ours)).map_err(fault)?;
        let tags = (form != TagForm::Nothing).then(|| TagField {
            place,
            as_it_is: is_read_as_it_is(field, &form),
            form,
            text: text_form(field).unwrap_or(TextForm::Text),
        });
        Ok((place, tags))
    }

    fn fault(
        &self,
        ours: &str,
        found: String,
        accepted: &'static str,
        help: String,
    ) -> CatalogError {
        CatalogError::Schema {
            file: self.file.to_owned(),
            column: self.mapping.name(ours).to_owned(),
            found,
            accepted,
            help: help.into(),
        }
    }
}

fn shown(field: &Field) -> String {
    field.data_type().to_string()
}

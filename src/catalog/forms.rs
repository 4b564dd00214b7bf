//! Which types a column of a catalog may have, and what each is read as.

use super::schema::IdKind;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::LogicalType;
use std::sync::Arc;

/// The key and the value that mark a field of an Arrow schema as a UUID.
const EXTENSION: &str = "ARROW:extension:name";
const UUID: &str = "arrow.uuid";
/// Bytes of a UUID.
const UUID_BYTES: i32 = 16;

/// How the values of a text column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextForm {
    /// As text.
    Text,
    /// As bytes that have to be UTF-8.
    Bytes,
    /// As UUIDs, read as lower-case text with hyphens.
    Uuid,
    /// Not at all: the column has no type, and all of it is null.
    Null,
}

/// How ids are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IdForm {
    /// As text of some form.
    Text(TextForm),
    /// As integers of this type.
    Integer(DataType),
    /// As decimals without a fraction, read as integers of 64 bits.
    Decimal,
}

/// How tag lists are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TagForm {
    /// As untyped nulls: no row bears a tag.
    Nothing,
    /// As lists of names.
    Names,
    /// As lists of structs.
    Structs(TagNames),
    /// As maps: a tag is `key.value`.
    Map,
    /// As text that holds a JSON list of names or of objects.
    Json(TagNames),
}

/// By which names a tag's parts go in a struct or a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagNames {
    pub(super) name: String,
    /// `None`: there is no source, so all tags are curated.
    pub(super) source: Option<String>,
}

/// By which names the catalog calls a tag's parts; `None`: as we do.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartNames<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) source: Option<&'a str>,
}

/// Why a type is no tag list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TagMisfit {
    /// The type is none that tag lists have.
    Type,
    /// The structs have no such field.
    Field(String),
}

impl IdForm {
    /// What ids of this form are; `None`: all are null, so they may be anything.
    pub(super) fn kind(&self) -> Option<IdKind> {
        match self {
            IdForm::Text(TextForm::Null) => None,
            IdForm::Text(_) => Some(IdKind::Text),
            IdForm::Integer(data_type) => Some(IdKind::Integer(data_type.clone())),
            IdForm::Decimal => Some(IdKind::Integer(DataType::Int64)),
        }
    }
}

/// How a field stores text; `None`: it does not.
pub(super) fn text_form(field: &Field) -> Option<TextForm> {
    let is_uuid = field.metadata().get(EXTENSION).is_some_and(|n| n == UUID);
    match values(field.data_type()) {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(TextForm::Text),
        DataType::FixedSizeBinary(UUID_BYTES) if is_uuid => Some(TextForm::Uuid),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Some(TextForm::Bytes),
        DataType::Null => Some(TextForm::Null),
        _ => None,
    }
}

/// How a field stores ids; `None`: it does not.
pub(super) fn id_form(field: &Field) -> Option<IdForm> {
    match values(field.data_type()) {
        integer if integer.is_integer() => Some(IdForm::Integer(integer.clone())),
        DataType::Decimal32(_, 0)
        | DataType::Decimal64(_, 0)
        | DataType::Decimal128(_, 0)
        | DataType::Decimal256(_, 0) => Some(IdForm::Decimal),
        _ => text_form(field).map(IdForm::Text),
    }
}

/// How a field stores tag lists.
pub(super) fn tag_form(field: &Field, parts: PartNames<'_>) -> Result<TagForm, TagMisfit> {
    match field.data_type() {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => element_form(element, parts),
        DataType::Map(entries, _) => map_form(entries),
        _ => match text_form(field) {
            Some(TextForm::Null) => Ok(TagForm::Nothing),
            Some(TextForm::Text | TextForm::Bytes) => Ok(TagForm::Json(TagNames {
                name: parts.name.unwrap_or("name").to_owned(),
                source: Some(parts.source.unwrap_or("source").to_owned()),
            })),
            _ => Err(TagMisfit::Type),
        },
    }
}

fn element_form(element: &Field, parts: PartNames<'_>) -> Result<TagForm, TagMisfit> {
    let DataType::Struct(fields) = element.data_type() else {
        return match text_form(element) {
            Some(TextForm::Null) => Ok(TagForm::Nothing),
            Some(_) => Ok(TagForm::Names),
            None => Err(TagMisfit::Type),
        };
    };
    if fields.is_empty() {
        return Ok(TagForm::Nothing);
    }
    let form_of = |name: &str| fields.find(name).map(|(_, field)| text_form(field));
    let name = parts.name.unwrap_or("name");
    let source = parts.source.unwrap_or("source");
    let name_form = match form_of(name) {
        Some(form) => form.ok_or(TagMisfit::Type)?,
        None => return Err(TagMisfit::Field(name.to_owned())),
    };
    let source = match form_of(source) {
        // The field with the usual name was said to be the name.
        _ if parts.source.is_none() && source == name => None,
        Some(Some(TextForm::Null)) => None,
        Some(Some(_)) => Some(source.to_owned()),
        Some(None) => return Err(TagMisfit::Type),
        None if parts.source.is_some() => return Err(TagMisfit::Field(source.to_owned())),
        None => None,
    };
    Ok(match name_form {
        TextForm::Null => TagForm::Nothing,
        _ => TagForm::Structs(TagNames {
            name: name.to_owned(),
            source,
        }),
    })
}

fn map_form(entries: &Field) -> Result<TagForm, TagMisfit> {
    let DataType::Struct(pair) = entries.data_type() else {
        return Err(TagMisfit::Type);
    };
    match &pair.iter().map(|f| text_form(f)).collect::<Vec<_>>()[..] {
        [Some(TextForm::Null), Some(_)] => Ok(TagForm::Nothing),
        [Some(_), Some(_)] => Ok(TagForm::Map),
        _ => Err(TagMisfit::Type),
    }
}

/// The fields of the structs in a tag list.
pub(super) fn struct_fields(field: &Field) -> Option<&Fields> {
    match field.data_type() {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => match element.data_type() {
            DataType::Struct(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the decoder reads a tag list of this form as it is.
pub(super) fn is_read_as_it_is(field: &Field, form: &TagForm) -> bool {
    let is_text = |field: &Field| text_form(field) == Some(TextForm::Text);
    match (form, field.data_type()) {
        (TagForm::Nothing | TagForm::Json(_), _) => false,
        (TagForm::Map, DataType::Map(entries, _)) => match entries.data_type() {
            DataType::Struct(pair) => pair.iter().all(|f| is_text(f)),
            _ => false,
        },
        (TagForm::Structs(names), _) => struct_fields(field).is_some_and(|fields| {
            let is_plain = |part: &str| fields.find(part).is_some_and(|(_, f)| is_text(f));
            let source = match &names.source {
                Some(source) => source == "source" && is_plain(source),
                None => fields.find("source").is_none(),
            };
            names.name == "name" && is_plain("name") && source
        }),
        (
            TagForm::Names,
            DataType::List(element)
            | DataType::LargeList(element)
            | DataType::ListView(element)
            | DataType::LargeListView(element)
            | DataType::FixedSizeList(element, _),
        ) => is_text(element),
        _ => false,
    }
}

/// The type of a column's values, which may stand in a dictionary.
fn values(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        plain => plain,
    }
}

/// The schema of a Parquet file in which UUIDs are marked as such: writers that
/// keep no Arrow schema in the file say it in Parquet's own terms only. Where there
/// are no rows, columns of `float64` have no type: pandas makes them such.
pub(super) fn marked(metadata: &ArrowReaderMetadata) -> SchemaRef {
    let schema = metadata.schema();
    let parquet = metadata.metadata().file_metadata().schema_descr();
    let roots = parquet.root_schema().get_fields();
    let is_uuid = |place: usize| {
        let info = roots.get(place).map(|root| root.get_basic_info());
        info.is_some_and(|info| info.logical_type_ref() == Some(&LogicalType::Uuid))
    };
    let mut groups = metadata.metadata().row_groups().iter();
    let no_rows = groups.all(|group| group.num_rows() == 0);
    if !no_rows && !(0..roots.len()).any(is_uuid) {
        return Arc::clone(schema);
    }
    let mark = |(place, field): (usize, &FieldRef)| match is_uuid(place) {
        _ if no_rows && *field.data_type() == DataType::Float64 => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Null))
        }
        true => {
            let mut metadata = field.metadata().clone();
            metadata.insert(EXTENSION.to_owned(), UUID.to_owned());
            Arc::new(field.as_ref().clone().with_metadata(metadata))
        }
        false => Arc::clone(field),
    };
    let fields: Vec<FieldRef> = schema.fields().iter().enumerate().map(mark).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

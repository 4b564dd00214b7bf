//! Columns of types that mean the same, converted to those that are decoded.
//!
//! Bytes and UUIDs become text, decimals become integers, and integers get the
//! sign of the catalog's ids. Tag lists whose parts are bytes, untyped or under
//! other names become lists of text, and so do lists that are written as JSON.
//! What is of such a type already is passed on untouched.

use super::error::CatalogError;
use super::forms::{IdForm, TagForm, TagNames, TextForm};
use super::json_tags::JsonLists;
use super::lists::{Bounds, joined};
use super::schema::{Fields, IdKind};
use super::text::Text;
use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, LargeListViewArray, LargeStringBuilder, RecordBatch,
    RecordBatchOptions, StructArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Field, Schema,
    UInt64Type,
};
use arrow::error::ArrowError;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// Converts the columns of batches of one file that are of other types than
/// the decoder reads.
#[derive(Debug)]
pub(super) struct Converter {
    /// Each with the place of its column in the batches.
    steps: Vec<(usize, Step)>,
}

/// What is done to a column.
#[derive(Debug)]
enum Step {
    Ids(IdForm, IdKind),
    Text(TextForm),
    Lists(TagForm),
    Json(TextForm, JsonLists),
}

/// A row whose tags cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowFault {
    pub(super) row: usize,
    pub(super) reason: String,
}

/// A value that cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) row: usize,
    pub(super) reason: &'static str,
    /// How it can be mended; `None`: the file is broken.
    pub(super) help: Option<&'static str>,
}

/// Why a column cannot be converted.
#[derive(Debug)]
pub(super) enum Fault {
    /// Because of a value.
    Value(Misfit),
    /// It does not fit Arrow's arrays.
    Arrow(ArrowError),
}

impl From<ArrowError> for Fault {
    fn from(error: ArrowError) -> Self {
        Fault::Arrow(error)
    }
}

impl Fault {
    /// The same as an error about a column of a file, in a row group whose rows
    /// are given from `first` on.
    pub(super) fn told(
        self,
        (file, column): (&Path, &str),
        (row_group, first): (u64, u64),
    ) -> CatalogError {
        let file = file.to_owned();
        match self {
            Fault::Arrow(error) => CatalogError::Broken {
                file,
                reason: error.to_string(),
            },
            Fault::Value(Misfit { row, reason, help }) => {
                let row = first + row as u64;
                match help {
                    Some(help) => CatalogError::BadValue {
                        file,
                        column: column.to_owned(),
                        row_group,
                        row,
                        reason,
                        help,
                    },
                    None => CatalogError::Broken {
                        file,
                        reason: format!(
                            "column `{column}`, row group {row_group}, row {row}: {reason}"
                        ),
                    },
                }
            }
        }
    }
}

const NOT_UTF8: Misfit = Misfit {
    row: 0,
    reason: "the value is not UTF-8 text",
    help: None,
};
const TOO_LARGE: Misfit = Misfit {
    row: 0,
    reason: "the id does not fit a signed integer of 64 bits",
    help: Some(
        "write the ids of all files as text: in SQL `CAST(... AS VARCHAR)`, in pyarrow `.cast(pa.string())`",
    ),
};

impl Misfit {
    fn at(self, row: usize) -> Fault {
        Fault::Value(Misfit { row, ..self })
    }
}

impl Converter {
    /// A converter of batches that have these of a file's columns, ascending.
    pub(super) fn new(fields: &Fields, columns: &[usize]) -> Self {
        let mut steps = Vec::new();
        let mut add = |place: Option<usize>, step: Option<Step>| {
            let place = place.and_then(|place| columns.binary_search(&place).ok());
            steps.extend(place.zip(step));
        };
        add(Some(fields.id), id_step(fields));
        let name = (fields.name_form != TextForm::Text).then_some(Step::Text(fields.name_form));
        add(fields.name, name);
        for tags in [&fields.column_tags, &fields.table_tags]
            .into_iter()
            .flatten()
        {
            let step = match &tags.form {
                TagForm::Json(names) => Some(Step::Json(tags.text, JsonLists::new(names))),
                _ if tags.as_it_is => None,
                form => Some(Step::Lists(form.clone())),
            };
            add(Some(tags.place), step);
        }
        Converter { steps }
    }

    /// Converts a batch whose rows are from `first` of a row group on. Rows whose
    /// tags cannot be read are returned in ascending order; they have no tags.
    pub(super) fn convert(
        &mut self,
        batch: RecordBatch,
        file: &Path,
        (row_group, first): (u64, u64),
    ) -> Result<(RecordBatch, Vec<RowFault>), CatalogError> {
        let mut faults = Vec::new();
        if self.steps.is_empty() {
            return Ok((batch, faults));
        }
        let broken = |error: ArrowError| CatalogError::Broken {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let schema = batch.schema();
        let mut fields = schema.fields().to_vec();
        let mut columns = batch.columns().to_vec();
        for (place, step) in &mut self.steps {
            let (Some(field), Some(column)) = (fields.get_mut(*place), columns.get_mut(*place))
            else {
                continue;
            };
            let converted = match step {
                Step::Ids(form, kind) => ids(column, form, kind),
                Step::Text(form) => text(column, *form),
                Step::Lists(form) => lists(column, form),
                Step::Json(form, lists) => text(column, *form).and_then(|texts| {
                    let (lists, more) = lists.read(&texts)?;
                    let told = |(row, reason): (usize, String)| RowFault {
                        row,
                        reason: format!("`{}` {reason}", field.name()),
                    };
                    faults.extend(more.into_iter().map(told));
                    Ok(lists)
                }),
            };
            let place = (row_group, first);
            *column = converted.map_err(|fault| fault.told((file, field.name()), place))?;
            *field = Arc::new(Field::new(field.name(), column.data_type().clone(), true));
        }
        // One fault a row is enough: that of its first column.
        faults.sort_by_key(|fault| fault.row);
        faults.dedup_by_key(|fault| fault.row);
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new_with_options(schema, columns, &rows).map_err(broken)?;
        Ok((batch, faults))
    }
}

fn id_step(fields: &Fields) -> Option<Step> {
    let as_it_is = match (&fields.id_form, &fields.id_kind) {
        (IdForm::Text(form), IdKind::Text) => *form == TextForm::Text,
        (IdForm::Integer(form), IdKind::Integer(kind)) => {
            form.is_signed_integer() == kind.is_signed_integer()
        }
        _ => false,
    };
    (!as_it_is).then(|| Step::Ids(fields.id_form.clone(), fields.id_kind.clone()))
}

/// Ids as text or as integers of the sign that their kind has.
pub(super) fn ids(array: &ArrayRef, form: &IdForm, kind: &IdKind) -> Result<ArrayRef, Fault> {
    match form {
        IdForm::Text(TextForm::Null) => Ok(new_null_array(&kind.data_type(), array.len())),
        IdForm::Text(form) => text(array, *form),
        IdForm::Integer(data_type) => {
            let signed = matches!(kind, IdKind::Integer(kind) if kind.is_signed_integer());
            match signed && data_type.is_unsigned_integer() {
                true => signed_integers(array),
                false => Ok(Arc::clone(array)),
            }
        }
        IdForm::Decimal => decimals(array),
    }
}

fn signed_integers(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    let plain = cast(array, &DataType::UInt64)?;
    let plain = plain.as_primitive::<UInt64Type>();
    integers(plain.iter().map(|id| id.map(i128::from)))
}

fn decimals(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    let plain = flat(array)?;
    let beyond = i128::MAX;
    match plain.data_type() {
        DataType::Decimal32(_, _) => {
            let all = plain.as_primitive::<Decimal32Type>().iter();
            integers(all.map(|id| id.map(i128::from)))
        }
        DataType::Decimal64(_, _) => {
            let all = plain.as_primitive::<Decimal64Type>().iter();
            integers(all.map(|id| id.map(i128::from)))
        }
        DataType::Decimal128(_, _) => integers(plain.as_primitive::<Decimal128Type>().iter()),
        DataType::Decimal256(_, _) => {
            let all = plain.as_primitive::<Decimal256Type>().iter();
            integers(all.map(|id| id.map(|id| id.to_i128().unwrap_or(beyond))))
        }
        other => Err(unknown(other)),
    }
}

fn integers(ids: impl Iterator<Item = Option<i128>>) -> Result<ArrayRef, Fault> {
    let fitting = |(row, id): (usize, Option<i128>)| match id.map(i64::try_from).transpose() {
        Ok(id) => Ok(id),
        Err(_) => Err(TOO_LARGE.at(row)),
    };
    let ids: Result<Int64Array, Fault> = ids.enumerate().map(fitting).collect();
    Ok(Arc::new(ids?))
}

/// Text of any form as text.
pub(super) fn text(array: &ArrayRef, form: TextForm) -> Result<ArrayRef, Fault> {
    let (text, wrong) = text_where_possible(array, form)?;
    match wrong.first() {
        None => Ok(text),
        Some(row) => Err(NOT_UTF8.at(*row)),
    }
}

/// The same, and null at the places of those values that are no text.
fn text_where_possible(array: &ArrayRef, form: TextForm) -> Result<(ArrayRef, Vec<usize>), Fault> {
    match form {
        TextForm::Text => Ok((Arc::clone(array), Vec::new())),
        TextForm::Null => Ok((new_null_array(&DataType::Utf8, array.len()), Vec::new())),
        TextForm::Uuid => Ok((uuids(&flat(array)?)?, Vec::new())),
        TextForm::Bytes => {
            let bytes = cast(&flat(array)?, &DataType::LargeBinary)?;
            let bytes = bytes.as_binary::<i64>();
            let mut text = LargeStringBuilder::with_capacity(bytes.len(), bytes.value_data().len());
            let mut wrong = Vec::new();
            for (row, bytes) in bytes.iter().enumerate() {
                match bytes.map(std::str::from_utf8).transpose() {
                    Ok(value) => text.append_option(value),
                    Err(_) => {
                        text.append_null();
                        wrong.push(row);
                    }
                }
            }
            Ok((Arc::new(text.finish()), wrong))
        }
    }
}

/// UUIDs as they are usually written.
fn uuids(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    let DataType::FixedSizeBinary(_) = array.data_type() else {
        return Err(unknown(array.data_type()));
    };
    let mut text = LargeStringBuilder::new();
    let mut shown = String::new();
    for uuid in array.as_fixed_size_binary().iter() {
        let Some(uuid) = uuid else {
            text.append_null();
            continue;
        };
        shown.clear();
        for (place, byte) in uuid.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                shown.push('-');
            }
            // Writing to a string does not fail.
            let _ = write!(shown, "{byte:02x}");
        }
        text.append_value(&shown);
    }
    Ok(Arc::new(text.finish()))
}

/// Tag lists as lists of names, or of structs of `name` and `source`.
fn lists(array: &ArrayRef, form: &TagForm) -> Result<ArrayRef, Fault> {
    let (bounds, elements) = Bounds::of(array)?;
    let rows = |row: usize| match array.is_null(row) {
        true => 0..0,
        false => bounds.elements(row),
    };
    let (values, wrong) = match form {
        TagForm::Structs(names) => structs(&elements, names)?,
        TagForm::Map => {
            let pair = elements.as_struct();
            let (keys, mut wrong) = part(pair, 0)?;
            let (values, more) = part(pair, 1)?;
            wrong.extend(more);
            wrong.sort_unstable();
            let names = joined(&Text::of(&keys)?, &Text::of(&values)?);
            (Arc::new(names) as ArrayRef, wrong)
        }
        _ => {
            let form = form_of(elements.data_type());
            text_where_possible(&elements, form)?
        }
    };
    if !wrong.is_empty() {
        // What no row refers to may be anything.
        let is_wrong = |row: &usize| {
            let elements = rows(*row);
            let first = wrong.partition_point(|at| *at < elements.start);
            wrong.get(first).is_some_and(|at| *at < elements.end)
        };
        if let Some(row) = (0..array.len()).find(is_wrong) {
            return Err(NOT_UTF8.at(row));
        }
    }
    let all = (0..array.len()).map(rows);
    let starts: Vec<i64> = all.clone().map(|elements| elements.start as i64).collect();
    let sizes: Vec<i64> = all.map(|elements| elements.len() as i64).collect();
    let element = Arc::new(Field::new("element", values.data_type().clone(), true));
    let nulls = array.nulls().cloned();
    let lists = LargeListViewArray::try_new(element, starts.into(), sizes.into(), values, nulls)?;
    Ok(Arc::new(lists))
}

/// Structs of a tag's parts under our names, and which of them have a part that
/// is no text.
fn structs(elements: &ArrayRef, names: &TagNames) -> Result<(ArrayRef, Vec<usize>), Fault> {
    let pair = elements.as_struct();
    let mut fields = Vec::new();
    let mut parts = Vec::new();
    let mut wrong = Vec::new();
    for (ours, theirs) in [
        ("name", Some(&names.name)),
        ("source", names.source.as_ref()),
    ] {
        let Some(theirs) = theirs else { continue };
        let missing = || ArrowError::SchemaError(format!("a tag without `{theirs}`"));
        let (place, _) = pair.fields().find(theirs).ok_or_else(missing)?;
        let (part, more) = part(pair, place)?;
        wrong.extend(more);
        fields.push(Field::new(ours, part.data_type().clone(), true));
        parts.push(part);
    }
    let nulls = pair.nulls();
    wrong.retain(|at| nulls.is_none_or(|nulls| nulls.is_valid(*at)));
    wrong.sort_unstable();
    let elements =
        StructArray::try_new_with_length(fields.into(), parts, nulls.cloned(), pair.len())?;
    Ok((Arc::new(elements), wrong))
}

/// A part of a struct as text.
fn part(pair: &StructArray, place: usize) -> Result<(ArrayRef, Vec<usize>), Fault> {
    let missing = || ArrowError::SchemaError("a tag without its parts".into());
    let array = pair.columns().get(place).ok_or_else(missing)?;
    let field = pair.fields().get(place).ok_or_else(missing)?;
    let form = super::forms::text_form(field).ok_or_else(|| unknown(field.data_type()))?;
    text_where_possible(array, form)
}

fn form_of(data_type: &DataType) -> TextForm {
    let field = Field::new("element", data_type.clone(), true);
    super::forms::text_form(&field).unwrap_or(TextForm::Text)
}

/// The values themselves, without a dictionary.
fn flat(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, values) => cast(array, values),
        _ => Ok(Arc::clone(array)),
    }
}

fn unknown(data_type: &DataType) -> Fault {
    Fault::Arrow(ArrowError::NotYetImplemented(format!(
        "values of type {data_type}"
    )))
}

//! Columns that stand in a file's path: `data_source_id=crm.people/a.parquet`.
//!
//! Writers of partitioned tables (Hive, Spark, DuckDB, Polars) leave a column
//! out of the files and name folders by its values. A column of ours that a file
//! lacks is taken from there: the file's schema is extended by it, and
//! [`SegmentReader`](super::segment::SegmentReader) adds it to every batch.

use super::error::CatalogError;
use super::file::CatalogFile;
use super::forms::IdForm;
use super::schema::{COLUMN_NAME, DATA_SOURCE_ID, IdKind, Search, Shape};
use arrow::array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    UInt32Array, UInt64Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::path::{Component, Path};
use std::sync::Arc;

/// How writers call the partition of null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// A column with one value in all rows of a file.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    field: FieldRef,
    /// Its value, in one row.
    value: ArrayRef,
}

/// The columns of a file: first those stored in it, then those of its path.
#[derive(Debug, Clone, Default)]
pub(super) struct PathColumns {
    /// How many are stored.
    stored: usize,
    constants: Vec<Constant>,
}

impl PathColumns {
    /// Finds the columns that are wanted, not stored, and named by the path.
    pub(super) fn find(
        stored: &Schema,
        search: Search<'_>,
        path: &Path,
    ) -> Result<Self, CatalogError> {
        let Search { shape, mapping, .. } = search;
        let wanted: &[&str] = match shape {
            Shape::Sources => &[DATA_SOURCE_ID],
            Shape::OneTable | Shape::Columns => &[DATA_SOURCE_ID, COLUMN_NAME],
        };
        let mut constants = Vec::new();
        for ours in wanted {
            let name = mapping.name(ours);
            if stored.fields().iter().any(|field| field.name() == name) {
                continue;
            }
            let fault = |found: &str| CatalogError::Schema {
                file: path.to_owned(),
                column: name.to_owned(),
                found: found.to_owned(),
                accepted: "a column of the file, or one folder on its path with a name of the form `column=value`, in UTF-8",
                help: format!("name one folder on the path `{name}=VALUE`").into(),
            };
            match value_of(name, path).map_err(fault)? {
                Some(value) => constants.push(Constant::text(name, &value)),
                None => continue,
            }
        }
        Ok(PathColumns {
            stored: stored.fields().len(),
            constants,
        })
    }

    /// The schema of the file with these columns behind those stored.
    pub(super) fn extend(&self, stored: SchemaRef) -> SchemaRef {
        if self.constants.is_empty() {
            return stored;
        }
        let constants = self.constants.iter().map(|constant| &constant.field);
        let fields: Vec<FieldRef> = stored.fields().iter().chain(constants).cloned().collect();
        Arc::new(Schema::new_with_metadata(fields, stored.metadata().clone()))
    }

    /// The stored ones of these columns, and the others.
    pub(super) fn split<'c>(&self, columns: &'c [usize]) -> (&'c [usize], Vec<Constant>) {
        if self.constants.is_empty() {
            return (columns, Vec::new());
        }
        let stored = columns.partition_point(|column| *column < self.stored);
        let (stored, rest) = columns.split_at(stored);
        let constant = |column: &usize| self.constants.get(column - self.stored).cloned();
        (stored, rest.iter().filter_map(constant).collect())
    }
}

impl Constant {
    /// Text, as a dictionary so that rows are compared by their keys.
    fn text(name: &str, value: &str) -> Self {
        let is_null = value == NULL;
        let values = StringArray::from(match is_null {
            true => Vec::new(),
            false => vec![value],
        });
        let keys = Int32Array::from(vec![(!is_null).then_some(0)]);
        let value = DictionaryArray::<Int32Type>::new(keys, Arc::new(values));
        Constant::new(name, Arc::new(value))
    }

    fn new(name: &str, value: ArrayRef) -> Self {
        let field = Field::new(name, value.data_type().clone(), true);
        Constant {
            field: Arc::new(field),
            value,
        }
    }

    /// The same as an integer of this type, if it is one, written without need.
    fn integer(&self, kind: &DataType) -> Option<Self> {
        let text = cast(&self.value, &DataType::Utf8).ok()?;
        let text = text.as_any().downcast_ref::<StringArray>()?;
        let wide: ArrayRef = match text.is_valid(0).then(|| text.value(0)) {
            None => Arc::new(Int64Array::from(vec![None])),
            Some(text) => {
                let signed = text.parse::<i64>().ok();
                let signed = signed.filter(|number| number.to_string() == text);
                let unsigned = || text.parse::<u64>().ok();
                let unsigned = || unsigned().filter(|number| number.to_string() == text);
                match signed {
                    Some(number) => Arc::new(Int64Array::from(vec![number])),
                    None => Arc::new(UInt64Array::from(vec![unsigned()?])),
                }
            }
        };
        let narrow = cast(&wide, kind).ok()?;
        // What does not fit becomes null.
        let fits = narrow.is_valid(0) == wide.is_valid(0);
        fits.then(|| Constant::new(self.field.name(), narrow))
    }
}

/// A batch with these columns behind its own.
pub(super) fn with_constants(
    batch: &RecordBatch,
    constants: &[Constant],
) -> Result<RecordBatch, ArrowError> {
    let places = UInt32Array::from(vec![0; batch.num_rows()]);
    let schema = batch.schema();
    let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    for constant in constants {
        fields.push(Arc::clone(&constant.field));
        columns.push(take(&constant.value, &places, None)?);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Ids from paths are text. Where other files of the catalog have integers, those
/// that are integers become such, of that type if they fit it; others stay text,
/// and do not fit.
pub(super) fn settle_ids(files: &mut [CatalogFile], sources: &mut [CatalogFile]) {
    let stored = files.iter().chain(sources.iter());
    let mut stored = stored.filter(|file| file.path_id().is_none());
    let Some(IdKind::Integer(kind)) = stored.find_map(|file| file.fields.id_form.kind()) else {
        return;
    };
    for file in files.iter_mut().chain(sources) {
        let Some(place) = file.path_id() else {
            continue;
        };
        let constant = &mut file.path_columns.constants[place];
        let mut kinds = [kind.clone(), DataType::Int64].into_iter();
        let fitting = kinds.find_map(|kind| Some((constant.integer(&kind)?, kind)));
        if let Some((integer, kind)) = fitting {
            *constant = integer;
            file.fields.id_form = IdForm::Integer(kind);
        }
    }
}

impl CatalogFile {
    /// The place of the id among the columns from the path, if it is one of them.
    fn path_id(&self) -> Option<usize> {
        let columns = &self.path_columns;
        let place = self.fields.id.checked_sub(columns.stored)?;
        (place < columns.constants.len()).then_some(place)
    }
}

/// The value that a path gives a column by a folder `column=value`.
fn value_of(column: &str, path: &Path) -> Result<Option<String>, &'static str> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let mut found: Option<String> = None;
    for folder in folders {
        let Component::Normal(name) = folder else {
            continue;
        };
        let name = name.as_encoded_bytes();
        let Some(equals) = name.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        if decoded(&name[..equals]) != column.as_bytes() {
            continue;
        }
        let value = String::from_utf8(decoded(&name[equals + 1..]))
            .map_err(|_| "not UTF-8 in the file's path")?;
        match &found {
            Some(other) if *other != value => return Err("given two values by the file's path"),
            _ => found = Some(value),
        }
    }
    Ok(found)
}

/// The bytes with `%2F` and the like decoded; what is no such escape stays.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escape = (*byte == b'%')
            .then(|| Some(digit(at + 1)? << 4 | digit(at + 2)?))
            .flatten();
        match escape {
            // Two digits are a byte.
            Some(byte) => decoded.push(byte as u8),
            None => decoded.push(*byte),
        }
        at += if escape.is_some() { 3 } else { 1 };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(path: &str) -> Result<Option<String>, &'static str> {
        value_of("data_source_id", Path::new(path))
    }

    fn some(text: &str) -> Result<Option<String>, &'static str> {
        Ok(Some(text.to_owned()))
    }

    #[test]
    fn values_are_read_from_folders() {
        assert_eq!(value("c/data_source_id=a.b/x.parquet"), some("a.b"));
        assert_eq!(value("c/data_source_id=a=b/d/x"), some("a=b"));
        assert_eq!(value("c/data_source_id=/x"), some(""));
        assert_eq!(value("c/data_source_id=a%2Fb%20c%3d/x"), some("a/b c="));
        assert_eq!(value("c/data_source_id=100%/50%zz%/x"), some("100%"));
        assert_eq!(value("c/data%5Fsource_id=a/x"), some("a"));
        assert_eq!(value("c/data_source_id=%C3%A9/x"), some("é"));
        assert_eq!(value("data_source_id=a/data_source_id=a/x"), some("a"));
    }

    #[test]
    fn what_is_no_value_is_none() {
        for path in ["x", "c/x", "c/data_source_id=a", "c/Data_Source_Id=a/x", ""] {
            assert_eq!(value(path), Ok(None), "{path}");
        }
        assert!(value("data_source_id=a/data_source_id=b/x").is_err());
        assert!(value("data_source_id=%ff/x").is_err());
    }

    #[test]
    fn integers_are_those_written_without_need() {
        let integer = |text: &str, kind: DataType| {
            let constant = Constant::text("id", text).integer(&kind)?;
            Some(cast(&constant.value, &DataType::Int64).unwrap().is_valid(0))
        };
        assert_eq!(integer("7", DataType::Int8), Some(true));
        assert_eq!(integer("-7", DataType::Int64), Some(true));
        assert_eq!(integer(NULL, DataType::Int64), Some(false));
        assert_eq!(integer("007", DataType::Int64), None);
        assert_eq!(integer("300", DataType::UInt8), None);
        assert_eq!(integer("-1", DataType::UInt64), None);
        assert_eq!(integer("a", DataType::Int64), None);
        let big = Constant::text("id", "18446744073709551615");
        assert!(big.integer(&DataType::UInt64).is_some());
        assert!(big.integer(&DataType::Int64).is_none());
    }
}

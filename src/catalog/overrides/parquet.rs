//! Overrides out of Parquet: a row each; other columns are passed over.

use super::Place;
use super::read::Found;
use super::row::{Cell, EXPIRES, FIELDS, ID, Row, Value};
use crate::catalog::convert::{self, Fault};
use crate::catalog::error::CatalogError;
use crate::catalog::files::Files;
use crate::catalog::forms::{IdForm, TextForm, id_form, marked, text_form};
use crate::catalog::ids::Ids;
use crate::catalog::parquet_file::{check, find_not_utf8, load, of_arrow, of_parquet, open_rows};
use crate::catalog::schema::{COLUMN_TAGS, TABLE_TAGS};
use crate::catalog::text::Text;
use crate::catalog::{IdKind, mend};
use crate::diagnostic::{Code, Diagnostic, quoted};
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use arrow::error::ArrowError;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows read at a time.
const BATCH: usize = 1 << 13;
/// More overrides than this in one file are refused.
const MOST_ROWS: i64 = 10_000_000;

/// Per field of ours: its column in the file, and how that is stored.
type Places = [Option<(usize, Form)>; FIELDS.len()];

/// How a column is stored.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    Ids(IdForm),
    Text(TextForm),
    Days,
}

/// Reads a file; rows with a fault are findings.
///
/// # Errors
///
/// When the file is broken.
pub(super) fn read(path: &Path, files: &Files, found: &mut Found) -> Result<(), CatalogError> {
    let broken = |reason: String| CatalogError::Broken {
        file: path.to_owned(),
        reason,
    };
    let open = || {
        let opened = files.open(path);
        opened.map_err(|error| CatalogError::opening(path, error))
    };
    let file = open()?;
    let bytes = file.metadata();
    let bytes = bytes.map_err(|error| CatalogError::reading(path, error))?;
    if bytes.len() == 0 {
        return Err(broken("the file is empty".into()));
    }
    let metadata = load(path, &file)?;
    let name = path.display().to_string();
    let groups = metadata.metadata().row_groups();
    let rows = groups.iter().map(|group| group.num_rows());
    if rows.fold(0, i64::saturating_add) > MOST_ROWS {
        let message = format!("{} has more than {MOST_ROWS} rows", quoted(&name));
        found.fault(Diagnostic::error(Code::TooLarge, message));
        return Ok(());
    }
    let Some(places) = places(&marked(&metadata), &name, found) else {
        return Ok(());
    };
    let shared = Arc::new(path.to_owned());
    let columns: Vec<usize> = places.iter().flatten().map(|(place, _)| *place).collect();
    check(path, metadata.metadata(), &columns, bytes.len())?;
    for number in 0..groups.len() {
        let batches = open_rows(open()?, &metadata, number, &columns, 0..u64::MAX, BATCH);
        let mut first = 0;
        for batch in batches.map_err(|error| of_parquet(path, error))? {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    let text = find_not_utf8(&file, metadata.metadata(), number, &columns);
                    return Err(text.map_or_else(|| of_arrow(path, error), broken));
                }
            };
            let columns = columns_of(&batch, &places, (path, number as u64, first))?;
            for row in 0..batch.num_rows() {
                let place = place(&shared, number as u64, first + row as u64);
                found.row(|findings| {
                    let cells = std::array::from_fn(|field| Cell {
                        value: columns[field].value(row),
                        span: None,
                    });
                    Row { cells, place }.check(findings)
                });
            }
            first += batch.num_rows() as u64;
        }
    }
    Ok(())
}

fn place(file: &Arc<PathBuf>, row_group: u64, row: u64) -> Place {
    Place::Table {
        file: Arc::clone(file),
        row_group,
        row,
    }
}

/// Finds our columns; `None` if some are not there or do not fit.
fn places(schema: &Schema, name: &str, found: &mut Found) -> Option<Places> {
    let mut places: Places = [const { None }; FIELDS.len()];
    let mut sound = true;
    let has = |column: &str| schema.fields().find(column).is_some();
    let is_catalog = has(COLUMN_TAGS) || has(TABLE_TAGS);
    let mut fault = |code, column: &str, what: String, help: Option<String>| {
        let message = format!("{}: column `{column}` is {what}", quoted(name));
        let finding = Diagnostic::error(code, message).in_file(name);
        found.fault(match help {
            _ if is_catalog => {
                finding.with_help("it looks like a catalog, which is given with `--columns`")
            }
            Some(help) => finding.with_help(help),
            None => finding,
        });
        sound = false;
    };
    for (number, (column, required)) in FIELDS.iter().enumerate() {
        let fields = schema.fields().iter().enumerate();
        let mut named = fields.filter(|(_, field)| field.name() == column);
        match (named.next(), named.next()) {
            (None, _) if *required => fault(Code::MissingField, column, "missing".into(), None),
            (None, _) => {}
            (Some(_), Some(_)) => fault(Code::BadSchema, column, "there twice".into(), None),
            // All of it is null, which is as good as no column; where it has to be
            // there, that is a fault of each row.
            (Some((_, field)), None) if text_form(field) == Some(TextForm::Null) => {}
            (Some((at, field)), None) => match form(number, field) {
                Ok(form) => places[number] = Some((at, form)),
                Err((accepted, help)) => {
                    let what = format!("{}; accepted: {accepted}", field.data_type());
                    fault(Code::BadSchema, column, what, Some(help));
                }
            },
        }
    }
    sound.then_some(places)
}

/// How a field of ours is stored; else which types would fit, and how to mend it.
fn form(number: usize, field: &Field) -> Result<Form, (&'static str, String)> {
    let values = match field.data_type() {
        DataType::Dictionary(_, values) => values,
        plain => plain,
    };
    let is_date = matches!(
        values,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
    );
    match number {
        ID => match id_form(field) {
            Some(form) => Ok(Form::Ids(form)),
            None => Err(("text, integers", mend::ids(field.name()))),
        },
        EXPIRES if is_date => Ok(Form::Days),
        _ => match text_form(field) {
            Some(form) => Ok(Form::Text(form)),
            None if number == EXPIRES => Err(("dates, timestamps, text", mend::text(field.name()))),
            None => Err(("text", mend::text(field.name()))),
        },
    }
}

/// The values of a column.
enum Column {
    Absent,
    Text(Text),
    Ids(Ids),
    Days(Int64Array),
}

/// The columns of a batch whose rows begin at `first` of a row group.
fn columns_of(
    batch: &RecordBatch,
    places: &Places,
    (path, row_group, first): (&Path, u64, u64),
) -> Result<[Column; FIELDS.len()], CatalogError> {
    let mut columns = [const { Column::Absent }; FIELDS.len()];
    let named = FIELDS.iter().zip(places).zip(&mut columns);
    for (((name, _), place), column) in named {
        let (Some((_, form)), Some(array)) = (place, batch.column_by_name(name)) else {
            continue;
        };
        let told = |fault: Fault| fault.told((path, name), (row_group, first));
        *column = column_of(array, form).map_err(told)?;
    }
    Ok(columns)
}

fn column_of(array: &ArrayRef, form: &Form) -> Result<Column, Fault> {
    Ok(match form {
        Form::Ids(form) => {
            let kind = form.kind().unwrap_or(IdKind::Text);
            Column::Ids(Ids::of(&convert::ids(array, form, &kind)?)?)
        }
        Form::Text(form) => Column::Text(Text::of(&convert::text(array, *form)?)?),
        Form::Days => Column::Days(days(array)?),
    })
}

/// Dates and moments as days after 1970-01-01: those of moments in UTC,
/// whatever zone they are to be shown in.
fn days(array: &ArrayRef) -> Result<Int64Array, ArrowError> {
    let plain = match array.data_type() {
        DataType::Dictionary(_, values) => cast(array, values)?,
        _ => Arc::clone(array),
    };
    let a_day = match plain.data_type() {
        DataType::Date32 => 1,
        DataType::Timestamp(TimeUnit::Second, _) => 86_400,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 86_400_000_000,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => 86_400_000_000_000,
        // Milliseconds: dates of 64 bits, too.
        _ => 86_400_000i64,
    };
    let numbers = match plain.data_type() {
        DataType::Date32 => cast(&cast(&plain, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(&plain, &DataType::Int64)?,
    };
    let numbers = numbers.as_primitive::<Int64Type>();
    Ok(numbers.unary(|number: i64| number.div_euclid(a_day)))
}

impl Column {
    fn value(&self, row: usize) -> Value<'_> {
        let text = |text: Option<&str>| match text {
            Some(text) => Value::Text(Cow::Owned(text.to_owned())),
            None => Value::Missing,
        };
        let number = |is_null: bool, ids: &Ids| match is_null {
            true => Value::Missing,
            false => Value::Text(ids.get(row).to_string().into()),
        };
        match self {
            Column::Absent => Value::Missing,
            Column::Text(column) => text(column.get(row)),
            Column::Ids(ids) => match ids {
                Ids::Text(column) => text(column.get(row)),
                Ids::Signed(column) => number(column.is_null(row), ids),
                Ids::Unsigned(column) => number(column.is_null(row), ids),
            },
            Column::Days(days) if days.is_null(row) => Value::Missing,
            Column::Days(days) => Value::Days(days.value(row)),
        }
    }
}

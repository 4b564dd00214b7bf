//! How a catalog whose columns do not fit is mended.

use super::forms::{TagMisfit, TextForm, struct_fields, text_form};
use super::schema::TABLE_TAGS;
use arrow::datatypes::{DataType, Field};

/// A column's name as SQL takes it.
fn sql(column: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match column.chars().all(plain) {
        true => column.to_owned(),
        false => format!("\"{}\"", column.replace('"', "\"\"")),
    }
}

/// A missing column, and one whose name is nearly the one looked for.
pub(super) fn missing(ours: &str, near: Option<&str>) -> String {
    let theirs = near.unwrap_or("NAME");
    format!("a column of another name is read with `--map {ours}={theirs}`")
}

/// An id of a type that has no exact text.
pub(super) fn ids(column: &str) -> String {
    let column = sql(column);
    format!(
        "cast it to text or to an integer: in SQL `CAST({column} AS VARCHAR)` or `CAST({column} AS BIGINT)`, in pyarrow `.cast(pa.string())` or `.cast(pa.int64())`"
    )
}

/// A column that has to be text.
pub(super) fn text(column: &str) -> String {
    let column = sql(column);
    format!("cast it to text: in SQL `CAST({column} AS VARCHAR)`, in pyarrow `.cast(pa.string())`")
}

/// Files whose ids are text in one and numbers in another.
pub(super) fn mixed(column: &str) -> String {
    let column = sql(column);
    format!(
        "write the ids of all files in one type: in SQL `CAST({column} AS VARCHAR)`, in pyarrow `.cast(pa.string())`"
    )
}

/// A column that is no tag list.
pub(super) fn tags(ours: &str, field: &Field, misfit: &TagMisfit) -> String {
    let column = sql(field.name());
    let fields = struct_fields(field);
    match (misfit, field.data_type(), fields) {
        (TagMisfit::Field(_), _, Some(fields)) => {
            let names = || fields.iter().map(|field| field.name());
            let mut texts = fields.iter().filter(|field| is_text(field));
            let only = texts.next().filter(|_| texts.next().is_none());
            let found = near("name", names()).or_else(|| only.map(|field| field.name().clone()));
            let name = found.unwrap_or_else(|| "NAME".into());
            // Without a source's name all tags would be curated.
            let source = match near("source", names()).filter(|source| source != "source") {
                Some(source) => format!(" --map {ours}.source={source}"),
                None => String::new(),
            };
            format!("say which field is the tag's name: `--map {ours}.name={name}{source}`")
        }
        (_, DataType::Struct(_), _) => {
            format!("put it in a list: in SQL `[{column}]`")
        }
        (_, _, Some(_)) => {
            "cast the fields of the structs that are the tag's name and source to text".into()
        }
        _ => format!(
            "write a list of names: in SQL `CAST({column} AS VARCHAR[])`, in pyarrow `.cast(pa.list_(pa.string()))`"
        ),
    }
}

/// What a column of structs has instead of a field.
pub(super) fn without_field(field: &Field, name: &str) -> String {
    let fields = struct_fields(field).into_iter().flatten();
    let names: Vec<String> = fields.take(20).map(|f| format!("`{}`", f.name())).collect();
    format!(
        "a list of structs without a field `{name}` (they have {})",
        names.join(", ")
    )
}

/// A rule on table tags, and a catalog that does not have them.
pub(super) fn table_tags(near: Option<&str>) -> String {
    let near = match near {
        Some(near) => format!("read the column `{near}` with `--map {TABLE_TAGS}={near}`, "),
        None => String::new(),
    };
    format!(
        "{near}give the tags of data sources as a table of their own with `--sources`, or say with `--no-table-tags` that data sources have none"
    )
}

/// The one of several names that differs from another one in case and
/// punctuation alone.
pub(super) fn near<'a>(name: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let letters = |name: &str| -> String {
        let kept = name.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    let wanted = letters(name);
    let mut near = names.filter(|other| letters(other) == wanted);
    near.next().cloned()
}

fn is_text(field: &Field) -> bool {
    matches!(text_form(field), Some(TextForm::Text | TextForm::Bytes))
}

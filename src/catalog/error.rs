//! What can be wrong with a catalog.

use super::mend;
use super::paths::PathError;
use crate::diagnostic::quoted;
use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// What can be wrong with a catalog.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// A path stands for no files.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file that is neither Parquet nor Arrow IPC.
    #[error("`{}` is no catalog: {found}", file.display())]
    NoCatalog {
        /// The file.
        file: PathBuf,
        /// What it looks like instead.
        found: String,
    },
    /// A file that cannot be read to its end.
    #[error("`{}` is broken: {reason}", file.display())]
    Broken {
        /// The file.
        file: PathBuf,
        /// What the reader stumbled over.
        reason: String,
    },
    /// A column that is not there, or is of a type that does not fit.
    #[error("`{}`: column `{column}` is {found}; accepted: {accepted}", file.display())]
    Schema {
        /// The file; empty for batches that come from no file.
        file: PathBuf,
        /// The column, by the name looked for.
        column: String,
        /// What was found.
        found: String,
        /// What would fit.
        accepted: &'static str,
        /// How to mend it.
        help: Box<str>,
    },
    /// Files whose ids are of different kinds.
    #[error("`{}` has ids of type {found}, but `{}` has {expected}", file.display(), first.display())]
    MixedIds {
        /// The file with the other kind.
        file: PathBuf,
        /// Its type.
        found: String,
        /// The first file.
        first: PathBuf,
        /// The first file's type.
        expected: String,
        /// How to mend it.
        help: Box<str>,
    },
    /// A value that cannot be read as what its column is.
    #[error("`{}`, column `{column}`, row group {row_group}, row {row}: {reason}", file.display())]
    BadValue {
        /// The file; empty for batches that come from no file.
        file: PathBuf,
        /// The column, by its name in the file.
        column: String,
        /// The row group of a Parquet file or the record batch of an Arrow one, from 0.
        row_group: u64,
        /// The row in it, from 0.
        row: u64,
        /// What is wrong.
        reason: &'static str,
        /// How to mend it.
        help: &'static str,
    },
    /// A catalog in one table that has no table tags, under a rule that asks for them.
    #[error(
        "{} no column `{column}`, and rule `{rule}` asks for table tags",
        has(file)
    )]
    NoTableTags {
        /// The first file without the column; empty for batches that come from no file.
        file: PathBuf,
        /// The column, by the name looked for.
        column: String,
        /// A column whose name is nearly that.
        near: Option<String>,
        /// The id of the first active rule with `tableTags`.
        rule: String,
    },
    /// A row without data source id or column name.
    #[error("{0}")]
    BadRow(BadRow),
    /// A catalog in memory that is larger than it may be.
    #[error("the catalog has more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: u64,
    },
    /// A data source in record batches whose rows do not follow one another.
    #[error(
        "the data source {} comes back after rows of another one: sort or group the batches by \
         data source",
        quoted(data_source_id)
    )]
    NotGrouped {
        /// Its id, as text.
        data_source_id: String,
    },
    /// Scattered rows could not be set aside on disk, or not be read back.
    #[error("rows could not be set aside on disk: {0}")]
    Spill(#[source] io::Error),
}

/// Who has or has not something.
fn has(file: &Path) -> String {
    match file.as_os_str().is_empty() {
        true => "the batches have".into(),
        false => format!("`{}` has", file.display()),
    }
}

impl CatalogError {
    /// How to mend it, where that can be said.
    pub fn help(&self) -> Option<Cow<'_, str>> {
        match self {
            CatalogError::Schema { help, .. } | CatalogError::MixedIds { help, .. } => {
                Some((&**help).into())
            }
            CatalogError::BadValue { help, .. } => Some((*help).into()),
            CatalogError::NoTableTags { near, .. } => {
                Some(mend::table_tags(near.as_deref()).into())
            }
            CatalogError::BadRow(_) => Some(BadRow::HELP.into()),
            CatalogError::Path(PathError::TableFormat(_, format)) => Some(format.help().into()),
            _ => None,
        }
    }
}

impl BadRow {
    /// What to do about such rows.
    pub const HELP: &str = "`--bad-rows quarantine` sets such rows apart and goes on";
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}`, row group {row_group}, row {row}: {reason}", file.display())]
pub struct BadRow {
    /// The file; empty for batches that come from no file.
    pub file: PathBuf,
    /// The row group of a Parquet file or the record batch of an Arrow one, from 0.
    pub row_group: u64,
    /// The row in it, from 0.
    pub row: u64,
    /// The data source id, as text, if there is one.
    pub data_source_id: Option<String>,
    /// The column name, if there is one.
    pub column_name: Option<String>,
    /// What is wrong.
    pub reason: Cow<'static, str>,
}

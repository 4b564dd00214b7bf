//! What can be wrong with a catalog.

use super::paths::PathError;
use crate::diagnostic::quoted;
use std::io;
use std::path::PathBuf;

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
    pub reason: &'static str,
}

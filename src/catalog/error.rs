//! What can be wrong with a catalog.

use super::mend;
use super::paths::PathError;
use crate::diagnostic::quoted;
use parquet::errors::ParquetError;
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
        /// What to do instead.
        help: Option<String>,
    },
    /// A file that cannot be read to its end.
    #[error("`{}` is broken: {reason}", file.display())]
    Broken {
        /// The file.
        file: PathBuf,
        /// What the reader stumbled over.
        reason: String,
    },
    /// A Parquet file that is encrypted, or whose columns are.
    #[error("`{}` is encrypted, and encrypted files cannot be read", file.display())]
    Encrypted {
        /// The file.
        file: PathBuf,
    },
    /// A file that the system did not open or did not read.
    #[error("cannot {doing} `{}`: {}", file.display(), system_reason(error))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// `open` or `read`.
        doing: &'static str,
        /// What the system says.
        #[source]
        error: io::Error,
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

impl BadRow {
    /// What to do about such rows.
    pub const HELP: &str = "`--bad-rows quarantine` sets such rows apart and goes on";
}

impl CatalogError {
    /// A file that cannot be opened.
    pub(crate) fn opening(file: &Path, error: io::Error) -> Self {
        CatalogError::Unreadable {
            file: file.to_owned(),
            doing: "open",
            error,
        }
    }

    /// A file that cannot be read: broken where it ends too early or holds what
    /// it may not.
    pub(crate) fn reading(file: &Path, error: io::Error) -> Self {
        let file = file.to_owned();
        if error.raw_os_error().is_some() {
            return CatalogError::Unreadable {
                file,
                doing: "read",
                error,
            };
        }
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
            _ => super::parquet_file::plain(&error.to_string()),
        };
        CatalogError::Broken { file, reason }
    }

    /// What the `parquet` crate says of a file.
    pub(crate) fn of_parquet(file: &Path, error: ParquetError) -> Self {
        super::parquet_file::of_parquet(file, error)
    }

    /// The file that it is about, if it is about one.
    pub fn file(&self) -> Option<&Path> {
        let file = match self {
            CatalogError::NoCatalog { file, .. }
            | CatalogError::Broken { file, .. }
            | CatalogError::Encrypted { file }
            | CatalogError::Unreadable { file, .. }
            | CatalogError::Schema { file, .. }
            | CatalogError::MixedIds { file, .. }
            | CatalogError::BadValue { file, .. }
            | CatalogError::NoTableTags { file, .. } => file,
            CatalogError::BadRow(row) => &row.file,
            CatalogError::Path(error) => error.path(),
            CatalogError::TooMuch { .. }
            | CatalogError::NotGrouped { .. }
            | CatalogError::Spill(_) => return None,
        };
        (!file.as_os_str().is_empty()).then_some(file)
    }

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
            CatalogError::Path(error) => error.help().map(Cow::from),
            CatalogError::Encrypted { .. } => Some("write it without encryption".into()),
            CatalogError::NoCatalog { help, .. } => help.as_deref().map(Cow::from),
            CatalogError::Unreadable { error, .. } => match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    Some("give the user that runs classmark the right to read it".into())
                }
                _ if error.raw_os_error() == Some(TOO_MANY_FILES) => {
                    Some("allow more open files (`ulimit -n`), or use fewer `--threads`".into())
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the machine failed, and not the catalog: its disk, or a limit of
    /// its memory or open files.
    pub fn is_of_machine(&self) -> bool {
        match self {
            CatalogError::Unreadable { error, .. } => is_of_machine(error),
            CatalogError::Path(error) => error.is_of_machine(),
            CatalogError::Spill(_) => true,
            _ => false,
        }
    }
}

/// `EMFILE`, the same number on all unixes.
const TOO_MANY_FILES: i32 = 24;

/// Whether an error of the system says that the machine failed, and nothing of
/// the file that was to be read.
pub fn is_of_machine(error: &io::Error) -> bool {
    let kinds = [
        io::ErrorKind::OutOfMemory,
        io::ErrorKind::StaleNetworkFileHandle,
        io::ErrorKind::TimedOut,
        io::ErrorKind::StorageFull,
    ];
    // EIO, ENFILE and EMFILE have no kind.
    kinds.contains(&error.kind())
        || cfg!(unix) && matches!(error.raw_os_error(), Some(5 | 23 | TOO_MANY_FILES))
}

/// What the system says, without the number of the error.
pub fn system_reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" (os error ") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
    }
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
    /// What is wrong, with the name of the column as the file spells it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::{CatalogError, is_of_machine};
    use std::io;
    use std::path::Path;

    #[test]
    fn errors_of_the_system_say_what_failed_and_why() {
        let denied = CatalogError::opening(Path::new("a"), io::Error::from_raw_os_error(13));
        assert_eq!(denied.to_string(), "cannot open `a`: Permission denied");
        assert!(!denied.is_of_machine() && denied.help().is_some());
        let disk = CatalogError::reading(Path::new("a"), io::Error::from_raw_os_error(5));
        assert_eq!(disk.to_string(), "cannot read `a`: Input/output error");
        assert!(disk.is_of_machine());
        assert!(
            [12, 23, 24]
                .into_iter()
                .all(|n| is_of_machine(&io::Error::from_raw_os_error(n)))
        );
        assert!(
            [1, 2, 13]
                .into_iter()
                .all(|n| !is_of_machine(&io::Error::from_raw_os_error(n)))
        );
    }
}

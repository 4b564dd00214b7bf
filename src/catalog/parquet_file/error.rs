//! Errors of the `parquet` and `arrow` crates as errors of a catalog file.

use crate::catalog::error::CatalogError;
use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use std::error::Error;
use std::io;
use std::path::Path;

/// The longest reason that is passed on.
const MOST_CHARACTERS: usize = 300;

/// What those crates put before the reason.
const WRAPPINGS: [&str; 11] = [
    "Parquet argument error: ",
    "Parquet error: ",
    "Parser error: ",
    "Ipc error: ",
    "Io error: ",
    "Invalid argument error: ",
    "Schema error: ",
    "External error: ",
    "External: ",
    "Arrow: ",
    "EOF: ",
];

/// Error texts of those crates that do not help the owner of a file, and what they mean.
const MEANINGS: [(&str, &str); 6] = [
    (
        "Not all children array length are the same",
        "its columns have different numbers of rows",
    ),
    ("failed to fill whole buffer", "it ends too early"),
    ("Unable to get root as", "its metadata are damaged"),
    ("Required field ", "its metadata lack a field"),
    ("Column Index Reader", "its index of pages cannot be read"),
    (
        "Integer overflow",
        "a length in it is negative or too large",
    ),
];

/// The error of the file at `path`: of the system where it failed to read, else
/// the file is broken.
pub(in crate::catalog) fn of_parquet(path: &Path, error: ParquetError) -> CatalogError {
    match error {
        ParquetError::External(inner) => of_any(path, inner),
        other => broken(path, &other.to_string()),
    }
}

/// As [`of_parquet`].
pub(in crate::catalog) fn of_arrow(path: &Path, error: ArrowError) -> CatalogError {
    match error {
        ArrowError::IoError(_, error) => CatalogError::reading(path, error),
        ArrowError::ExternalError(inner) => of_any(path, inner),
        other => broken(path, &other.to_string()),
    }
}

/// An error that came through both crates is wrapped in an error of either.
fn of_any(path: &Path, error: Box<dyn Error + Send + Sync>) -> CatalogError {
    let error = match error.downcast::<io::Error>() {
        Ok(error) => return CatalogError::reading(path, *error),
        Err(error) => error,
    };
    let error = match error.downcast::<ParquetError>() {
        Ok(error) => return of_parquet(path, *error),
        Err(error) => error,
    };
    match error.downcast::<ArrowError>() {
        Ok(error) => of_arrow(path, *error),
        Err(error) => broken(path, &error.to_string()),
    }
}

/// Some errors pass through both crates as text alone, those of the system with
/// their number.
fn broken(path: &Path, text: &str) -> CatalogError {
    let number = text.rsplit_once("(os error ");
    let number = number.and_then(|(_, rest)| rest.trim_end().strip_suffix(')')?.parse().ok());
    if let Some(number) = number {
        return CatalogError::reading(path, io::Error::from_raw_os_error(number));
    }
    CatalogError::Broken {
        file: path.to_owned(),
        reason: plain(text),
    }
}

/// Whether the system failed to read, rather than the file being damaged.
pub(in crate::catalog) fn is_of_system(error: &ParquetError) -> bool {
    let ParquetError::External(inner) = error else {
        return false;
    };
    let error = inner.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.raw_os_error().is_some())
}

/// The reason in a text of the crates.
pub(in crate::catalog) fn plain(text: &str) -> String {
    let mut rest = text;
    while let Some(inner) = WRAPPINGS.iter().find_map(|wrap| rest.strip_prefix(wrap)) {
        rest = inner;
    }
    let meaning = MEANINGS.iter().find(|(said, _)| rest.contains(said));
    match meaning {
        Some((said, meaning)) => match rest.split_once(said) {
            // A place before the text stays.
            Some((place, _)) if place.ends_with(": ") => format!("{place}{meaning}"),
            _ => (*meaning).to_owned(),
        },
        None => rest.chars().take(MOST_CHARACTERS).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{of_arrow, of_parquet, plain};
    use crate::catalog::CatalogError;
    use arrow::error::ArrowError;
    use parquet::errors::ParquetError;
    use std::io;
    use std::path::Path;

    #[test]
    fn wrappings_are_taken_off() {
        assert_eq!(plain("Parquet argument error: EOF: short"), "short");
        assert_eq!(
            plain("column `a`: Required field type_ is missing"),
            "column `a`: its metadata lack a field"
        );
        assert_eq!(plain(&"x".repeat(1000)).len(), 300);
    }

    #[test]
    fn errors_of_the_system_are_found_through_both_crates() {
        let system = || io::Error::from_raw_os_error(5);
        let path = Path::new("f");
        let wrapped = ParquetError::from(system());
        let twice = ArrowError::ExternalError(Box::new(ParquetError::from(system())));
        for error in [
            of_parquet(path, wrapped),
            of_arrow(path, twice),
            of_arrow(path, system().into()),
            of_arrow(path, ParquetError::from(system()).into()),
        ] {
            assert!(matches!(error, CatalogError::Unreadable { .. }), "{error}");
        }
        let short = io::Error::from(io::ErrorKind::UnexpectedEof);
        let error = of_parquet(path, short.into());
        assert_eq!(error.to_string(), "`f` is broken: it ends too early");
    }
}

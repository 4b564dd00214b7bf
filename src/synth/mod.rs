//! Synthetic catalogs and frameworks, made from a seed.
//!
//! The same [`Spec`] gives the same catalog and the same frameworks on every
//! machine: nothing depends on time, locale, platform or hash order. Any row
//! is made from the seed and its number alone, so a catalog of any size is
//! written as a stream, in order or scattered.
//!
//! ```
//! use classmark::synth::{Spec, frameworks, record_batches};
//! # fn main() -> Result<(), classmark::synth::SynthError> {
//! let spec = Spec { data_sources: 10, columns_per_source: 20, ..Spec::default() };
//! let rows: usize = record_batches(&spec, 64)?.map(|batch| batch.num_rows()).sum();
//! assert_eq!(rows, 200);
//! assert!(frameworks(&spec)?.len() >= 6);
//! # Ok(())
//! # }
//! ```

mod batches;
mod files;
mod frameworks;
mod names;
mod order;
mod random;
mod rows;
mod tags;
mod words;
#[cfg(test)]
mod yield_tests;

pub use batches::{catalog_schema, columns_schema, record_batches, source_batches, sources_schema};
pub use files::{
    GeneratedFile, ROWS_PER_ROW_GROUP, write_catalog, write_catalog_while, write_columns,
    write_frameworks, write_sources,
};
pub use frameworks::{framework_models, frameworks};

use std::path::PathBuf;
use thiserror::Error;

/// Most rules in one framework, as the payload allows.
pub const RULES_PER_FRAMEWORK: u32 = 50;
/// Highest mean of tags per column.
pub const MAX_DENSITY: f64 = 64.0;
/// Most tags in the recorded vocabulary.
pub const MAX_TAGS: u32 = 10_000_000;

/// What to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Number of data sources.
    pub data_sources: u64,
    /// Mean number of columns of a data source, at least 1. Sizes vary around
    /// it, many small and few large, but the total is exactly
    /// `data_sources * columns_per_source`.
    pub columns_per_source: u32,
    /// Number of different tags that the catalog may record on columns, beside
    /// classification tags; at least 1.
    pub tags: u32,
    /// Number of rules over all frameworks.
    pub rules: u32,
    /// Where all chance comes from.
    pub seed: u64,
    /// The same rows in an order that mixes data sources over the whole file.
    pub scattered: bool,
    /// Mean number of recorded tags per column, 0 to [`MAX_DENSITY`].
    pub density: f64,
    /// Every column has a set of tags that no other column has, made of tags
    /// that rules read where those suffice: the worst case for engines that
    /// share work between equal columns. `density` is then ignored.
    pub distinct: bool,
    /// Table tags in a file of their own instead of on every row.
    pub two_tables: bool,
}

impl Default for Spec {
    /// 1,000 data sources with 50 columns each, 1,000 tags, 300 rules, one table.
    fn default() -> Self {
        Spec {
            data_sources: 1_000,
            columns_per_source: 50,
            tags: 1_000,
            rules: 300,
            seed: 1,
            scattered: false,
            density: 0.8,
            distinct: false,
            two_tables: false,
        }
    }
}

/// Why something was not generated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SynthError {
    /// A data source needs columns.
    #[error("`columns_per_source` is 0: a data source has at least one column")]
    NoColumns,
    /// More columns than can be numbered.
    #[error("{data_sources} data sources with {columns_per_source} columns each are too many")]
    TooManyColumns {
        /// As asked for.
        data_sources: u64,
        /// As asked for.
        columns_per_source: u32,
    },
    /// A number of tags outside the accepted range.
    #[error("`tags` is {0}: it must be between 1 and {MAX_TAGS}")]
    Tags(u32),
    /// A density outside the accepted range.
    #[error("`density` is {0}: it must be between 0 and {MAX_DENSITY}")]
    Density(f64),
    /// Too few tags to give every column a set of its own.
    #[error("{tags} tags are too few for {columns} distinct tag sets")]
    NotDistinct {
        /// Number of tags.
        tags: u32,
        /// Number of columns.
        columns: u64,
    },
    /// A file or folder could not be written.
    #[error("cannot write `{}`: {source}", .path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The caller gave it up.
    #[error("the catalog was given up before it was whole")]
    GivenUp,
    /// The Parquet writer failed.
    #[error("cannot write parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A framework could not be written as JSON.
    #[error("cannot write json: {0}")]
    Json(#[from] serde_json::Error),
}

impl Spec {
    /// The number of columns in the catalog.
    ///
    /// # Errors
    ///
    /// When the specification cannot be met; see [`SynthError`].
    pub fn columns(&self) -> Result<u64, SynthError> {
        if self.columns_per_source == 0 {
            return Err(SynthError::NoColumns);
        }
        if self.tags == 0 || self.tags > MAX_TAGS {
            return Err(SynthError::Tags(self.tags));
        }
        if !(0.0..=MAX_DENSITY).contains(&self.density) {
            return Err(SynthError::Density(self.density));
        }
        self.data_sources
            .checked_mul(u64::from(self.columns_per_source))
            .filter(|&columns| columns <= i64::MAX.unsigned_abs())
            .ok_or(SynthError::TooManyColumns {
                data_sources: self.data_sources,
                columns_per_source: self.columns_per_source,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_made_is_told() {
        let base = Spec::default();
        for broken in [
            Spec {
                columns_per_source: 0,
                ..base.clone()
            },
            Spec {
                tags: 0,
                ..base.clone()
            },
            Spec {
                density: f64::NAN,
                ..base.clone()
            },
            Spec {
                density: -0.1,
                ..base.clone()
            },
            Spec {
                density: 65.0,
                ..base.clone()
            },
            Spec {
                data_sources: u64::MAX,
                ..base.clone()
            },
        ] {
            assert!(broken.columns().is_err(), "{broken:?}");
            assert!(record_batches(&broken, 10).is_err(), "{broken:?}");
        }
        let few = Spec {
            tags: 2,
            rules: 0,
            distinct: true,
            ..base
        };
        assert!(matches!(
            record_batches(&few, 10).err(),
            Some(SynthError::NotDistinct { .. })
        ));
    }
}

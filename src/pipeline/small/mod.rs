//! Small catalogs, in memory: how they come in, and how large they may be.

mod document;
mod tables;

pub use document::CatalogRequest;

use super::PipelineError;
use super::journey::check_table_tags;
use super::ordered::calmly;
use crate::catalog::{Catalog, CatalogError, CatalogInput, Held, Overrides, StreamLimits, Weight};
use crate::compile::Program;
use crate::document::Limits;
use std::sync::Arc;

/// What a small catalog may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogLimits {
    /// Bytes of the document or stream that it comes as.
    pub bytes: usize,
    /// Rows: columns, as often as they come, and data sources of a second table.
    pub rows: u64,
    /// Tags in all lists together.
    pub tags: u64,
    /// Bytes of all names, each as often as it is said.
    pub text_bytes: u64,
}

impl Default for CatalogLimits {
    fn default() -> Self {
        CatalogLimits {
            bytes: 4 << 20,
            rows: 100_000,
            tags: 1_000_000,
            text_bytes: 64 << 20,
        }
    }
}

impl CatalogLimits {
    fn document(&self) -> Limits {
        Limits {
            max_bytes: self.bytes,
            ..Limits::default()
        }
    }

    fn stream(&self) -> StreamLimits {
        StreamLimits {
            rows: self.rows,
            ..StreamLimits::default()
        }
    }

    fn check(&self, weight: Weight) -> Result<(), PipelineError> {
        let all = [
            ("rows", weight.rows, self.rows),
            ("tags", weight.tags, self.tags),
            ("bytes of names", weight.text_bytes, self.text_bytes),
        ];
        match all.into_iter().find(|(_, found, limit)| found > limit) {
            Some((what, _, limit)) => Err(CatalogError::TooMuch { what, limit }.into()),
            None => Ok(()),
        }
    }
}

/// A catalog in memory, within its limits.
#[derive(Debug, Clone)]
pub struct SmallCatalog {
    columns: Held,
    sources: Option<Held>,
    input: CatalogInput,
    rows: u64,
}

impl SmallCatalog {
    /// A catalog of tables: its columns, and the second table if there is one.
    ///
    /// # Errors
    ///
    /// Over a limit.
    pub fn new(
        columns: Held,
        sources: Option<Held>,
        limits: &CatalogLimits,
    ) -> Result<Self, PipelineError> {
        let input = CatalogInput::default();
        calmly(|| {
            let mut weight = columns.weight(&input.mapping)?;
            if let Some(sources) = &sources {
                weight = weight.and(sources.weight(&input.mapping)?);
            }
            limits.check(weight)?;
            Ok(SmallCatalog {
                columns,
                sources,
                input: input.clone(),
                rows: weight.rows,
            })
        })
    }

    /// The catalog of an Arrow IPC stream in the one-table shape, that findings call `name`.
    ///
    /// # Errors
    ///
    /// A stream that is none, is broken, compressed or does not fit; over a limit.
    pub fn of_stream(
        name: &'static str,
        bytes: &[u8],
        limits: &CatalogLimits,
    ) -> Result<Self, PipelineError> {
        if bytes.len() > limits.bytes {
            let limit = limits.bytes as u64;
            return Err(CatalogError::TooMuch {
                what: "bytes",
                limit,
            }
            .into());
        }
        let mapping = Default::default();
        let table = Held::of_stream(name, bytes, &mapping, &limits.stream())?;
        SmallCatalog::new(table, None, limits)
    }

    /// The catalog of a JSON document, that findings call `name`: data sources with
    /// their tags and columns.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Small`] with all that is wrong with the document; over a limit.
    ///
    /// ```
    /// use classmark::pipeline::{CatalogLimits, PipelineError, SmallCatalog};
    /// let limits = CatalogLimits::default();
    /// let catalog = br#"{"data_sources": [{"id": 7, "tags": ["Pii"],
    ///     "columns": [{"name": "email", "tags": [{"name": "x", "source": "collibra"}]}]}]}"#;
    /// assert!(SmallCatalog::of_json("catalog", catalog, &limits).is_ok());
    /// let error = SmallCatalog::of_json("catalog", b"{}", &limits).unwrap_err();
    /// let PipelineError::Small(findings) = error else { panic!() };
    /// assert_eq!(findings[0].message, "field `data_sources` is missing");
    /// ```
    pub fn of_json(
        name: &str,
        bytes: &[u8],
        limits: &CatalogLimits,
    ) -> Result<Self, PipelineError> {
        document::catalog(name, bytes, limits)
    }

    /// How many rows it has, those of a second table too.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The catalog as a program sees it.
    pub(super) fn open(
        &self,
        program: &Program,
        overrides: &Overrides,
    ) -> Result<Catalog, PipelineError> {
        let vocabulary = Arc::clone(program.vocabulary());
        let (columns, sources) = (&self.columns, self.sources.as_ref());
        let overrides = overrides.clone();
        let catalog = Catalog::held(columns, sources, &self.input, vocabulary, overrides)?;
        check_table_tags(&catalog, program)?;
        Ok(catalog)
    }
}

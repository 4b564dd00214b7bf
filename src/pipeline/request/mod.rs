//! What a run is asked for by somebody who is not trusted with the machine: files
//! below a folder, and how they are tagged.

mod confined;
mod read;

pub use confined::Confinement;

use super::overrides::{OverrideDocuments, overrides_in};
use super::tag::TagOptions;
use super::{ComplianceDocuments, PipelineError, RollupOptions};
use crate::catalog::{CatalogInput, Day, Mapping};
use crate::diagnostic::Diagnostic;
use crate::output::Export;
use crate::tag::TagMatch;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// A request for a run. Every path in it is relative and names files below a
/// folder that the request does not choose.
///
/// ```
/// use classmark::diagnostic::Source;
/// use classmark::pipeline::RunRequest;
///
/// let text = r#"{"columns": ["catalog/columns.parquet"], "tagMatch": "hierarchical"}"#;
/// assert!(RunRequest::parse(&Source::new("request", text)).is_ok());
///
/// let text = r#"{"columns": ["../columns.parquet"]}"#;
/// let findings = RunRequest::parse(&Source::new("request", text)).unwrap_err();
/// assert_eq!(findings[0].pointer, "/columns/0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    columns: Vec<PathBuf>,
    sources: Vec<PathBuf>,
    overrides: Vec<PathBuf>,
    matching: TagMatch,
    quarantine: bool,
    no_table_tags: bool,
    as_of: Option<Day>,
    report: bool,
    exports: Vec<Export>,
    mapping: Mapping,
}

/// What a run needs to know beside the request.
#[derive(Debug, Clone)]
pub struct RunPlace {
    /// Where files are read from.
    pub files: Confinement,
    /// Where the results go.
    pub out: PathBuf,
    /// Seconds after 1970-01-01 began in UTC: the day of a request without one.
    pub now: i64,
    /// Threads; none said: as many as there are processors.
    pub threads: Option<NonZeroUsize>,
}

impl RunRequest {
    /// The paths by the names of their fields.
    fn paths(&self) -> [(&'static str, &[PathBuf]); 3] {
        [
            ("columns", &self.columns),
            ("sources", &self.sources),
            ("overrides", &self.overrides),
        ]
    }

    /// Whether forms of a rollup are asked for, for which there have to be
    /// compliance frameworks.
    pub fn wants_rollup(&self) -> bool {
        self.report || !self.exports.is_empty()
    }

    /// The same without what tells of compliance: for whoever wants the catalog and
    /// its overrides alone.
    pub fn without_reports(&self) -> Self {
        RunRequest {
            report: false,
            exports: Vec::new(),
            ..self.clone()
        }
    }

    /// The catalog that is asked for.
    pub fn catalog(&self, files: &Confinement) -> CatalogInput {
        CatalogInput {
            columns: self.columns.clone(),
            sources: self.sources.clone(),
            files: files.files().clone(),
            mapping: self.mapping.clone(),
            quarantine: self.quarantine,
            no_table_tags: self.no_table_tags,
            ..CatalogInput::default()
        }
    }

    /// When a tag meets a criterion.
    pub fn matching(&self) -> TagMatch {
        self.matching
    }

    /// The day that is asked for, or else today.
    fn as_of(&self, place: &RunPlace) -> Day {
        let today = Day::of_unix_seconds(place.now).unwrap_or_default();
        self.as_of.unwrap_or(today)
    }

    /// The overrides that are asked for, read and judged; none without files.
    ///
    /// # Errors
    ///
    /// A path that stands for no file.
    pub fn overrides(&self, place: &RunPlace) -> Result<OverrideDocuments, PipelineError> {
        if self.overrides.is_empty() {
            return Ok(OverrideDocuments::default());
        }
        overrides_in(place.files.files(), &self.overrides, self.as_of(place))
    }

    /// What to tag and how, for [`tag`](super::tag), and what is questionable about
    /// the overrides, which are read here.
    ///
    /// # Errors
    ///
    /// Overrides or compliance frameworks with errors, a path that stands for no file.
    pub fn options(
        &self,
        place: &RunPlace,
        compliance: ComplianceDocuments,
    ) -> Result<(TagOptions, Vec<Diagnostic>), PipelineError> {
        let as_of = self.as_of(place);
        let options = TagOptions {
            catalog: self.catalog(&place.files),
            threads: place.threads,
            matching: self.matching,
            rollup: self.rollup(compliance, as_of)?,
            ..TagOptions::new("", &place.out)
        };
        if self.overrides.is_empty() {
            return Ok((options, Vec::new()));
        }
        let overrides = self.overrides(place)?;
        let findings = overrides.diagnostics.clone();
        Ok((options.with_overrides(overrides)?, findings))
    }

    fn rollup(
        &self,
        compliance: ComplianceDocuments,
        as_of: Day,
    ) -> Result<Option<RollupOptions>, PipelineError> {
        if compliance.frameworks.is_empty() && !compliance.has_errors() && !self.wants_rollup() {
            return Ok(None);
        }
        Ok(Some(RollupOptions {
            exports: self.exports.clone(),
            report: self.report,
            as_of,
            ..RollupOptions::of(compliance)?
        }))
    }
}

//! The journey from documents and files to a folder of results, and the same
//! for embedders, from record batches to record batches.
//!
//! The only room that starts threads. What a rule means is decided elsewhere.

mod check;
mod contiguous;
mod diff;
mod documents;
mod error;
mod evaluate;
mod journey;
mod ordered;
mod out;
mod overrides;
mod preview;
mod progress;
mod recount;
mod request;
mod rollup;
mod scattered;
mod small;
mod survey;
mod tag;
mod tagger;

pub use check::{CheckOptions, check};
pub use diff::{DiffOptions, DiffSummary, PENDING_BYTES, diff};
pub use documents::{
    ComplianceDocuments, Documents, check_rules_known, load_compliance, load_frameworks,
};
pub use error::{Blame, PipelineError};
pub use evaluate::{EvaluateOptions, Evaluation, Prepared, Row, WorkLimits, evaluate};
pub use overrides::{OverrideDocuments, load_overrides};
pub use preview::{
    ChangedRow, Changes, Preview, PreviewCatalog, PreviewOptions, RulePreview, Samples,
    SidePreview, preview,
};
pub use progress::{Progress, Silent};
pub use request::{Confinement, RunPlace, RunRequest};
pub use rollup::{RecountOptions, RollupOptions, RollupSummary, rollup};
pub use small::{CatalogLimits, CatalogRequest, SmallCatalog};
pub use tag::{TagOptions, TagSummary, tag};
pub use tagger::{TaggedReader, Tagger};

// What a run came to, for those who know of runs and not of folders.
pub use crate::archive::{
    ArchiveError, ResultFile, RollupFramework, RollupRule, StoredOutput, StoredRollup, StoredRule,
    is_kept, results, run_rules,
};

//! Runs that are done, read back from their folders.
//!
//! A [`Run`] is believed only if its files are what its manifest says. A file
//! of assignments is [walked](Walker) row group by row group, in any number of
//! threads, column by column; a [`RunReader`] goes through all data sources of
//! a run, those without assignments, too.

mod error;
mod file;
mod manifest;
mod overrides;
mod result_file;
mod rollup;
mod rules;
mod run;
mod set_aside;
mod sources;
mod table;
mod text;
mod walk;

pub use error::ArchiveError;
pub use manifest::{StoredCounts, StoredManifest, StoredOptions, StoredOutput};
pub use result_file::{ResultFile, is_kept, results, run_rules};
pub use rollup::{
    RollupControl, RollupFindings, RollupFramework, RollupRatio, RollupRequirement, RollupRule,
    RollupScores, RollupTag, StoredRollup,
};
pub use rules::StoredRule;
pub use run::{ASSIGNMENTS, Run};
pub use set_aside::SetAside;
pub use sources::RunReader;
pub use walk::{AssignmentFile, StoredColumn, StoredRow, Visitor, Walker};

//! output
mod commit;

pub use commit::{CommitError, Refusal, StagedFile, Staging, Step, Written, is_ours};

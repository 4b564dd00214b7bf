//! Results in, bytes out.
//!
//! A run's folder is [committed](Staging) as a whole. The
//! assignments are [encoded](AssignmentEncoder) row group by row group, in any
//! thread, and appended in order; other tables are written as a whole. This room
//! decides nothing about rules.

mod assignments;
mod commit;
mod diff;
mod encode;
mod manifest;
mod overrides;
mod records;
pub(crate) mod rollup;
mod sources;
mod table;

pub use assignments::{AssignmentNames, AssignmentRows, BATCH_ROWS, assignment_schema};
pub use commit::{
    CommitError, Refusal, StagedFile, Staging, Step, Written, discard, is_ours, traces,
};
pub use diff::{ChangeTable, ComparedRun, DiffManifest, DiffRecord, write_diff};
pub use encode::AssignmentEncoder;
pub use manifest::{
    CountsRecord, FrameworkRecord, InputRecord, MANIFEST, Manifest, OptionsRecord, OutputRecord,
    RollupManifest, RunRecord, ToolRecord,
};
pub use overrides::{OverrideRow, overrides_batch};
pub use records::{RuleRow, rejected_batch, rules_batch};
pub use rollup::{
    Basis, CsvOptions, Export, OCSF, OSCAL, OverrideRecord, REPORT, ROLLUP_CSV, ROLLUP_JSON,
    ROLLUP_PARQUET, rollup_batch, stage_report, write_ocsf, write_oscal, write_report,
    write_rollup, write_rollup_csv, write_rollup_json,
};
pub use sources::{SourceTable, source_batch};
pub use table::{EncodedRowGroup, Leaves, OutputError, Table};

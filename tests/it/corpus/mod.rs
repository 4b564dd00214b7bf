//! The corpus of cases, and the engines that it is run on.

mod case;
mod compiled;
mod difference;
mod engine;
mod journey;
mod override_files;
mod tables;

pub(crate) use case::{Case, FaultyDocument, faulty_documents, scenarios};
pub(crate) use compiled::{chunk, distinct};
pub(crate) use difference::difference;
pub(crate) use engine::{Engine, Job, engines, every_way, is_rejected};
pub(crate) use journey::{
    Container, Journey, assignments, overrides, read_assignments, rows_of_file,
};
pub(crate) use override_files::OverrideFormat;
pub(crate) use tables::{column_batch, one_table, source_batch};

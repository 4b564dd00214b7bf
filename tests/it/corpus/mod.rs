//! The corpus of cases, and the engines that it is run on.

mod case;
mod compiled;
mod difference;
mod engine;
mod journey;
mod tables;

pub(crate) use case::{Case, FaultyDocument, faulty_documents, scenarios};
pub(crate) use difference::difference;
pub(crate) use engine::{Engine, Job, engines, every_way};
pub(crate) use journey::{Journey, assignments, read_assignments, rows_of_file};
pub(crate) use tables::one_table;

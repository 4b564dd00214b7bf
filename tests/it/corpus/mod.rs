//! The corpus of cases, and the engines that it is run on.

mod case;
mod difference;
mod engine;

pub(crate) use case::{Case, faulty_documents, scenarios};
pub(crate) use difference::difference;
pub(crate) use engine::{Engine, Job, engines};

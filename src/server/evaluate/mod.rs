//! Small catalogs, answered at once under the stored rules.

mod answer;
mod desk;
mod endpoints;
mod preview;
mod programs;
mod records;
mod refusal;
mod request;

pub(super) use answer::typed;
pub(super) use desk::Desk;
pub(super) use endpoints::endpoints;

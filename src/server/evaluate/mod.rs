//! Small catalogs, answered at once under the stored rules.

mod answer;
mod desk;
mod endpoints;
mod programs;
mod records;
mod refusal;
mod request;
mod stored;

pub(super) use desk::Desk;
pub(super) use endpoints::endpoints;

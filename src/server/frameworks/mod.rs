//! Immuta's `/frameworks`: classification frameworks and their versions.
//!
//! What a client sends is checked on a thread of its own against the version it
//! is for, and again in the store only if somebody else was faster.

mod body;
mod endpoints;
mod merge;
mod precondition;
mod reading;
mod records;
mod refusal;
mod shelf;
mod shipped;
mod text;
mod versions;
mod writing;

pub(super) use body::{Document, YAML};
pub(super) use endpoints::endpoints;
pub(super) use merge::{merged, parsed};
pub(super) use records::FrameworkChange;
pub(super) use shelf::Shelf;
pub(super) use shipped::ship;

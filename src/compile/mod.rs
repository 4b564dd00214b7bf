//! Frameworks in, an immutable [`Program`] out.
//!
//! What is decided here is decided once for all chunks and all threads: which
//! tags have numbers, which rules wait at which tag, which criteria several
//! rules share, and how far a tag given by a rule can reach.

mod error;
mod guard;
mod index;
pub mod lint;
pub mod near;
mod notice;
mod program;
mod strata;

pub use error::CompileError;
pub use program::{Options, Program, RuleRecord};

//! Text in, checked requirement and control documents out.
//!
//! What a rule means is not known here, only that it has an id.

mod model;

pub use model::{ComplianceFramework, Control, Requirement, RuleReference};

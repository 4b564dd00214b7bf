//! Text in, checked classification frameworks out.

mod model;

pub use model::{DeclaredTag, Framework, Origin, Rule};

//! catalog
mod chunk;
pub use chunk::{Chunk, REJECTED, SourceSpan};

//! From outcomes straight to the column chunks of `assignments.parquet`.
//!
//! A general encoder looks at every value of every row. Here, what a row
//! holds is known by small numbers already: its data source, the key of its
//! column's name, and the outcome of the rules, which many columns share. So
//! the dictionary of each column is written from those numbers once per row
//! group, and a row costs a few bits to be packed. Pages, headers and footer
//! are the parquet crate's.
//!
//! Everything that shows in the file depends on the rows alone: dictionaries
//! hold values in the order of their first row, pages end after a number of
//! rows, a dictionary that gets too large is given up at a row.

mod bounds;
mod chunk;
mod dictionary;
mod group;
mod hybrid;
mod ids;
mod kinds;
mod names;
mod outcomes;
mod press;
mod runs;

pub(super) use chunk::EncodedChunk;
pub use group::AssignmentEncoder;

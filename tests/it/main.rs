//! Integration tests.

mod cli;
mod commit;
mod demo;
mod frameworks;

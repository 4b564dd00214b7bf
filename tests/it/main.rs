//! Integration tests.

mod commit;
mod demo;
mod frameworks;

//! Integration tests.

mod frameworks;

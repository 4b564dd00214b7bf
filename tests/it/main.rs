//! Integration tests.

mod architecture;
mod corpus;
mod properties;
mod scenarios;

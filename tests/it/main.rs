//! Integration tests.
#![cfg(test)]

mod architecture;
mod corpus;
mod properties;
mod scenarios;

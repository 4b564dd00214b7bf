//! Integration tests.
#![cfg(test)]

mod architecture;
mod catalogs;
mod cli;
mod commit;
mod corpus;
mod demo;
mod diffs;
mod documents;
mod encoding;
mod frameworks;
mod guards;
mod properties;
mod real_catalogs;
mod scenarios;

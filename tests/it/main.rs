//! Integration tests.
#![cfg(test)]

mod architecture;
mod catalogs;
mod cli;
mod commit;
mod compliance;
mod corpus;
mod demo;
mod diffs;
mod documents;
mod encoding;
mod evaluations;
mod frameworks;
mod guards;
mod library;
#[cfg(unix)]
mod output_folder;
mod overrides;
mod previews;
mod properties;
mod real_catalogs;
mod report;
mod requests;
mod rollup_files;
mod rollups;
mod scenarios;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod store;

//! Integration tests.
#![cfg(test)]

mod cli;
mod commit;
mod demo;
mod frameworks;

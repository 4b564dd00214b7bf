//! classmark tags data catalogs by rule.
//!
//! Classification frameworks go in on one side, catalogs of data sources and
//! columns on the other; tag assignments come out.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod diagnostic;
pub mod tag;

pub mod bits;

mod document;

pub mod compliance;
pub mod framework;

pub mod catalog;

pub mod compile;
pub mod reference;

pub mod evaluate;

pub mod rollup;

pub mod diff;

pub mod output;

pub mod archive;

pub mod pipeline;
pub mod synth;

#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod store;

#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod server;

pub use arrow;
pub use parquet;

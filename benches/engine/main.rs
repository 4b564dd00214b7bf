//! The engine without files, and the whole journey with them. Every bench
//! checks its answer before it is timed.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot be set up has nothing to say"
)]

mod catalog;
mod compile;
mod encode;
mod end_to_end;
mod evaluate;
mod ingest;
mod rollup;

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

/// Short enough that all of it takes minutes; ratios matter here, not the last percent.
fn brief() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
}

criterion_group! {
    name = benches;
    config = brief();
    targets = compile::compile, evaluate::evaluate, encode::encode, ingest::ingest, rollup::rollup, end_to_end::end_to_end
}
criterion_main!(benches);

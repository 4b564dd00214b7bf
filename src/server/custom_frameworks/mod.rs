//! Custom frameworks: requirements and controls, and the rules that they rest on.
//!
//! - [`record`]: how they look;
//! - [`read`]: bodies → records;
//! - [`check`]: what may not be in them;
//! - [`change`], [`look`]: the endpoints.

mod change;
mod check;
mod look;
mod read;
mod record;

pub(super) use record::model_of;

use super::endpoint::Endpoint;
use super::openapi::Parameter;

/// Where they are.
const BASE: &str = "/api/v2/cloud_security_management/custom_frameworks";

/// Where one of them is: never by its `id`, which `a-b` with `c` and `a` with `b-c` share.
const ONE: &str = "/api/v2/cloud_security_management/custom_frameworks/{handle}/{version}";

/// What the path names.
const PARTS: [&str; 2] = ["handle", "version"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    [change::endpoints(), look::endpoints()]
        .into_iter()
        .flatten()
        .collect()
}

fn parameters() -> [Parameter; 2] {
    [
        Parameter::path("handle", "What it is known by."),
        Parameter::path("version", "Its version, as its author calls it."),
    ]
}

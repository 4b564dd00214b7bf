//! The day that it is.

use classmark::catalog::Day;
use std::time::{SystemTime, UNIX_EPOCH};

/// The day that it is in UTC; 1970-01-01 by a clock that is not set.
pub(crate) fn today() -> Day {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let day = i64::try_from(seconds).ok().and_then(Day::of_unix_seconds);
    day.unwrap_or_default()
}

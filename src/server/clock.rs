//! The time of day: every write is stamped with it.

use chrono::{DateTime, SecondsFormat};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock that never goes back, whatever the machine's does.
#[derive(Debug, Default)]
pub(super) struct Clock {
    latest: AtomicI64,
}

impl Clock {
    /// Milliseconds since 1970, UTC.
    pub(super) fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| since.as_millis() as i64);
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }
}

/// `2023-10-19T16:14:39.109Z`.
pub(super) fn rfc3339(milliseconds: i64) -> String {
    let time = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::{Clock, rfc3339};

    #[test]
    fn times_are_written_to_the_millisecond() {
        assert_eq!(rfc3339(1_697_732_079_109), "2023-10-19T16:14:39.109Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn time_does_not_go_back() {
        let clock = Clock::default();
        let ahead = clock.now() + 60_000;
        clock
            .latest
            .store(ahead, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(clock.now(), ahead);
    }
}

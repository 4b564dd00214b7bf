//! The time of day: every write is stamped with it, and every run has its date from it.

use chrono::{DateTime, SecondsFormat};
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time of day; the machine's, by default.
///
/// It is asked each time and never remembered. A machine's clock can be set wrong and
/// put right again, and everything that is dated from then on has to be right again,
/// too. So times are no order: what has to have one is numbered, and durations are
/// measured by a clock that nobody sets.
#[derive(Clone)]
pub struct Clock {
    time: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Clock {
    /// A clock that shows what `time` says.
    pub fn new(time: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Clock {
            time: Arc::new(time),
        }
    }

    /// Milliseconds since 1970, UTC; 0 before that.
    pub(super) fn now(&self) -> i64 {
        let since = (self.time)().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn times_are_written_to_the_millisecond() {
        assert_eq!(rfc3339(1_697_732_079_109), "2023-10-19T16:14:39.109Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_clock_shows_what_it_is_set_to_and_remembers_nothing() {
        let set = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&set);
        let clock = Clock::new(move || {
            let seconds = Duration::from_secs(shown.load(Ordering::Relaxed));
            UNIX_EPOCH + seconds
        });
        for seconds in [1_700_000_000, 8_700_000_000, 1_700_000_001, 0] {
            set.store(seconds, Ordering::Relaxed);
            assert_eq!(clock.now(), seconds as i64 * 1000);
        }
        let before = Clock::new(|| UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(before.now(), 0);
    }
}

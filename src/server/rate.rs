//! How many calls one caller may make in a second.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Callers that are remembered at once; those that have waited longest make room.
const MOST: usize = 10_000;

/// Who is counted: a token, or whoever comes from an address without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Meter {
    Token(usize),
    Address(IpAddr),
}

/// Buckets that fill by `rate` a second, and hold a second's worth.
#[derive(Debug)]
pub(super) struct Rates {
    rate: u32,
    buckets: Mutex<HashMap<Meter, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    seen: Instant,
}

impl Rates {
    /// `rate` calls a second for each; 0 is no limit.
    pub(super) fn new(rate: u32) -> Self {
        Rates {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes a call into account.
    ///
    /// # Errors
    ///
    /// When to come back: there were too many.
    pub(super) fn take(&self, meter: Meter, now: Instant) -> Result<(), Duration> {
        if self.rate == 0 {
            return Ok(());
        }
        let rate = f64::from(self.rate);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&meter) {
            forget(&mut buckets, now);
        }
        let bucket = buckets.entry(meter).or_insert(Bucket {
            left: rate,
            seen: now,
        });
        let passed = now.saturating_duration_since(bucket.seen).as_secs_f64();
        bucket.left = (bucket.left + passed * rate).min(rate);
        bucket.seen = bucket.seen.max(now);
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / rate));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// Forgets full buckets, which say nothing, or else all.
fn forget(buckets: &mut HashMap<Meter, Bucket>, now: Instant) {
    buckets.retain(|_, bucket| now.saturating_duration_since(bucket.seen).as_secs() < 1);
    if buckets.len() >= MOST {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Meter, Rates};
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    #[test]
    fn a_second_holds_so_many_calls_and_no_more() {
        let rates = Rates::new(10);
        let start = Instant::now();
        let me = Meter::Token(0);
        for _ in 0..10 {
            assert!(rates.take(me, start).is_ok());
        }
        let wait = rates.take(me, start).unwrap_err();
        assert!((wait.as_secs_f64() - 0.1).abs() < 0.001, "{wait:?}");
        assert!(rates.take(Meter::Token(1), start).is_ok());
        assert!(rates.take(me, start + Duration::from_millis(100)).is_ok());
        assert!(rates.take(me, start + Duration::from_millis(100)).is_err());
    }

    #[test]
    fn no_rate_is_no_limit() {
        let rates = Rates::new(0);
        let now = Instant::now();
        assert!((0..1000).all(|_| rates.take(Meter::Token(0), now).is_ok()));
    }

    #[test]
    fn many_addresses_do_not_take_memory() {
        let rates = Rates::new(1);
        let now = Instant::now();
        for n in 0..3 * MOST as u32 {
            let _ = rates.take(Meter::Address(IpAddr::V4(Ipv4Addr::from_bits(n))), now);
        }
        assert!(rates.buckets.lock().unwrap().len() <= MOST);
    }
}

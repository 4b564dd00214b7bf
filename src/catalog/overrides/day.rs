//! Days, as overrides end with them.

use chrono::{Datelike, NaiveDate};
use std::fmt;
use std::str::FromStr;

/// A day of the calendar from the year 0000 to 9999, in no time zone; by
/// default 1970-01-01.
///
/// ```
/// use classmark::catalog::Day;
/// let day: Day = "2026-02-28".parse().unwrap();
/// assert_eq!(day.to_string(), "2026-02-28");
/// assert!(day < "2026-03-01".parse().unwrap());
/// assert!("2026-02-30".parse::<Day>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(NaiveDate);

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a day that there is, as `2026-12-31`")]
pub struct DayError;

/// Seconds of a day; leap seconds have none of their own.
const SECONDS: i64 = 86_400;

impl Day {
    /// The day that lies so many days after 1970-01-01; `None` outside the years 0000 to 9999.
    ///
    /// ```
    /// use classmark::catalog::Day;
    /// assert_eq!(Day::of_unix_days(-1).unwrap().to_string(), "1969-12-31");
    /// assert_eq!(Day::of_unix_days(i64::MAX), None);
    /// ```
    pub fn of_unix_days(days: i64) -> Option<Self> {
        let date = NaiveDate::from_epoch_days(i32::try_from(days).ok()?)?;
        (0..=9999).contains(&date.year()).then_some(Day(date))
    }

    /// The day in UTC of a moment, in seconds after 1970-01-01 began there.
    ///
    /// ```
    /// use classmark::catalog::Day;
    /// assert_eq!(Day::of_unix_seconds(86_399).unwrap().to_string(), "1970-01-01");
    /// ```
    pub fn of_unix_seconds(seconds: i64) -> Option<Self> {
        Day::of_unix_days(seconds.div_euclid(SECONDS))
    }

    /// How many days after 1970-01-01 it lies.
    pub fn unix_days(self) -> i32 {
        self.0.to_epoch_days()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Day(date) = self;
        write!(
            f,
            "{:04}-{:02}-{:02}",
            date.year(),
            date.month(),
            date.day()
        )
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Reads `YYYY-MM-DD` and nothing else: no sign, no blank, no time of day.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let [year, month, day] = parts(text).ok_or(DayError)?;
        let year = i32::try_from(year).map_err(|_| DayError)?;
        NaiveDate::from_ymd_opt(year, month, day)
            .map(Day)
            .ok_or(DayError)
    }
}

fn parts(text: &str) -> Option<[u32; 3]> {
    let number = |digits: &str, length: usize| {
        let plain = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let mut parts = text.split('-');
    let mut next = |length| number(parts.next()?, length);
    let found = [next(4)?, next(2)?, next(2)?];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::Day;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026-02-30",
            "2026-2-3",
            "+2026-02-03",
            "2026-02-03T00:00:00",
            " 2026-02-03",
            "2026-13-01",
            "2026-00-01",
            "02026-02-03",
            "2026-02-03-",
            "26-02-03",
            "２０２６-02-03",
            "never",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert!("2024-02-29".parse::<Day>().is_ok());
        assert!("2025-02-29".parse::<Day>().is_err());
    }

    #[test]
    fn the_calendar_ends_where_its_text_does() {
        let (first, last) = ("0000-01-01", "9999-12-31");
        for (text, beyond) in [(first, -1), (last, 1)] {
            let day: Day = text.parse().unwrap();
            assert_eq!(Day::of_unix_days(day.unix_days().into()), Some(day));
            assert_eq!(Day::of_unix_days((day.unix_days() + beyond).into()), None);
        }
    }

    proptest! {
        #[test]
        fn text_and_number_name_one_day(days in -700_000i64..2_900_000) {
            if let Some(day) = Day::of_unix_days(days) {
                prop_assert_eq!(i64::from(day.unix_days()), days);
                prop_assert_eq!(day.to_string().parse::<Day>(), Ok(day));
                prop_assert_eq!(Day::of_unix_seconds(days * 86_400 + 86_399), Some(day));
            }
        }
    }
}

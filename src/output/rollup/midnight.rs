//! Other formats want a moment where a rollup knows a day: its first.

use std::io::{self, ErrorKind};

/// The first moment of a day, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Midnight {
    /// As `2026-11-21T00:00:00Z`.
    pub(super) text: String,
    /// Milliseconds since 1970.
    pub(super) milliseconds: i64,
}

impl Midnight {
    /// Of a day as `2026-11-21`, of the years that OSCAL can say: 1900 to 2999.
    ///
    /// # Errors
    ///
    /// When `day` is none.
    pub(super) fn of(day: &str) -> io::Result<Self> {
        let fault = || {
            let what = "the day of the rollup is none from `1900-01-01` to `2999-12-31`";
            io::Error::new(ErrorKind::InvalidInput, what)
        };
        let days = days_since_1970(day).ok_or_else(fault)?;
        Ok(Midnight {
            text: format!("{day}T00:00:00Z"),
            milliseconds: days * 86_400_000,
        })
    }
}

fn days_since_1970(day: &str) -> Option<i64> {
    let digits = |from: usize, to: usize| {
        let part = day.get(from..to)?;
        let plain = part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<i64>().ok()).flatten()
    };
    let dashes = day.len() == 10 && day.get(4..5) == Some("-") && day.get(7..8) == Some("-");
    let (year, month, date) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [
        31,
        28 + i64::from(leap),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    let length = *lengths.get(before)?;
    if !dashes || !(1900..3000).contains(&year) || date == 0 || date > length {
        return None;
    }
    let whole = |years: i64| years * 365 + years / 4 - years / 100 + years / 400;
    let months: i64 = lengths.iter().take(before).sum();
    Some(whole(year - 1) - whole(1969) + months + date - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn days(day: &str, wanted: i64) {
        let midnight = Midnight::of(day).unwrap();
        assert_eq!(midnight.milliseconds, wanted * 86_400_000, "{day}");
        assert_eq!(midnight.text, format!("{day}T00:00:00Z"));
    }

    #[test]
    fn days_are_counted_from_1970() {
        days("1970-01-01", 0);
        days("1969-12-31", -1);
        days("1972-02-29", 789);
        days("2000-03-01", 11_017);
        days("2026-11-21", 20_778);
        days("1900-01-01", -25_567);
        days("2999-12-31", 376_199);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026-11-31",
            "2026-02-29",
            "1900-02-29",
            "2026-00-01",
            "2026-13-01",
            "2026-01-00",
            "0000-01-01",
            "1899-12-31",
            "3000-01-01",
            "2026-1-01",
            "2026/01/01",
            "+026-01-01",
            "2026-01-01T00:00:00Z",
            "２026-01-0",
        ] {
            assert!(Midnight::of(text).is_err(), "{text}");
        }
    }
}

//! Counts and shares as people read them.

use crate::rollup::Ratio;
use std::fmt::{self, Write};

/// Between the thousands, and before a percent sign: narrow, and no place to
/// break a line at.
const THIN: char = '\u{202f}';

/// A count, its thousands apart: `1 234 567`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(THIN)?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// A count and what is counted; made by [`counted`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    count: u64,
    what: &'static str,
}

/// A count and what is counted: `1 column`, `2 columns`.
pub(crate) fn counted(count: u64, one: &'static str, many: &'static str) -> Counted {
    let what = if count == 1 { one } else { many };
    Counted { count, what }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Grouped(self.count), self.what)
    }
}

/// How many there are of something held in memory.
pub(crate) fn length<T>(of: &[T]) -> u64 {
    u64::try_from(of.len()).unwrap_or(u64::MAX)
}

/// A share in percent, cut after one decimal and never rounded up: `100.0 %` is
/// all of it, and what is not nothing is not `0.0 %`. Of nothing there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Percent(pub(crate) Ratio);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ratio {
            numerator,
            denominator,
        } = self.0;
        match per_mille(self.0) {
            None => f.write_char('–'),
            Some(0) if numerator > 0 && denominator > 0 => write!(f, "under 0.1{THIN}%"),
            Some(tenths) => write!(f, "{}.{}{THIN}%", tenths / 10, tenths % 10),
        }
    }
}

/// Thousandths, cut; `None`: of nothing.
pub(crate) fn per_mille(ratio: Ratio) -> Option<u64> {
    let share = (u128::from(ratio.numerator) * 1000).checked_div(u128::from(ratio.denominator))?;
    u64::try_from(share).ok()
}

#[cfg(test)]
mod tests {
    use super::{Grouped, Percent, counted};
    use crate::rollup::Ratio;
    use proptest::prelude::*;

    fn percent(numerator: u64, denominator: u64) -> String {
        let ratio = Ratio {
            numerator,
            denominator,
        };
        Percent(ratio).to_string()
    }

    #[test]
    fn thousands_stand_apart() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1\u{202f}000"),
            (1_234_567, "1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(Grouped(count).to_string(), text);
        }
        let most = Grouped(u64::MAX).to_string();
        assert_eq!(most.split('\u{202f}').count(), 7);
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(0, "column", "columns").to_string(), "0 columns");
        assert_eq!(counted(1, "column", "columns").to_string(), "1 column");
        assert_eq!(
            counted(2000, "column", "columns").to_string(),
            "2\u{202f}000 columns"
        );
    }

    #[test]
    fn a_share_is_cut_and_never_rounded_up() {
        assert_eq!(percent(12, 16), "75.0\u{202f}%");
        assert_eq!(percent(2, 3), "66.6\u{202f}%");
        assert_eq!(percent(99_999, 100_000), "99.9\u{202f}%");
        assert_eq!(percent(1, 100_000), "under 0.1\u{202f}%");
        assert_eq!(percent(0, 5), "0.0\u{202f}%");
        assert_eq!(percent(5, 5), "100.0\u{202f}%");
        assert_eq!(percent(u64::MAX, u64::MAX), "100.0\u{202f}%");
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        assert_eq!(percent(0, 0), "–");
    }

    proptest! {
        #[test]
        fn only_all_is_all_and_only_nothing_is_nothing(part in 0u64.., rest in 0u64..1 << 62) {
            let part = part >> 2;
            let text = percent(part, part + rest);
            prop_assert_eq!(text == "100.0\u{202f}%", part > 0 && rest == 0);
            prop_assert_eq!(text == "0.0\u{202f}%", part == 0 && rest > 0);
        }
    }
}

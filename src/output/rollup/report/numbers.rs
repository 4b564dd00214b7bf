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

/// A share in percent, rounded to one decimal. `100.0 %` is said of all and
/// `0.0 %` of none, and of nothing else: what is nearer to them than to the next
/// tenth is `99.9 %` and `under 0.1 %`. Of nothing there is no share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Percent(pub(crate) Ratio);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ratio {
            numerator,
            denominator,
        } = self.0;
        if denominator > 0 && numerator > 0 && rounded(self.0) == Some(0) {
            return write!(f, "under 0.1{THIN}%");
        }
        match per_mille(self.0) {
            None => f.write_char('–'),
            Some(tenths) => write!(f, "{}.{}{THIN}%", tenths / 10, tenths % 10),
        }
    }
}

/// Thousandths, rounded to the nearest, a half up. 0 is none of it, and 1000 is
/// all of it: a part is never rounded to either. `None`: of nothing.
pub(crate) fn per_mille(ratio: Ratio) -> Option<u64> {
    let share = rounded(ratio)?;
    let is_part = ratio.numerator > 0 && ratio.numerator < ratio.denominator;
    Some(if is_part { share.clamp(1, 999) } else { share })
}

/// Thousandths, rounded to the nearest.
fn rounded(ratio: Ratio) -> Option<u64> {
    let (part, all) = (u128::from(ratio.numerator), u128::from(ratio.denominator));
    let share = (2 * 1000 * part + all).checked_div(2 * all)?;
    u64::try_from(share).ok()
}

#[cfg(test)]
mod tests {
    use super::{Grouped, Percent, counted, per_mille};
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
    fn a_share_is_rounded_to_the_nearest_tenth() {
        for (numerator, denominator, text) in [
            (12, 16, "75.0"),
            (1, 7, "14.3"),
            (2, 3, "66.7"),
            (1, 3, "33.3"),
            (1, 16, "6.3"),
            (1, 1000, "0.1"),
            (1, 2000, "0.1"),
            (999, 1000, "99.9"),
        ] {
            assert_eq!(
                percent(numerator, denominator),
                format!("{text}\u{202f}%"),
                "{numerator} of {denominator}"
            );
        }
    }

    #[test]
    fn a_part_is_neither_all_nor_nothing() {
        assert_eq!(percent(2999, 3000), "99.9\u{202f}%");
        assert_eq!(percent(u64::MAX - 1, u64::MAX), "99.9\u{202f}%");
        assert_eq!(percent(1, 3000), "under 0.1\u{202f}%");
        assert_eq!(percent(1, u64::MAX), "under 0.1\u{202f}%");
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

        #[test]
        fn more_of_the_same_is_never_less(all in 1u64.., one in any::<u64>(), other in any::<u64>()) {
            let share = |part: u64| Ratio { numerator: part.min(all), denominator: all };
            let (less, more) = (share(one.min(other)), share(one.max(other)));
            prop_assert!(per_mille(less) <= per_mille(more));
            // What is shown ascends, too; `under 0.1` comes before `0.1`.
            let shown = |of: Ratio| {
                let text = Percent(of).to_string();
                let number = text.trim_start_matches("under ").trim_end_matches("\u{202f}%");
                (number.parse::<f64>().unwrap(), !text.starts_with("under"))
            };
            prop_assert!(shown(less) <= shown(more));
        }

        #[test]
        fn a_share_is_off_by_half_a_tenth_at_most(part in 0u64..10_000, rest in 1u64..10_000) {
            let (part, all) = (part, part + rest);
            let shown = per_mille(Ratio { numerator: part, denominator: all }).unwrap();
            let off = (2 * shown * all).abs_diff(2 * 1000 * part);
            let is_bounded = part > 0 && (shown == 1 || shown == 999);
            prop_assert!(off <= all || is_bounded && off < 2 * all);
        }
    }
}

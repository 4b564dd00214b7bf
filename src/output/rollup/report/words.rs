//! What a node counts, in words.

use super::numbers::{Grouped, counted};
use crate::rollup::{BySensitivity, Findings, RuleCounts, Status};
use std::fmt;

/// `12 pass, 3 fail, 1 muted`, without those that are not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FindingWords(pub(crate) Findings);

impl fmt::Display for FindingWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings { pass, fail, muted } = self.0;
        let parts = [(pass, "pass"), (fail, "fail"), (muted, "muted")];
        join(f, parts.into_iter(), "no findings")
    }
}

/// `15 columns (2 high, 5 medium, 8 low)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnWords(pub(crate) BySensitivity);

impl fmt::Display for ColumnWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = self.0.sum();
        write!(f, "{}", counted(sum, "column", "columns"))?;
        if sum == 0 {
            return Ok(());
        }
        write!(f, " (")?;
        let parts = BySensitivity::LEVELS.map(|level| (self.0.get(level), level_name(level)));
        join(f, parts.into_iter(), "")?;
        write!(f, ")")
    }
}

/// `3 rules referenced, 3 known, 2 evaluated, 1 fired`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleWords(pub(crate) RuleCounts);

impl fmt::Display for RuleWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RuleCounts {
            referenced,
            known,
            evaluated,
            fired,
        } = self.0;
        write!(
            f,
            "{} referenced, {} known, {} evaluated, {} fired",
            counted(referenced, "rule", "rules"),
            Grouped(known),
            Grouped(evaluated),
            Grouped(fired)
        )
    }
}

/// What a sensitivity is called: `high`, `medium`, `low` or `not rated`.
pub(crate) fn level_name(level: Option<u8>) -> &'static str {
    match level {
        Some(2..) => "high",
        Some(1) => "medium",
        Some(0) => "low",
        None => "not rated",
    }
}

/// What a status is called inside a sentence.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Fail => "fail",
        Status::Unknown => "unknown",
        Status::Pass => "pass",
        Status::Muted => "muted",
        Status::NoData => "no data",
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    parts: impl Iterator<Item = (u64, &'static str)>,
    none: &str,
) -> fmt::Result {
    let mut any = false;
    for (count, what) in parts.filter(|(count, _)| *count > 0) {
        let comma = if any { ", " } else { "" };
        write!(f, "{comma}{} {what}", Grouped(count))?;
        any = true;
    }
    if any { Ok(()) } else { f.write_str(none) }
}

#[cfg(test)]
mod tests {
    use super::{ColumnWords, FindingWords};
    use crate::rollup::{BySensitivity, Findings};

    #[test]
    fn what_is_not_there_is_left_out() {
        let findings = |pass, fail, muted| FindingWords(Findings { pass, fail, muted }).to_string();
        assert_eq!(findings(12, 0, 1), "12 pass, 1 muted");
        assert_eq!(findings(0, 0, 0), "no findings");

        let mut columns = BySensitivity::default();
        assert_eq!(ColumnWords(columns).to_string(), "0 columns");
        columns.add(Some(2), 1);
        assert_eq!(ColumnWords(columns).to_string(), "1 column (1 high)");
        columns.add(None, 1000);
        assert_eq!(
            ColumnWords(columns).to_string(),
            "1\u{202f}001 columns (1 high, 1\u{202f}000 not rated)"
        );
    }
}

//! Statuses and verdicts as a word with a shape: never by colour alone.

use crate::rollup::{Status, Verdict};
use std::fmt;

/// A status or verdict. The style sheet gives each its own shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Badge {
    class: &'static str,
    label: &'static str,
}

impl From<Status> for Badge {
    fn from(status: Status) -> Self {
        let label = match status {
            Status::Fail => "Fail",
            Status::Unknown => "Unknown",
            Status::Pass => "Pass",
            Status::Muted => "Muted",
            Status::NoData => "No data",
        };
        let class = status.as_str();
        Badge { class, label }
    }
}

impl From<Verdict> for Badge {
    fn from(verdict: Verdict) -> Self {
        Badge::from(match verdict {
            Verdict::Pass => Status::Pass,
            Verdict::Fail => Status::Fail,
            Verdict::Muted => Status::Muted,
        })
    }
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<b class=\"{}\">{}</b>", self.class, self.label)
    }
}

/// What a status says, as a sentence.
pub(crate) fn meaning(status: Status) -> &'static str {
    match status {
        Status::Fail => "At least one finding fails: the catalog does not record the tag yet.",
        Status::Unknown => {
            "No finding fails, but a rule was not evaluated or a control has no rules, so nobody knows."
        }
        Status::Pass => {
            "There are findings, every rule was evaluated, and all that is not muted passes."
        }
        Status::Muted => "There are findings, and overrides reject every one of them.",
        Status::NoData => "Every rule was evaluated, and none found anything to judge.",
    }
}

#[cfg(test)]
mod tests {
    use super::{Badge, meaning};
    use crate::rollup::{Status, Verdict};
    use std::collections::BTreeSet;

    #[test]
    fn no_two_statuses_look_or_read_alike() {
        let badges = Status::ALL.map(|s| Badge::from(s).to_string());
        let meanings = Status::ALL.map(meaning);
        assert_eq!(BTreeSet::from(badges).len(), 5);
        assert_eq!(BTreeSet::from(meanings).len(), 5);
    }

    #[test]
    fn a_verdict_looks_like_the_status_of_its_name() {
        let badges = Verdict::ALL.map(|v| Badge::from(v).to_string());
        for (badge, verdict) in badges.iter().zip(Verdict::ALL) {
            assert!(badge.contains(&format!("\"{}\"", verdict.as_str())));
        }
    }
}

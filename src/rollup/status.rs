//! Whether something holds, and what is counted by that.

use crate::evaluate::State;

/// How a rule's finding on a column stands to the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The catalog records the classification tag on the column.
    Pass,
    /// It does not yet.
    Fail,
    /// An override rejects it.
    Muted,
}

impl Verdict {
    /// All verdicts, in the order of their numbers.
    pub const ALL: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::Muted];

    /// The verdict of an assignment's state; a stale one is no finding.
    pub fn of(state: State) -> Option<Self> {
        match state {
            State::Recorded => Some(Verdict::Pass),
            State::New => Some(Verdict::Fail),
            State::Muted => Some(Verdict::Muted),
            State::Stale => None,
        }
    }

    /// `pass`, `fail` or `muted`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Muted => "muted",
        }
    }
}

/// What a rule, control, requirement or framework comes to: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Some finding fails.
    Fail,
    /// None fails, but not every rule was evaluated, or a control has no rules.
    Unknown,
    /// There are findings, and what is not muted passes.
    Pass,
    /// There are findings, and all are muted.
    Muted,
    /// Nothing was found.
    NoData,
}

impl Status {
    /// All statuses, the worst first.
    pub const ALL: [Status; 5] = [
        Status::Fail,
        Status::Unknown,
        Status::Pass,
        Status::Muted,
        Status::NoData,
    ];

    /// `fail`, `unknown`, `pass`, `muted` or `no_data`.
    ///
    /// ```
    /// assert_eq!(classmark::rollup::Status::NoData.as_str(), "no_data");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Fail => "fail",
            Status::Unknown => "unknown",
            Status::Pass => "pass",
            Status::Muted => "muted",
            Status::NoData => "no_data",
        }
    }
}

/// A count for each [`Status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByStatus([u64; 5]);

impl ByStatus {
    /// The count of a status.
    pub fn get(&self, status: Status) -> u64 {
        self.0[status as usize]
    }

    /// Counts one more.
    pub fn add(&mut self, status: Status) {
        self.0[status as usize] += 1;
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &ByStatus) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }

    /// The worst status that was counted.
    pub fn worst(&self) -> Option<Status> {
        Status::ALL.into_iter().find(|status| self.get(*status) > 0)
    }
}

/// A count for each sensitivity: 2, 1, 0 and not rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BySensitivity([u64; 4]);

impl BySensitivity {
    /// The sensitivities, the highest first.
    pub const LEVELS: [Option<u8>; 4] = [Some(2), Some(1), Some(0), None];

    /// The count of a sensitivity; `None` is not rated.
    pub fn get(&self, sensitivity: Option<u8>) -> u64 {
        self.0[Self::place(sensitivity)]
    }

    /// Counts more; `None` is not rated.
    pub fn add(&mut self, sensitivity: Option<u8>, more: u64) {
        self.0[Self::place(sensitivity)] += more;
    }

    /// All together.
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &BySensitivity) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }

    /// `2`, `1`, `0` or `not_rated`: how a sensitivity is written.
    ///
    /// ```
    /// use classmark::rollup::BySensitivity;
    /// assert_eq!(BySensitivity::name(None), "not_rated");
    /// ```
    pub fn name(sensitivity: Option<u8>) -> &'static str {
        ["2", "1", "0", "not_rated"][Self::place(sensitivity)]
    }

    fn place(sensitivity: Option<u8>) -> usize {
        match sensitivity {
            Some(2..) => 0,
            Some(1) => 1,
            Some(0) => 2,
            None => 3,
        }
    }
}

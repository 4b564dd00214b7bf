//! What a command comes to.

use classmark::pipeline::Blame;
use std::process::ExitCode;

/// What a command comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done.
    Done = 0,
    /// The documents or the catalog have errors.
    Faulty = 1,
    /// Something was asked for that cannot be.
    Usage = 2,
    /// Results could not be put down.
    Output = 3,
    /// All done, and what `--fail-on` names is there.
    FailOn = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl From<Blame> for Exit {
    fn from(blame: Blame) -> Self {
        match blame {
            Blame::Input => Exit::Faulty,
            Blame::Usage => Exit::Usage,
            Blame::Output => Exit::Output,
        }
    }
}

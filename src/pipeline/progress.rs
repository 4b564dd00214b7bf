//! How far a run is.

use super::PipelineError;

/// Is told how far a run is; called from many threads.
pub trait Progress: Sync {
    /// A phase begins (`reading ids`, `tagging`, …) that goes through so many
    /// rows, where that is known.
    fn phase(&self, name: &'static str, rows: Option<u64>);
    /// So many more rows are done.
    fn advance(&self, rows: u64);
    /// Whether the run is to be given up. It is asked between batches, so
    /// that it takes a moment; nothing is left behind then.
    fn is_over(&self) -> bool {
        false
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
}

/// Ends a run that is to be given up.
pub(super) fn go_on(progress: &dyn Progress) -> Result<(), PipelineError> {
    match progress.is_over() {
        true => Err(PipelineError::GivenUp),
        false => Ok(()),
    }
}

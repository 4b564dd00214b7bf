//! How far a run is.

/// Is told how far a run is; called from many threads.
pub trait Progress: Sync {
    /// A phase begins (`reading ids`, `tagging`, …) that goes through so many
    /// rows, where that is known.
    fn phase(&self, name: &'static str, rows: Option<u64>);
    /// So many more rows are done.
    fn advance(&self, rows: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
}

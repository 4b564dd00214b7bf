//! How far a run is.

/// Is told how far a run is; called from many threads.
pub trait Progress: Sync {
    /// A phase begins: `reading ids`, `tagging`, …
    fn phase(&self, name: &'static str);
    /// How many rows the phase will go through, once that is known.
    fn total(&self, rows: u64);
    /// So many more rows are done.
    fn advance(&self, rows: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &'static str) {}
    fn total(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

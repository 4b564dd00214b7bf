//! Results that are no longer kept, and what runs that ended badly left behind.

use super::desk::Runs;
use crate::output::traces;
use crate::store::{RunState, StoreError};
use std::collections::BTreeSet;

impl Runs {
    /// Clears away whatever belongs to a run of this store that ended, but the
    /// results of the newest ones.
    ///
    /// What belongs to nobody that the store knows is left: somebody else may have
    /// the same folder.
    pub(super) fn sweep(&self) {
        if let Err(error) = self.try_to_sweep() {
            tracing::warn!(cause = ?error, "old results were not looked for");
        }
    }

    fn try_to_sweep(&self) -> Result<(), StoreError> {
        let names = match traces(&self.setup.folder) {
            Ok(names) => names,
            Err(error) => {
                tracing::warn!(%error, "the folder of results cannot be read");
                return Ok(());
            }
        };
        let kept = self.store.done_runs(self.setup.keep)?;
        let kept: BTreeSet<String> = kept.into_iter().collect();
        for name in names {
            let run = match self.store.run(&name) {
                Err(StoreError::NotFound(_)) => continue,
                run => run?,
            };
            match run.state {
                RunState::Done if !kept.contains(&run.id) => {
                    tracing::info!(run = run.id, "the results of a run are no longer kept");
                    self.clear(&run);
                }
                RunState::Failed | RunState::Cancelled => self.clear(&run),
                _ => {}
            }
        }
        Ok(())
    }
}

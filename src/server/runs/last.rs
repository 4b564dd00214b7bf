//! The last run that is done, for who answers from it.

use super::desk::Runs;
use crate::diagnostic::Source;
use crate::pipeline::{ArchiveError, RunRequest, StoredRollup, StoredRule, is_kept, run_rules};
use crate::server::answer::Refusal;
use crate::store::Run;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Runs that are kept in memory: calls look at the last one, or those before it.
const MOST: usize = 4;

/// A run that is done, its results read.
#[derive(Debug)]
pub(in crate::server) struct LastRun {
    /// The run.
    pub(in crate::server) run: Run,
    /// What was asked for; its paths are below the folder that
    /// [`Runs::confinement`] opens. `None` if this program does not read it.
    pub(in crate::server) request: Option<RunRequest>,
    /// What it came to for each custom framework; `None` if there was none.
    pub(in crate::server) rollup: Option<StoredRollup>,
    /// Its rules by their ids.
    pub(in crate::server) rules: BTreeMap<String, StoredRule>,
}

/// Runs that were read, the latest last.
#[derive(Default)]
pub(super) struct Cache(Mutex<Vec<Arc<LastRun>>>);

impl Runs {
    /// The last run that is done and whose results are kept, and that had ended by
    /// the moment `by` (milliseconds since 1970), if one is given. Looks at the disk.
    ///
    /// # Errors
    ///
    /// 500 if its results are not as they were.
    pub(in crate::server) fn last_done(
        &self,
        by: Option<i64>,
    ) -> Result<Option<Arc<LastRun>>, Refusal> {
        loop {
            let kept = |run: &Run| is_kept(&self.folder(run));
            let Some(run) = self.store.find_done_run(self.setup.keep, by, kept)? else {
                return Ok(None);
            };
            let folder = self.folder(&run);
            match self.read(run) {
                // It was swept away this very moment: a newer one is there.
                Err(_) if !is_kept(&folder) => {}
                read => return Ok(Some(read?)),
            }
        }
    }

    fn read(&self, run: Run) -> Result<Arc<LastRun>, ArchiveError> {
        // Held meanwhile: who wants the same waits, and does not read it again.
        let mut known = self.last.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter().find(|known| known.run.id == run.id) {
            return Ok(Arc::clone(known));
        }
        let folder = self.folder(&run);
        let rules = run_rules(&folder)?.into_iter();
        let last = Arc::new(LastRun {
            request: RunRequest::parse(&Source::new("request", &*run.request)).ok(),
            rollup: StoredRollup::read(&folder)?,
            rules: rules.map(|rule| (rule.id.clone(), rule)).collect(),
            run,
        });
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push(Arc::clone(&last));
        Ok(last)
    }
}

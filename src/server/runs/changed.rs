//! What has changed in the stored rules since a run that is done.

use super::desk::Runs;
use super::outcome::OutcomeRecord;
use crate::store::{CustomFrameworkHead, Run, RunState, StoreError};
use std::collections::BTreeMap;

/// A framework that is no longer as a run saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct RuleChange {
    /// The short name of a classification framework, the name of a compliance framework.
    pub(in crate::server) name: String,
    /// Whether it is a compliance framework.
    pub(in crate::server) is_compliance: bool,
    /// The version that the run saw; none: it was not there.
    pub(in crate::server) then: Option<String>,
    /// The version that is stored now; none: it is not there any more.
    pub(in crate::server) now: Option<String>,
}

impl Runs {
    /// The frameworks that differ from those that a run that is done was done by. A
    /// classification framework that was neither active then nor is now is left out where
    /// it came or went: no result depends on that.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(in crate::server) fn changes_since(
        &self,
        run: &Run,
    ) -> Result<Vec<RuleChange>, StoreError> {
        let outcome = match (run.state, run.outcome.as_deref()) {
            (RunState::Done, Some(text)) => OutcomeRecord::read(text),
            _ => return Ok(Vec::new()),
        };
        let mut changes = self.framework_changes(&outcome)?;
        let began = run.started_at.unwrap_or(run.created.at);
        changes.extend(compliance_changes(
            &outcome,
            began,
            self.store.custom_framework_heads()?,
        ));
        Ok(changes)
    }

    fn framework_changes(&self, outcome: &OutcomeRecord) -> Result<Vec<RuleChange>, StoreError> {
        let heads = self.store.framework_heads()?;
        let mut stored: BTreeMap<&str, _> = heads.iter().map(|head| (&*head.id, head)).collect();
        let mut changes = Vec::new();
        for seen in &outcome.frameworks {
            let now = stored.remove(&*seen.id);
            match now {
                Some(now) if now.version == seen.version => continue,
                None if !seen.active => continue,
                _ => {}
            }
            let then = self.store.version_head(&seen.id, &seen.version)?;
            // A version that nobody knows comes from another store.
            let then = match then {
                Some(head) => head.number.to_string(),
                None => seen.version.clone(),
            };
            changes.push(RuleChange {
                name: now.map_or_else(|| seen.short_name.clone(), |now| now.short_name.clone()),
                is_compliance: false,
                then: Some(then),
                now: now.map(|now| now.number.to_string()),
            });
        }
        let new = heads.iter().filter(|head| stored.contains_key(&*head.id));
        changes.extend(new.filter(|head| head.active).map(|head| RuleChange {
            name: head.short_name.clone(),
            is_compliance: false,
            then: None,
            now: Some(head.number.to_string()),
        }));
        Ok(changes)
    }
}

/// A compliance framework may change and keep the version that its author gave it: what
/// counts is when it was written.
fn compliance_changes(
    outcome: &OutcomeRecord,
    began: i64,
    heads: Vec<CustomFrameworkHead>,
) -> Vec<RuleChange> {
    let key = |head: &CustomFrameworkHead| (head.handle.clone(), head.version.clone());
    let mut stored: BTreeMap<_, _> = heads.into_iter().map(|head| (key(&head), head)).collect();
    let mut changes = Vec::new();
    for seen in &outcome.compliance {
        let now = stored.remove(&(seen.handle.clone(), seen.version.clone()));
        if now.as_ref().is_some_and(|now| now.changed_at <= began) {
            continue;
        }
        changes.push(RuleChange {
            name: seen.name.clone(),
            is_compliance: true,
            then: Some(seen.version.clone()),
            now: now.map(|now| now.version),
        });
    }
    changes.extend(stored.into_values().map(|head| RuleChange {
        name: head.name,
        is_compliance: true,
        then: None,
        now: Some(head.version),
    }));
    changes
}

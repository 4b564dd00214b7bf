//! The stored rules, compiled: once for all calls, and anew after every edit.
//!
//! A call gets the rules as they stand when it asks or later, never earlier: what
//! is kept says after which change of the store it was made. Nobody waits for
//! a compilation but who needs what comes of it.

use crate::framework::Framework;
use crate::pipeline::{ComplianceDocuments, Documents, PipelineError, Prepared, RollupOptions};
use crate::server::answer::Refusal;
use crate::server::custom_frameworks::model_of;
use crate::server::frameworks::parsed;
use crate::store::{Resource, Store, StoredCustomFramework, StoredFramework};
use crate::tag::TagMatch;
use axum::http::StatusCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Changes of the store that are looked at one by one, to see if they concern rules.
const MOST_CHANGES: u32 = 256;

/// The stored rules, compiled, for each way of matching.
#[derive(Debug, Default)]
pub(in crate::server) struct Programs {
    known: Mutex<Vec<Known>>,
    making: Mutex<()>,
}

/// Rules that were compiled.
#[derive(Debug, Clone)]
struct Known {
    /// The last change of the store that they are sure to include.
    change: i64,
    versions: Arc<Versions>,
    matching: TagMatch,
    rules: Arc<Rules>,
}

/// What the rules were made from: the versions of all classification frameworks,
/// and all custom frameworks.
#[derive(Debug, PartialEq, Eq)]
struct Versions {
    frameworks: Vec<String>,
    customs: Vec<StoredCustomFramework>,
}

impl Versions {
    fn of((frameworks, customs): &Stored) -> Self {
        Versions {
            frameworks: frameworks.iter().map(|of| of.version.clone()).collect(),
            customs: customs.clone(),
        }
    }
}

type Stored = (Vec<StoredFramework>, Vec<StoredCustomFramework>);

/// The stored rules, and what they are rolled up for.
#[derive(Debug)]
pub(in crate::server) struct Rules {
    /// Ready to be evaluated.
    pub(in crate::server) prepared: Prepared,
    /// The stored custom frameworks.
    pub(in crate::server) rollup: RollupOptions,
}

impl Rules {
    /// The same with other classification frameworks.
    ///
    /// # Errors
    ///
    /// When they do not go together.
    pub(in crate::server) fn with(
        &self,
        frameworks: Vec<Framework>,
        matching: TagMatch,
    ) -> Result<Prepared, PipelineError> {
        Prepared::new(Documents::of(frameworks), matching, Some(&self.rollup))
    }
}

impl Programs {
    /// The rules as they stand in the store. Waits for the disk, and compiles.
    ///
    /// # Errors
    ///
    /// 500 if what is stored cannot be used.
    pub(in crate::server) fn current(
        &self,
        store: &Store,
        matching: TagMatch,
    ) -> Result<Arc<Rules>, Refusal> {
        if let Some(known) = self.up_to_date(store, matching)? {
            return Ok(known);
        }
        let _alone = lock(&self.making);
        // Whoever was alone before may have made it.
        if let Some(known) = self.up_to_date(store, matching)? {
            return Ok(known);
        }
        let change = store.last_change()?;
        let all = store.rules_and_controls()?;
        let versions = Versions::of(&all);
        let (versions, rules) = match self.find(matching) {
            Some(before) if *before.versions == versions => (before.versions, before.rules),
            _ => (Arc::new(versions), Arc::new(compiled(&all, matching)?)),
        };
        self.keep(Known {
            change,
            versions,
            matching,
            rules: Arc::clone(&rules),
        });
        Ok(rules)
    }

    /// What is known, if no rule has changed since.
    fn up_to_date(&self, store: &Store, matching: TagMatch) -> Result<Option<Arc<Rules>>, Refusal> {
        let change = store.last_change()?;
        let Some(known) = self.find(matching) else {
            return Ok(None);
        };
        if known.change >= change {
            return Ok(Some(known.rules));
        }
        let since = store.audit(known.change, MOST_CHANGES)?;
        let concerns = |of: Resource| matches!(of, Resource::Framework | Resource::CustomFramework);
        let last = since.last().map_or(known.change, |entry| entry.seq);
        if last < change || since.iter().any(|entry| concerns(entry.resource)) {
            return Ok(None);
        }
        let rules = Arc::clone(&known.rules);
        self.keep(Known {
            change: last,
            ..known
        });
        Ok(Some(rules))
    }

    fn find(&self, matching: TagMatch) -> Option<Known> {
        let known = lock(&self.known);
        known
            .iter()
            .find(|known| known.matching == matching)
            .cloned()
    }

    /// Keeps rules, unless later ones are known.
    fn keep(&self, new: Known) {
        let mut known = lock(&self.known);
        match known
            .iter_mut()
            .find(|known| known.matching == new.matching)
        {
            Some(known) if known.change < new.change => *known = new,
            Some(_) => {}
            None => known.push(new),
        }
    }
}

fn compiled((frameworks, customs): &Stored, matching: TagMatch) -> Result<Rules, Refusal> {
    let frameworks: Result<Vec<_>, _> = frameworks.iter().map(parsed).collect();
    let customs: Result<Vec<_>, _> = customs.iter().map(model_of).collect();
    let compliance = ComplianceDocuments::of(customs?);
    let rollup = RollupOptions {
        frameworks: compliance.frameworks,
        ..RollupOptions::default()
    };
    let documents = Documents::of(frameworks?);
    let prepared = Prepared::new(documents, matching, Some(&rollup));
    let prepared = prepared.map_err(|error| unusable(&error))?;
    Ok(Rules { prepared, rollup })
}

/// It was fine when it was stored.
fn unusable(error: &dyn std::fmt::Debug) -> Refusal {
    tracing::error!(?error, "what is stored cannot be used");
    let message = "the stored frameworks cannot be used";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Programs;
    use crate::store::{FrameworkDocument, Options, Stamp, Store, Wanted};
    use crate::tag::TagMatch;
    use serde_json::json;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn document(name: &str) -> FrameworkDocument {
        let tag = json!({"name": "Given", "source": "curated"});
        let rule = json!({"name": "rule", "classificationTag": tag, "columnTags": [tag]});
        let text = json!({"shortName": "f", "name": name, "description": "",
            "tags": [tag], "rules": [rule]});
        FrameworkDocument {
            short_name: "f".into(),
            active: true,
            rules: vec!["f/rule".into()],
            text: text.to_string(),
        }
    }

    fn stamp() -> Stamp {
        Stamp::new(0, 7, "ada")
    }

    fn name_of(programs: &Programs, store: &Store) -> usize {
        let rules = programs.current(store, TagMatch::Exact).unwrap();
        rules.prepared.frameworks()[0].name.parse().unwrap()
    }

    #[test]
    fn an_edit_that_was_acknowledged_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("store.db"), &Options::default()).unwrap();
        let made = store.create_framework(document("0"), stamp()).unwrap();
        let (programs, acknowledged) = (Programs::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                for name in 1..=60 {
                    let next = document(&name.to_string());
                    let edit = move |_: &_| Ok::<_, ()>(next);
                    let edited = store.update_framework(&made.id, Wanted::Any, stamp(), edit);
                    edited.unwrap();
                    acknowledged.store(name, Ordering::SeqCst);
                }
            });
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut last = 0;
                    while last < 60 {
                        let before = acknowledged.load(Ordering::SeqCst);
                        let seen = name_of(&programs, &store);
                        assert!(
                            seen >= before && seen >= last,
                            "{seen} after {before}, {last}"
                        );
                        last = seen;
                    }
                });
            }
        });
    }

    #[test]
    fn what_concerns_no_rule_compiles_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("store.db"), &Options::default()).unwrap();
        let made = store.create_framework(document("1"), stamp()).unwrap();
        let programs = Programs::default();
        let current = || programs.current(&store, TagMatch::Exact).unwrap();
        let first = current();
        assert!(Arc::ptr_eq(&first, &current()));
        for _ in 0..300 {
            store.create_run("{}", |_| String::new(), stamp()).unwrap();
        }
        // More changes than are looked at one by one; none of them concerns a rule.
        assert!(Arc::ptr_eq(&first, &current()));
        store.create_run("{}", |_| String::new(), stamp()).unwrap();
        assert!(Arc::ptr_eq(&first, &current()));
        store
            .set_active(&made.id, Wanted::Any, stamp(), false)
            .unwrap();
        assert!(!Arc::ptr_eq(&first, &current()));
        let other = programs.current(&store, TagMatch::Hierarchical).unwrap();
        assert!(!Arc::ptr_eq(&other, &current()));
    }
}

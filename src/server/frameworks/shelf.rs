//! Answers that have been told already, for as long as nothing is written.
//!
//! The store tells how often it was [written](crate::store::Store::generation).
//! What was read at a generation holds until the next one, which begins before
//! any write is acknowledged: so whoever reads after a write sees it.

use super::precondition::entity_tag;
use super::reading::List;
use super::text::told;
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::store::StoredFramework;
use axum::http::HeaderValue;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of frameworks that are kept.
const MOST_KEPT: usize = 32 << 20;
/// Bytes of lists that are kept: those of ten thousand frameworks and more.
const MOST_LISTED: usize = 128 << 20;
/// Long answers that are put together, or long documents that are read, at once:
/// whoever wants such waits for the others of that kind, and nobody for them.
const AT_ONCE: usize = 2;

/// Bytes of a document that is read at once, whatever others do.
const SHORT: usize = 64 << 10;

/// A framework as it was told.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) version: Box<str>,
    pub(super) tag: Option<HeaderValue>,
    pub(super) body: Bytes,
}

impl Told {
    pub(super) fn of(stored: StoredFramework) -> Self {
        Told {
            tag: entity_tag(&stored.version),
            body: told(&stored).into(),
            version: stored.version.into(),
        }
    }
}

/// Answers that have been told already.
pub(in crate::server) struct Shelf {
    known: Mutex<Known>,
    /// Held while something long is worked on.
    long: Arc<Semaphore>,
}

#[derive(Default)]
struct Known {
    generation: u64,
    /// By the framework's id.
    frameworks: HashMap<Box<str>, Told>,
    bytes: usize,
    /// By the filter of `active`, and each with a generation of its own: whoever
    /// waited for a list takes any that was begun after they came.
    lists: HashMap<Option<bool>, (u64, Bytes)>,
}

impl Known {
    /// Forgets frameworks that may have changed.
    fn at(&mut self, generation: u64) -> &mut Self {
        if self.generation < generation {
            self.generation = generation;
            self.frameworks.clear();
            self.bytes = 0;
        }
        self
    }

    fn list(&self, active: Option<bool>, generation: u64) -> Option<Bytes> {
        let (made_at, list) = self.lists.get(&active)?;
        (*made_at >= generation).then(|| list.clone())
    }

    fn keep_list(&mut self, active: Option<bool>, generation: u64, list: &Bytes) {
        if self.list(active, generation).is_some() || list.len() > MOST_LISTED {
            return;
        }
        self.lists.remove(&active);
        let others: usize = self.lists.values().map(|(_, list)| list.len()).sum();
        if others + list.len() > MOST_LISTED {
            self.lists.clear();
        }
        self.lists.insert(active, (generation, list.clone()));
    }
}

impl Default for Shelf {
    fn default() -> Self {
        Shelf {
            known: Mutex::default(),
            long: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Shelf {
    /// What a document of so many bytes waits for: read, it takes many times as
    /// much.
    pub(in crate::server) async fn turn(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        match bytes <= SHORT {
            true => None,
            false => Arc::clone(&self.long).acquire_owned().await.ok(),
        }
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut known)
    }

    /// A framework in its current version.
    ///
    /// # Errors
    ///
    /// 404, and what the store may say.
    pub(super) async fn framework(app: &App, id: &str) -> Result<Told, Refusal> {
        let generation = app.store.generation();
        let shelf = &app.frameworks;
        let known = shelf.known(|known| known.at(generation).frameworks.get(id).cloned());
        if let Some(told) = known {
            return Ok(told);
        }
        let key = id.to_owned();
        let told = app.stored(move |store| store.framework(&key).map(Told::of));
        let told = told.await?;
        shelf.known(|known| {
            let known = known.at(generation);
            let size = told.body.len() + 2 * id.len();
            if known.bytes + size > MOST_KEPT {
                known.frameworks.clear();
                known.bytes = 0;
            }
            // A longer one would only push out all others.
            if known.generation == generation && size < MOST_KEPT / 8 {
                let before = known.frameworks.insert(id.into(), told.clone());
                known.bytes += before.map_or(size, |_| 0);
            }
        });
        Ok(told)
    }

    /// The list of all frameworks, or of those that are active, or are not.
    ///
    /// # Errors
    ///
    /// What the store may say.
    pub(super) async fn list(app: &App, active: Option<bool>) -> Result<Bytes, Refusal> {
        let shelf = &app.frameworks;
        let came_at = app.store.generation();
        let known = || shelf.known(|known| known.list(active, came_at));
        if let Some(list) = known() {
            return Ok(list);
        }
        // Whoever waited may find that it has been made meanwhile.
        let _turn = shelf.long.acquire().await;
        if let Some(list) = known() {
            return Ok(list);
        }
        let generation = app.store.generation();
        let list = app.stored(move |store| {
            let mut list = List::new("frameworks");
            store.each_framework(active, |framework| list.add(&framework))?;
            Ok(list.finish())
        });
        let list = list.await?;
        shelf.known(|known| known.keep_list(active, generation, &list));
        Ok(list)
    }
}

//! What all calls share.

use super::access::{Access, Caller, Known, Sessions};
use super::answer::Refusal;
use super::clock::Clock;
use super::endpoint::Family;
use super::evaluate::Desk;
use super::frameworks::Shelf;
use super::metrics::Metrics;
use super::rate::Rates;
use super::runs::Runs;
use crate::store::{Stamp, Store, StoreError};
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// What all calls share.
pub(super) struct App {
    pub(super) store: Arc<Store>,
    pub(super) access: Access,
    pub(super) clock: Arc<Clock>,
    pub(super) runs: Arc<Runs>,
    /// Browsers that have signed in.
    pub(super) sessions: Sessions,
    pub(super) metrics: Metrics,
    pub(super) rates: Rates,
    pub(super) frameworks: Shelf,
    /// What evaluations share.
    pub(super) desk: Desk,
    /// `/openapi.json`, written once.
    pub(super) openapi: bytes::Bytes,
}

impl App {
    /// Asks the store where waiting harms nobody.
    ///
    /// Once asked, it is done even if the client goes away.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let store = Arc::clone(&self.store);
        aside(move || question(&store)).await
    }

    /// The same for questions that only the store can refuse.
    pub(super) async fn stored<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.ask(question).await??)
    }

    /// Who calls, by the headers of the call.
    pub(super) fn caller(&self, headers: &HeaderMap, family: Family) -> Known {
        self.access.caller(headers, family, &self.sessions)
    }

    /// Who does something now.
    pub(super) fn stamp(&self, caller: &Caller) -> Stamp {
        Stamp::new(self.clock.now(), caller.user_id, caller.name.as_ref())
    }
}

/// Does what takes its time on a thread for such things.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    // So that what is logged there is found under the request's id.
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
    done.map_err(|error| {
        tracing::error!(%error, "work was not done");
        Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

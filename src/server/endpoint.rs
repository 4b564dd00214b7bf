//! The table of endpoints: what the router serves and `/openapi.json` tells.

use super::access::Permission;
use super::answer::Refusal;
use super::app::App;
use super::call::Call;
use super::openapi::{Content, Parameter, Reply};
use axum::http::Method;
use axum::response::Response;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What becomes of a call.
pub(super) type Outcome = Result<Response, Refusal>;

type Pending = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What answers calls.
pub(super) type Handler = Box<dyn Fn(Arc<App>, Call) -> Pending + Send + Sync>;

/// Whose ways an endpoint has: how errors look, and which credentials do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Immuta's, and ours: `{"statusCode", "error", "message"}`.
    Immuta,
    /// Datadog's: JSON:API errors; its two keys do as well as a token.
    Datadog,
    /// Pages for people: a browser's session does as well as a token.
    Page,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody at all.
    Anybody,
    /// Whoever is known and has all of these.
    Known(&'static [Permission]),
}

/// A method on a path: what it takes, what answers it, and what it may answer.
///
/// All that the contract says of a route stands here once: the router, the guard
/// before it and the OpenAPI document are made from it.
pub(super) struct Endpoint {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) family: Family,
    pub(super) access: Access,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Vec<Content>,
    /// Whether a call without a body is fine, too.
    pub(super) body_optional: bool,
    pub(super) replies: Vec<Reply>,
    /// Statuses of errors beside those that the guard and the family bring.
    pub(super) refusals: Vec<u16>,
    /// Whether it is in `/openapi.json`.
    pub(super) listed: bool,
    pub(super) handler: Handler,
}

impl Endpoint {
    /// An endpoint that asks for nothing and promises nothing yet. `id` is its
    /// operation id.
    pub(super) fn new<F, P>(
        family: Family,
        method: Method,
        path: &'static str,
        id: &'static str,
        handler: F,
    ) -> Self
    where
        F: Fn(Arc<App>, Call) -> P + Send + Sync + 'static,
        P: Future<Output = Outcome> + Send + 'static,
    {
        Endpoint {
            method,
            path,
            family,
            access: Access::Known(&[]),
            id,
            summary: "",
            description: "",
            parameters: Vec::new(),
            body: Vec::new(),
            body_optional: false,
            replies: Vec::new(),
            refusals: Vec::new(),
            listed: true,
            handler: Box::new(move |app, call| Box::pin(handler(app, call))),
        }
    }

    /// Open to anybody.
    pub(super) fn open(mut self) -> Self {
        self.access = Access::Anybody;
        self
    }

    /// Only for callers that have all of these permissions.
    pub(super) fn needs(mut self, permissions: &'static [Permission]) -> Self {
        self.access = Access::Known(permissions);
        self
    }

    /// What it does: a line, and more.
    pub(super) fn says(mut self, summary: &'static str, description: &'static str) -> Self {
        self.summary = summary;
        self.description = description;
        self
    }

    /// Takes a parameter in its path, query or headers.
    pub(super) fn takes(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Takes all of these.
    pub(super) fn takes_all(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// Takes a body of this kind.
    pub(super) fn reads(mut self, content: Content) -> Self {
        self.body.push(content);
        self
    }

    /// Takes a body of any of these kinds.
    pub(super) fn reads_any(self, contents: impl IntoIterator<Item = Content>) -> Self {
        contents.into_iter().fold(self, Endpoint::reads)
    }

    /// Answers so if all is well.
    pub(super) fn replies(mut self, reply: Reply) -> Self {
        self.replies.push(reply);
        self
    }

    /// May refuse with these, beside 401, 403, 429, 500 and 503, and 408 and 413 of a body.
    pub(super) fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend_from_slice(statuses);
        self
    }

    /// Not for programs: left out of the OpenAPI document.
    pub(super) fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }
}

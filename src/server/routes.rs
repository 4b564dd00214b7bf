//! From the table of endpoints to a router.

use super::app::App;
use super::endpoint::Endpoint;
use super::{
    audit, custom_frameworks, evaluate, findings, frameworks, guard, health, pages, rulesets, runs,
};
use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodFilter, MethodRouter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All endpoints there are.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = [
        health::endpoints(),
        frameworks::endpoints(),
        audit::endpoints(),
        custom_frameworks::endpoints(),
        rulesets::endpoints(),
        runs::endpoints(),
        evaluate::endpoints(),
        findings::endpoints(),
        pages::endpoints(),
    ];
    all.into_iter().flatten().collect()
}

/// What answers requests.
pub(super) fn router(app: &Arc<App>, endpoints: Vec<Endpoint>) -> Router {
    let mut by_path: BTreeMap<&'static str, MethodRouter> = BTreeMap::new();
    for endpoint in endpoints {
        let Some(filter) = filter(&endpoint.method) else {
            continue;
        };
        let path = endpoint.path;
        let (app, endpoint) = (Arc::clone(app), Arc::new(endpoint));
        let handler =
            move |request: Request| guard::guarded(app.clone(), endpoint.clone(), request);
        let methods = by_path.remove(path).unwrap_or_default();
        by_path.insert(path, methods.on(filter, handler));
    }
    let mut router = Router::new();
    for (path, methods) in by_path {
        router = router.route(path, methods);
    }
    let (here, there) = (Arc::clone(app), Arc::clone(app));
    router
        .fallback(move |request| guard::lost(here, request, StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(move |request| {
            guard::lost(there, request, StatusCode::METHOD_NOT_ALLOWED)
        })
}

/// `GET` answers `HEAD`, too.
fn filter(method: &Method) -> Option<MethodFilter> {
    MethodFilter::try_from(method.clone()).ok()
}

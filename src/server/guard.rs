//! What every call goes through before its endpoint, and every answer after it.
//!
//! In this order: one name of the server (400), a route that is there (404), a method that it has (405), a
//! caller that is known (401), not too often (429), who may (403). Only then is
//! the body looked at.

use super::access::{Caller, Known, check_host, is_local};
use super::answer::{Origin, Refusal};
use super::app::App;
use super::call::{Call, drain};
use super::endpoint::{Access, Endpoint, Family};
use super::newcomers::Newcomer;
use super::pages::{self, Visit};
use super::rate::Meter;
use super::request_id::RequestId;
use axum::body::{Body, HttpBody};
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Characters of a path in the log.
const LOGGED: usize = 256;

/// Where a call comes from.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// As limits count it.
    pub(super) address: IpAddr,
    /// The connection that the call came by.
    pub(super) connection: Arc<Newcomer>,
}

/// A call to an endpoint of the table.
pub(super) async fn guarded(app: Arc<App>, endpoint: Arc<Endpoint>, request: Request) -> Response {
    let arrival = Arrival::of(&request, endpoint.path);
    let answering = answered(Arc::clone(&app), endpoint, request);
    let (response, who) = answering.instrument(arrival.span()).await;
    arrival.leave(&app, response, &who)
}

/// A call to a path or a method that is not in the table.
pub(super) async fn lost(app: Arc<App>, request: Request, status: StatusCode) -> Response {
    let arrival = Arrival::of(&request, "none");
    let path = request.uri().path();
    let family = match path == "/api/v2" || path.starts_with("/api/v2/") {
        true => Family::Datadog,
        false => Family::Immuta,
    };
    let message = match status {
        StatusCode::NOT_FOUND => "there is no such route",
        _ => "the route is there, the method is not",
    };
    let peer = peer(&request);
    let checked = check_host(&request).and_then(|()| unhurried(&app, Meter::Address(peer)));
    let refusal = match checked {
        Ok(()) => Refusal::new(status, message),
        Err(refusal) => refusal,
    };
    let response = match pages::is_for_people(&request, family) {
        true => pages::refusal(refusal, &Visit::of(&app, &request)),
        false => refusal.answer(family),
    };
    finish_body(request).await;
    arrival.leave(&app, response, "")
}

async fn answered(
    app: Arc<App>,
    endpoint: Arc<Endpoint>,
    request: Request,
) -> (Response, Arc<str>) {
    let family = endpoint.family;
    let nobody: Arc<str> = "".into();
    let visit = (family == Family::Page).then(|| Visit::of(&app, &request));
    let refused = |refusal: Refusal| match &visit {
        Some(visit) => pages::refusal(refusal, visit),
        None => refusal.answer(family),
    };
    let caller = match let_in(&app, &endpoint, &request) {
        Ok(caller) => caller,
        Err(refusal) => {
            finish_body(request).await;
            return (refused(refusal), nobody);
        }
    };
    let who = Arc::clone(&caller.name);
    let (mut parts, body) = request.into_parts();
    let Some(path) = path(&mut parts).await else {
        return (refused(Refusal::bad("the path is not UTF-8")), who);
    };
    let call = Call::new(caller, endpoint.path, path, parts, body);
    // On its own, so that it goes on when the client goes away, and a panic ends
    // nothing but the call.
    let work = (endpoint.handler)(app, call).in_current_span();
    let outcome = tokio::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the call was not answered");
        Err(Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR))
    });
    let response = outcome.unwrap_or_else(refused);
    (response, who)
}

fn let_in(app: &App, endpoint: &Endpoint, request: &Request) -> Result<Caller, Refusal> {
    check_host(request)?;
    let peer = peer(request);
    if app.access.is_open() && !is_local(request.uri(), request.headers()) {
        let message = "this server is open to its own machine alone: call it `localhost`";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    match (endpoint.method.is_safe(), endpoint.family) {
        (true, _) => {}
        (false, Family::Page) => pages::from_our_own(request.headers())?,
        (false, _) if app.access.is_open() => pages::not_from_elsewhere(request.headers())?,
        (false, _) => {}
    }
    let Access::Known(permissions) = endpoint.access else {
        unhurried(app, Meter::Address(peer))?;
        return Ok(Caller::anybody(&[]));
    };
    let caller = match app.caller(request.headers(), endpoint.family) {
        Known::As(caller) => {
            if let Some(peer) = request.extensions().get::<Peer>() {
                peer.connection.is_known();
            }
            caller
        }
        Known::No(unknown) => {
            unhurried(app, Meter::Address(peer))?;
            let refusal = Refusal::new(StatusCode::UNAUTHORIZED, unknown.message);
            let refusal = refusal.caused_by(Origin::Header(unknown.header));
            return Err(refusal.header(header::WWW_AUTHENTICATE, "Bearer"));
        }
    };
    let meter = caller.token.map_or(Meter::Address(peer), Meter::Token);
    unhurried(app, meter)?;
    match caller.may(permissions) {
        true => Ok(caller),
        false => {
            let missing = permissions.iter().filter(|p| !caller.may(&[**p]));
            let missing: Vec<String> = missing.map(|p| format!("`{p}`")).collect();
            let message = format!("the token lacks the permission {}", missing.join(" and "));
            Err(Refusal::new(StatusCode::FORBIDDEN, message))
        }
    }
}

fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.address);
    peer.unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

fn unhurried(app: &App, meter: Meter) -> Result<(), Refusal> {
    let taken = app.rates.take(meter, Instant::now());
    taken.map_err(|wait| too_many("there are too many requests: wait a little", wait))
}

/// A refusal of a call that may be made again after a while.
pub(super) fn too_many(message: &str, wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let seconds = seconds.max(1).to_string();
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, message).header(RESET, &seconds)
}

async fn path(parts: &mut Parts) -> Option<Vec<(String, String)>> {
    let found = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Some(found.iter().map(owned).collect())
}

/// Takes what the client still sends, unless it waits to be told to.
async fn finish_body(request: Request) {
    let waits = request.headers().contains_key(header::EXPECT);
    let body: Body = request.into_body();
    if !waits && !body.is_end_stream() {
        drain(body).await;
    }
}

/// A call from its arrival to its answer.
struct Arrival {
    method: Method,
    route: &'static str,
    path: String,
    id: RequestId,
    at: Instant,
}

impl Arrival {
    fn of(request: &Request, route: &'static str) -> Self {
        Arrival {
            method: request.method().clone(),
            route,
            path: request.uri().path().chars().take(LOGGED).collect(),
            id: RequestId::of(request.headers()),
            at: Instant::now(),
        }
    }

    fn span(&self) -> tracing::Span {
        tracing::error_span!("request", id = self.id.as_str())
    }

    /// Counts it, logs it, and puts on the answer what every answer has.
    fn leave(self, app: &App, mut response: Response, who: &str) -> Response {
        let took = self.at.elapsed();
        let status = response.status();
        let method = match &self.method {
            m if *m == Method::GET => "GET",
            m if *m == Method::POST => "POST",
            m if *m == Method::PUT => "PUT",
            m if *m == Method::PATCH => "PATCH",
            m if *m == Method::DELETE => "DELETE",
            m if *m == Method::HEAD => "HEAD",
            _ => "other",
        };
        app.metrics
            .answered(method, self.route, status.as_u16(), took);
        self.log(status, who, took);
        let headers = response.headers_mut();
        headers.insert(super::request_id::HEADER, self.id.value());
        let nosniff = HeaderValue::from_static("nosniff");
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        response
    }

    /// Reads that went well are told only where everything is to be told.
    fn log(&self, status: StatusCode, who: &str, took: Duration) {
        let ms = took.as_micros() as f64 / 1000.0;
        let (id, status, path) = (self.id.as_str(), status.as_u16(), self.path.as_str());
        let method = self.method.as_str();
        if status >= 500 {
            tracing::error!(id, method, path, status, who, ms, "answered");
        } else if status >= 400 || !self.method.is_safe() {
            tracing::info!(id, method, path, status, who, ms, "answered");
        } else {
            tracing::debug!(id, method, path, status, who, ms, "answered");
        }
    }
}

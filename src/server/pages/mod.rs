//! Pages for people: governance, and whoever audits it.
//!
//! Every page is made here, whole: it asks nothing of the network, needs no
//! script, and shows only what its visitor's token allows. Whatever comes from
//! input is [`Escaped`](crate::output::rollup::report::escaped::Escaped); nothing
//! of it is part of an element, an attribute's name or a style.
//!
//! - [`visit`]: who looks, and what there is to be seen for them;
//! - [`page`]: what all pages have, and the headers that keep them safe;
//! - [`origin`]: forms are taken from our own pages only;
//! - [`sentence`]: a rule as a sentence; [`difference`]: what a version changed.

mod audit;
mod brief;
mod changed;
mod compliance;
mod difference;
mod evaluate;
mod form;
mod framework;
mod frameworks;
mod last_run;
mod link;
mod markup;
mod origin;
mod outline;
mod overview;
mod page;
mod rules;
mod runs;
mod sentence;
mod sign_in;
mod time;
mod versions;
mod visit;

pub(super) use origin::{from_our_own, not_from_elsewhere};
pub(super) use visit::Visit;

use super::access::Permission;
use super::answer::{Refusal, reason};
use super::app::App;
use super::call::Call;
use super::endpoint::{Endpoint, Family, Outcome};
use crate::output::rollup::report::escaped::Escaped;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use markup::Markup;
use page::Page;
use std::sync::Arc;

/// What frameworks, runs and the audit log need.
const GOVERNANCE: &[Permission] = &[Permission::Governance];
/// What compliance frameworks need.
const RULES_READ: &[Permission] = &[Permission::RulesRead];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        page(Method::GET, "/", "showOverview", overview::show),
        page(
            Method::GET,
            "/view/frameworks",
            "showFrameworks",
            frameworks::show,
        )
        .needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/frameworks/{id}",
            "showFramework",
            framework::show,
        )
        .needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/frameworks/{id}/json",
            "showFrameworkText",
            framework::text,
        )
        .needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/frameworks/{id}/versions",
            "showVersions",
            versions::show,
        )
        .needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/frameworks/{id}/difference",
            "showDifference",
            difference::show,
        )
        .needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/compliance",
            "showCompliance",
            compliance::show_list,
        )
        .needs(RULES_READ),
        page(
            Method::GET,
            "/view/compliance/{handle}/{version}",
            "showComplianceFramework",
            compliance::show,
        )
        .needs(RULES_READ),
        page(Method::GET, "/view/runs", "showRuns", runs::list).needs(GOVERNANCE),
        page(Method::GET, "/view/runs/{id}", "showRun", runs::show).needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/runs/{id}/results/{file}",
            "showRunResult",
            super::runs::download,
        )
        .needs(GOVERNANCE),
        page(
            Method::GET,
            "/view/evaluate",
            "showEvaluate",
            evaluate::show,
        )
        .needs(GOVERNANCE),
        page(
            Method::POST,
            "/view/evaluate",
            "evaluatePage",
            evaluate::answer,
        )
        .needs(GOVERNANCE),
        page(Method::GET, "/view/audit", "showAudit", audit::show).needs(GOVERNANCE),
        page(Method::GET, "/sign-in", "showSignIn", sign_in::show).open(),
        page(Method::POST, "/sign-in", "signIn", sign_in::begin).open(),
        page(Method::POST, "/sign-out", "signOut", sign_in::end).open(),
    ]
}

/// Any known token sees it, unless it says what it needs.
fn page<F, P>(method: Method, path: &'static str, id: &'static str, handler: F) -> Endpoint
where
    F: Fn(Arc<App>, Call) -> P + Send + Sync + 'static,
    P: Future<Output = Outcome> + Send + 'static,
{
    Endpoint::new(Family::Page, method, path, id, handler).unlisted()
}

/// Whether a browser asks on somebody's behalf, and not for a program's answer.
pub(super) fn is_for_people(request: &Request, family: Family) -> bool {
    let accepted = request.headers().get(header::ACCEPT);
    let accepted = accepted.and_then(|kinds| kinds.to_str().ok());
    let is_page = accepted.is_some_and(|kinds| kinds.contains("text/html"));
    is_page && request.method().is_safe() && family != Family::Datadog
}

/// A refusal as a page. Whoever is not known is asked to sign in.
pub(super) fn refusal(refusal: Refusal, visit: &Visit) -> Response {
    let status = refusal.status;
    let page = match status {
        StatusCode::UNAUTHORIZED => sign_in::asked(visit, &visit.asked, None),
        _ => Page::new(&reason(status), told(&refusal)),
    };
    let mut response = page.answer(status, visit);
    response.headers_mut().extend(refusal.headers);
    response
}

fn told(refusal: &Refusal) -> Markup {
    let mut main = Markup::default();
    let text = match (&refusal.message, refusal.status) {
        (Some(message), _) => message.as_str(),
        (None, StatusCode::NOT_FOUND) => "there is no such page",
        (None, _) => "the page cannot be shown",
    };
    write!(
        main,
        "<section>\n<p class=\"notice\">{}</p>\n",
        sentence_of(text)
    );
    for found in &refusal.diagnostics {
        writeln!(main, "<p>{}</p>", Escaped(&found.message));
    }
    write!(
        main,
        "<p><a href=\"/\">Go to the overview</a></p>\n</section>\n"
    );
    main
}

/// A message as people read it: it begins with a capital and ends.
fn sentence_of(message: &str) -> String {
    let mut letters = message.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{}{}.", Escaped(&first), Escaped(letters.as_str()))
}

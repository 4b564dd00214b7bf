//! What all pages have: head, navigation, foot, and headers that keep them safe.

use super::brief::Brief;
use super::markup::Markup;
use super::visit::Visit;
use crate::output::rollup::report::escaped::{Escaped, Name, Prose};
use crate::output::rollup::report::head::{GROUND, hash_source};
use crate::server::access::Permission;
use crate::server::answer::of_type;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::LazyLock;

const OWN: &str = include_str!("pages.css");

static STYLE: LazyLock<String> = LazyLock::new(|| format!("{GROUND}{OWN}"));

/// Nothing but our own style applies, nothing runs, nothing is asked of others.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = hash_source(&STYLE);
    format!(
        "default-src 'none'; style-src '{style}'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

/// The places that the navigation leads to, and what each needs.
const PLACES: [(&str, &str, Option<Permission>); 6] = [
    ("/", "Overview", None),
    (
        "/view/frameworks",
        "Frameworks",
        Some(Permission::Governance),
    ),
    (
        "/view/compliance",
        "Compliance",
        Some(Permission::RulesRead),
    ),
    ("/view/runs", "Runs", Some(Permission::Governance)),
    ("/view/evaluate", "Evaluate", Some(Permission::Governance)),
    ("/view/audit", "Audit log", Some(Permission::Governance)),
];

/// A page: its title, and what is on it.
pub(super) struct Page {
    title: String,
    /// Below the title; none if empty.
    lede: Markup,
    main: Markup,
    /// Where it belongs: the link to it, and its name.
    within: Option<(String, String)>,
}

impl Page {
    /// A page. The title is text, not markup.
    pub(super) fn new(title: &str, main: Markup) -> Self {
        Page {
            title: title.to_owned(),
            lede: Markup::default(),
            main,
            within: None,
        }
    }

    /// With a paragraph below its title.
    pub(super) fn lede(mut self, lede: Markup) -> Self {
        self.lede = lede;
        self
    }

    /// With free text below its title, if there is some.
    pub(super) fn described(mut self, text: &str) -> Self {
        if !text.is_empty() {
            let text = Prose(text);
            write!(
                self.lede,
                "<span class=\"prose\" dir=\"auto\">{text}</span>"
            );
        }
        self
    }

    /// With a way back to the page that it belongs to.
    pub(super) fn within(mut self, link: impl Into<String>, name: impl Into<String>) -> Self {
        self.within = Some((link.into(), name.into()));
        self
    }

    /// The whole of it.
    pub(super) fn answer(self, status: StatusCode, visit: &Visit) -> Response {
        let text = self.whole(visit).into_text();
        let mut response = of_type(status, "text/html; charset=utf-8", text);
        keep_safe(&mut response);
        response
    }

    fn whole(&self, visit: &Visit) -> Markup {
        let mut page = Markup::default();
        self.write_head(&mut page);
        self.write_header(&mut page, visit);
        write_navigation(&mut page, visit);
        let main = &self.main;
        write!(page, "<main id=\"main\" tabindex=\"-1\">\n{main}</main>\n");
        write!(page, "<footer><p>classmark {}. ", env!("CARGO_PKG_VERSION"));
        writeln!(
            page,
            "For programs: <a href=\"/openapi.json\">OpenAPI</a>.</p></footer>"
        );
        write!(page, "</body>\n</html>\n");
        page
    }

    fn write_head(&self, page: &mut Markup) {
        write!(
            page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        );
        writeln!(
            page,
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        );
        writeln!(page, "<meta name=\"color-scheme\" content=\"light dark\">");
        writeln!(page, "<link rel=\"icon\" href=\"data:,\">");
        writeln!(page, "<title>{} – classmark</title>", Escaped(&self.title));
        write!(page, "<style>{}</style>\n</head>\n", *STYLE);
    }

    fn write_header(&self, page: &mut Markup, visit: &Visit) {
        write!(
            page,
            "<body>\n<a class=\"skip\" href=\"#main\">Skip to the page</a>\n<header>\n"
        );
        if visit.open {
            writeln!(
                page,
                "<p class=\"notice open\">This server is open: whoever reaches it may do everything, without a token.</p>"
            );
        }
        write!(page, "<p class=\"kicker\">");
        match &self.within {
            Some((link, name)) => {
                write!(page, "<a href=\"{}\">{}</a>", Escaped(link), Name(name));
            }
            None => write!(page, "classmark"),
        }
        write!(page, "</p>\n<h1>{}</h1>\n", Name(&self.title));
        if !self.lede.is_empty() {
            writeln!(page, "<p class=\"lede\">{}</p>", self.lede);
        }
        writeln!(page, "</header>");
    }
}

fn write_navigation(page: &mut Markup, visit: &Visit) {
    write!(page, "<nav aria-label=\"Pages\">\n<ul>\n");
    let path = visit.asked.split('?').next().unwrap_or_default();
    if visit.name.is_some() {
        for (link, name, needs) in PLACES {
            if needs.is_some_and(|permission| !visit.may(permission)) {
                continue;
            }
            let here = if link == path {
                " aria-current=\"page\""
            } else {
                ""
            };
            writeln!(page, "<li><a href=\"{link}\"{here}>{name}</a></li>");
        }
    } else {
        writeln!(page, "<li><a href=\"/sign-in\">Sign in</a></li>");
    }
    if let (Some(name), false) = (&visit.name, visit.open) {
        write!(
            page,
            "<li class=\"who\">{}<form method=\"post\" action=\"/sign-out\">",
            Brief(name)
        );
        writeln!(page, "<button>Sign out</button></form></li>");
    }
    write!(page, "</ul>\n</nav>\n");
}

/// What browsers are told about whatever is shown to people.
pub(super) fn keep_safe(response: &mut Response) {
    let headers = response.headers_mut();
    let mut tell = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    tell(header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: with that, browsers tell no origin with our own forms.
    tell(header::REFERRER_POLICY, "same-origin");
    tell(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    tell(header::CACHE_CONTROL, "no-store");
    tell(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    tell(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    tell(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use super::{OWN, POLICY};

    #[test]
    fn the_style_does_not_end_its_element_and_the_policy_can_be_sent() {
        assert!(!OWN.contains("</") && !OWN.contains('\r'));
        assert!(POLICY.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(axum::http::HeaderValue::from_str(&POLICY).is_ok());
    }
}

//! Who looks at a page.

use crate::server::access::{Access, Known, Permission, is_over_tls};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Family;
use axum::extract::Request;
use axum::http::{HeaderMap, Uri, header};
use std::sync::Arc;

/// Who looks at a page, and from where they came to it.
#[derive(Debug, Clone, Default)]
pub(in crate::server) struct Visit {
    /// Who, if they are known.
    pub(super) name: Option<Arc<str>>,
    permissions: Vec<Permission>,
    /// Whether everybody is let in.
    pub(super) open: bool,
    /// Path and query that were asked for.
    pub(super) asked: String,
    /// Where the server is for them, as `http://127.0.0.1:8787`.
    pub(super) base: String,
}

impl Visit {
    /// Whose call this is.
    pub(in crate::server) fn of(app: &App, request: &Request) -> Self {
        Visit::new(app, request.headers(), request.uri())
    }

    /// The same of a call that the guard has let in.
    pub(super) fn through(app: &App, call: &Call) -> Self {
        Visit::new(app, call.headers(), call.uri())
    }

    fn new(app: &App, headers: &HeaderMap, uri: &Uri) -> Self {
        let (name, permissions) = match app.caller(headers, Family::Page) {
            Known::As(caller) => (Some(caller.name), caller.permissions),
            Known::No(_) => (None, Vec::new()),
        };
        let asked = uri.path_and_query().map_or("/", |asked| asked.as_str());
        Visit {
            name,
            permissions,
            open: matches!(app.access, Access::Open),
            asked: asked.to_owned(),
            base: base(headers),
        }
    }

    /// Whether they may see what needs this.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// What `curl` sends to be let in, with a space behind it.
    pub(super) fn authorization(&self) -> &'static str {
        match self.open {
            true => "",
            false => "-H \"Authorization: Bearer $TOKEN\" ",
        }
    }
}

fn base(headers: &HeaderMap) -> String {
    let scheme = if is_over_tls(headers) {
        "https"
    } else {
        "http"
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    // Shown inside of commands that people paste: nothing that a shell would heed.
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let host = host.filter(|host| !host.is_empty() && host.chars().all(plain));
    format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8787"))
}

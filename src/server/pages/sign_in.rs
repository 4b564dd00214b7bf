//! Signing in and out: a browser shows a token's secret once, and then a session.

use super::form::form;
use super::markup::Markup;
use super::page::Page;
use super::visit::Visit;
use crate::output::rollup::report::escaped::Escaped;
use crate::server::access::{Access, forgotten, is_over_tls, kept};
use crate::server::answer::{Refusal, empty};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;

/// Bytes of the form.
const MOST: usize = 8 << 10;

/// The form.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    Ok(asked(&visit, "/", None).answer(StatusCode::OK, &visit))
}

/// Begins a session if the secret is known.
pub(super) async fn begin(app: Arc<App>, mut call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let form = form(&mut call, MOST).await?;
    let next = local(form.field("next"));
    let tokens = match &app.access {
        Access::Open => return Ok(redirect(next, None)),
        Access::Tokens(tokens) => tokens,
    };
    let Some(token) = tokens.find(form.field("secret").trim()) else {
        let page = asked(&visit, next, Some("No token has this secret."));
        return Ok(page.answer(StatusCode::UNAUTHORIZED, &visit));
    };
    // Whatever session this browser had is over.
    app.sessions.end(call.headers());
    let secret = app.sessions.begin(token, Instant::now());
    let secret = secret.map_err(|error| {
        tracing::error!(%error, "no session could be begun");
        Refusal::silent(StatusCode::INTERNAL_SERVER_ERROR)
    })?;
    let cookie = kept(&secret, is_over_tls(call.headers()));
    Ok(redirect(next, Some(&cookie)))
}

/// Ends the session, if there is one.
pub(super) async fn end(app: Arc<App>, call: Call) -> Outcome {
    app.sessions.end(call.headers());
    let cookie = forgotten(is_over_tls(call.headers()));
    Ok(redirect("/sign-in", Some(&cookie)))
}

/// The form, to go on to `next` afterwards.
pub(super) fn asked(visit: &Visit, next: &str, wrong: Option<&str>) -> Page {
    let mut main = Markup::default();
    writeln!(main, "<section>");
    if visit.open {
        write!(
            main,
            "<p>This server lets everybody in: there is nothing to sign in to. <a href=\"/\">Go to the overview</a></p>\n</section>\n"
        );
        return Page::new("Sign in", main);
    }
    let described = match wrong {
        Some(wrong) => {
            writeln!(
                main,
                "<p class=\"notice\" id=\"wrong\" role=\"alert\">{wrong} It begins with <code>cmk_</code>, and whoever runs this server made it by <code>classmark serve token</code>.</p>"
            );
            " aria-invalid=\"true\" aria-describedby=\"wrong\""
        }
        None => "",
    };
    writeln!(
        main,
        "<form method=\"post\" action=\"/sign-in\" class=\"stacked\">"
    );
    writeln!(
        main,
        "<input type=\"hidden\" name=\"next\" value=\"{}\">",
        Escaped(local(next))
    );
    writeln!(main, "<label for=\"secret\">Secret of your token</label>");
    writeln!(
        main,
        "<input type=\"password\" id=\"secret\" name=\"secret\" autocomplete=\"current-password\" required{described}>"
    );
    write!(main, "<button>Sign in</button>\n</form>\n");
    write!(
        main,
        "<p class=\"quiet\">You stay signed in for twelve hours, or until you sign out. This browser keeps a cookie for that, and nothing else.</p>\n</section>\n"
    );
    Page::new("Sign in", main)
}

/// A path of this server, or else its first page.
fn local(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    // Browsers read `\` as `/`, and leave out what does not show.
    let is_plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_form = next == "/sign-in" || next.starts_with("/sign-in?") || next == "/sign-out";
    match is_path && is_plain && !is_form {
        true => next,
        false => "/",
    }
}

/// Goes on to a path of this server.
fn redirect(to: &str, cookie: Option<&str>) -> Response {
    let mut response = empty(StatusCode::SEE_OTHER);
    let headers = response.headers_mut();
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, to);
    if let Some(Ok(cookie)) = cookie.map(HeaderValue::from_str) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    super::page::keep_safe(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_paths_of_this_server_are_gone_on_to() {
        for fine in ["/", "/view/frameworks/x?version=2", "/a//b"] {
            assert_eq!(local(fine), fine);
        }
        for odd in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "evil",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/é",
            "/sign-in",
            "/sign-out",
        ] {
            assert_eq!(local(odd), "/", "{odd}");
        }
    }
}

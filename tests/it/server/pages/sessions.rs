//! Signing in and out.

use super::{browse, send_form, text};
use crate::server::{Answer, Running, tokens};
use classmark::server::{Access, Permission};

/// The cookie that signing in gives.
fn signed_in(server: &Running, secret: &str) -> String {
    let answer = send_form(server, "/sign-in", &[], &format!("secret={secret}&next=/"));
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookie = answer.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn with(server: &Running, path: &str, cookie: &str) -> Answer {
    server.send(
        "GET",
        path,
        &[("cookie", cookie), ("accept", "text/html")],
        b"",
    )
}

#[test]
fn whoever_is_not_known_is_asked_for_a_secret() {
    let (access, secrets) = tokens(&[&[Permission::Governance]]);
    let server = Running::start(access, |_| {});
    let asked = browse(&server, "/view/frameworks?page=1");
    assert_eq!(asked.status, 401);
    let next = "name=\"next\" value=\"/view/frameworks?page=1\"";
    assert!(asked.text().contains(next), "{}", asked.text());
    assert!(!asked.text().contains("/view/audit"));

    let wrong = send_form(&server, "/sign-in", &[], "secret=cmk_0&next=/view/audit");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
    assert!(text(&wrong).contains("No token has this secret"));
    assert!(wrong.text().contains("value=\"/view/audit\"") && !wrong.text().contains("cmk_0"));

    let body = format!("secret=+{}+&next=/view/frameworks?page=1", secrets[0]);
    let answer = send_form(&server, "/sign-in", &[], &body);
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/view/frameworks?page=1"));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("classmark="));
    assert!(
        cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains(&secrets[0]));
    let cookie = cookie.split(';').next().unwrap();
    let page = with(&server, "/", cookie);
    assert_eq!(page.status, 200);
    assert!(text(&page).contains("token 0 Sign out"));
}

#[test]
fn a_session_is_new_each_time_and_ends() {
    let (access, secrets) = tokens(&[&[Permission::Governance]]);
    let server = Running::start(access, |_| {});
    // One that somebody has planted is not taken up.
    let planted = "classmark=0000000000000000000000000000000000000000000000000000000000000000";
    let body = format!("secret={}", secrets[0]);
    let answer = send_form(&server, "/sign-in", &[("cookie", planted)], &body);
    let first = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(first, planted);
    assert_eq!(with(&server, "/", planted).status, 401);
    // Whoever signs in again has left the session before.
    let again = send_form(&server, "/sign-in", &[("cookie", &first)], &body);
    let second = again
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(with(&server, "/", &first).status, 401);
    assert_eq!(with(&server, "/", &second).status, 200);
    let out = send_form(&server, "/sign-out", &[("cookie", &second)], "");
    assert_eq!(
        (out.status, out.header("location")),
        (303, Some("/sign-in"))
    );
    assert!(
        out.header("set-cookie")
            .unwrap()
            .starts_with("classmark=; Path=/; Max-Age=0")
    );
    assert_eq!(with(&server, "/", &second).status, 401);
}

#[test]
fn over_tls_the_cookie_says_so() {
    let (access, secrets) = tokens(&[&[]]);
    let server = Running::start(access, |_| {});
    let proto = ("x-forwarded-proto", "https");
    let origin = server.base.replace("http://", "https://");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [form, proto, ("origin", &*origin)];
    let body = format!("secret={}", secrets[0]);
    let answer = server.send("POST", "/sign-in", &headers, body.as_bytes());
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-classmark=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}

#[test]
fn a_session_opens_pages_and_nothing_else() {
    let (access, secrets) = tokens(&[&Permission::ALL]);
    let server = Running::start(access, |_| {});
    let cookie = signed_in(&server, &secrets[0]);
    assert_eq!(with(&server, "/", &cookie).status, 200);
    assert_eq!(with(&server, "/metrics", &cookie).status, 401);
    // A header that says who calls is believed alone.
    let both = [("cookie", &*cookie), ("authorization", "Bearer nobody")];
    assert_eq!(server.send("GET", "/", &both, b"").status, 401);
    let bearer = format!("Bearer {}", secrets[0]);
    let bearer = [("authorization", &*bearer)];
    assert_eq!(server.send("GET", "/view/audit", &bearer, b"").status, 200);
}

#[test]
fn pages_show_what_the_token_allows() {
    let (access, secrets) = tokens(&[&[Permission::RulesRead], &[], &[Permission::Governance]]);
    let server = Running::start(access, |_| {});
    for (secret, status) in secrets.iter().zip([403, 403, 200]) {
        let cookie = signed_in(&server, secret);
        for path in ["/view/frameworks", "/view/audit"] {
            let page = with(&server, path, &cookie);
            assert_eq!(page.status, status, "{path}");
            assert!(page.text().contains("Sign out"), "{path}");
        }
        let overview = with(&server, "/", &cookie);
        assert_eq!(overview.status, 200);
        let tells = overview.text().contains("href=\"/view/frameworks\"");
        assert_eq!(tells, status == 200);
    }
    let cookie = signed_in(&server, &secrets[1]);
    let page = with(&server, "/view/frameworks", &cookie);
    assert!(text(&page).contains("The token lacks the permission `GOVERNANCE`."));
    assert!(text(&with(&server, "/", &cookie)).contains("Your token shows nothing here"));
}

#[test]
fn where_everybody_is_let_in_nobody_signs_in() {
    let server = Running::start(Access::Open, |_| {});
    let page = text(&browse(&server, "/"));
    assert!(
        page.contains("This server is open") && !page.contains("Sign out"),
        "{page}"
    );
    assert!(!browse(&server, "/sign-in").text().contains("<form"));
    let answer = send_form(&server, "/sign-in", &[], "secret=x&next=/view/audit");
    assert_eq!((answer.status, answer.header("set-cookie")), (303, None));
}

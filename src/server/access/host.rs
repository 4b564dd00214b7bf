//! By which name a server is called.
//!
//! HTTP/1.1 has it told once. A proxy that believes one of two names and a server that
//! believes the other one would speak of different sites.
//!
//! An open server answers to names of its own machine alone.
//! A page from elsewhere can have its own name point to this machine, and then
//! its visitor's browser takes our answers for that page's own. It cannot make
//! the browser send another name than its own.

use crate::server::answer::Refusal;
use axum::extract::Request;
use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderMap, HeaderValue, Uri, Version, uri::Authority};
use std::net::IpAddr;

/// Looks whether a request says once, and in the right form, which host it is for.
/// Before HTTP/1.1 it need not say so.
///
/// # Errors
///
/// 400, and the connection is closed: where its next request begins is not certain.
pub(in crate::server) fn check_host(request: &Request) -> Result<(), Refusal> {
    let mut said = request.headers().get_all(HOST).iter();
    let message = match (said.next(), said.next()) {
        (None, _) if request.version() < Version::HTTP_11 => return Ok(()),
        (Some(one), None) if is_host(one) => return Ok(()),
        (None, _) => "there is no `Host` header: send one",
        (Some(_), None) => "the `Host` header is not a host and a port: send `Host: NAME[:PORT]`",
        (Some(_), Some(_)) => "there is more than one `Host` header: send one",
    };
    Err(Refusal::bad(message).header(CONNECTION, "close"))
}

/// Whether this is a host, with a port or without.
fn is_host(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else {
        return false;
    };
    // A name may have a comma, but then it is more likely two headers in one.
    if text.contains(',') {
        return false;
    }
    let Ok(name) = text.parse::<Authority>() else {
        return false;
    };
    let port = text.strip_prefix(name.host()).unwrap_or(text);
    let digits = port.strip_prefix(':').unwrap_or(port);
    let is_port = digits.is_empty() || name.port_u16().is_some();
    !name.host().is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && is_port
}

/// Whether a call names this machine, or nothing.
pub(in crate::server) fn is_local(uri: &Uri, headers: &HeaderMap) -> bool {
    let named = uri.authority().map(|name| is_loopback(name.host()));
    let mut said = headers.get_all(HOST).iter().map(|value| {
        let text = value.to_str().unwrap_or_default();
        let name: Result<Authority, _> = text.parse();
        name.is_ok_and(|name| is_loopback(name.host()))
    });
    named.unwrap_or(true) && said.all(|local| local)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_host, is_local};
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::header::HOST;
    use axum::http::{HeaderMap, Version};

    #[test]
    fn one_host_is_said_and_it_is_one() {
        let fine = |version: Version, hosts: &[&str]| {
            let mut request = Request::new(Body::empty());
            *request.version_mut() = version;
            for host in hosts {
                request.headers_mut().append(HOST, host.parse().unwrap());
            }
            check_host(&request).is_ok()
        };
        for host in [
            "a",
            "a.example:80",
            "a:",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:80",
            "a_b",
        ] {
            assert!(fine(Version::HTTP_11, &[host]), "{host}");
            assert!(fine(Version::HTTP_10, &[host]), "{host}");
            assert!(!fine(Version::HTTP_11, &[host, host]), "{host}");
            assert!(!fine(Version::HTTP_10, &[host, host]), "{host}");
        }
        for odd in [
            "", " ", "a b", "a,b", "me@a", "a:b", "a:65536", "a:80:80", "a/b", "http://a", ":80",
            "[::1", "a?b",
        ] {
            assert!(!fine(Version::HTTP_11, &[odd]), "{odd}");
        }
        assert!(!fine(Version::HTTP_11, &[]));
        assert!(fine(Version::HTTP_10, &[]));
    }

    #[test]
    fn only_this_machine_is_local() {
        let called = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            is_local(&"/frameworks".parse().unwrap(), &headers)
        };
        for local in [
            "localhost",
            "LOCALHOST:8787",
            "localhost.:80",
            "a.localhost:1",
            "127.0.0.1",
            "127.8.9.1:8787",
            "[::1]:8787",
        ] {
            assert!(called(local), "{local}");
        }
        for elsewhere in [
            "example.com",
            "127.0.0.1.example.com",
            "localhost.example.com:8787",
            "evil-localhost",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "",
            "a b",
            "127.0.0.1, example.com",
        ] {
            assert!(!called(elsewhere), "{elsewhere}");
        }
        let none = HeaderMap::new();
        assert!(is_local(&"/".parse().unwrap(), &none));
        assert!(!is_local(&"http://example.com/".parse().unwrap(), &none));
    }
}

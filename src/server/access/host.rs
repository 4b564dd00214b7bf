//! By which name an open server is called.
//!
//! A page from elsewhere can have its own name point to this machine, and then
//! its visitor's browser takes our answers for that page's own. It cannot make
//! the browser send another name than its own.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri, uri::Authority};
use std::net::IpAddr;

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
    use super::is_local;
    use axum::http::HeaderMap;
    use axum::http::header::HOST;

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

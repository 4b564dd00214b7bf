//! What every answer has, and what no client may do.

use super::open;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn every_answer_can_be_found_in_the_log() {
    let server = open();
    let told = server.send("GET", "/healthz", &[("x-request-id", "batch-7.a_b")], b"");
    assert_eq!(told.header("x-request-id"), Some("batch-7.a_b"));
    let (first, second) = (server.get("/healthz"), server.get("/nowhere"));
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    for odd in ["", "a b", "é", &"x".repeat(65)] {
        let answer = server.send("GET", "/healthz", &[("x-request-id", odd)], b"");
        let id = answer.header("x-request-id").unwrap();
        assert!(id.len() == 16 && id != odd, "{id}");
    }
    assert_eq!(first.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(first.header("cache-control"), Some("no-store"));
}

#[test]
fn counters_count() {
    let server = open();
    server.get("/healthz");
    server.get("/nowhere/with/secrets");
    let text = server.get("/metrics").text().to_owned();
    let line = r#"classmark_http_requests_total{method="GET",route="/healthz",status="200"} 1"#;
    assert!(text.contains(line), "{text}");
    assert!(text.contains(r#"route="none",status="404"} 1"#), "{text}");
    assert!(!text.contains("secrets"));
}

#[test]
fn nonsense_is_refused_and_harms_nobody() {
    let server = open();
    let address = server.base.trim_start_matches("http://").to_owned();
    for nonsense in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /healthz HTTP/9.9\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nA: \0\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        &format!(
            "GET /healthz HTTP/1.1\r\nA: {}\r\n\r\n",
            "a".repeat(1 << 20)
        ),
        &format!("GET /healthz HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(10_000)),
        &format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1 << 20)),
        "GET /%ff%fe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ] {
        let mut client = TcpStream::connect(&address).unwrap();
        // The server may have seen enough before all is sent.
        let _ = client.write_all(nonsense.as_bytes());
        let _ = client.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let shown = &nonsense[..nonsense.len().min(40)];
        let fine = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(fine, "{shown}: {answer}");
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn a_stopped_server_has_put_everything_into_one_file() {
    let server = open();
    server.get("/healthz");
    let folder = server.stop();
    let names: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

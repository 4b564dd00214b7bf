//! Who may have how many connections.

use super::{Running, open, tokens};
use classmark::server::{Access, Permission};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const ATTACKER: [u8; 4] = [127, 0, 0, 2];

fn address(server: &Running) -> SocketAddr {
    server.base.trim_start_matches("http://").parse().unwrap()
}

/// A connection from another address of this machine.
fn connect(server: &Running, from: [u8; 4]) -> TcpStream {
    let to = address(server);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let stream = runtime.unwrap().block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((from, 0))).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream
}

/// How many of these the server has left open.
fn left(all: &[TcpStream]) -> usize {
    let is_open = |mut stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let read = stream.read(&mut [0; 1]);
        matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
    };
    all.iter().filter(|stream| is_open(stream)).count()
}

fn request(headers: &str) -> String {
    format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

/// Sends a request on a connection, and gives the status of the answer.
fn status(stream: &mut TcpStream, request: &str) -> String {
    stream.set_nonblocking(false).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n") {
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
        head.push(one[0]);
    }
    String::from_utf8(head[9..12].to_vec()).unwrap()
}

#[test]
fn one_address_cannot_take_all_the_room() {
    let (access, secrets) = tokens(&[&[Permission::Governance]]);
    let server = Running::start(access, |options| {
        options.connections = 40;
        options.connections_per_address = 4;
    });
    let mut attack: Vec<_> = (0..200)
        .map(|number| {
            if number % 8 == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            connect(&server, ATTACKER)
        })
        .collect();
    // Those that have only just come may be a few more.
    let began = Instant::now();
    while left(&attack) > 32 {
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{}",
            left(&attack)
        );
    }
    let began = Instant::now();
    let headers = [("authorization", &*format!("Bearer {}", secrets[0]))];
    for _ in 0..20 {
        let answer = server.send("GET", "/metrics", &headers, b"");
        assert_eq!(answer.status, 200);
    }
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "nobody had to wait"
    );
    std::thread::sleep(Duration::from_millis(1100));
    for _ in 0..40 {
        attack.push(connect(&server, ATTACKER));
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(200));
    assert!(left(&attack) <= 32, "{}", left(&attack));
}

#[test]
fn who_has_shown_a_token_stays() {
    let (access, secrets) = tokens(&[&[Permission::Governance]]);
    let server = Running::start(access, |options| options.connections_per_address = 2);
    let known = request(&format!("Authorization: Bearer {}\r\n", secrets[0]));
    let mut honest: Vec<_> = (0..12).map(|_| connect(&server, ATTACKER)).collect();
    for one in &mut honest {
        assert_eq!(status(one, &known), "200");
    }
    // A wrong token shows nothing.
    let mut unknown = connect(&server, ATTACKER);
    assert_eq!(
        status(&mut unknown, &request("Authorization: Bearer x\r\n")),
        "401"
    );
    std::thread::sleep(Duration::from_millis(1100));
    let mut attack = vec![unknown];
    for _ in 0..20 {
        attack.push(connect(&server, ATTACKER));
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(100));
    let read = attack[0].set_nonblocking(false).map(|()| {
        let mut rest = Vec::new();
        attack[0].read_to_end(&mut rest).is_ok()
    });
    assert!(read.unwrap(), "the oldest has made way");
    for one in &mut honest {
        // The rest of the first answer comes before the second one.
        let last = known.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        one.write_all(last.as_bytes()).unwrap();
        let mut rest = String::new();
        one.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("HTTP/1.1 200"), "{rest}");
    }
}

#[test]
fn a_crowd_of_one_address_may_come_at_once() {
    let server = open();
    let mut crowd: Vec<_> = (0..300).map(|_| connect(&server, ATTACKER)).collect();
    for one in &mut crowd {
        assert_eq!(status(one, &request("")), "200");
    }
}

#[test]
fn a_request_says_once_for_which_host_it_is() {
    let (access, secrets) = tokens(&[&[Permission::Governance, Permission::RulesRead]]);
    let token = format!("Authorization: Bearer {}\r\n", secrets[0]);
    for (server, token) in [
        (Running::start(access, |_| {}), &*token),
        (Running::start(Access::Open, |_| {}), ""),
    ] {
        let asked = |line: &str, hosts: &str| {
            let mut stream = TcpStream::connect(address(&server)).unwrap();
            let request = format!("{line}\r\n{hosts}{token}Connection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let one = "Host: localhost\r\n";
        for path in [
            "/metrics",
            "/healthz",
            "/nowhere",
            "/frameworks",
            "/api/v2/static-analysis/ai/rulesets",
            "/api/v2/nowhere",
        ] {
            for (version, hosts) in [
                ("1.1", String::new()),
                ("1.1", one.repeat(2)),
                ("1.1", format!("{one}Host: other\r\n")),
                ("1.1", "Host:\r\n".into()),
                ("1.1", "Host: a b\r\n".into()),
                ("1.1", "Host: localhost, localhost\r\n".into()),
                ("1.0", one.repeat(2)),
            ] {
                let answer = asked(&format!("GET {path} HTTP/{version}"), &hosts);
                assert!(
                    answer.starts_with(&format!("HTTP/{version} 400")),
                    "{path} {hosts:?}: {answer}"
                );
                let shape = match path.starts_with("/api/v2") {
                    true => "\"errors\":[{\"status\":\"400\"",
                    false => "\"statusCode\":400",
                };
                assert!(answer.contains(shape), "{answer}");
            }
        }
        for (line, hosts) in [
            ("GET /healthz HTTP/1.1", one),
            ("GET /healthz HTTP/1.1", "Host: localhost:1\r\n"),
            ("GET /healthz HTTP/1.0", ""),
            ("GET /healthz HTTP/1.0", one),
            ("GET http://localhost/healthz HTTP/1.1", one),
        ] {
            let answer = asked(line, hosts);
            assert!(answer.contains(" 200 OK"), "{line} {hosts:?}: {answer}");
        }
        let answer = asked("GET http://localhost/healthz HTTP/1.1", "");
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

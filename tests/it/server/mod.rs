//! The server, as a client meets it.

mod access;
mod bounds;
mod clock;
mod confinement;
mod connections;
mod custom_frameworks;
mod disclosure;
mod edges;
mod evaluate;
mod findings;
mod frameworks;
mod openapi;
mod origins;
mod pages;
mod preview;
mod rulesets;
mod runs;
mod trouble;

use classmark::server::{Access, NewToken, Options, Permission, Server, StartError, Tokens};
use serde_json::Value;
use std::io::{Read, Write};
use std::time::Duration;
use tempfile::TempDir;
use ureq::Agent;
use ureq::http::Request;

/// A server in this process, on a store of its own.
struct Running {
    server: Option<Server>,
    folder: TempDir,
    base: String,
    agent: Agent,
}

/// An answer, whole.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

/// Everybody may do everything.
fn open() -> Running {
    Running::start(Access::Open, |_| {})
}

/// A token for each of these sets of permissions, and their secrets.
fn tokens(all: &[&[Permission]]) -> (Access, Vec<String>) {
    let mut text = String::new();
    let mut secrets = Vec::new();
    for (place, permissions) in all.iter().enumerate() {
        let made = NewToken::make(&format!("token {place}"), place as i64 + 1, permissions);
        let made = made.unwrap();
        text.push_str(&made.entry);
        secrets.push(made.secret);
    }
    (Access::Tokens(Tokens::parse(&text).unwrap()), secrets)
}

impl Running {
    fn start(access: Access, change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("store.db"), access);
        change(&mut options);
        let server = Server::start(options).unwrap();
        let client = Running::client(format!("http://{}", server.address()));
        Running {
            server: Some(server),
            folder,
            ..client
        }
    }

    /// Why a server does not start.
    fn try_start(change: impl FnOnce(&mut Options)) -> Result<(), StartError> {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("store.db"), Access::Open);
        change(&mut options);
        Server::start(options).map(drop)
    }

    /// A client of a server that runs elsewhere.
    fn client(base: String) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Running {
            server: None,
            folder: tempfile::tempdir().unwrap(),
            base,
            agent,
        }
    }

    /// Head and body of an answer as far as they come.
    fn raw(&self, path: &str) -> Vec<u8> {
        let address = self.base.trim_start_matches("http://");
        let mut client = std::net::TcpStream::connect(address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        answer
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let kind = ("content-type", "application/json");
        self.send(method, path, &[kind], body.to_string().as_bytes())
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body.is_empty() {
            true => self.agent.run(request.body(()).unwrap()),
            false => {
                let request = request.body(body.to_vec()).unwrap();
                let request = self.agent.configure_request(request);
                self.agent
                    .run(request.allow_non_standard_methods(true).build())
            }
        };
        let mut answer = answer.unwrap();
        let body = answer.body_mut().with_config().limit(1 << 30);
        let body = body.read_to_vec().unwrap();
        Answer {
            status: answer.status().as_u16(),
            body,
            headers: answer.headers().clone(),
        }
    }

    /// Stops the server; its folder is there until the end.
    fn stop(mut self) -> TempDir {
        self.server.take().unwrap().stop().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

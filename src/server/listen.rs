//! Connections: taken in, served, and ended.

use super::address;
use super::app::App;
use super::guard::Peer;
use super::newcomers::{Newcomer, Newcomers};
use super::stream::Patient;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// Until a request's head is there; also how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// Until a client has read a part of its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Until requests in flight are given up when the server stops.
const GRACE: Duration = Duration::from_secs(7);
/// Bytes of a request's head, and with that of what waits to be read: an address of
/// 64 KiB, which is the longest that the library takes, and its headers.
const MOST_HEAD: usize = 128 << 10;
/// Headers of a request.
const MOST_HEADERS: usize = 100;
/// Bytes of answers that the system holds for a client that does not read them.
/// Left to itself it takes megabytes for each, and a thousand such clients keep
/// it busy with nothing else.
const UNREAD: u32 = 256 << 10;
/// Connections that wait to be taken in.
const BACKLOG: u32 = 1024;

/// Listens on an address.
///
/// # Errors
///
/// What the system says.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that is started again need not wait for its old connections.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections have it from the socket that they come in by.
    socket.set_send_buffer_size(UNREAD)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// How many connections there may be.
pub(super) struct Room {
    /// At once; more wait.
    pub(super) connections: usize,
    /// Those on which nobody is known yet.
    pub(super) newcomers: Arc<Newcomers>,
}

/// Serves connections until told to stop, then lets them end.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    app: Arc<App>,
    Room {
        connections,
        newcomers,
    }: Room,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(connections));
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &room) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer, seat)) = accepted else {
            continue;
        };
        let address = address::counted(peer.ip());
        let Some(newcomer) = newcomers.admit(address, Instant::now()) else {
            tracing::debug!(%address, "a connection was closed: its address has too many");
            continue;
        };
        let newcomer = Arc::new(newcomer);
        let connection = connection(stream, address, Arc::clone(&newcomer), router.clone());
        let connection = graceful.watch(connection);
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            app.metrics.connections.inc();
            tokio::select! {
                // A connection that ends badly harms its client alone.
                _ = connection => {}
                () = newcomer.has_to_go() => {
                    tracing::debug!(%address, "a connection made way for newer ones of its address");
                }
            }
            app.metrics.connections.dec();
            drop(seat);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time");
    }
}

type Seat = tokio::sync::OwnedSemaphorePermit;

/// The next connection for which there is room.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, Seat)> {
    let seat = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are whole when they are sent: there is nothing to wait for.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, seat))
        }
        Err(error) => {
            // Of one connection, or of the system's, which has to get over it.
            tracing::warn!(%error, "no connection could be taken in");
            tokio::time::sleep(Duration::from_millis(20)).await;
            None
        }
    }
}

fn connection(
    stream: TcpStream,
    address: IpAddr,
    newcomer: Arc<Newcomer>,
    router: Router,
) -> http1::Connection<
    Patient,
    impl hyper::service::HttpService<
        Incoming,
        ResBody = Body,
        Future: Send,
        Error = std::convert::Infallible,
    >,
> {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answering = newcomer.answering();
        let mut request: Request = request.map(Body::new);
        let connection = Arc::clone(&newcomer);
        let peer = Peer {
            address,
            connection,
        };
        request.extensions_mut().insert(peer);
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await;
            drop(answering);
            answer
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(Patient::new(stream, PATIENCE), service)
}

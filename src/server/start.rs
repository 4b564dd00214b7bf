//! Starting and stopping.

use super::access::{Access, Sessions};
use super::app::App;
use super::clock::Clock;
use super::ending::Ending;
use super::evaluate::Desk;
use super::metrics::Metrics;
use super::newcomers::Newcomers;
use super::rate::Rates;
use super::runs::{Runs, Setup, Worker, WorkerError};
use super::{frameworks, listen, openapi, routes};
use crate::pipeline::Confinement;
use crate::store::{self, OpenError, Store, StoreError};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Until a run is given up on that is to be given up, when requests have ended.
const RUN_GRACE: Duration = Duration::from_millis(500);

/// What to serve, to whom, and how much of it.
#[derive(Debug)]
pub struct Options {
    /// The store; made where nothing is.
    pub store: PathBuf,
    /// Where to listen; port 0 is any that is free.
    pub listen: SocketAddr,
    /// Who is let in.
    pub access: Access,
    /// The folder whose files runs may read; none said: no runs.
    pub files_root: Option<PathBuf>,
    /// The folder for the results of runs; none said: the store's name with `.runs`
    /// after it. Made when the first run is.
    pub runs: Option<PathBuf>,
    /// The runs whose results are kept: so many of those that ended well, at least 1.
    pub keep_runs: u32,
    /// Requests a second of one token, or of one address without a token; 0 is
    /// no limit.
    pub rate: u32,
    /// Connections at once; more wait.
    pub connections: usize,
    /// Connections at once from one address on which no request has shown a known
    /// token yet; of more, the oldest are closed. 0 is no limit.
    pub connections_per_address: usize,
    /// What time it is.
    pub clock: Clock,
}

impl Options {
    /// Everything else as usual: any free port of this machine, 100,000 requests
    /// a second for each, 4,096 connections, 64 of them from one address without a
    /// token, the results of 20 runs, the machine's clock.
    pub fn new(store: impl Into<PathBuf>, access: Access) -> Self {
        Options {
            store: store.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            access,
            files_root: None,
            runs: None,
            keep_runs: 20,
            rate: 100_000,
            connections: 4_096,
            connections_per_address: 64,
            clock: Clock::default(),
        }
    }
}

impl Options {
    /// Where files come from and results go, looked at.
    fn setup(&self) -> Result<Setup, StartError> {
        if let Some(root) = &self.files_root {
            Confinement::open(root).map_err(|error| StartError::FilesRoot {
                folder: root.clone(),
                error,
            })?;
        }
        let folder = self.runs.clone().unwrap_or_else(|| {
            let mut beside = self.store.clone().into_os_string();
            beside.push(".runs");
            beside.into()
        });
        Ok(Setup {
            root: self.files_root.clone(),
            // The process may go elsewhere.
            folder: std::path::absolute(folder)?,
            keep: self.keep_runs.max(1),
        })
    }
}

/// Why a server did not start. Messages are for whoever starts it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Everybody would be let in from elsewhere, too.
    #[error(
        "`{0}` can be reached from other machines: without tokens only a loopback address is served"
    )]
    Exposed(SocketAddr),
    /// The store cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store can be opened, but not set up.
    #[error("the store cannot be set up: {0}")]
    Store(#[from] StoreError),
    /// The address cannot be had.
    #[error("cannot listen on `{address}`: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The folder that runs are to read from cannot be opened.
    #[error("`{}` cannot be the files root: {error}", folder.display())]
    FilesRoot {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The system does not give what a server needs.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
    /// Counters contradict each other: a fault of the program.
    #[error("cannot start: {0}")]
    Metrics(#[from] prometheus::Error),
}

impl From<WorkerError> for StartError {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Store(error) => error.into(),
            WorkerError::System(error) => error.into(),
        }
    }
}

/// Why a server did not stop well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// The log could not be moved into the store; nothing is lost.
    #[error("the store could not be closed: {0}")]
    Store(#[from] StoreError),
}

/// A server that serves.
///
/// ```
/// use classmark::server::{Access, Options, Server};
/// use std::io::{Read, Write};
///
/// let folder = tempfile::tempdir()?;
/// let server = Server::start(Options::new(folder.path().join("store.db"), Access::Open))?;
/// let mut client = std::net::TcpStream::connect(server.address())?;
/// client.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK"));
/// server.stop()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    runtime: Runtime,
    address: SocketAddr,
    store: Arc<Store>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    worker: Worker,
}

impl Server {
    /// Opens the store and serves it from now on.
    ///
    /// # Errors
    ///
    /// When it may not or cannot be.
    pub fn start(options: Options) -> Result<Self, StartError> {
        if matches!(options.access, Access::Open) && !options.listen.ip().is_loopback() {
            return Err(StartError::Exposed(options.listen));
        }
        let setup = options.setup()?;
        let store = Arc::new(Store::open(&options.store, &store::Options::default())?);
        let clock = Arc::new(options.clock);
        let runs = Arc::new(Runs::new(Arc::clone(&store), Arc::clone(&clock), setup));
        frameworks::ship(&store, clock.now())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("classmark-http")
            .build()?;
        let endpoints = routes::endpoints();
        let app = Arc::new(App {
            store: Arc::clone(&store),
            access: options.access,
            clock,
            runs: Arc::clone(&runs),
            sessions: Sessions::default(),
            metrics: Metrics::new()?,
            rates: Rates::new(options.rate),
            frameworks: frameworks::Shelf::default(),
            desk: Desk::default(),
            openapi: openapi::document(&endpoints).to_string().into(),
        });
        let router = routes::router(&app, endpoints);
        let listener = runtime.block_on(async { listen::bind(options.listen) });
        let listener = listener.map_err(|error| StartError::Listen {
            address: options.listen,
            error,
        })?;
        let address = listener.local_addr()?;
        let worker = Worker::start(&runs)?;
        let (stop, stopped) = watch::channel(false);
        let connections = seats(options.connections);
        let room = listen::Room {
            connections,
            newcomers: Newcomers::new(options.connections_per_address, connections),
        };
        let serving = listen::serve(listener, router, app, room, stopped);
        let serving = runtime.spawn(serving);
        Ok(Server {
            runtime,
            address,
            store,
            stop,
            serving,
            worker,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hears from now on when the process is told to end. To be asked for before
    /// anybody is told that the server is there.
    ///
    /// # Errors
    ///
    /// The system does not let signals be heard.
    pub fn ending(&self) -> Result<Ending, StartError> {
        let _inside = self.runtime.enter();
        Ok(Ending::new()?)
    }

    /// Serves until the process is told to end (`SIGTERM`, Ctrl-C), then
    /// [stops](Self::stop).
    ///
    /// # Errors
    ///
    /// As for [`stop`](Self::stop).
    pub fn run(self, ending: Ending) -> Result<(), StopError> {
        self.runtime.block_on(ending.told());
        self.stop()
    }

    /// Takes no more connections, lets requests in flight end, and closes the
    /// store. Takes less than 10 s.
    ///
    /// # Errors
    ///
    /// The store could not be closed; nothing that was acknowledged is lost.
    pub fn stop(self) -> Result<(), StopError> {
        // Nobody listens any more if it has ended by itself.
        let _ = self.stop.send(true);
        self.worker.stop();
        let _ = self.runtime.block_on(self.serving);
        self.worker.join(RUN_GRACE);
        self.runtime.shutdown_timeout(Duration::from_millis(500));
        Ok(self.store.close()?)
    }
}

/// Files that a server opens beside its connections: the store's, a run's.
const OTHER_FILES: u64 = 256;

/// How many connections there can be: as many as wanted, if the system gives so
/// many files to this process, which is asked for all that it may have.
fn seats(wanted: usize) -> usize {
    let mut seats = wanted.max(1);
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let asked = wanted as u64 + OTHER_FILES;
        let enough = maximum.map_or(asked, |most| most.min(asked));
        let mut files = current.unwrap_or(u64::MAX);
        if files < enough {
            let more = Rlimit {
                current: Some(enough),
                maximum,
            };
            if setrlimit(Resource::Nofile, more).is_ok() {
                files = enough;
            }
        }
        let most = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
        if most < seats {
            seats = most.max(1);
            tracing::warn!(
                seats,
                "fewer connections than wanted: the system gives few files"
            );
        }
    }
    seats
}

//! `classmark serve`: HTTP, until told to end.

use super::arguments::ServeArguments;
use super::exposed::Exposed;
use super::log;
use super::told;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::print;
use crate::render::json;
use classmark::pipeline::Blame;
use classmark::server::{Access, Options, Server, StartError, Tokens};
use classmark::store::OpenError;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

#[derive(Serialize)]
struct ListeningRecord {
    listening: String,
}

/// Serves until told to end.
pub(crate) fn run(asked: &ServeArguments) -> Result<Exit, Failure> {
    log::to_stderr(asked.log, asked.format);
    let access = match &asked.tokens {
        Some(path) => Access::Tokens(tokens(path)?),
        None => Access::Open,
    };
    keep_files_private();
    let store = asked.store.clone().unwrap_or_default();
    let server = Server::start(Options {
        listen: asked.listen,
        files_root: asked.files_root.clone(),
        runs: asked.runs.clone(),
        keep_runs: asked.keep_runs,
        rate: asked.rate,
        connections: asked.connections as usize,
        connections_per_address: asked.connections_per_address as usize,
        ..Options::new(store, access)
    });
    let server = server.map_err(|error| told(blame(&error), &error))?;
    // Whoever reads that it listens may end it at once.
    let ending = server.ending();
    let ending = ending.map_err(|error| told(blame(&error), &error))?;
    if asked.open {
        tracing::error!("open: everybody on this machine may read and change everything");
    }
    let listening = format!("http://{}", server.address());
    let text = match asked.format {
        Format::Human => format!("listening on {listening}\n"),
        Format::Json => json(&ListeningRecord { listening }),
    };
    print(text.as_bytes())?;
    let stopped = server.run(ending);
    stopped.map_err(|error| told(Blame::Output, &error))?;
    Ok(Exit::Done)
}

fn tokens(path: &Path) -> Result<Tokens, Failure> {
    let name = path.display();
    let told = |message| Failure::Told {
        blame: Blame::Input,
        message,
    };
    // What is no UTF-8 is said so; its bytes are not told.
    let (text, exposed) =
        read(path).map_err(|error| told(format!("cannot read `{name}`: {error}")))?;
    for what in exposed {
        if what.is_error() {
            return Err(told(format!("`{name}` is refused: {what}")));
        }
        tracing::warn!("the tokens file `{name}`: {what}");
    }
    Tokens::parse(&text).map_err(|error| told(format!("`{name}`, {error}")))
}

/// The text of a file, and what is questionable about the permissions of that very file.
fn read(path: &Path) -> io::Result<(String, Vec<Exposed>)> {
    let mut file = File::open(path)?;
    let exposed = Exposed::of(&file.metadata()?);
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, exposed))
}

/// From now on, what this process makes is for its user alone: the results of runs and
/// what they write down on the way tell of catalogs, as the store does.
fn keep_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

fn blame(error: &StartError) -> Blame {
    match error {
        StartError::Exposed(_) | StartError::FilesRoot { .. } => Blame::Usage,
        StartError::Open(
            OpenError::Foreign(_)
            | OpenError::Broken { .. }
            | OpenError::Newer { .. }
            | OpenError::Empty(_)
            | OpenError::Orphan(_)
            | OpenError::Elsewhere { .. }
            | OpenError::SeveralNames(_),
        ) => Blame::Input,
        StartError::Open(OpenError::NoFile(_) | OpenError::NoFolder(_)) => Blame::Usage,
        _ => Blame::Output,
    }
}

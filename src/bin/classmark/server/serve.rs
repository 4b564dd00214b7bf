//! `classmark serve`: HTTP, until told to end.

use super::arguments::ServeArguments;
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
use std::fs::read_to_string;
use std::path::Path;

#[derive(Serialize)]
struct ListeningRecord {
    listening: String,
}

/// Serves until told to end.
pub(crate) fn run(asked: &ServeArguments) -> Result<Exit, Failure> {
    let access = match &asked.tokens {
        Some(path) => Access::Tokens(tokens(path)?),
        None => Access::Open,
    };
    log::to_stderr(asked.log, asked.format);
    let store = asked.store.clone().unwrap_or_default();
    let server = Server::start(Options {
        listen: asked.listen,
        files_root: asked.files_root.clone(),
        runs: asked.runs.clone(),
        keep_runs: asked.keep_runs,
        rate: asked.rate,
        connections: asked.connections as usize,
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
    let text =
        read_to_string(path).map_err(|error| told(format!("cannot read `{name}`: {error}")))?;
    Tokens::parse(&text).map_err(|error| told(format!("`{name}`, {error}")))
}

fn blame(error: &StartError) -> Blame {
    match error {
        StartError::Exposed(_) | StartError::FilesRoot { .. } => Blame::Usage,
        StartError::Open(
            OpenError::Foreign(_)
            | OpenError::Broken { .. }
            | OpenError::Newer { .. }
            | OpenError::Empty(_)
            | OpenError::Orphan(_),
        ) => Blame::Input,
        StartError::Open(OpenError::NoFile(_) | OpenError::NoFolder(_)) => Blame::Usage,
        _ => Blame::Output,
    }
}

//! What needs the feature `server`: `serve`, `serve token` and `store backup`.

mod arguments;
mod backup;
mod exposed;
mod log;
mod serve;
mod token;

pub(crate) use arguments::{ServeArguments, StoreArguments};
pub(crate) use backup::run as run_store;

use crate::exit::Exit;
use crate::failure::Failure;
use arguments::ServeCommand;
use classmark::pipeline::Blame;
use std::error::Error;

/// Serves, or makes a token for those who serve.
pub(crate) fn run_serve(asked: &ServeArguments) -> Result<Exit, Failure> {
    match &asked.command {
        Some(ServeCommand::Token(asked)) => token::run(asked),
        None => serve::run(asked),
    }
}

/// An error of these commands.
fn told(blame: Blame, error: &dyn Error) -> Failure {
    Failure::Told {
        blame,
        message: error.to_string(),
    }
}

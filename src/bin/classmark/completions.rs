//! `classmark completions`: what a shell needs to complete a command.

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::print;
use clap::CommandFactory;

/// Prints the completions of a shell.
pub(crate) fn run(asked: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        asked.shell,
        &mut Arguments::command(),
        "classmark",
        &mut script,
    );
    print(&script)?;
    Ok(Exit::Done)
}

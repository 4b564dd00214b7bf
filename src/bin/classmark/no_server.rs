//! Stands in for the server's commands where the program is built without them.

use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use clap::Args;
use classmark::pipeline::Blame;

/// Serve over HTTP; this build has no server.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct ServeArguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}

/// Look after a store; this build has no server.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct StoreArguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}

impl ServeArguments {
    pub(crate) fn format(&self) -> Format {
        Format::Human
    }
}

impl StoreArguments {
    pub(crate) fn format(&self) -> Format {
        Format::Human
    }
}

pub(crate) fn run_serve(_: &ServeArguments) -> Result<Exit, Failure> {
    Err(absent())
}

pub(crate) fn run_store(_: &StoreArguments) -> Result<Exit, Failure> {
    Err(absent())
}

fn absent() -> Failure {
    Failure::Told {
        blame: Blame::Usage,
        message: "this program was built without its server: build it with `--features server`"
            .into(),
    }
}

//! The command line: arguments in, an exit code out.
//!
//! - [`arguments`]: what can be asked for, and what it comes to;
//! - a command a file: [`tag`], [`check`], [`mod@rollup`], [`diff`], [`generate`], [`completions`];
//!   those of the feature `server` in [`server`];
//! - [`form`]: in which forms a rollup is asked for, and [`statement`]: how it is told;
//! - [`render`]: findings and errors, for people or as JSON, on stderr;
//! - [`progress`]: how far a run is, on stderr;
//! - [`print`](mod@print): results, on stdout;
//! - [`today`](mod@today): the only look at the calendar;
//! - [`signals`]: what happens when the process is asked to end;
//! - [`failure`]: what ends a command early, and [`exit`]: what becomes of it.
//!
//! With `--format json` a command writes at most one JSON object to stdout
//! (its result) and at most one to stderr: `{"findings": […]}`, or
//! `{"error": {"kind": "input" | "usage" | "output", "message": …, "help": …}}`.
//! Only what is wrong with the arguments themselves is always said in words.

mod arguments;
mod check;
mod completions;
mod diff;
mod exit;
mod failure;
mod form;
mod generate;
mod panics;
mod print;
mod progress;
mod render;
mod rollup;
#[cfg(feature = "server")]
mod server;
#[cfg(not(feature = "server"))]
#[path = "no_server.rs"]
mod server;
mod signals;
mod statement;
mod tag;
mod today;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Exit;
use failure::Failure;
use render::Reporter;
use std::process::ExitCode;

fn main() -> ExitCode {
    panics::hush_workers();
    let command = Arguments::parse().command;
    let reporter = Reporter::new(command.format());
    if command.writes_files() {
        signals::watch();
    }
    let result = run(&command, &reporter).map_err(Failure::or_interrupted);
    let exit = result.unwrap_or_else(|failure| {
        let exit = reporter.failure(&failure);
        if let Failure::Interrupted(signal) = failure {
            signals::end(signal);
        }
        exit
    });
    exit.into()
}

fn run(command: &Command, reporter: &Reporter) -> Result<Exit, Failure> {
    match command {
        Command::Tag(asked) => tag::run(asked, reporter),
        Command::Check(asked) => check::run(asked, reporter),
        Command::Rollup(asked) => rollup::run(asked, reporter),
        Command::Diff(asked) => diff::run(asked, reporter),
        Command::Generate(asked) => generate::run(asked),
        Command::Serve(asked) => server::run_serve(asked),
        Command::Store(asked) => server::run_store(asked),
        Command::Completions(asked) => completions::run(asked),
    }
}
